"""The difference between two points as blocks: groups of cells, corrections, their words.

:func:`compare_points` and :func:`read_versions` ask the ledger, in a worker. The rest turns answers
into blocks for the :class:`~tui.widgets.diff_pane.DiffPane`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ledger import api
from ledger.text import visible
from ledger.wording.changes import CAUSES, Group, grouped, in_full
from ledger.wording.claim_card import STATEMENT, claim_name
from ledger.wording.field_labels import path_label
from ledger.wording.statuses import REASONS, RECOGNITIONS
from tui.query_context import ANY, QueryContext
from tui.text.diff_blocks import (
    BLANK,
    Block,
    ChangeBlock,
    TextBlock,
    WordsBlock,
    gap_block,
    text_block,
)
from tui.text.styled_pieces import Piece
from tui.text.styles import look_of
from tui.text.word_diff import FieldDiff, field_diff

_CLAIM: Final = "claim"


@dataclass(frozen=True, slots=True)
class PointComparison:
    """Everything that differs between two points. ``names`` are the keys of claim ids."""

    diff: api.Diff
    groups: tuple[Group, ...]
    corrections: tuple[api.Correction, ...]
    names: Mapping[str, str]
    new_events: int  # entries between the two points

    @property
    def is_empty(self) -> bool:
        """Return whether nothing differs."""
        return not self.groups and not self.corrections


def compare_points(book: api.Ledger, a: str, b: str, context: QueryContext) -> PointComparison:
    """Ask for the difference between two points, in the context's view, for its actor class.

    Raises InputError for a point that is none.
    """
    found = book.diff(a, b, view=context.view)
    changes = [
        c for c in found.changes if context.actor == ANY or c.cell.actor in {ANY, context.actor}
    ]
    low, high = sorted((found.a.size, found.b.size))
    ids = {claim for c in changes for side in (c.before, c.after) for claim in _rests_on(side)}
    corrections = tuple(book.entries.corrections(low, high))
    ids |= {one.claim for one in corrections}
    return PointComparison(
        diff=found,
        groups=tuple(grouped(changes, in_full)),
        corrections=corrections,
        names=_called(book, sorted(ids)),
        new_events=high - low,
    )


def _called(book: api.Ledger, claims: Sequence[str]) -> dict[str, str]:
    """Return what claims are called, by id: their keys, or their sentences."""
    names = book.entries.names(claims)
    sentences = book.entries.sentences([one for one in claims if one not in names])
    return names | {one: claim_name(None, sentence) for one, sentence in sentences.items()}


@dataclass(frozen=True, slots=True)
class ClaimVersions:
    """Both versions of a corrected claim, opened, and why it was corrected (untrusted)."""

    old: Mapping[str, Any]
    new: Mapping[str, Any]
    reason: str


def read_versions(book: api.Ledger, correction: api.Correction) -> ClaimVersions:
    """Ask for both versions of a corrected claim."""
    old, new = book.show(str(correction.old_seq)), book.show(str(correction.new_seq))
    code, comment = new.opened.get("reason_code"), new.opened.get("comment")
    reason = ": ".join(str(part).replace("_", " ") for part in (code, comment) if part)
    return ClaimVersions(_content(old.opened), _content(new.opened), reason)


def _content(opened: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the claim in an event: what is compared, without the event's own members."""
    claim = opened.get(_CLAIM)
    if isinstance(claim, dict):
        return claim
    content = opened.get("content")
    return content if isinstance(content, dict) else opened


def _rests_on(found: api.Resolution) -> tuple[str, ...]:
    return (*found.basis, *found.recognition_basis)


def cell_blocks(group: Group, found: PointComparison) -> Iterator[Block]:
    """Yield one change in full: before and after, what went by, what was learned."""
    change = group.change
    jurisdiction, activity = group.place
    target = ("cell", jurisdiction, activity)
    name = ((f"{jurisdiction}  {activity}", "bold"), (f"  for {', '.join(group.actors)}", ""))
    yield TextBlock(name, 0, 2, target)
    yield text_block(CAUSES[change.causes][1], "mark")
    yield BLANK
    yield ChangeBlock("point", ((str(found.diff.a), "dim"),), ((str(found.diff.b), "dim"),))
    yield from _facts(change.before, change.after, found.names)
    if "passing_time" in change.causes:
        yield BLANK
        yield text_block("Which days went by", "heading")
        for one in change.crossed:
            words = f"{one.day.isoformat()}  {one.what}"
            opened = ("claim", one.claim) if one.claim else None
            yield TextBlock(((visible(words), ""),), 2, 12, opened)
    if "new_knowledge" in change.causes:
        yield BLANK
        yield text_block("What was learned (enter opens the entry)", "heading")
        yield from event_blocks(found.diff.items[s] for s in change.events if s in found.diff.items)


