"""Packs that somebody changed: refused by both verifiers, or what was changed is named."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.errors import BadProof, NotVerified
from ledger.log.checkpoint import open_checkpoint
from ledger.log.proof_file import parse_proof
from ledger.log.signed_note import Vkey
from ledger.proofs import inclusion, pack_build, pack_format, pack_verify
from ledger.proofs.inclusion import CheckedProof, ProofTrust
from ledger.verify.known_ledgers import KnownLedger, KnownLedgers
from tests.verifier.test_verifier import VERIFIER
from tests.verify.attacked import Judge, Made

Both = Callable[[bytes], tuple[bool, int]]


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The ledger that the pack is of."""
    return Made(tmp_path_factory.mktemp("made") / "ours")


@pytest.fixture(scope="module")
def data(ours: Made) -> bytes:
    """The pack of an entry with a captured file and disclosures."""
    return ours.desk.book.proofs.pack("cited", with_disclosures=True)


@pytest.fixture
def judge(capsys: pytest.CaptureFixture[str]) -> Judge:
    """The verifier in one file: exit status, and what it printed."""

    def run(*words: str | Path) -> tuple[int, str]:
        status: int = VERIFIER.main([str(word) for word in words])
        return status, capsys.readouterr().out

    return run


@pytest.fixture
def both(ours: Made, tmp_path: Path, judge: Judge) -> Both:
    """Whether ``check-proof`` takes these bytes, and the status of the other verifier."""

    def run(changed: bytes) -> tuple[bool, int]:
        file = tmp_path / "x.zip"
        file.write_bytes(changed)
        keys = [word for key in ours.desk.vkeys for word in ("--key", str(key))]
        try:
            check(changed, ours)
        except NotVerified:
            return False, judge(file, *keys)[0]
        return True, judge(file, *keys)[0]

    return run


def check(data: bytes, made: Made) -> CheckedProof:
    """What the library says, with the log's keys from its keeper."""
    return pack_verify.check_pack(data, ProofTrust(log_keys=made.desk.vkeys))


def put(data: bytes, **files: bytes) -> bytes:
    """A pack with other files, by the name without its dots and slashes."""
    held = pack_format.decode_pack(data)
    for name in [*held]:
        held[name] = files.pop(name.replace(".", "_").replace("/", "_"), held[name])
    assert not files, "no such file"
    return pack_format.encode_pack(held)


# --- the members ---------------------------------------------------------------------------------


def test_every_member_is_compared_or_named(ours: Made, data: bytes) -> None:
    """Whichever file of a pack gets other bytes: an error, or its name under what was not checked.

    README and verifier change from version to version, so another one is named and not refused.
    """
    files = pack_format.decode_pack(data)
    assert {pack_format.DISCLOSURES, pack_format.VERIFIER, pack_format.POLICY} < files.keys()
    named = set()
    for name, content in files.items():
        for forged in (b"", content + b" ", content.replace(b"e", b"E", 1)):
            if forged == content:
                continue  # random text without that letter
            try:
                checked = check(pack_format.encode_pack({**files, name: forged}), ours)
            except NotVerified:
                continue
            named.add(name)
            assert any(name in one and "do not" in one for one in checked.unchecked), name
    assert named == {pack_format.README, pack_format.VERIFIER}


def test_the_verifier_to_run_is_named(ours: Made, data: bytes) -> None:
    """That of this version, whatever lies in the pack; and whether the pack has the same."""
    shipped = str(pack_build.verifier())
    same = check(data, ours)
    assert same.verifier == inclusion.PackVerifier(same=True, run=shipped)
    assert not any("verifier" in one for one in same.unchecked)
    trojan = check(put(data, verifier_py=b'print("VERIFIED")\n'), ours)
    assert trojan.verifier == inclusion.PackVerifier(same=False, run=shipped)
    files = pack_format.decode_pack(data)
    del files[pack_format.VERIFIER]
    without = check(pack_format.encode_pack(files), ours)
    assert without.verifier == inclusion.PackVerifier(same=None, run=shipped)


