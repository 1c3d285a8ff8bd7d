"""The journal modes in which a ledger's file may be written here."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from ledger.sqlite_driver import sqlite3
from ledger.store.journal_mode import SYNCHRONOUS, durability

__all__ = ["SYNCHRONOUS", "in_words", "journals", "move"]


def journals() -> tuple[str, ...]:
    """Return the default mode, then the other one if a ledger may be written in it too."""
    chosen = durability(sqlite3.sqlite_version_info).journal
    return ("wal", "delete") if chosen == "wal" else ("delete",)


def in_words(journal: str) -> str:
    """Return the words for a mode with its level."""
    return f"{journal.upper()} + {SYNCHRONOUS[journal]}"


def move(path: Path, journal: str) -> None:
    """Bring a file that nobody has open to a mode. Raises RuntimeError where it stays as it was."""
    with closing(sqlite3.connect(path)) as conn:
        (found,) = conn.execute(f"PRAGMA journal_mode = {journal}").fetchone()
    if found != journal:
        raise RuntimeError(f"{path} is still in journal mode {found}")
