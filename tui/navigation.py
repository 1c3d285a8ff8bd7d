"""Where a screen asks the application to go: messages that :mod:`tui.app` answers.

Screens do not know each other. A screen posts one of these to its application, which opens the
screen that is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message


@dataclass
class OpenCell(Message):
    """Open a cell above what is shown."""

    jurisdiction: str
    activity: str


@dataclass
class OpenEntry(Message):
    """Open an entry above what is shown."""

    seq: int


@dataclass
class OpenDiff(Message):
    """Go to the diff; with ``points``, compare them: ``D``, ``@K`` or ``D@K``, empty for now."""

    points: tuple[str, str] | None = None


@dataclass
class OpenCorrection(Message):
    """Open the form that corrects a claim, named by its key, ``@seq`` or event id."""

    claim: str


class GoBack(Message):
    """Close what was opened last, as the key does."""
