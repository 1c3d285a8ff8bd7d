"""Changing an SQLite file behind the program's back, as whoever owns the file can."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ledger.sqlite_driver import sqlite3


@contextmanager
def unguarded(path: str | Path) -> Iterator[sqlite3.Connection]:
    """Take the guards away for a block, and put them back word for word: nothing shows of it."""
    with closing(sqlite3.connect(path)) as conn, conn:
        guards = conn.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'").fetchall()
        for name, _ in guards:
            conn.execute(f'DROP TRIGGER "{name}"')
        yield conn
        for _, sql in guards:
            conn.execute(sql)


def rewrite_schema(path: str | Path, name: str, sql: str) -> None:
    """Put another text in the place of a definition, without anything being built."""
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        (version,) = conn.execute("PRAGMA schema_version").fetchone()
        conn.execute("PRAGMA writable_schema = ON")
        conn.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (sql, name))
        conn.execute(f"PRAGMA schema_version = {version + 1}")


def rename_definition(path: str | Path, name: str, new: str, sql: str) -> None:
    """Call something in the schema by a name that SQLite gives to nobody."""
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        (version,) = conn.execute("PRAGMA schema_version").fetchone()
        conn.execute("PRAGMA writable_schema = ON")
        conn.execute(
            "UPDATE sqlite_schema SET name = ?1, sql = ?2, "
            "tbl_name = iif(tbl_name = name, ?1, tbl_name) WHERE name = ?3",
            (new, sql, name),
        )
        conn.execute(f"PRAGMA schema_version = {version + 1}")


def hide_from_index(path: str | Path, index: str, rows: str) -> None:
    """Build an index without some rows, and then say in the schema that it has them all."""
    with closing(sqlite3.connect(path)) as conn, conn:
        (sql,) = conn.execute("SELECT sql FROM sqlite_master WHERE name = ?", (index,)).fetchone()
        conn.execute(f"DROP INDEX {index}")
        conn.execute(f"{sql} WHERE NOT ({rows})")
    rewrite_schema(path, index, sql)


def put_in_place(source: str | Path, target: Path) -> Path:
    """Make one database the copy of another, whoever has either open; return where it is.

    A copied file alone would be read together with the write-ahead log beside it.
    """
    with closing(sqlite3.connect(source)) as whole, closing(sqlite3.connect(target)) as copy:
        whole.backup(copy)
    return target