def test_keys_that_are_not_those_of_the_log(ours: Made, data: bytes) -> None:
    """A log key more, less or another in keys.json, with a policy to match, or in policy alone."""
    keys = json.loads(pack_format.decode_pack(data)[pack_format.KEYS])
    own = keys["log_keys"]
    stranger = str(Vkey("example.org/x", b"\0\0\0\0", 1, b"\1" * 32))
    for forged in ([], own[:1], [*own, own[0]], [own[0], stranger], [*own, stranger]):
        changed = pack_format.spell({**keys, "log_keys": forged})
        with pytest.raises(BadProof, match="log keys"):
            check(put(data, keys_json=changed, policy=pack_build.policy_file(forged)), ours)
    with pytest.raises(BadProof, match="policy"):
        check(put(data, policy=pack_build.policy_file(own[:1])), ours)


@pytest.mark.parametrize("member", ["schema", "trust", "origin", "ledger", "signer", "how_known"])
def test_keys_json_says_nothing_of_its_own(ours: Made, data: bytes, member: str) -> None:
    """Each member follows from entry, checkpoint and keys: any other is refused, and one more."""
    keys = json.loads(pack_format.decode_pack(data)[pack_format.KEYS])
    for forged in ({**keys, member: "0" * 64}, {**keys, f"{member}_too": 1}):
        with pytest.raises(BadProof):
            check(put(data, keys_json=pack_format.spell(forged)), ours)


def test_the_founder_is_known_or_named(ours: Made, data: bytes, tmp_path: Path) -> None:
    """Of another entry than the first, only the memory of this machine tells who founded it."""
    keys = json.loads(pack_format.decode_pack(data)[pack_format.KEYS])
    forged = put(data, keys_json=pack_format.spell({**keys, "founder": "0" * 64}))
    assert any("founder 0000" in one for one in check(forged, ours).unchecked)
    known = KnownLedgers(tmp_path)
    log_keys = tuple(map(str, ours.desk.vkeys))
    known.remember(
        KnownLedger(
            ours.ledger, keys["origin"], keys["founder"], log_keys, 0, "0" * 64, trusted=True
        )
    )
    trust = ProofTrust(known=known)
    assert not any("founder" in one for one in pack_verify.check_pack(data, trust).unchecked)
    with pytest.raises(BadProof, match="founder"):
        pack_verify.check_pack(forged, trust)
    first = ours.desk.book.proofs.pack("@0")
    with pytest.raises(BadProof, match="founder"):
        check(put(first, keys_json=pack_format.spell({**_keys(first), "founder": "0" * 64})), ours)


def _keys(data: bytes) -> dict[str, object]:
    keys: dict[str, object] = json.loads(pack_format.decode_pack(data)[pack_format.KEYS])
    return keys


def test_a_clock_in_the_readme_is_not_believed(ours: Made, data: bytes) -> None:
    """Entry 0 says whether the clock is simulated; in the pack of another entry it is named."""
    checked = check(data, ours)
    assert any("clock is a" in one for one in checked.unchecked)
    first = ours.desk.book.proofs.pack("@0")
    assert check(first, ours).unchecked == ()
    clock = ours.desk.book.policy.clock
    other = "system" if clock == "simulated" else "simulated"
    sealed = checked.checkpoint
    lie = pack_build.readme(check(first, ours).entry, sealed, clock=other)
    assert any(
        pack_format.README in one for one in check(put(first, README_txt=lie), ours).unchecked
    )


