r"""Proof files: proof that an entry is in the log, checked with a key alone (C2SP tlog-proof).

``c2sp.org/tlog-proof@v1 LF``, then, if there is extra data, ``extra <base64> LF``, then
``index <decimal> LF``, one line of base64 for each of the at most 63 hashes of the inclusion path
(RFC 9162 section 2.1.3), an empty line, and the checkpoint, byte for byte, to the end. base64 is
padded standard, the index has no leading zeros.

A proof does not hold the entry: the verifier brings its bytes and hashes them.

Worked example (a log of one entry; its checkpoint is shortened)::

    >>> proof = InclusionProof(0, (), b"example.com/log\n1\n...\n\n...\n")
    >>> print(proof.encode().decode().splitlines()[:3])
    ['c2sp.org/tlog-proof@v1', 'index 0', '']
    >>> parse_proof(proof.encode()) == proof
    True
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledger.errors import BadProof
from ledger.log.checkpoint import Opened, open_checkpoint
from ledger.log.encodings import from_b64, to_b64
from ledger.log.merkle import HASH_BYTES, verify_inclusion
from ledger.log.signed_note import MAX_NOTE_BYTES, Vkey
from ledger.log.witness_policy import WitnessPolicy, check_quorum

MAX_PROOF_BYTES: Final = MAX_NOTE_BYTES + 200_000
MAX_PATH: Final = 63  # a tree of 2^63 leaves is not higher
_MAGIC: Final = b"c2sp.org/tlog-proof@v1"
_INDEX = re.compile(rb"index (0|[1-9][0-9]{0,18})")
_EXTRA: Final = b"extra "


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """Entry ``index`` is in the tree of the checkpoint; ``path`` goes from leaf to root."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes  # the signed note, verbatim
    extra: bytes | None = None

    def encode(self) -> bytes:
        """Return the bytes of the file."""
        lines = [_MAGIC]
        if self.extra is not None:
            lines.append(_EXTRA + to_b64(self.extra).encode())
        lines.append(b"index %d" % self.index)
        lines += [to_b64(node).encode() for node in self.path]
        return b"\n".join(lines) + b"\n\n" + self.checkpoint


def parse_proof(data: bytes) -> InclusionProof:
    """Read a proof file; nothing is verified.

    Raises:
        BadProof: another form or spelling.
    """
    if len(data) > MAX_PROOF_BYTES:
        raise BadProof(f"a proof file has at most {MAX_PROOF_BYTES:,} bytes")
    # The first empty line: what stands above it has none, and the checkpoint has one of its own.
    head, gap, checkpoint = data.partition(b"\n\n")
    magic, *lines = head.split(b"\n")
    if magic != _MAGIC or not gap:
        raise BadProof("a proof file begins with c2sp.org/tlog-proof@v1 and has an empty line")
    extra = None
    if lines and lines[0].startswith(_EXTRA):
        extra = _decode(lines.pop(0).removeprefix(_EXTRA), "extra data")
    match = _INDEX.fullmatch(lines[0]) if lines else None
    if match is None:
        raise BadProof("a proof file names the index of its entry in decimal")
    path = tuple(_decode(line, "a hash of the path") for line in lines[1:])
    if len(path) > MAX_PATH or any(len(node) != HASH_BYTES for node in path):
        raise BadProof(f"the path of a proof is at most {MAX_PATH} hashes of {HASH_BYTES} bytes")
    return InclusionProof(int(match[1]), path, checkpoint, extra)


def check_proof(
    proof: InclusionProof,
    leaf_hash: bytes,
    *,
    log_keys: Sequence[Vkey],
    policy: WitnessPolicy | None = None,
) -> Opened:
    """Check who signed the checkpoint, and that the leaf is in its tree; return the checkpoint.

    Args:
        proof: as read.
        leaf_hash: of the entry it is about (:func:`ledger.log.merkle.leaf_hash`).
        log_keys: every key of the log at that size; one good line of each is required.
        policy: with one, its quorum of witnesses is required too.

    Raises:
        BadNote, BadCheckpoint: the checkpoint is not one of these keys.
        QuorumNotMet: too few witnesses cosigned it.
        BadProof: the leaf is not in the tree at that index.
    """
    witnesses = policy.witness_keys if policy else ()
    opened = open_checkpoint(proof.checkpoint, log_keys=log_keys, witnesses=witnesses)
    if policy is not None:
        check_quorum(policy, opened)
    tree = opened.checkpoint
    verify_inclusion(proof.index, tree.size, leaf_hash, proof.path, tree.root)
    return opened


def _decode(line: bytes, what: str) -> bytes:
    try:
        found = from_b64(line.decode("ascii"))
    except UnicodeDecodeError:
        found = None
    if found is None:
        raise BadProof(f"{what} is not padded base64 in its one spelling")
    return found
