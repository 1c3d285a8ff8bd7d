"""Verifier keys: the one-line public key of a log or witness (C2SP signed-note).

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

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from ledger.errors import BadKey
from ledger.log.wire import from_b64, to_b64

ED25519: Final = 0x01
COSIGNATURE_ED25519: Final = 0x04
COSIGNATURE_MLDSA44: Final = 0x06

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
    """First four bytes of SHA-256(name || 0x0A || type || public key)."""
    blob = bytes([key_type]) + public_key
    return sha256(name.encode() + b"\n" + blob).digest()[:4]


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
    # isprintable is false for control characters, white space other than " ", and surrogates.
    if not name or not name.isprintable() or " " in name or "+" in name:
        raise BadKey(f"{name!r} is no key name: not empty, no white space, no '+'")
    wanted = _KEY_BYTES.get(key_type)
    if wanted is None:
        raise BadKey(f"key type 0x{key_type:02x} is not known here")
    if len(public_key) != wanted:
        raise BadKey(f"a key of type 0x{key_type:02x} has {wanted} bytes, not {len(public_key)}")
