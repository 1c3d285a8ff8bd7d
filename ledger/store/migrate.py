"""Create, upgrade and check the schema, without an alembic.ini or a command line.

The revisions are found beside the package: ``ledger/migrations`` in an installed wheel,
``migrations`` at the root of a checkout. Every step is one transaction under the write lock, so a
program killed half way leaves the schema it found.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine

from ledger.errors import Conflict, NoLedger, NotCompleted, SchemaMismatch, StoreBusy
from ledger.sqlite_driver import sqlite3
from ledger.store import integrity_check, journal_mode
from ledger.store.engine import make_engine, reading, schema_revision, writing
from ledger.store.integrity_check import DatabaseFault, Definitions
from ledger.store.schema import APPLICATION_ID, REVISION
from ledger.store.sqlalchemy_url import parse_url, without_secrets


def migrations_path() -> Path:
    """Return the directory of the revisions. Raises NotCompleted: the installation lacks them."""
    package = Path(__file__).resolve().parent.parent
    for path in (package / "migrations", package.parent / "migrations"):
        if (path / "env.py").is_file():
            return path
    raise NotCompleted("the installation is incomplete: migrations are missing")


def _config(conn: Connection | None = None) -> Config:
    config = Config()
    # Config interpolates % as configparser does
    config.set_main_option("script_location", str(migrations_path()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    if conn is not None:
        config.attributes["connection"] = conn
    return config


def create(url: str, *, wait_s: float = 20.0) -> Engine:
    """Make an empty store at an address where there is none, and open it.

    A SQLite file is made; a PostgreSQL database must exist and hold no ledger. A program killed
    half way leaves an empty file or database, never half a schema.

    Raises:
        Conflict: the file exists, or the database holds a ledger already.
        InputError: not an address, or the file cannot be created.
        NoLedger: the PostgreSQL database is not there.
    """
    if parse_url(url).get_backend_name() == "sqlite":
        _create_file(url, wait_s=wait_s)
        engine = make_engine(url, wait_s=wait_s)
        with suppress(StoreBusy):  # found and opened by another program already
            journal_mode.move_over(engine)
        return engine
    engine = make_engine(url, wait_s=wait_s)
    try:
        with writing(engine) as conn:
            _fill_database(conn)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _fill_database(conn: Connection) -> None:
    tables = sa.inspect(conn)
    if tables.has_table("alembic_version") or tables.has_table("entry"):
        raise Conflict("this database is in use already, and is never overwritten")
    command.upgrade(_config(conn), "head")


def _create_file(url: str, *, wait_s: float) -> None:
    """Make the schema under a rollback journal: the file is empty, or whole, never between."""
    engine = make_engine(url, create=True, wait_s=wait_s)
    try:
        with writing(engine) as conn:
            command.upgrade(_config(conn), "head")
            conn.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    except BaseException:
        engine.dispose()
        Path(str(engine.url.database)).unlink(missing_ok=True)  # made here, and still empty
        raise
    engine.dispose()


def upgrade(engine: Engine, revision: str = "head") -> str:
    """Bring an existing store to a revision, the newest by default, and return that revision.

    The journal of a SQLite file stays as it is (``journal_mode.move_over``).

    Raises:
        NoLedger: there is no ledger to upgrade.
        SchemaMismatch: the store is newer than this program.
    """
    _known(engine)
    with writing(engine) as conn:
        _run(command.upgrade, conn, revision)
        return _current(conn) or "base"


def downgrade(engine: Engine, revision: str = "base") -> str:
    """Take a store without entries back to a revision and return that revision.

    Raises:
        NoLedger: there is no ledger.
        Refused: the log has entries; nothing was changed.
        SchemaMismatch: the store is newer than this program.
    """
    _known(engine)
    with writing(engine) as conn:
        _run(command.downgrade, conn, revision)
        return _current(conn) or "base"


def revisions() -> tuple[str, ...]:
    """Return all revisions this program carries, oldest first."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return tuple(reversed([script.revision for script in scripts]))


def check(engine: Engine, *, storage: bool = True) -> tuple[DatabaseFault, ...]:
    """Return every difference from this version's schema, and every fault in the storage.

    Empty where the database is sound. Only reads; without ``storage``, only the definitions. Raises
    NotCompleted: it cannot be read at all.
    """
    with reading(engine) as conn:
        found = list(integrity_check.schema_faults(conn, _fresh()))
        if storage:
            found += integrity_check.storage_faults(conn)
    return tuple(found)


@cache
def _fresh() -> Definitions:
    """Return the definitions of an empty SQLite database that all revisions were run on."""
    engine = sa.create_engine("sqlite://", module=sqlite3)
    try:
        with engine.begin() as conn:
            _run(command.upgrade, conn, "head")
            return integrity_check.sqlite_definitions(conn)
    finally:
        engine.dispose()


def _known(engine: Engine) -> None:
    found = schema_revision(engine)
    if found is None:
        raise NoLedger(without_secrets(engine.url), "the database holds no ledger")
    if found not in ("base", *revisions()):
        raise SchemaMismatch(found, REVISION)


def _run(action: Callable[[Config, str], None], conn: Connection, revision: str) -> None:
    try:
        action(_config(conn), revision)
    except CommandError as error:
        raise NotCompleted(f"cannot go to revision {revision!r}: {error}") from error


def _current(conn: Connection) -> str | None:
    return MigrationContext.configure(conn).get_current_revision()
