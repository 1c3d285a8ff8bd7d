"""Checking an evidence pack: the proof in it, and that all beside it belongs to the entry."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

from ledger.audit import pack
from ledger.audit.evidence import cited
from ledger.audit.proving import Checked, Trust, check
from ledger.clock import stamp
from ledger.errors import BadCheckpoint, BadEvidence, BadProof, BadTimeStamp
from ledger.log import disclosure
from ledger.log.checkpoint import parse_checkpoint
from ledger.log.entry import to_dsse
from ledger.log.note import parse_note
from ledger.log.proof import check_proof, parse_proof

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ledger.log.entry import Entry
    from ledger.log.note import Vkey

_UNSIGNED = ("the signatures of the time-stamp authorities (see --roots)",)


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
