"""The zip of an evidence pack: one spelling, and nothing else is let in."""

from __future__ import annotations

import io
import warnings
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadProof, InputError, RegledgerError
from ledger.proofs import pack_format
from tests.examples import examples

FILES = {name: name.encode() for name in pack_format.REQUIRED}
EVIDENCE = f"evidence/{'ab' * 32}"


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip as another program would write it."""
    sink = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that occur twice
        with zipfile.ZipFile(sink, "w", method) as archive:
            for name, content in members:
                archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, method)
    return sink.getvalue()


def test_a_pack_comes_back_as_it_went_in() -> None:
    """Every file is read back with its content, whatever order it was given in."""
    files = {EVIDENCE: b"page", "timestamps/7/note": b"n", "timestamps/7/0.tsr": b"t", **FILES}
    assert pack_format.decode_pack(pack_format.encode_pack(files)) == files


def test_the_same_files_give_the_same_bytes() -> None:
    """No clock, no order of insertion and no umask shows in a pack."""
    assert pack_format.encode_pack(FILES) == pack_format.encode_pack(dict(reversed(FILES.items())))


def test_unzip_reads_it() -> None:
    """A pack is a zip that other programs test and read."""
    with zipfile.ZipFile(io.BytesIO(pack_format.encode_pack(FILES))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(FILES)
        assert {m.date_time for m in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize(
    "name",
    [
        "../entry.json",
        "/etc/passwd",
        "evidence/../entry.json",
        "evidence/abc",
        f"evidence/{'AB' * 32}",
        "timestamps/07/note",
        "timestamps/7/../../x",
        "other.txt",
        "evidence/",
        "C:\\x",
        "entry.json\n",
    ],
)
def test_names_that_have_no_place(name: str) -> None:
    """A name that is not in the layout is neither written nor read: none leads out of a folder."""
    with pytest.raises(InputError):
        pack_format.encode_pack({**FILES, name: b""})
    with pytest.raises(BadProof):
        pack_format.decode_pack(zipped(*FILES.items(), (name, b"")))


def test_a_name_twice() -> None:
    """Two members of one name are refused: programs differ in which of them they show."""
    with pytest.raises(BadProof, match="twice"):
        pack_format.decode_pack(zipped(*FILES.items(), (pack_format.ENTRY, b"other")))


def test_a_compressed_member_is_never_inflated() -> None:
    """A zip bomb is refused before anything of it is read."""
    bomb = zipped((EVIDENCE, bytes(50_000_000)), *FILES.items(), method=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 100_000
    with pytest.raises(BadProof):
        pack_format.decode_pack(bomb)


@pytest.mark.parametrize("missing", pack_format.REQUIRED)
def test_a_missing_member(missing: str) -> None:
    """A pack without one of its parts says which."""
    files = {name: content for name, content in FILES.items() if name != missing}
    with pytest.raises(BadProof, match=missing.replace(".", r"\.")):
        pack_format.decode_pack(pack_format.encode_pack(files))


def test_another_spelling_of_the_same_files() -> None:
    """The same files zipped by another program are refused, with advice."""
    with pytest.raises(BadProof, match="not a zip as regledger writes it") as caught:
        pack_format.decode_pack(zipped(*FILES.items()))
    assert "--entry" in caught.value.hint


@pytest.mark.parametrize("extra", [(b"", b"x"), (b"x", b""), (b"#!/bin/sh\n", b""), (b"", b"PK")])
def test_bytes_before_and_after(extra: tuple[bytes, bytes]) -> None:
    """Bytes around the zip, which zip programs skip, are refused."""
    before, after = extra
    with pytest.raises(BadProof):
        pack_format.decode_pack(before + pack_format.encode_pack(FILES) + after)


def test_too_many_members() -> None:
    """A pack of a thousand files and more is neither written nor read."""
    many = {f"evidence/{n:064x}": b"" for n in range(pack_format.MAX_MEMBERS)}
    with pytest.raises(InputError):
        pack_format.encode_pack({**FILES, **many})
    with pytest.raises(BadProof, match="files"):
        pack_format.decode_pack(zipped(*FILES.items(), *many.items()))


@examples(200)
@given(st.binary(max_size=400), st.booleans())
def test_junk(data: bytes, named: bool) -> None:  # noqa: FBT001  # hypothesis gives it by name
    """Any bytes at all are refused with an error of ours."""
    with pytest.raises(BadProof):
        pack_format.decode_pack(pack_format.MAGIC + data if named else data)


WHOLE = pack_format.encode_pack(FILES)


@examples(200)
@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_one_changed_byte(at: int, by: int) -> None:
    """A pack with one byte changed is refused, or differs in the content of a file."""
    changed = bytearray(WHOLE)
    changed[at] ^= by
    try:
        files = pack_format.decode_pack(bytes(changed))
    except RegledgerError:
        return
    assert files != FILES


@given(st.integers(0, len(WHOLE) - 1))
def test_cut_off(at: int) -> None:
    """A pack that was cut off anywhere is refused."""
    with pytest.raises(BadProof):
        pack_format.decode_pack(WHOLE[:at])


def test_time_stamps_by_size() -> None:
    """A time-stamp without the note it stamps, or a note without one, is refused."""
    whole = {"timestamps/7/note": b"n", "timestamps/7/0.tsr": b"t", "timestamps/9/note": b"m"}
    with pytest.raises(BadProof, match="timestamps/9"):
        pack_format.time_stamped(whole)
    del whole["timestamps/9/note"]
    assert pack_format.time_stamped({**FILES, **whole}) == {7: {"note": b"n", "0.tsr": b"t"}}
    with pytest.raises(BadProof, match="timestamps/7"):
        pack_format.time_stamped({"timestamps/7/0.tsr": b"t"})
