"""The evidence pack: an entry and everything needed to check it, in one zip file.

====================================  ============================================================
``README.txt``                        how to check the pack, in plain words
``checkpoint``                        the signed checkpoint, as it stands in the proof
``disclosures.json``                  only if asked for: digest -> text of what was concealed
``entry.json``                        the exact bytes of the entry
``event.dsse.json``                   the event in it as a DSSE envelope
``evidence/<sha256>``                 captured files that the entry cites, as far as they are kept
``keys.json``                         public keys: a convenience, no reason to trust them
``policy``                            the log's keys as a tlog-policy; no reason to trust them
``proof.tlog-proof``                  inclusion of the entry in the checkpoint (C2SP tlog-proof)
``timestamps/<size>/note``            the checkpoint that was time-stamped, as sealed
``timestamps/<size>/<n>.tsr``         RFC 3161 responses over those bytes
``timestamps/<size>/proof.tlog-proof``  inclusion of the entry in that checkpoint, if another
``verifier.py``                       a verifier in one readable file
====================================  ============================================================

The zip is written in one way only: members sorted by name, not compressed, mode 0644, dated
1980-01-01, no comments. So the same ledger gives the same bytes, and :func:`decode_pack` can demand
them: it reads the members, writes them again and compares. So nothing can hide in a pack that one
zip program shows and another does not, and nothing in it grows when it is read. The JSON in it has
one spelling too (:func:`spell`), so that no member can stand in it twice.
"""

import io
import re
import struct
import zipfile
from collections.abc import Mapping
from typing import Any, Final

import orjson

from ledger.errors import BadProof, InputError

README: Final = "README.txt"
CHECKPOINT: Final = "checkpoint"
DISCLOSURES: Final = "disclosures.json"
ENTRY: Final = "entry.json"
ENVELOPE: Final = "event.dsse.json"
KEYS: Final = "keys.json"
POLICY: Final = "policy"
PROOF: Final = "proof.tlog-proof"
VERIFIER: Final = "verifier.py"
EVIDENCE: Final = "evidence/"
REQUIRED: Final = (README, CHECKPOINT, ENTRY, ENVELOPE, KEYS, POLICY, PROOF)

MAX_CONTENT_BYTES: Final = 256 * 1024 * 1024
MAX_PACK_BYTES: Final = MAX_CONTENT_BYTES + 1024 * 1024  # with the headers of its members
MAX_MEMBERS: Final = 1000
MAGIC: Final = b"PK\x03\x04"

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can hold
_UNIX = 3
_MODE = 0o100644 << 16
_FIXED = "|".join(map(re.escape, (*REQUIRED, DISCLOSURES, VERIFIER)))
_NUMBER = "(?:0|[1-9][0-9]{0,18})"
_TIME = rf"timestamps/({_NUMBER})/(?:note|proof\.tlog-proof|{_NUMBER}\.tsr)"
_NAME = re.compile(rf"{_FIXED}|evidence/[0-9a-f]{{64}}|{_TIME}", re.ASCII)
_AGAIN = (
    "ask for the pack again, as `regledger prove --pack` wrote it; if a program packed it anew,"
)
_HINT = f"{_AGAIN} unpack it and check proof.tlog-proof with --entry entry.json"
_LOCAL = struct.Struct("<18xI4xH2x")  # a local file header: length of the content, of the name


def spell(value: object) -> bytes:
    """Return JSON as it is spelled in a pack."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(value, option=options)


def unspell(files: Mapping[str, bytes], name: str) -> Any:
    """Read a JSON member. Raises BadProof: it is not JSON, or in another spelling."""
    try:
        value = orjson.loads(files[name])
        same = spell(value) == files[name]
    except (ValueError, TypeError):  # TypeError: too deeply nested to write again
        raise BadProof(f"{name} in the pack is not JSON") from None
    if not same:
        raise BadProof(f"{name} in the pack is not spelled as regledger spells it")
    return value


def encode_pack(files: Mapping[str, bytes]) -> bytes:
    """Return the zip that holds these files, in its one spelling.

    Raises InputError: they are too many or too large, or a name has no place in a pack.
    """
    total = sum(map(len, files.values()))
    if len(files) > MAX_MEMBERS or total > MAX_CONTENT_BYTES:
        raise InputError(
            f"a pack of {len(files)} files and {total:,} bytes is too large",
            hint=f"at most {MAX_MEMBERS} files and {MAX_CONTENT_BYTES:,} bytes",
        )
    wrong = next((name for name in sorted(files) if not _NAME.fullmatch(name)), None)
    if wrong is not None:
        raise InputError(f"{wrong!r} has no place in a pack")
    return _write(files)


def _write(files: Mapping[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, _EPOCH)
            member.create_system = _UNIX
            member.external_attr = _MODE
            archive.writestr(member, files[name])
    return sink.getvalue()


def decode_pack(data: bytes) -> dict[str, bytes]:
    """Read a pack: name -> content. The contents are not checked.

    Raises BadProof: not a zip as :func:`encode_pack` writes it, a member is missing, or one has no
    place in a pack.
    """
    if len(data) > MAX_PACK_BYTES:
        raise BadProof(f"the pack has {len(data):,} bytes, more than {MAX_PACK_BYTES:,}")
    files = _read(data)
    if _write(files) != data:
        raise BadProof(
            "the pack is not a zip as regledger writes it: damaged, or packed by another program",
            hint=_HINT,
        )
    missing = [name for name in REQUIRED if name not in files]
    if missing:
        raise BadProof(f"the pack lacks {', '.join(missing)}")
    return files


def _read(data: bytes) -> dict[str, bytes]:
    """Read member after member, up to the first bytes that begin none.

    Only the local headers are read. :func:`decode_pack` compares the rest when it writes the zip
    again; a wrong length makes that differ.
    """
    files: dict[str, bytes] = {}
    at = 0
    while data.startswith(MAGIC, at) and at + _LOCAL.size <= len(data):
        if len(files) == MAX_MEMBERS:
            raise BadProof(f"the pack holds more than {MAX_MEMBERS:,} files")
        size, length = _LOCAL.unpack_from(data, at)
        at += _LOCAL.size + length
        name = data[at - length : at].decode("ascii", "replace")
        if not _NAME.fullmatch(name):
            raise BadProof(f"the pack holds {name!r}, which has no place in it", hint=_HINT)
        if name in files:
            raise BadProof(f"the pack holds {name} twice")
        files[name] = data[at : at + size]
        at += size
    return files


def time_stamped(files: Mapping[str, bytes]) -> dict[int, dict[str, bytes]]:
    """Return the files under ``timestamps/`` by size, each by its last name.

    Raises BadProof: a size without its note, or with nothing but a note.
    """
    found: dict[int, dict[str, bytes]] = {}
    for name, content in files.items():
        match = re.fullmatch(_TIME, name)
        if match:
            found.setdefault(int(match[1]), {})[name.rsplit("/", 1)[1]] = content
    for size, members in found.items():
        if "note" not in members or not any(name.endswith(".tsr") for name in members):
            raise BadProof(f"timestamps/{size} in the pack lacks its note or its time-stamp")
    return found
