"""Changed cells: which belong together, and the words for what changed them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ledger.domain.resolve.resolve import Resolution
    from ledger.queries.diff import CellChange

# By the causes of a change: a word, and a sentence.
CAUSES: Final = {
    ("new_knowledge",): ("new", "new knowledge: something was recorded or reviewed"),
    ("passing_time",): ("time", "passing time: something began or ended"),
    ("passing_time", "new_knowledge"): ("both", "passing time and new knowledge"),
}
SAME_STATUS: Final = ", as before, on another basis"
NOTHING_DIFFERS: Final = "No status differs between these two points."


def nothing_would_change(as_of: str | None = None) -> str:
    """Return that no status would change on a day, None for today."""
    return f"No status would change {f'on {as_of}' if as_of else 'today'}."


@dataclass(frozen=True, slots=True)
class Group:
    """Cells of one place that changed alike: ``change`` stands for all of them."""

    change: CellChange
    actors: tuple[str, ...]

    @property
    def place(self) -> tuple[str, str]:
        """Jurisdiction and activity."""
        return self.change.cell.jurisdiction, self.change.cell.activity

    @property
    def cause(self) -> str:
        """new, time or both."""
        return CAUSES[self.change.causes][0]

    @property
    def same_status(self) -> bool:
        """Whether before and after are said in the same words."""
        return in_short(self.change.before) == in_short(self.change.after)


def in_short(found: Resolution) -> tuple[object, ...]:
    """Return what one line says of an answer."""
    return found.status, found.reason, found.basis_kind, found.recognition


def in_full(found: Resolution) -> tuple[object, ...]:
    """Return what a whole page says of an answer."""
    return *in_short(found), found.basis, found.flags, found.possible


def grouped(
    changes: Iterable[CellChange], said: Callable[[Resolution], tuple[object, ...]] = in_short
) -> list[Group]:
    """Put changes together that differ in nothing but the actor class, in their order.

    ``said`` is what is said of an answer: ``in_short`` or ``in_full``.
    """
    alike: dict[tuple[object, ...], list[CellChange]] = {}
    for one in changes:
        place = (one.cell.jurisdiction, one.cell.activity)
        why = (one.causes, one.crossed, one.events)
        alike.setdefault((place, said(one.before), said(one.after), why), []).append(one)
    return [Group(group[0], tuple(one.cell.actor for one in group)) for group in alike.values()]
