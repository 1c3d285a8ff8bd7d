"""Where a screen asks the application to go, so that screens do not know each other.

A screen gives one of these to :meth:`tui.base_app.BaseApp.go_to`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpenCell:
    """Open a cell above what is shown."""

    jurisdiction: str
    activity: str


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


Destination = OpenCell | OpenEntry | OpenDiff | OpenCorrection
