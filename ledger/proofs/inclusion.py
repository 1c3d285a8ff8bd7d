"""Proof that an entry stands in the log: made from stored hashes, checked without the log.

A proof (RFC 6962 2.1.1, C2SP tlog-proof) says: *these bytes are entry n of the log that this
checkpoint commits to*. Checking it takes the entry, the proof with its checkpoint, and the log's
public keys, which must come from elsewhere. It does not say that the signer of the event was
entitled to sign, nor that the rules were kept: both rest on all entries before it, and
``regledger verify`` checks them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from ledger.errors import BadCheckpoint, BadKey, BadProof, BadSignature, NotCompleted
from ledger.log.checkpoint import Checkpoint, Opened, parse_checkpoint
from ledger.log.entry import ZERO, Entry, check_signature, decode_entry
from ledger.log.merkle import inclusion_path, verify_inclusion
from ledger.log.proof_file import InclusionProof, check_proof, parse_proof
from ledger.log.signed_note import NoteSignature, Vkey, parse_note, parse_vkey
from ledger.log.witness_policy import WitnessPolicy
from ledger.store import checkpoint_store
from ledger.store.checkpoint_store import StoredCheckpoint
from ledger.store.log_store import Connection, LogStore
from ledger.verify.known_ledgers import KnownLedger, KnownLedgers

_NAMED = 20  # of signature lines by others; a note may hold thousands
_REMEMBERED = "the keys remembered of a ledger trusted here"
_OLDER = (
    "it was held against the log's keys of today; if it was made before they changed, give the keys"
    " of that time with --key"
)
_NO_KEY = (
    "give the log's keys with --key or --policy, or run `regledger verify` on a ledger that this"
    " machine trusts: then its keys are remembered"
)


@dataclass(frozen=True, slots=True)
class EntryProof:
    """An entry, the proof that it stands in the log, and the checkpoint that covers it."""

    entry: Entry
    proof: InclusionProof
    checkpoint: StoredCheckpoint

    def to_value(self) -> dict[str, Any]:
        """Return JSON values, schema ``regledger/proof/v1``."""
        return {
            "schema": "regledger/proof/v1",
            "seq": self.entry.seq,
            "event": self.entry.signed.event.id,
            "digest": self.entry.signed.digest,
            "leaf_hash": self.entry.leaf_hash.hex(),
            "size": self.checkpoint.size,
            "sealed_at": self.checkpoint.sealed_at,
            "entry": self.entry.data.decode(),
            "proof": self.proof.encode().decode(),
        }


def prove(store: LogStore, conn: Connection, seq: int, *, size: int | None = None) -> EntryProof:
    """Prove that entry ``seq`` stands in the newest checkpoint, or in that of ``size``.

    Reads O(log n) stored hashes, all from the snapshot of ``conn``.

    Raises:
        NotCompleted: no checkpoint covers the entry yet.
        BadProof: the stored hashes do not lead from the entry to the checkpoint.
    """
    entry = decode_entry(store.bytes_at(conn, seq), at=seq)
    sealed = (
        checkpoint_store.newest(conn)
        if size is None
        else checkpoint_store.checkpoint_at(conn, size)
    )
    if sealed is None or sealed.size <= seq:
        raise NotCompleted(
            f"entry {seq} is not sealed: no checkpoint covers it yet",
            hint="run `regledger checkpoint` where the log's keys are, then this again",
        )
    root = parse_checkpoint(parse_note(sealed.note).text).root
    path = inclusion_path(seq, sealed.size, partial(store.hashes, conn))
    try:
        verify_inclusion(seq, sealed.size, entry.leaf_hash, path, root)
    except BadProof:
        raise BadProof(
            f"the stored hashes do not lead to the checkpoint of size {sealed.size}",
            seq=seq,
            hint="the database is damaged: `regledger verify` says where",
        ) from None
    return EntryProof(entry, InclusionProof(seq, path, sealed.full, None), sealed)


@dataclass(frozen=True, slots=True)
class ProofTrust:
    """The keys and memories by which a proof is checked; none may come from the proof itself.

    ``known`` supplies keys where ``log_keys`` is empty, and the last root that was verified here.
    ``roots`` are certificates (PEM) of time-stamp authorities.
    """

    log_keys: tuple[Vkey, ...] = ()
    policy: WitnessPolicy | None = None
    known: KnownLedgers | None = None
    roots: bytes | None = None

    def remembered(self, entry: Entry) -> KnownLedger | None:
        """Return what is remembered of the entry's ledger, None unless it is trusted."""
        found = self.known.get(ledger_of(entry)) if self.known else None
        return found if found is not None and found.trusted else None

    def keys_for(self, entry: Entry, origin: str) -> tuple[tuple[Vkey, ...], str]:
        """Return the keys of the log ``origin``, none where unknown, and how they are known."""
        if self.log_keys:
            return self.log_keys, "the keys given"
        if self.policy is not None and self.policy.logs:
            lines = [line.vkey for line in self.policy.logs if line.vkey.name == origin]
            return tuple(lines), "the log lines of the policy given"
        remembered = self.remembered(entry)
        if remembered is not None and remembered.origin == origin and remembered.log_keys:
            keys = tuple(map(parse_vkey, remembered.log_keys))
            return keys, _REMEMBERED
        anchors = self.known.anchors() if self.known else ()
        trusted = tuple(parse_vkey(anchor) for anchor in anchors if "+" in anchor)
        return tuple(key for key in trusted if key.name == origin), "log keys trusted here"


