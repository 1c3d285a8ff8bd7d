"""Addresses of ledgers: a path names that very file, and nothing shows a password."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import database_url
from ledger.errors import InputError
from ledger.store.sqlalchemy_url import parse_url, with_password, without_secrets

SECRET = "geheim77x"
NAMES = st.binary(min_size=1, max_size=30).map(
    lambda raw: raw.replace(b"\0", b"?").replace(b"/", b"%")
)


@given(NAMES)
def test_every_path_comes_back_from_its_url(name: bytes) -> None:
    """``?``, ``%``, ``#`` and bytes that are no UTF-8 name the very same file."""
    path = Path(os.fsdecode(b"/tmp/x" + name))  # nothing is made there
    url = database_url.file_url(path)
    assert database_url.sqlite_file(url) == path
    assert database_url.sqlite_file(str(path)) == path
    assert database_url.without_secrets(url) == str(path)
    assert Path(str(parse_url(url).database)) == path
    assert database_url.sqlite_file(with_password(parse_url(url))) == path


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{SECRET}@host/db",
        f"postgres://u:{SECRET}@host:5432/db",
        f"postgresql://u:a@{SECRET}@host/db",
        f"postgresql://u:a/{SECRET}@host/db",
        f"postgresql://u:a?{SECRET}@host/db",
        f"postgresql://u:a?token={SECRET}@host/db",
        f"postgresql://u:{SECRET}@host:port/db",
        f"postgresql://host/db?password={SECRET}",
        f"postgresql://host:5432/db?sslmode=require&PassWord={SECRET}",
        f"postgresql://host/db?p%61ssword={SECRET}&sslpassword={SECRET}",
        f"postgresql://host:5432/db?password=a@{SECRET}",
        f"mysql://u:{SECRET}@host/db",
    ],
)
def test_no_address_shows_its_password(url: str) -> None:
    """Not as it is shown, and not in the error that refuses it, however it is misspelt."""
    assert SECRET not in database_url.without_secrets(url)
    assert SECRET not in _said_of(url)


def _said_of(url: str) -> str:
    try:
        return without_secrets(parse_url(url))
    except InputError as error:
        return error.message + error.hint


@given(st.text(min_size=4, max_size=20), st.text(max_size=10))
def test_a_password_of_any_letters_is_hidden(password: str, more: str) -> None:
    """Whatever the letters are, unless they stand elsewhere in the address too."""
    around = "postgresql://user:***@host/database"
    if password not in around:
        assert password not in database_url.without_secrets(
            f"postgresql://user:{more}{password}@host/database"
        )


def test_postgres_is_postgresql() -> None:
    """Both spellings of the scheme reach the one driver."""
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        assert parse_url(f"{scheme}://host/db").drivername == "postgresql+psycopg"


def test_a_query_that_means_nothing_is_refused(tmp_path: Path) -> None:
    """A question mark in the URL of a file is either ``mode`` or a name that was not encoded."""
    assert parse_url(f"sqlite:///{tmp_path}/a.db?mode=ro").query["mode"] == "ro"
    for query in ("mode=rwc", "1/a.db", "mode=ro&x=1", "immutable=1"):
        with pytest.raises(InputError, match="means nothing"):
            parse_url(f"sqlite:///{tmp_path}/a.db?{query}")
