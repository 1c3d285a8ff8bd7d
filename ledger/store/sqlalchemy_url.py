"""Convert the address of a ledger to SQLAlchemy's form and back."""

from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy import URL, exc

from ledger import database_url
from ledger.errors import InputError

# SQLite's own parameters; ``uri`` tells SQLAlchemy to pass them on
_MODES: Final = {f"mode={mode}": {"mode": mode, "uri": "true"} for mode in ("ro", "rw")}


def parse_url(url: str) -> URL:
    """Read the address of a ledger (:mod:`ledger.database_url`).

    Raises InputError: the text names another kind of database or no file, or is not an address.
    """
    if "\x00" in url:
        raise InputError("the address of a ledger cannot contain a NUL character")
    path = database_url.sqlite_file(url)
    if path is not None:
        return _file_url(url, path)
    try:
        parsed = sa.make_url(url)
    except (exc.ArgumentError, ValueError):  # its message may hold a part of the password
        parsed = None
    if parsed is None or _is_ambiguous(url, parsed):
        raise InputError(
            f"{database_url.without_secrets(url)} is not the address of a ledger",
            hint="write postgresql://user:password@host:port/database, and in a password %40 for @,"
            " %2F for / and %3F for ?",
        )
    if parsed.drivername.partition("+")[0] not in {"postgresql", "postgres"}:
        raise InputError(
            f"{parsed.drivername!r} is not a database this program knows",
            hint="give a path, sqlite:///path or postgresql://host/database",
        )
    return parsed.set(drivername="postgresql+psycopg")


def _is_ambiguous(url: str, parsed: URL) -> bool:
    """Return whether a part of a password may have been parsed as something else, as the host."""
    user = url.partition("://")[2].partition("@")[0]
    split = parsed.username is not None and any(mark in user for mark in "/?")
    return split or "@" in (parsed.host or "")


def _file_url(url: str, path: Path) -> URL:
    if str(path) in {"", ".", ":memory:"}:
        raise InputError("a ledger needs a file: one in memory would not outlive the program")
    given = url.partition("?")[2] if database_url.is_url(url) else ""
    if given not in {"", *_MODES}:
        raise InputError(
            f"{given!r} means nothing behind the address of a file",
            hint="only ?mode=ro does; a question mark in the name is written %3F, or give the path",
        )
    return sa.URL.create("sqlite", database=str(path), query=_MODES.get(given, {}))


def without_secrets(url: URL) -> str:
    """Return a parsed address as it may be printed."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return database_url.without_secrets(url.render_as_string(hide_password=False))


def with_password(url: URL) -> str:
    """Return a parsed address as a text that can be parsed again. Not to be printed."""
    if url.get_backend_name() != "sqlite":
        return url.render_as_string(hide_password=False)
    query = f"?mode={url.query['mode']}" if url.query else ""
    return database_url.file_url(Path(str(url.database))) + query
