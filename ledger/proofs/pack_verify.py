"""Checking an evidence pack: the proof in it, and that every member belongs to the entry.

Members that follow from the entry, the checkpoint and the log's keys (``event.dsse.json``,
``keys.json``, ``policy``) are written again and compared: another content is refused.
``README.txt`` and ``verifier.py`` change from version to version; where they are not those of this
version the result names them as not checked, and says which verifier to run.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from ledger.clock import stamp
from ledger.errors import BadCheckpoint, BadEvidence, BadProof, BadTimeStamp
from ledger.evidence.cited_files import cited_files
from ledger.log import disclosure
from ledger.log.checkpoint import Opened, open_checkpoint, parse_checkpoint
from ledger.log.entry import Entry, to_dsse
from ledger.log.proof_file import check_proof, parse_proof
from ledger.log.signed_note import NoteSignature, Vkey, parse_note
from ledger.proofs import pack_build, pack_format
from ledger.proofs.inclusion import (
    CheckedProof,
    PackVerifier,
    ProofTrust,
    check_entry_proof,
    strangers,
)

_UNSIGNED = "the signatures of the time-stamp authorities (see --roots)"


def check_pack(data: bytes, trust: ProofTrust) -> CheckedProof:
    """Check an evidence pack: the proof, and that every member belongs to the entry.

    Raises:
        NotVerified: something does not hold. NotCompleted: no key of this log is known.
    """
    files = pack_format.decode_pack(data)
    keys = _keys(files)
    checked = check_entry_proof(
        files[pack_format.ENTRY], files[pack_format.PROOF], trust, signer=keys["signer"]
    )
    entry = checked.entry
    if files[pack_format.CHECKPOINT] != parse_proof(files[pack_format.PROOF]).checkpoint:
        raise BadCheckpoint("the checkpoint in the pack is not the one in its proof")
    if files[pack_format.ENVELOPE] != pack_format.spell(to_dsse(entry.signed)):
        raise BadProof(f"{pack_format.ENVELOPE} in the pack is not the event of the entry")
    _check_keys(checked, files, keys, trust)
    opened, texts = _disclosed(entry, files)
    stamped, lines = _check_stamps(checked, files, trust)
    unsigned = (_UNSIGNED,) if stamped and trust.roots is None else ()
    verifier = _verifier(files)
    return replace(
        checked,
        disclosed=texts,
        evidence=_check_evidence(opened, files),
        stamped=stamped,
        verifier=verifier,
        unchecked=(
            *dict.fromkeys((*checked.unchecked, *strangers(lines))),
            *unsigned,
            *_claims(checked, files, keys["founder"], trust),
            *(
                (f"{pack_format.VERIFIER} in the pack: do not run it",)
                if verifier.same is False
                else ()
            ),
        ),
    )


def _keys(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return ``keys.json`` as far as it is needed: founder, log_keys, signer. Nothing is checked.

    Raises BadProof where one of them is missing or has another form.
    """
    match pack_format.unspell(files, pack_format.KEYS):
        case {
            "founder": str(),
            "log_keys": [*log_keys],
            "signer": {"public_key": str(), "scheme": str()},
        } as keys if all(type(key) is str for key in log_keys):
            return dict(keys)
    raise BadProof(
        f"{pack_format.KEYS} in the pack does not hold the keys of founder, log and signer"
    )


def _check_keys(
    checked: CheckedProof, files: Mapping[str, bytes], keys: Mapping[str, Any], trust: ProofTrust
) -> None:
    """Compare the keys in the pack with the trusted ones, which checked the checkpoint."""
    entry = checked.entry
    trusted, _ = trust.keys_for(entry, checked.checkpoint.origin)
    founder, log_keys = keys["founder"], keys["log_keys"]
    if sorted(log_keys) != sorted(map(str, trusted)):
        raise BadProof(
            f"{pack_format.KEYS} in the pack names other log keys than those it is checked by"
        )
    if founder != (_founder(entry, trust) or founder):
        raise BadProof(f"{pack_format.KEYS} in the pack names another founder than the ledger has")
    wanted = pack_build.keys_file(
        entry, checked.checkpoint, founder=founder, log_keys=log_keys, signer=keys["signer"]
    )
    if files[pack_format.KEYS] != wanted:
        raise BadProof(
            f"{pack_format.KEYS} in the pack says something else than the entry and its proof"
        )
    if files[pack_format.POLICY] != pack_build.policy_file(log_keys):
        raise BadProof(f"{pack_format.POLICY} in the pack is not that of the log's keys")


def _founder(entry: Entry, trust: ProofTrust) -> str | None:
    """Return the key id of the ledger's founder, None where nothing trusted names it."""
    if entry.seq == 0:
        return entry.signed.signature.keyid
    known = trust.remembered(entry)
    return known.founder if known else None