def test_json_in_a_pack_has_one_spelling(ours: Made, data: bytes, both: Both) -> None:
    """A member twice, NaN, white space, deep nesting, half a surrogate pair: each is refused."""
    files = pack_format.decode_pack(data)
    forged = base64.b64encode(b'{"actor":"mallory"}')
    twice = files[pack_format.ENVELOPE].replace(b"{", b'{"payload":"' + forged + b'",', 1)
    assert json.loads(twice) == json.loads(files[pack_format.ENVELOPE])
    with pytest.raises(BadProof, match=r"event\.dsse\.json"):
        check(put(data, event_dsse_json=twice), ours)
    for name in (pack_format.KEYS, pack_format.DISCLOSURES, pack_format.ENVELOPE):
        good = files[name]
        for bad in (
            b" " + good,
            good.replace(b"{", b'{"x":NaN,"x":1,', 1),
            good.replace(b"{", b'{"x":1e999,', 1),
            good.replace(b"{", b'{"x":"\\ud800",', 1),
            good.replace(b"{", b'{"x":' + b"[" * 500 + b"]" * 500 + b",", 1),
            good.replace(b"{", b'{"x":' + b"9" * 5000 + b",", 1),
            b"\xef\xbb\xbf" + good,
        ):
            with pytest.raises(BadProof):
                check(pack_format.encode_pack({**files, name: bad}), ours)
    entry = files[pack_format.ENTRY]
    for bad in (entry.replace(b'"seq":', b'"seq":9,"seq":', 1), entry + b"\n"):
        assert both(put(data, entry_json=bad)) == (False, 1)


def test_a_note_beside_a_time_stamp_is_signed_too(ours: Made, data: bytes) -> None:
    """The text may be that of the checkpoint and the lines under it anybody's."""
    files = pack_format.decode_pack(data)
    note = files[pack_format.CHECKPOINT]
    size = open_checkpoint(note, log_keys=ours.desk.vkeys).checkpoint.size
    text, _, lines = note.partition(b"\n\n")
    folder = f"timestamps/{size}"
    bad = text + b"\n\n" + lines.split(b"\n")[0] + b"\n"
    with pytest.raises(NotVerified, match="did not sign"):
        check(
            pack_format.encode_pack({**files, f"{folder}/note": bad, f"{folder}/0.tsr": b"x"}), ours
        )
    more = {f"{folder}/note": note, f"{folder}/0.tsr": b"x", f"{folder}/proof.tlog-proof": b"x"}
    with pytest.raises(NotVerified, match="no proof of its own"):
        check(pack_format.encode_pack({**files, **more}), ours)


def test_extra_data_in_a_proof_is_named(
    ours: Made, data: bytes, tmp_path: Path, judge: Judge
) -> None:
    """The form allows it, nothing signs it: both verifiers say that nobody vouches for it."""
    proof = replace(
        parse_proof(pack_format.decode_pack(data)[pack_format.PROOF]), extra=b"the moon is ours"
    )
    changed = pack_format.encode_pack(
        {**pack_format.decode_pack(data), pack_format.PROOF: proof.encode()}
    )
    assert "the extra data in the proof" in check(changed, ours).unchecked
    file = tmp_path / "x.zip"
    file.write_bytes(changed)
    status, said = judge(file, *(word for key in ours.desk.vkeys for word in ("--key", str(key))))
    assert (status, "not authenticated: the extra line" in said) == (0, True)


def test_lines_by_others_are_counted_and_few_are_named(
    ours: Made, data: bytes, tmp_path: Path, judge: Judge
) -> None:
    """A note may hold thousands of lines, each with a name that somebody made up."""
    files = pack_format.decode_pack(data)
    note, proof = files[pack_format.CHECKPOINT], parse_proof(files[pack_format.PROOF])
    name = "w\u202ex"  # which no key can have
    for names, good in (([f"w{n:04d}" for n in range(1000)], True), ([name], False)):
        lines = "".join(f"\u2014 {one} YWJjZGVm\n" for one in names).encode()
        full = note + lines
        changed = {
            pack_format.CHECKPOINT: full,
            pack_format.PROOF: replace(proof, checkpoint=full).encode(),
        }
        file = tmp_path / "x.zip"
        file.write_bytes(pack_format.encode_pack({**files, **changed}))
        keys = [word for key in ours.desk.vkeys for word in ("--key", str(key))]
        status, said = judge(file, *keys)
        assert (status == 0) is good
        if not good:
            with pytest.raises(NotVerified):
                check(file.read_bytes(), ours)
            continue
        assert f"not authenticated: {len(names)} signature lines by others" in said
        unchecked = check(file.read_bytes(), ours).unchecked
        assert sum(one.startswith("the line of w") for one in unchecked) == 20
        assert "980 more lines whose keys are not known" in unchecked


