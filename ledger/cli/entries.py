"""Entries of the log as lines of text: history, one entry in full, what awaits review."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ledger.cli import output
from ledger.cli.layout import fields, paragraph, table
from ledger.cli.output import Line, Piece, Styled
from ledger.text import shorten, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ledger.api.ledger import Ledger
    from ledger.api.results import HistoryItem, Pending, RecordResult, Shown, TimeBounds
    from ledger.domain.state_records import Actor, Key, Policy

_KEY_SHOWN = 160  # an ML-DSA-44 key has 1,800 characters; JSON has them all
_STATE_COLORS = {"pending": "yellow", "counting": "green", "rejected": "red", "retracted": "red"}


def moment(stamp: str) -> str:
    """A recorded_at stamp to the minute."""
    return f"{stamp[:10]} {stamp[11:16]}"


def history_lines(items: Iterable[HistoryItem]) -> Iterator[Line]:
    """Entries as a list, two lines each: when, what and by whom; then in words."""
    for item in items:
        yield from history_item(item)


def history_item(item: HistoryItem) -> Iterator[Line]:
    """One entry of a list."""
    state: tuple[Piece, ...] = ()
    if item.state:
        state = ("  ", _state(item.state))
    head = f"@{item.seq:<6} {moment(item.recorded_at)}  "
    yield (Styled(head, "bold"), f"{item.type} by {item.actor}", *state)
    yield from paragraph(item.summary, output.columns(), first=" " * 8, indent=" " * 8)


def _state(state: str) -> Piece:
    return Styled(state, _STATE_COLORS[state]) if state in _STATE_COLORS else state


def shown_lines(shown: Shown) -> Iterator[Line]:
    """One entry: what does not hold, what it is and says, its versions, the hashes that bind it."""
    item = shown.item
    width = output.columns()
    event = shown.entry["event"]
    yield from fault_lines(shown)
    yield (Styled(f"@{item.seq}  {item.type}", "bold"), f"  by {item.actor}")
    facts = [
        ("recorded at", item.recorded_at),
        ("signed at", str(event["made_at"])),
        ("subject", item.subject),
        ("state", item.state or ""),
        ("newer", _newer(shown)),
    ]
    yield from fields(facts, width, indent="  ")
    yield ("",)
    yield from outline(shown.opened, indent="  ")
    if shown.withheld:
        yield (f"  {len(shown.withheld)} value(s) withheld: only their digests are here",)
    if len(shown.versions) > 1:
        yield ("",)
        yield ("Versions, oldest first",)
        yield from _version_lines(shown)
    yield ("",)
    proof = [
        ("event", item.event),
        ("digest", shown.digest),
        ("leaf hash", shown.leaf_hash),
        ("previous", str(shown.entry["prev"])),
        ("signed by", shown.signer_key),
    ]
    yield from fields(proof, width, indent="  ")
    yield ("",)
    for sentence in _bounds(shown.bounds):
        yield from paragraph(sentence, width, first="  ", indent="    ")


def fault_lines(shown: Shown) -> Iterator[Line]:
    """What does not hold about an entry; nothing where all of it does."""
    if not shown.faults:
        return
    yield (Styled(shown.alarm, "red"),)
    for fault in shown.faults:
        words = f"{fault.layer}: {fault.message}"
        yield from paragraph(words, output.columns(), first="  ", indent="    ")
    yield ("",)


def _bounds(bounds: TimeBounds) -> Iterator[str]:
    """When it must have been recorded, and on whose word that rests."""
    if bounds.sealed is None:
        yield "Not sealed: its place and time rest on this database alone (`regledger checkpoint`)."
    else:
        yield f"Sealed by the checkpoint of size {bounds.sealed}."
    after = bounds.not_after
    if after is None:
        yield "No time-stamp bounds when it was recorded (`regledger timestamp URL`)."
    else:
        yield (
            f"Recorded by {_second(after.time)} at the latest: {after.authority or 'an authority'}"
            f" time-stamped the checkpoint of size {after.size}."
        )
    if bounds.without is None or bounds.without_at is None:
        return
    stamped = bounds.without_stamped
    yield (
        f"Not there yet at size {bounds.without}, sealed {_second(bounds.without_at)} by the log's"
        " own clock" + (f" and time-stamped by {_second(stamped.time)}." if stamped else ".")
    )


def _second(stamp: str) -> str:
    """A time to the second."""
    return f"{stamp[:10]} {stamp[11:19]} UTC"


def _newer(shown: Shown) -> str:
    """The versions after this one, so that nobody takes an old one for what counts now."""
    later = [v for v in shown.versions if v.seq > shown.item.seq]
    return "; ".join(f"@{v.seq} {v.type}, {v.state or 'no state'}" for v in later)


def _version_lines(shown: Shown) -> list[Line]:
    rows: list[Sequence[Piece]] = [
        (
            f"  @{v.seq}{' *' if v.seq == shown.item.seq else ''}",
            moment(v.recorded_at),
            _state(v.state or ""),
            f"{v.type} by {v.actor}",
        )
        for v in shown.versions
    ]
    return table(rows, output.columns())


def outline(value: Mapping[str, Any], *, indent: str = "") -> Iterator[Line]:
    """Nested JSON as indented ``name: text`` lines; nothing is left out."""
    for name, item in value.items():
        yield from _item(f"{indent}{name}", item, indent)


def _item(label: str, item: Any, indent: str) -> Iterator[Line]:
    deeper = f"{indent}  "
    if isinstance(item, Mapping):
        yield (f"{label}:",)
        yield from outline(item, indent=deeper)
    elif isinstance(item, list | tuple):
        if all(not isinstance(part, Mapping | list | tuple) for part in item):
            yield from _text(label, ", ".join(map(_scalar, item)), deeper)
            return
        for n, part in enumerate(item, 1):
            yield from _item(f"{label} {n}", part, indent)
    else:
        yield from _text(label, _scalar(item), deeper)


def _text(label: str, text: str, indent: str) -> list[Line]:
    words = f"{label.strip()}: {text}"
    return paragraph(words, output.columns(), first=_blank(label), indent=indent)


def _blank(label: str) -> str:
    return label[: len(label) - len(label.lstrip(" "))]


def _scalar(item: Any) -> str:
    if item is None:
        return "-"
    if isinstance(item, bool):
        return "yes" if item else "no"
    return str(item)


def changed_fields(ledger: Ledger, one: Pending) -> list[str]:
    """What a correction changes against the version it replaces: ``field: old -> new``, safe."""
    if one.item.type != "claim.corrected":
        return []
    opened = ledger.show(f"@{one.item.seq}").opened
    replaced = ledger.show(opened["supersedes"]).opened
    # "claim" is the content of a first version, and but the claim's id in a correction
    old, new = replaced.get("content") or replaced["claim"], opened["content"]
    return [
        f"{name}: {_quoted(old.get(name))} -> {_quoted(new.get(name))}"
        for name in sorted((old.keys() | new.keys()) - {"_sd"})
        if old.get(name) != new.get(name)
    ]


def _quoted(value: Any) -> str:
    """A value as JSON: its quotes show where it ends, whatever it says."""
    return "(none)" if value is None else visible(json.dumps(value, ensure_ascii=False))


def pending_lines(
    pending: Sequence[Pending], changes: Mapping[int, Sequence[str]]
) -> Iterator[Line]:
    """What awaits review, with the reference to give to `review approve`.

    ``changes`` holds, by seq, the lines of :func:`changed_fields`.
    """
    if not pending:
        yield ("Nothing awaits review.",)
        return
    for one in pending:
        stale = "  stale: what it replaces has changed; reject or withdraw it" * one.stale
        yield (Styled(f"@{one.item.seq}", "bold"), f"  {one.item.type} by {one.item.actor}", stale)
        yield from paragraph(one.item.summary, output.columns(), first="    ", indent="    ")
        if one.item.subject:
            yield (f"    {one.item.subject}",)
        for change in changes.get(one.item.seq, ()):
            yield from paragraph(change, output.columns(), first="    ", indent="      ")
    yield ("",)
    yield (f"{len(pending)} await review: `regledger show @N`, `regledger review approve @N`",)


def result_lines(results: Sequence[RecordResult], *, state: str = "") -> Iterator[Line]:
    """What became of recorded events, one line each; ``state`` is said in place of theirs."""
    rows: list[Sequence[Piece]] = [
        (f"@{r.seq}", r.outcome, _state(state or r.state), r.key or r.event) for r in results
    ]
    yield from table(rows, output.columns())


def results_value(results: Sequence[RecordResult]) -> dict[str, Any]:
    """What became of recorded events, as JSON."""
    return {"schema": "regledger/recorded/v1", "results": [r.to_value() for r in results]}


def history_value(items: Iterable[HistoryItem], notes: Sequence[str]) -> dict[str, Any]:
    """Entries as JSON."""
    entries = [item.to_value() for item in items]
    return {"schema": "regledger/history/v1", "notes": list(notes), "entries": entries}


def pending_value(pending: Sequence[Pending]) -> dict[str, Any]:
    """What awaits review, as JSON."""
    found = [{**p.item.to_value(), "digest": p.digest, "stale": p.stale} for p in pending]
    return {"schema": "regledger/pending/v1", "pending": found}


# --- who and by which rules ----------------------------------------------------------------------


def actor_value(actor: Actor) -> dict[str, Any]:
    """An actor as JSON."""
    return {
        "actor": actor.slug,
        "enrolled_seq": actor.enrolled_seq,
        "roles": sorted(actor.roles),
        "keys": [key_value(key) for key in actor.keys],
    }


def key_value(key: Key) -> dict[str, Any]:
    """A key of an actor as JSON."""
    return {
        "keyid": key.keyid,
        "scheme": key.scheme,
        "public_key": key.public_key,
        "from_seq": key.from_seq,
        "to_seq": key.to_seq,
        "compromised_since": key.compromised_since,
    }


def actor_lines(actors: Sequence[Actor]) -> Iterator[Line]:
    """Actors with their roles and keys."""
    for actor in actors:
        roles = ", ".join(sorted(actor.roles)) or "no role"
        yield (Styled(actor.slug, "bold"), f"  {roles}  (enrolled @{actor.enrolled_seq})")
        for key in actor.keys:
            ended = f", closed @{key.to_seq}" if key.to_seq is not None else ""
            suspect = f", suspect since {key.compromised_since}" if key.compromised_since else ""
            yield (f"  key {key.keyid[:32]}...  from @{key.from_seq}{ended}{suspect}",)


def policy_value(policy: Policy) -> dict[str, Any]:
    """The rules in force as JSON."""
    return {
        "origin": policy.origin,
        "ledger": policy.ledger,
        "review": policy.review,
        "rules": policy.rules,
        "clock": policy.clock,
        "timezone": policy.timezone,
        "log_keys": list(policy.log_keys),
    }


def policy_lines(policy: Policy) -> list[Line]:
    """The rules in force."""
    pairs = [(k, str(v)) for k, v in policy_value(policy).items() if k != "log_keys"]
    pairs += [("log key", shorten(key, _KEY_SHOWN)) for key in policy.log_keys]
    return fields(pairs, output.columns())