def event_blocks(items: Iterable[api.HistoryItem]) -> Iterator[Block]:
    """Yield entries as one paragraph each."""
    for item in items:
        head = f"@{item.seq}  {item.recorded_at[:10]}  {item.actor}  {item.type}  "
        subject = "" if item.type == "event.reviewed" else f"{item.subject}  "  # an event's id
        pieces = ((visible(head), "key"), (visible(f"{subject}{item.summary}"), ""))
        yield TextBlock(pieces, 2, 4, ("entry", str(item.seq)))


def _facts(
    before: api.Resolution, after: api.Resolution, names: Mapping[str, str]
) -> Iterator[Block]:
    sides = [_answer_facts(side, names) for side in (before, after)]
    for label, old in sides[0].items():
        new = sides[1][label]
        if old or new:
            nothing: tuple[Piece, ...] = (("none", "dim"),)
            yield ChangeBlock(label, old or nothing, new or nothing)


def _answer_facts(found: api.Resolution, names: Mapping[str, str]) -> dict[str, tuple[Piece, ...]]:
    """Return the facts of an answer by label, in order; empty where there are none."""
    look = look_of(found.status)
    kind = {"norm": "a rule", "declared": "a statement, not law", "none": "nothing"}
    reason = REASONS.get(found.reason, found.reason) if found.reason else ""
    recognition = RECOGNITIONS.get(found.recognition, "") if found.recognition else ""
    possible = " or ".join(look_of(status).word for status in found.possible)
    facts = {
        "rests on": kind.get(found.basis_kind, found.basis_kind),
        "reason": reason,
        "basis": ", ".join(names.get(one, one) for one in found.basis),
        "possible": possible,
        "recognition": recognition,
        "flags": ", ".join(flag.replace("_", " ") for flag in found.flags),
    }
    status: dict[str, tuple[Piece, ...]] = {
        "status": ((f"{look.symbol} {look.word}", f"{look.style} bold"),)
    }
    return status | {
        label: ((visible(words), ""),) if words else () for label, words in facts.items()
    }


def correction_blocks(
    one: api.Correction, found: ClaimVersions, *, back: bool = False
) -> Iterator[Block]:
    """Yield both versions of a claim, field by field; ``back``: the newer one is the one before."""
    sides = [(one.old_seq, found.old), (one.new_seq, found.new)]
    if back:
        sides.reverse()
    said = str(found.new.get(STATEMENT, ""))
    yield TextBlock(
        ((visible(claim_name(one.key, said)), "bold"), (f"  {one.place}", "")),
        0,
        2,
        ("entry", str(one.new_seq)),
    )
    yield text_block(f"corrected; the correction counts from @{one.counts_from}", "mark")
    if found.reason:
        yield text_block(f"because: {found.reason}")
    yield BLANK
    for (seq, _), words in zip(sides, ("before", "after"), strict=True):
        yield text_block(
            f"@{seq}  the version {words}", "key", indent=2, target=("entry", str(seq))
        )
    yield BLANK
    fields = [
        replace(field, path=path_label(field.path))
        for field in field_diff(sides[0][1], sides[1][1])
    ]
    yield from field_blocks(sorted(fields, key=lambda field: field.path != STATEMENT))


def field_blocks(fields: Iterable[FieldDiff]) -> Iterator[Block]:
    """Yield the changed fields in full; where unchanged ones stand between them, how many."""
    same = changed = 0
    for one in fields:
        if one.same:
            same += 1
            continue
        if same:
            yield gap_block(same, "field")
        same = 0
        changed += 1
        yield WordsBlock(one)
    if same:
        yield gap_block(same, "field")
    if not changed:
        yield text_block("Both versions hold the same.", "dim", indent=2)
