"""Where a screen asks the application to go, so that screens do not know each other.

A screen gives one of these to :meth:`tui.base_app.BaseApp.go_to`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpenCell:
    """Open a cell above what is shown; with ``actor``, look for that kind of actor from now on."""

    jurisdiction: str
    activity: str
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """Open an entry above what is shown."""

    seq: int


@dataclass(frozen=True, slots=True)
class OpenDiff:
    """Go to the diff; with ``points``, compare them: ``D``, ``@K`` or ``D@K``, empty for now."""

    points: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class OpenCorrection:
    """Open the form that corrects a claim, named by its key, ``@seq`` or event id."""

    claim: str


@dataclass(frozen=True, slots=True)
class ShowOnBoard:
    """Go to the board, to the column of a place, the line of an activity, or where both meet."""

    jurisdiction: str | None = None
    activity: str | None = None


@dataclass(frozen=True, slots=True)
class OpenComparison:
    """Compare an activity across places and kinds of actor, beginning with one place."""

    jurisdiction: str
    activity: str


Destination = OpenCell | OpenEntry | OpenDiff | OpenCorrection | ShowOnBoard | OpenComparison