def ledger_of(entry: Entry) -> str:
    """Return the id of the ledger that an entry says it belongs to."""
    named = entry.signed.event.ledger
    return entry.signed.digest if named == ZERO else named


@dataclass(frozen=True, slots=True)
class PackVerifier:
    """The verifier in a pack: ``same`` as that of this version, None where the pack has none.

    ``run`` is the path of this version's file, None where the installation lacks it.
    """

    same: bool | None
    run: str | None


@dataclass(frozen=True, slots=True)
class CheckedProof:
    """A proof that holds, with all that was checked; ``unchecked`` names the rest."""

    entry: Entry
    opened: Opened
    how: str  # how the log's keys are known
    signature: bool = False  # the event's signature was checked, by a key of the keyid it names
    disclosed: int = 0
    evidence: tuple[str, ...] = ()
    stamped: tuple[tuple[int, str], ...] = ()  # (size, latest time that the token allows)
    verifier: PackVerifier | None = None  # of a pack
    unchecked: tuple[str, ...] = ()

    @property
    def checkpoint(self) -> Checkpoint:
        """Return the checkpoint that the entry stands in."""
        return self.opened.checkpoint

    def to_value(self) -> dict[str, Any]:
        """Return JSON values, schema ``regledger/proof-check/v1``."""
        event = self.entry.signed.event
        return {
            "schema": "regledger/proof-check/v1",
            "verified": True,
            "how": self.how,
            "origin": self.checkpoint.origin,
            "ledger": ledger_of(self.entry),
            "size": self.checkpoint.size,
            "root": self.checkpoint.root.hex(),
            "seq": self.entry.seq,
            "event": event.id,
            "type": event.type,
            "actor": event.actor,
            "recorded_at": self.entry.recorded_at,
            "digest": self.entry.signed.digest,
            "leaf_hash": self.entry.leaf_hash.hex(),
            "keyid": self.entry.signed.signature.keyid,
            "signature_checked": self.signature,
            "witnesses": [one.vkey.name for one in self.opened.cosignatures],
            "disclosed": self.disclosed,
            "evidence": list(self.evidence),
            "time_stamps": [{"size": size, "time": time} for size, time in self.stamped],
            "verifier": asdict(self.verifier) if self.verifier else None,
            "unchecked": list(self.unchecked),
        }


def check_entry_proof(
    data: bytes, proof: bytes, trust: ProofTrust, *, signer: Mapping[str, str] | None
) -> CheckedProof:
    """Check that ``data`` is the entry of a proof, in a checkpoint that the log signed.

    Args:
        data: the exact bytes of the entry.
        proof: in the form of C2SP tlog-proof.
        trust: the log's keys, from elsewhere.
        signer: ``public_key`` and ``scheme`` of the key that the entry names, where at hand.

    Raises:
        NotVerified: something does not hold; the message says what.
        NotCompleted: the proof is consistent, but no key of this log is known.
    """
    entry = decode_entry(data)
    parsed = parse_proof(proof)
    if parsed.index != entry.seq:
        raise BadProof(f"the proof speaks of entry {parsed.index}, the entry is {entry.seq}")
    opened, how = _check_inclusion(entry, parsed, trust)
    if signer is not None:
        _check_signer(entry, signer)
    unsigned = () if signer else ("the signature of the event: its public key is not at hand",)
    extra = () if parsed.extra is None else ("the extra data in the proof",)
    return CheckedProof(
        entry=entry,
        opened=opened,
        how=how,
        signature=signer is not None,
        unchecked=(*unsigned, *extra, *strangers(opened.unknown)),
    )


def strangers(lines: Iterable[NoteSignature]) -> Iterator[str]:
    """Yield whose signature lines were not checked: the first names, and how many more."""
    names = sorted({line.name for line in lines})
    yield from (f"the line of {name}, whose key is not known" for name in names[:_NAMED])
    if len(names) > _NAMED:
        yield f"{len(names) - _NAMED:,} more lines whose keys are not known"


def _check_signer(entry: Entry, signer: Mapping[str, str]) -> None:
    try:
        check_signature(entry.signed, signer["public_key"], scheme=signer["scheme"])
    except BadKey as error:  # the key came with a pack: it is no input of the caller
        raise BadSignature(f"the signer's public key cannot be used: {error.message}") from None


def _check_inclusion(entry: Entry, parsed: InclusionProof, trust: ProofTrust) -> tuple[Opened, str]:
    leaf = entry.leaf_hash
    checkpoint = parse_checkpoint(parse_note(parsed.checkpoint).text)
    verify_inclusion(parsed.index, checkpoint.size, leaf, parsed.path, checkpoint.root)
    log_keys, how = trust.keys_for(entry, checkpoint.origin)
    if not log_keys:
        raise NotCompleted(
            f"consistent, NOT AUTHENTICATED: no key of {checkpoint.origin} is known here, so"
            " anybody may have made this checkpoint",
            hint=_NO_KEY,
        )
    try:
        opened = check_proof(parsed, leaf, log_keys=log_keys, policy=trust.policy)
    except BadCheckpoint as error:
        if how != _REMEMBERED:
            raise
        raise BadCheckpoint(error.message, hint=_OLDER) from None
    _check_memory(trust.remembered(entry), opened.checkpoint)
    return opened, how


def _check_memory(known: KnownLedger | None, checkpoint: Checkpoint) -> None:
    if known is None or known.size != checkpoint.size:
        return
    if known.root != checkpoint.root.hex():
        raise BadCheckpoint(
            f"the log signed another root of size {known.size} than the one verified here before:"
            " it was rewritten or forked",
            hint="keep this proof: the two checkpoints together show it",
        )
