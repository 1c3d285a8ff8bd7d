"""Collect the SQL statements that run on an engine, by way of SQLAlchemy or of the driver alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

_READ_OR_WRITE = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")
_SNAPSHOT = "SELECT 1 FROM sqlite_schema LIMIT 1"  # the second half of a reader's BEGIN


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Collect statements that read or write; many rows written by one statement count once.

    On SQLite the values stand in them.
    """
    seen: list[str] = []
    traced: list[Any] = []

    def note(text: str) -> None:
        many = bool(seen) and "VALUES" in text and _before_values(seen[-1]) == _before_values(text)
        if text.startswith(_READ_OR_WRITE) and text != _SNAPSHOT and not many:
            seen.append(text)

    def on_checkout(driver: Any, _record: Any, _proxy: Any) -> None:
        driver.set_trace_callback(note)
        traced.append(driver)

    def on_execute(_conn: Any, _cursor: Any, text: str, *_: Any) -> None:
        seen.append(text)

    local = engine.dialect.name == "sqlite"
    how: tuple[str, Any] = (
        ("checkout", on_checkout) if local else ("before_cursor_execute", on_execute)
    )
    if local:
        engine.dispose()  # what is kept open between two blocks is not checked out again
    event.listen(engine, *how)
    try:
        yield seen
    finally:
        event.remove(engine, *how)
        for driver in traced:
            driver.set_trace_callback(None)


def _before_values(text: str) -> str:
    return text.partition("VALUES")[0]
