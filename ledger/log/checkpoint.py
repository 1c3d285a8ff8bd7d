r"""Checkpoints: the size and root of a log at a moment, signed (C2SP tlog-checkpoint).

The text of a checkpoint is three lines, ``origin LF size LF base64(root) LF``: the size in decimal
without leading zeros, the root of 32 bytes in padded standard base64, no further lines. It is the
text of a signed note (:mod:`ledger.log.signed_note`). The bytes after the key id of a line:

====  ==================================  =========================================================
type  line                                signed bytes
====  ==================================  =========================================================
0x01  64 bytes Ed25519                    the text
0x04  u64 seconds || 64 bytes Ed25519     ``cosignature/v1 LF time <seconds> LF`` and the text
0x06  u64 seconds || 2,420 bytes          ``subtree/v1 LF NUL`` || u8 length of name || name ||
      ML-DSA-44, empty context            u64 seconds || u8 length of origin || origin || u64 0 ||
                                          u64 size || root
====  ==================================  =========================================================

u64 is eight bytes big endian, seconds count from 1970-01-01 UTC (POSIX). A log signs each of its
checkpoints twice: with an Ed25519 key as 0x01 and with an ML-DSA-44 key as 0x06, both named like
its origin; the time of the second is when it was sealed. Witnesses sign as 0x04 or 0x06.

Worked example (the checkpoint of C2SP tlog-checkpoint)::

    >>> text = (b"example.com/behind-the-sofa\n20852163\n"
    ...         b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")
    >>> found = parse_checkpoint(text)
    >>> found.origin, found.size, found.root.hex()[:8]
    ('example.com/behind-the-sofa', 20852163, '0ac5186a')
    >>> found.text() == text
    True
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from ledger.errors import BadCheckpoint
from ledger.log.encodings import from_b64, to_b64
from ledger.log.merkle import HASH_BYTES
from ledger.log.signed_note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_MLDSA44,
    ED25519,
    Note,
    NoteSignature,
    Vkey,
    key_id,
    parse_note,
)

_SIZE = re.compile(rb"0|[1-9][0-9]{0,19}")
_LINES = 3
_U64 = 8
_MAX_U64: Final = (1 << 64) - 1
_SUBTREE: Final = b"subtree/v1\n\0"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The root of the first ``size`` entries of the log ``origin``. ``root`` has 32 bytes."""

    origin: str
    size: int
    root: bytes

    def text(self) -> bytes:
        """Return the text of its note."""
        return f"{self.origin}\n{self.size}\n{to_b64(self.root)}\n".encode()


def parse_checkpoint(text: bytes) -> Checkpoint:
    """Read the text of a checkpoint.

    Raises:
        BadCheckpoint: another form or spelling, or lines after the third.
    """
    lines = text.split(b"\n")
    if len(lines) != _LINES + 1 or lines[-1]:
        raise BadCheckpoint("a checkpoint has three lines: origin, size and root")
    origin, size, encoded, _ = lines
    if not _SIZE.fullmatch(size) or int(size) > _MAX_U64:
        raise BadCheckpoint("the size of a checkpoint is a decimal number without leading zeros")
    try:
        root = from_b64(encoded.decode("ascii"))
        name = origin.decode()
    except UnicodeDecodeError:
        raise BadCheckpoint("a checkpoint is UTF-8, its root base64") from None
    if root is None or len(root) != HASH_BYTES:
        raise BadCheckpoint(f"the root of a checkpoint is base64 of {HASH_BYTES} bytes")
    if not name:
        raise BadCheckpoint("a checkpoint without an origin")
    return Checkpoint(name, int(size), root)


class LogSigner(Protocol):
    """A key of a log or witness that signs checkpoints."""

    @property
    def vkey(self) -> Vkey:
        """Its public half."""

    def sign(self, checkpoint: Checkpoint, at: int) -> NoteSignature:
        """Sign a checkpoint; ``at`` is in POSIX seconds, for the types that carry a time."""


