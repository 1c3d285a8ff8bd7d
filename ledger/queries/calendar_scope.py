"""The places and the actor class that a board, a difference or a calendar is narrowed to."""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.domain.resolve.status_values import STALE_AFTER


@dataclass(frozen=True, slots=True)
class CalendarScope:
    """A jurisdiction and an activity, each with all below it, and an actor class.

    ``stale_after`` counts the days after which a claim that was not confirmed is stale.
    """

    jurisdiction: str | None = None
    activity: str | None = None
    actor: str | None = None
    stale_after: int = STALE_AFTER

    def place(self, jurisdiction: str | None, activity: str | None) -> bool:
        """Return whether a place lies in the scope; None, all that a target covers, never does."""
        return _below(jurisdiction, self.jurisdiction, "-") and _below(activity, self.activity, ".")

    def addressed(self, actors: Iterable[str]) -> bool:
        """Return whether the scope's actor is among these; ``any`` is every actor."""
        from ledger.domain.taxonomy import ANY  # brings the models of all definitions along

        return self.actor in {None, ANY} or not {ANY, self.actor}.isdisjoint(actors)


def _below(value: str | None, root: str | None, separator: str) -> bool:
    if value is None or root is None:
        return root is None
    return value == root or value.startswith(root + separator)
