"""The context of a question: the two time axes, the view and the actor class, for all screens."""

from dataclasses import dataclass, replace
from typing import Self, TypedDict

from ledger import points
from ledger.domain.resolve.status_values import View

ANY = "any"


class QueryArguments(TypedDict):
    """The arguments that the ledger's questions about cells share."""

    actor: str
    as_of: str | None
    known_at: str | None
    view: View


class PreviewArguments(TypedDict):
    """Where the statuses of a preview are looked at."""

    actor: str
    as_of: str | None
    view: View


@dataclass(frozen=True, slots=True)
class QueryContext:
    """The context of every question to the ledger. ``None`` on an axis means now.

    ``as_of`` is a day (``2025-07-08``): the law of that day. ``known_at`` is an entry (``@42``), a
    day or a recorded_at stamp: what the log held by then. Both are kept as they were typed.
    """

    as_of: str | None = None
    known_at: str | None = None
    view: View = "prudential"
    actor: str = ANY

    @property
    def is_now(self) -> bool:
        """Return whether today is looked at as known now."""
        return self.as_of is None and self.known_at is None

    @property
    def arguments(self) -> QueryArguments:
        """Return what to ask the ledger with."""
        return QueryArguments(
            actor=self.actor, as_of=self.as_of, known_at=self.known_at, view=self.view
        )

    @property
    def preview_arguments(self) -> PreviewArguments:
        """Return where a preview is looked at; it is always one of what is known now."""
        return PreviewArguments(actor=self.actor, as_of=self.as_of, view=self.view)

    @property
    def preview_words(self) -> str:
        """Return where a preview is looked at, in words; untrusted text."""
        day = f"on {self.as_of}" if self.as_of is not None else "today"
        actor = "every actor class" if self.actor == ANY else self.actor
        return f"Statuses {day}, for {actor}, {self.view} view"

    @property
    def point(self) -> str:
        """Return the point as the command line spells it: ``D``, ``@K``, ``D@K``, or "" for now."""
        return points.join_point(self.as_of, self.known_at)

    def now(self) -> Self:
        """Return the same view of now."""
        return replace(self, as_of=None, known_at=None)

    def options(self) -> list[str]:
        """Return what to add to a command so that it is asked from here."""
        said: list[str] = []
        if self.actor != ANY:
            said += ["--actor", self.actor]
        if self.as_of is not None:
            said += ["--as-of", self.as_of]
        if self.known_at is not None:
            said += ["--known-at", self.known_at]
        if self.view != "prudential":
            said += ["--view", self.view]
        return said
