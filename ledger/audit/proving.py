"""Proof that one entry stands in the log: made from stored hashes, checked without the log.

A proof says: *these bytes are entry n of the log that this checkpoint commits to*. To check it
takes the entry, the proof (with its checkpoint inside) and the log's public keys; the keys must
come from elsewhere. What it does not say: that the signer of the event was allowed to sign it, nor
that the rules were kept. Both rest on all entries before it, and ``regledger verify`` checks them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

from ledger.audit import pack
from ledger.audit.evidence import cited
from ledger.clock import stamp
from ledger.errors import (
    BadCheckpoint,
    BadEvidence,
    BadKey,
    BadProof,
    BadSignature,
    BadTimeStamp,
    NotCompleted,
)
from ledger.log import disclosure
from ledger.log.checkpoint import parse_checkpoint
from ledger.log.entry import ZERO, check_signature, decode_entry, to_dsse
from ledger.log.merkle import inclusion_path, verify_inclusion
from ledger.log.note import parse_note, parse_vkey
from ledger.log.proof import InclusionProof, check_proof, parse_proof
from ledger.store import checkpoint_store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from ledger.audit.known import Known, KnownLedgers
    from ledger.log.checkpoint import Checkpoint, Opened
    from ledger.log.entry import Entry
    from ledger.log.note import Vkey
    from ledger.log.policy import WitnessPolicy
    from ledger.store.checkpoint_store import StoredCheckpoint
    from ledger.store.log_store import LogStore

_NO_KEY = (
    "give the log's keys with --key or --policy, or run `regledger verify` on a ledger that this"
    " machine trusts: then its keys are remembered"
)
_UNSIGNED = ("the signatures of the time-stamp authorities (see --roots)",)


# --- making --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proved:
    """An entry, the proof that it stands in the log, and the checkpoint that covers it."""

    entry: Entry
    proof: InclusionProof
    checkpoint: StoredCheckpoint

    def to_value(self) -> dict[str, Any]:
        """JSON values."""
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


def prove(store: LogStore, conn: Connection, seq: int, *, size: int | None = None) -> Proved:
    """Prove that entry ``seq`` stands in the newest checkpoint; ``size`` names another one.

    Reads O(log n) stored hashes. Everything comes from the one snapshot of ``conn``.

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
    return Proved(entry, InclusionProof(seq, path, sealed.full, None), sealed)


# --- trust ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trust:
    """By what a proof is judged; nothing of it may come from the proof itself.

    ``known`` supplies keys where ``log_keys`` is empty, and the last root that was verified here.
    ``roots`` are certificates (PEM) of time-stamp authorities.
    """

    log_keys: tuple[Vkey, ...] = ()
    policy: WitnessPolicy | None = None
    known: KnownLedgers | None = None
    roots: bytes | None = None

    def remembered(self, entry: Entry) -> Known | None:
        """Return what is remembered of the entry's ledger, if it is trusted."""
        found = self.known.get(ledger_of(entry)) if self.known else None
        return found if found is not None and found.trusted else None

    def keys_for(self, entry: Entry, origin: str) -> tuple[tuple[Vkey, ...], str]:
        """Return the keys of the log that the entry is said to stand in, and how they are known.

        Empty where none is known.
        """
        if self.log_keys:
            return self.log_keys, "the keys given"
        if self.policy is not None and self.policy.logs:
            lines = [line.vkey for line in self.policy.logs if line.vkey.name == origin]
            return tuple(lines), "the log lines of the policy given"
        remembered = self.remembered(entry)
        if remembered is not None and remembered.origin == origin and remembered.log_keys:
            keys = tuple(map(parse_vkey, remembered.log_keys))
            return keys, "the keys remembered of a ledger trusted here"
        anchors = self.known.anchors() if self.known else ()
        trusted = tuple(parse_vkey(anchor) for anchor in anchors if "+" in anchor)
        return tuple(key for key in trusted if key.name == origin), "log keys trusted here"


def ledger_of(entry: Entry) -> str:
    """Return the id of the ledger that an entry says it belongs to."""
    named = entry.signed.event.ledger
    return entry.signed.digest if named == ZERO else named


