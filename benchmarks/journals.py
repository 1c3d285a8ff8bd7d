"""The journal modes in which a ledger's file may be written here."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from ledger.store.engine import durability

SYNCHRONOUS: Final = {"wal": "FULL", "delete": "EXTRA"}
"""What the store asks of SQLite in each mode, so that a commit survives a power cut."""


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