# --- the zip -------------------------------------------------------------------------------------


def _local(data: bytes, name: bytes) -> int:
    """Where the local header of a member begins."""
    return data.index(name) - 30


def _central(data: bytes, name: bytes) -> int:
    """Where the header of a member in the central directory begins."""
    return data.rindex(name) - 46


def _poke(data: bytes, at: int, form: str, value: int) -> bytes:
    changed = bytearray(data)
    struct.pack_into(form, changed, at, value)
    return bytes(changed)


ZIPS: dict[str, Callable[[bytes], bytes]] = {
    "encrypted": lambda z: _poke(z, _local(z, b"policy") + 6, "<H", 1),
    "encrypted in the directory": lambda z: _poke(z, _central(z, b"policy") + 8, "<H", 1),
    "deflated": lambda z: _poke(z, _local(z, b"policy") + 8, "<H", 8),
    "size declared too small": lambda z: _poke(z, _local(z, b"policy") + 18, "<I", 1),
    "size declared too large": lambda z: _poke(z, _local(z, b"policy") + 18, "<I", 0xFFFFFFFF),
    "real size other than packed": lambda z: _poke(z, _local(z, b"policy") + 22, "<I", 1 << 31),
    "size in the directory": lambda z: _poke(z, _central(z, b"policy") + 24, "<I", 1),
    "another name in the directory": lambda z: z[::-1].replace(b"ycilop", b"ycilox", 1)[::-1],
    "another name in front": lambda z: z.replace(b"policy", b"xolicy", 1),
    "a link": lambda z: _poke(z, _central(z, b"policy") + 38, "<I", 0o120777 << 16),
    "a checksum": lambda z: _poke(z, _local(z, b"policy") + 14, "<I", 7),
    "an offset": lambda z: _poke(z, _central(z, b"policy") + 42, "<I", 0),
    "an extra field": lambda z: _poke(z, _local(z, b"policy") + 28, "<H", 4),
    "another count": lambda z: _poke(z, len(z) - 12, "<H", 1),
    "a comment": lambda z: _poke(z, len(z) - 2, "<H", 2) + b"hi",
    "something behind": lambda z: z + b"\n",
    "something in front": lambda z: b"#!/bin/sh\n" + z,
    "twice": lambda z: z + z,
    "cut off": lambda z: z[:-22],
    "no directory": lambda z: z[: z.index(b"PK\x01\x02")],
    "only a header": lambda z: z[:30],
    "half a header": lambda z: z[:20],
    "only an end": lambda z: z[-22:],
    "a millionfold header": lambda z: z[:30] * 100_000,
}


@pytest.mark.parametrize("name", ZIPS)
def test_a_zip_that_programs_read_differently(name: str, data: bytes, both: Both) -> None:
    """Whatever is not as regledger writes it is refused, by both verifiers."""
    changed = ZIPS[name](data)
    assert changed != data
    assert both(changed) == (False, 1)


@pytest.mark.parametrize("path", ["../x", "/x", "a\\x", "evidence/../x", "x\0y", "notes.txt", "é"])
def test_a_member_that_has_no_place(path: str, data: bytes, both: Both) -> None:
    """A path that leads out, or a file of which nobody knows what it is."""
    files = {**pack_format.decode_pack(data), path: b"x"}
    assert both(pack_format._write(files)) == (False, 1)


def test_the_good_pack_is_good_for_both(data: bytes, both: Both) -> None:
    """What the tests above change is good before."""
    assert both(data) == (True, 0)