# --- checking ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checked:
    """What was proved. Everything named here held; ``unchecked`` says what nobody looked at."""

    entry: Entry
    opened: Opened
    how: str  # how the log's keys are known
    signature: bool = False  # the event's signature was checked, by a key of the keyid it names
    disclosed: int = 0
    evidence: tuple[str, ...] = ()
    stamped: tuple[tuple[int, str], ...] = ()  # (size, latest time that the token allows)
    unchecked: tuple[str, ...] = ()

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint that the entry stands in."""
        return self.opened.checkpoint

    def to_value(self) -> dict[str, Any]:
        """JSON values."""
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
            "unchecked": list(self.unchecked),
        }


def check(data: bytes, proof: bytes, trust: Trust, *, signer: Mapping[str, str] | None) -> Checked:
    """Check that ``data`` is the entry that a proof speaks of, in a checkpoint the log signed.

    Args:
        data: the exact bytes of the entry.
        proof: in the form of tlog-proof.
        trust: the log's keys, from elsewhere.
        signer: ``public_key`` and ``scheme`` of the key that the entry names, where at hand.

    Raises:
        NotVerified: anything does not hold; the message says what.
        NotCompleted: all of it hangs together, and no key of this log is known.
    """
    entry = decode_entry(data)
    parsed = parse_proof(proof)
    if parsed.index != entry.seq:
        raise BadProof(f"the proof speaks of entry {parsed.index}, the entry is {entry.seq}")
    opened, how = _check_inclusion(entry, parsed, trust)
    if signer is not None:
        _check_signer(entry, signer)
    unsigned = () if signer else ("the signature of the event: its public key is not at hand",)
    strangers = {f"the line of {line.name}, whose key is not known" for line in opened.unknown}
    return Checked(
        entry=entry,
        opened=opened,
        how=how,
        signature=signer is not None,
        unchecked=(*unsigned, *sorted(strangers)),
    )


def _check_signer(entry: Entry, signer: Mapping[str, str]) -> None:
    try:
        check_signature(entry.signed, signer["public_key"], scheme=signer["scheme"])
    except BadKey as error:  # one that came with a pack: not something the caller gave
        raise BadSignature(f"the signer's public key cannot be used: {error.message}") from None


def _check_inclusion(entry: Entry, parsed: InclusionProof, trust: Trust) -> tuple[Opened, str]:
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
    opened = check_proof(parsed, leaf, log_keys=log_keys, policy=trust.policy)
    _check_memory(trust.remembered(entry), opened.checkpoint)
    return opened, how


def _check_memory(known: Known | None, checkpoint: Checkpoint) -> None:
    if known is None or known.size != checkpoint.size:
        return
    if known.root != checkpoint.root.hex():
        raise BadCheckpoint(
            f"the log signed another root of size {known.size} than the one verified here before:"
            " it was rewritten or forked",
            hint="keep this proof: the two checkpoints together show it",
        )


# --- packs ---------------------------------------------------------------------------------------


def check_pack(data: bytes, trust: Trust) -> Checked:
    """Check an evidence pack: the proof, and that everything beside it belongs to the entry.

    Raises:
        NotVerified: anything does not hold. NotCompleted: no key of this log is known.
    """
    files = pack.decode_pack(data)
    signer = _signer(files[pack.KEYS])
    checked = check(files[pack.ENTRY], files[pack.PROOF], trust, signer=signer)
    entry = checked.entry
    if files[pack.CHECKPOINT] != parse_proof(files[pack.PROOF]).checkpoint:
        raise BadCheckpoint("the checkpoint in the pack is not the one in its proof")
    if _json(files, pack.ENVELOPE) != to_dsse(entry.signed):
        raise BadProof(f"{pack.ENVELOPE} in the pack is not the event of the entry")
    opened, texts = _disclosed(entry, files)
    stamped = _check_stamps(checked, files, trust)
    unsigned = _UNSIGNED if stamped and trust.roots is None else ()
    return replace(
        checked,
        disclosed=texts,
        evidence=_check_evidence(opened, files),
        stamped=stamped,
        unchecked=(*checked.unchecked, *unsigned),
    )


def _json(files: Mapping[str, bytes], name: str) -> Any:
    try:
        return orjson.loads(files[name])
    except (orjson.JSONDecodeError, RecursionError):
        raise BadProof(f"{name} in the pack is not JSON") from None


def _signer(content: bytes) -> dict[str, str]:
    found = _json({pack.KEYS: content}, pack.KEYS)
    signer = found.get("signer") if isinstance(found, dict) else None
    wanted = ("public_key", "scheme")
    if not isinstance(signer, dict) or any(type(signer.get(name)) is not str for name in wanted):
        raise BadProof(f"{pack.KEYS} in the pack does not hold the signer's public key")
    return {name: signer[name] for name in wanted}


def _disclosed(entry: Entry, files: Mapping[str, bytes]) -> tuple[dict[str, Any], int]:
    """Return the event's data with what the pack discloses put back, and how many texts it has."""
    data = entry.signed.event.data
    if pack.DISCLOSURES not in files:
        return data, 0
    texts = _json(files, pack.DISCLOSURES)
    if not isinstance(texts, dict) or any(type(text) is not str for text in texts.values()):
        raise BadProof(f"{pack.DISCLOSURES} in the pack is not a map of digests to texts")
    opened, _ = disclosure.reveal(data, texts)
    reached = _reachable(data, texts)
    foreign = sorted(texts.keys() - reached)
    if foreign:
        raise BadProof(f"the pack discloses {foreign[0]!r}, which the entry does not hold")
    return opened, len(texts)