class Ed25519LogSigner:
    """The classical key of a log (0x01)."""

    def __init__(self, origin: str, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.vkey: Final = _vkey(origin, ED25519, key.public_key().public_bytes_raw())

    def sign(self, checkpoint: Checkpoint, at: int) -> NoteSignature:
        """Sign the text; this type carries no time."""
        del at
        return NoteSignature(self.vkey.name, self.vkey.key_id, self._key.sign(checkpoint.text()))


class Ed25519Cosigner:
    """An Ed25519 key of a witness (0x04)."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.vkey: Final = _vkey(name, COSIGNATURE_ED25519, key.public_key().public_bytes_raw())

    def sign(self, checkpoint: Checkpoint, at: int) -> NoteSignature:
        """Sign that the checkpoint was seen at this time, consistent with all before it."""
        sig = self._key.sign(_cosigned(checkpoint, at))
        return NoteSignature(self.vkey.name, self.vkey.key_id, at.to_bytes(_U64, "big") + sig)


class MLDSA44Cosigner:
    """An ML-DSA-44 key of a witness, or the post-quantum key of a log (0x06; FIPS 204)."""

    def __init__(self, name: str, key: MLDSA44PrivateKey) -> None:
        self._key = key
        self.vkey: Final = _vkey(name, COSIGNATURE_MLDSA44, key.public_key().public_bytes_raw())

    def sign(self, checkpoint: Checkpoint, at: int) -> NoteSignature:
        """Sign the whole tree, as the subtree from 0 to its size."""
        sig = self._key.sign(_subtree(self.vkey.name, checkpoint, at))
        return NoteSignature(self.vkey.name, self.vkey.key_id, at.to_bytes(_U64, "big") + sig)


def log_signers(
    origin: str, ed25519: Ed25519PrivateKey, mldsa44: MLDSA44PrivateKey
) -> tuple[LogSigner, LogSigner]:
    """Return the two signers of a log."""
    return Ed25519LogSigner(origin, ed25519), MLDSA44Cosigner(origin, mldsa44)


def seal(checkpoint: Checkpoint, signers: Sequence[LogSigner], *, at: int) -> Note:
    """Sign a checkpoint with every key of its log; ``at`` is in POSIX seconds."""
    return Note(checkpoint.text(), tuple(signer.sign(checkpoint, at) for signer in signers))


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A good line of a known witness; ``at`` is its time in POSIX seconds."""

    vkey: Vkey
    at: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A checkpoint whose log signed it with every key that was asked for.

    ``sealed_at`` is the time in the log's own line with time (POSIX seconds), if it has one;
    ``unknown`` are lines by other keys, which were not checked.
    """

    checkpoint: Checkpoint
    note: Note
    log_keys: tuple[Vkey, ...]
    sealed_at: int | None
    cosignatures: tuple[Cosigned, ...]
    unknown: tuple[NoteSignature, ...]


def open_checkpoint(
    data: bytes, *, log_keys: Sequence[Vkey], witnesses: Sequence[Vkey] = ()
) -> Opened:
    """Read a checkpoint and check who signed it.

    Args:
        data: the whole note.
        log_keys: every key the log has at that size; one good line of each is required.
        witnesses: keys of witnesses; a line of one must be good, but need not be there. A key of
            the log is none, whatever it is called.

    Raises:
        BadNote: not a signed note.
        BadCheckpoint: no key was given, a line of a log key is missing, a line of a known key is
            bad or there twice, a line named like the log is of an unknown key, or the keys are
            those of another log.
    """
    note = parse_note(data)
    checkpoint = parse_checkpoint(note.text)
    if not log_keys:
        raise BadCheckpoint("no log key was given to check the checkpoint with")
    others = sorted({key.name for key in log_keys if key.name != checkpoint.origin})
    if others:
        raise BadCheckpoint(f"a checkpoint of {checkpoint.origin}, not of {', '.join(others)}")
    known = [*log_keys, *witnesses]
    times: dict[Vkey, int | None] = {}
    unknown: list[NoteSignature] = []
    for line in note.signatures:
        keys = [key for key in known if line.claims(key)]
        if not keys:
            if line.name == checkpoint.origin:
                raise BadCheckpoint(
                    f"a line named {line.name} is by key {line.key_id.hex()}, "
                    "which is none of the log's keys"
                )
            unknown.append(line)
            continue
        key, at = _checked(keys, line, checkpoint)
        if key in times:
            raise BadCheckpoint(f"two lines of the key {key.key_id.hex()} of {key.name}")
        times[key] = at
    missing = [key for key in log_keys if key not in times]
    if missing:
        named = ", ".join(f"{key.key_id.hex()} (type 0x{key.type:02x})" for key in missing)
        raise BadCheckpoint(f"{checkpoint.origin} did not sign the checkpoint with key {named}")
    sealed = [at for key in log_keys if (at := times[key]) is not None]
    own = {key.public_key for key in log_keys}  # under whatever name: a log vouches not for itself
    cosigned = tuple(
        Cosigned(key, at)
        for key in witnesses
        if key.public_key not in own and (at := times.get(key)) is not None
    )
    at = max(sealed, default=None)
    return Opened(checkpoint, note, tuple(log_keys), at, cosigned, tuple(unknown))


def _checked(
    keys: Sequence[Vkey], line: NoteSignature, checkpoint: Checkpoint
) -> tuple[Vkey, int | None]:
    """Check a line with each key it may be by: four bytes of key id are no identity."""
    *others, last = keys
    for key in others:
        try:
            return key, check_line(key, line, checkpoint)
        except BadCheckpoint:
            continue
    return last, check_line(last, line, checkpoint)


def check_line(key: Vkey, line: NoteSignature, checkpoint: Checkpoint) -> int | None:
    """Check one line; return its time in POSIX seconds, None for a type without.

    Raises:
        BadCheckpoint: it was not made with this key over this checkpoint.
    """
    if not line.claims(key):
        raise BadCheckpoint(f"a line of {line.name} was not made with key {key.key_id.hex()}")
    try:
        if key.type == ED25519:
            _ed25519(key.public_key).verify(line.blob, checkpoint.text())
            return None
        at = int.from_bytes(line.blob[:_U64], "big")
        sig = line.blob[_U64:]
        if key.type == COSIGNATURE_ED25519:
            _ed25519(key.public_key).verify(sig, _cosigned(checkpoint, at))
        else:
            _mldsa44(key.public_key).verify(sig, _subtree(key.name, checkpoint, at))
    except (InvalidSignature, ValueError):
        raise BadCheckpoint(
            f"the signature of {key.name} with key {key.key_id.hex()} does not verify"
        ) from None
    return at


def _cosigned(checkpoint: Checkpoint, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n".encode() + checkpoint.text()


def _subtree(name: str, checkpoint: Checkpoint, at: int) -> bytes:
    cosigner, origin = name.encode(), checkpoint.origin.encode()
    if max(len(cosigner), len(origin)) > 0xFF:  # noqa: PLR2004  # their lengths are one byte each
        raise BadCheckpoint("an ML-DSA-44 signature needs names of at most 255 bytes")
    return b"".join(
        (
            _SUBTREE,
            bytes([len(cosigner)]),
            cosigner,
            at.to_bytes(_U64, "big"),
            bytes([len(origin)]),
            origin,
            (0).to_bytes(_U64, "big"),
            checkpoint.size.to_bytes(_U64, "big"),
            checkpoint.root,
        )
    )


def _vkey(name: str, key_type: int, public_key: bytes) -> Vkey:
    return Vkey(name, key_id(name, key_type, public_key), key_type, public_key)


@lru_cache(maxsize=256)
def _ed25519(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)


@lru_cache(maxsize=256)
def _mldsa44(raw: bytes) -> MLDSA44PublicKey:
    return MLDSA44PublicKey.from_public_bytes(raw)
