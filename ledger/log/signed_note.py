"""Signed notes and the keys that sign them (C2SP signed-note).

A note is a text, an empty line and signature lines. The text ends in a line feed, which is signed;
the empty line is not. The split is at the *last* empty line. A signature line is U+2014 EM DASH,
space, key name, space, padded standard base64 of (key id of 4 bytes || signature), line feed. The
whole is valid UTF-8 without any byte below 0x20 but the line feed. What the bytes of a signature
mean depends on the type of the key: :mod:`ledger.log.checkpoint`.

Verifier keys are one line each.

``vkey = name "+" hex8(key id) "+" base64(type || public key)`` where ``key id`` is the first four
bytes of ``SHA-256(name || 0x0A || type || public key)``, ``hex8`` eight lower-case hex digits,
base64 padded standard, and ``type`` one byte:

====  ==================================================  ===================
0x01  Ed25519                                             key of 32 bytes
0x04  Ed25519 cosignature with time (tlog-cosignature)    key of 32 bytes
0x06  ML-DSA-44 cosignature with time                     key of 1,312 bytes
====  ==================================================  ===================

A name is not empty and holds no white space, no ``+``, no control character. The key id is a
short hint to find a key by, never an identity: four bytes are quickly collided.

Worked example (C2SP signed-note)::

    >>> key = parse_vkey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    >>> key.name, key.key_id.hex(), key.type, key.public_key[:4].hex()
    ('example.com/foo', '530d903a', 1, 'e932791a')
    >>> vkey(key.name, key.type, key.public_key)
    'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from ledger.errors import BadKey, BadNote
from ledger.log.encodings import from_b64, to_b64

ED25519: Final = 0x01
COSIGNATURE_ED25519: Final = 0x04
COSIGNATURE_MLDSA44: Final = 0x06

MAX_NOTE_BYTES: Final = 1_000_000  # C2SP signed-note asks for a limit; a checkpoint has some 4,000
_DASH = "\u2014 "
_CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")
_KEY_ID_BYTES: Final = 4
_KEY_BYTES: Final = {ED25519: 32, COSIGNATURE_ED25519: 32, COSIGNATURE_MLDSA44: 1312}


@dataclass(frozen=True, slots=True)
class Vkey:
    """A parsed verifier key. ``key_id`` has 4 bytes, ``public_key`` is raw."""

    name: str
    key_id: bytes
    type: int
    public_key: bytes

    def __str__(self) -> str:
        return vkey(self.name, self.type, self.public_key)


def vkey(name: str, key_type: int, public_key: bytes) -> str:
    """Spell a verifier key.

    Args:
        name: of the key; that of a log's key is the log's origin.
        key_type: 0x01, 0x04 or 0x06.
        public_key: raw bytes, as the type wants them.

    Raises:
        BadKey: a bad name, unknown type or a key of the wrong length.
    """
    _check(name, key_type, public_key)
    blob = bytes([key_type]) + public_key
    return f"{name}+{key_id(name, key_type, public_key).hex()}+{to_b64(blob)}"


def key_id(name: str, key_type: int, public_key: bytes) -> bytes:
    """Return the first four bytes of SHA-256(name || 0x0A || type || public key)."""
    blob = bytes([key_type]) + public_key
    return sha256(name.encode() + b"\n" + blob).digest()[:_KEY_ID_BYTES]


def parse_vkey(text: str) -> Vkey:
    """Read a verifier key, and recompute its key id.

    Raises:
        BadKey: another form, an unknown type, or a key id that is not the key's.
    """
    # The name holds no "+", base64 may.
    name, _, rest = text.partition("+")
    found_id, _, encoded = rest.partition("+")
    blob = from_b64(encoded)
    if not blob:
        raise BadKey("a verifier key has the form name+8 hex digits+base64")
    key_type, public_key = blob[0], blob[1:]
    _check(name, key_type, public_key)
    expected = key_id(name, key_type, public_key)
    if found_id != expected.hex():
        raise BadKey(f"the key id of {name} should be {expected.hex()}, not {found_id!r}")
    return Vkey(name, expected, key_type, public_key)


def _check(name: str, key_type: int, public_key: bytes) -> None:
    if not _is_name(name):
        raise BadKey(f"{name!r} is no key name: not empty, no white space, no '+'")
    wanted = _KEY_BYTES.get(key_type)
    if wanted is None:
        raise BadKey(f"key type 0x{key_type:02x} is not known here")
    if len(public_key) != wanted:
        raise BadKey(f"a key of type 0x{key_type:02x} has {wanted} bytes, not {len(public_key)}")


def _is_name(name: str) -> bool:
    # isprintable is false for control characters, white space other than " ", and surrogates.
    return bool(name) and name.isprintable() and " " not in name and "+" not in name


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line. ``key_id`` has 4 bytes; ``blob`` is the rest, at least one byte."""

    name: str
    key_id: bytes
    blob: bytes

    def encode(self) -> bytes:
        """Return the line with its line feed."""
        return f"{_DASH}{self.name} {to_b64(self.key_id + self.blob)}\n".encode()

    def claims(self, key: Vkey) -> bool:
        """Return whether the line names this key; only checking the signature proves it."""
        return (self.name, self.key_id) == (key.name, key.key_id)


@dataclass(frozen=True, slots=True)
class Note:
    """A text, ending in a line feed, and one signature line or more."""

    text: bytes
    signatures: tuple[NoteSignature, ...]

    def encode(self) -> bytes:
        """Return the bytes of the whole note."""
        return self.text + b"\n" + b"".join(line.encode() for line in self.signatures)


def parse_note(data: bytes) -> Note:
    """Read a signed note; no signature is checked.

    Raises:
        BadNote: another form or spelling.
    """
    _check_bytes(data)
    at = data.rfind(b"\n\n")
    if at < 0:
        raise BadNote("a signed note has an empty line between its text and its signatures")
    text, lines = data[: at + 1], data[at + 2 :]
    if text == b"\n":
        raise BadNote("the text of the signed note is empty")
    return Note(text, parse_lines(lines))


def parse_lines(data: bytes) -> tuple[NoteSignature, ...]:
    """Read signature lines without a text, such as a witness's answer.

    Raises:
        BadNote: none, another form, or no line feed at the end.
    """
    _check_bytes(data)
    if not data.endswith(b"\n"):
        raise BadNote("a signature line ends in a line feed")
    return tuple(_parse_line(line) for line in data[:-1].split(b"\n"))


def _parse_line(line: bytes) -> NoteSignature:
    name, _, encoded = line.decode().removeprefix(_DASH).partition(" ")
    blob = from_b64(encoded)
    if blob is None or len(blob) <= _KEY_ID_BYTES or not _is_name(name):
        raise BadNote("a signature line is an em dash, a key name and base64, one space between")
    found = NoteSignature(name, blob[:_KEY_ID_BYTES], blob[_KEY_ID_BYTES:])
    if found.encode() != line + b"\n":
        raise BadNote("a signature line is not in its one spelling (em dash, name, base64)")
    return found


def _check_bytes(data: bytes) -> None:
    if len(data) > MAX_NOTE_BYTES:
        raise BadNote(f"a signed note has at most {MAX_NOTE_BYTES:,} bytes")
    if _CONTROL.search(data):
        raise BadNote("a signed note holds no control character but the line feed")
    try:
        data.decode()
    except UnicodeDecodeError:
        raise BadNote("a signed note is UTF-8") from None