def _reachable(data: dict[str, Any], texts: Mapping[str, str]) -> set[str]:
    """Return the digests in data and in the texts that they disclose; ``reveal`` took them."""
    found: set[str] = set()
    waiting = disclosure.digests_in(data)
    while waiting:
        digest = waiting.pop()
        found.add(digest)
        if digest in texts:
            waiting += disclosure.digests_in(disclosure.parse(texts[digest])[2])
    return found


def _check_evidence(opened: dict[str, Any], files: Mapping[str, bytes]) -> tuple[str, ...]:
    named = {one.sha256: one for one in cited(opened)}
    held = [name for name in files if name.startswith(pack.EVIDENCE)]
    for name in held:
        digest = name.removeprefix(pack.EVIDENCE)
        if sha256(files[name]).hexdigest() != digest:
            raise BadEvidence(f"{name} in the pack has another content than its name says")
        if digest not in named:
            raise BadEvidence(f"{name} in the pack is not cited by the entry")
        length = named[digest].length
        if length is not None and length != len(files[name]):
            raise BadEvidence(f"the entry says that {name} has {length} bytes, it has not")
    return tuple(sorted(name.removeprefix(pack.EVIDENCE) for name in held))


def _check_stamps(
    checked: Checked, files: Mapping[str, bytes], trust: Trust
) -> tuple[tuple[int, str], ...]:
    """Check that each time-stamp is one of a checkpoint that covers the entry."""
    found: list[tuple[int, str]] = []
    own = parse_note(files[pack.CHECKPOINT])
    log_keys, _ = trust.keys_for(checked.entry, checked.checkpoint.origin)
    for size, members in sorted(pack.time_stamped(files).items()):
        note_bytes = members["note"]
        note = parse_note(note_bytes)
        if parse_checkpoint(note.text).size != size:
            raise BadTimeStamp(f"timestamps/{size} in the pack is of another size")
        if note.text != own.text:
            _check_other(checked.entry, members, note.text, log_keys)
        tokens = sorted(name for name in members if name.endswith(".tsr"))
        found += [(size, _token_time(members[name], note_bytes, trust)) for name in tokens]
    return tuple(found)


def _check_other(
    entry: Entry, members: Mapping[str, bytes], text: bytes, log_keys: Sequence[Vkey]
) -> None:
    """Check that the entry stands in a time-stamped checkpoint that is not the pack's own.

    A policy asks for witnesses of the pack's checkpoint; this one is vouched for by its time-stamp.
    """
    if "proof.tlog-proof" not in members:
        raise BadTimeStamp("a time-stamped checkpoint in the pack has no proof of the entry")
    parsed = parse_proof(members["proof.tlog-proof"])
    if parsed.index != entry.seq or parse_note(parsed.checkpoint).text != text:
        raise BadTimeStamp("the proof beside a time-stamp speaks of something else")
    check_proof(parsed, entry.leaf_hash, log_keys=log_keys, policy=None)


def _token_time(response: bytes, note: bytes, trust: Trust) -> str:
    """Return the latest time that a token over ``note`` allows."""
    from ledger.audit import timestamp  # only packs with time-stamps need it

    token = (
        timestamp.read(response, note)
        if trust.roots is None
        else timestamp.check(response, note, roots=trust.roots)
    )
    return stamp(token.latest)