def _claims(
    checked: CheckedProof, files: Mapping[str, bytes], founder: str, trust: ProofTrust
) -> Iterator[str]:
    """Yield what the pack says that neither the entry nor anything trusted shows."""
    entry, sealed = checked.entry, checked.checkpoint
    if _founder(entry, trust) is None:
        yield f"the founder {founder[:16]} that {pack_format.KEYS} names"
    known = entry.signed.event.data.get("clock") if entry.seq == 0 else None
    clocks = ("system", "simulated") if known is None else (known,)
    written = {pack_build.readme(entry, sealed, clock=clock): clock for clock in clocks}
    if files[pack_format.README] not in written:
        name = pack_format.README
        yield f"{name} in the pack, which is not as this version writes it: do not follow it"
    elif known is None:
        clock = written[files[pack_format.README]]
        yield f"whether the log's clock is a {clock} one, as {pack_format.README} has it"


def _verifier(files: Mapping[str, bytes]) -> PackVerifier:
    """Compare the verifier in the pack with that of this version, byte for byte."""
    ours = pack_build.verifier()
    there = files.get(pack_format.VERIFIER)
    same = None if there is None else ours.is_file() and there == ours.read_bytes()
    return PackVerifier(same, str(ours) if ours.is_file() else None)


def _disclosed(entry: Entry, files: Mapping[str, bytes]) -> tuple[dict[str, Any], int]:
    """Return the event's data with the pack's disclosures revealed, and their number."""
    data = entry.signed.event.data
    if pack_format.DISCLOSURES not in files:
        return data, 0
    texts = pack_format.unspell(files, pack_format.DISCLOSURES)
    if not isinstance(texts, dict) or any(type(text) is not str for text in texts.values()):
        raise BadProof(f"{pack_format.DISCLOSURES} in the pack is not a map of digests to texts")
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
    named = {one.sha256: one for one in cited_files(opened)}
    held = [name for name in files if name.startswith(pack_format.EVIDENCE)]
    for name in held:
        digest = name.removeprefix(pack_format.EVIDENCE)
        if sha256(files[name]).hexdigest() != digest:
            raise BadEvidence(f"{name} in the pack has another content than its name says")
        if digest not in named:
            raise BadEvidence(f"{name} in the pack is not cited by the entry")
        length = named[digest].length
        if length is not None and length != len(files[name]):
            raise BadEvidence(f"the entry says that {name} has {length} bytes, it has not")
    return tuple(sorted(name.removeprefix(pack_format.EVIDENCE) for name in held))


def _check_stamps(
    checked: CheckedProof, files: Mapping[str, bytes], trust: ProofTrust
) -> tuple[tuple[tuple[int, str], ...], list[NoteSignature]]:
    """Check that each time-stamp is of a checkpoint that covers the entry.

    Returns size and time of each, and the signature lines in their notes that were not checked.
    """
    found: list[tuple[int, str]] = []
    unknown: list[NoteSignature] = []
    own = parse_note(files[pack_format.CHECKPOINT])
    log_keys, _ = trust.keys_for(checked.entry, checked.checkpoint.origin)
    for size, members in sorted(pack_format.time_stamped(files).items()):
        note_bytes = members["note"]
        note = parse_note(note_bytes)
        if parse_checkpoint(note.text).size != size:
            raise BadTimeStamp(f"timestamps/{size} in the pack is of another size")
        unknown += open_checkpoint(note_bytes, log_keys=log_keys).unknown
        if note.text != own.text:
            unknown += _check_other(checked.entry, members, note.text, log_keys).unknown
        elif "proof.tlog-proof" in members:
            raise BadTimeStamp(f"timestamps/{size} in the pack needs no proof of its own")
        tokens = sorted(name for name in members if name.endswith(".tsr"))
        found += [(size, _token_time(members[name], note_bytes, trust)) for name in tokens]
    return tuple(found), unknown


def _check_other(
    entry: Entry, members: Mapping[str, bytes], text: bytes, log_keys: Sequence[Vkey]
) -> Opened:
    """Check that the entry stands in a time-stamped checkpoint that is not the pack's own.

    No policy applies to it: a policy asks for witnesses of the pack's own checkpoint.
    """
    if "proof.tlog-proof" not in members:
        raise BadTimeStamp("a time-stamped checkpoint in the pack has no proof of the entry")
    parsed = parse_proof(members["proof.tlog-proof"])
    same = parsed.index == entry.seq and parse_note(parsed.checkpoint).text == text
    if not same or parsed.extra is not None:
        raise BadTimeStamp("the proof beside a time-stamp speaks of something else")
    return check_proof(parsed, entry.leaf_hash, log_keys=log_keys, policy=None)


def _token_time(response: bytes, note: bytes, trust: ProofTrust) -> str:
    """Return the latest time that a token over ``note`` allows."""
    from ledger.checkpoints import timestamps  # takes long; only packs with time-stamps need it

    return stamp(timestamps.checked(response, note, trust.roots).latest)
