"""Making, upgrading, downgrading and checking the schema."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from ledger.errors import NoLedger, NotCompleted, Refused, SchemaMismatch
from ledger.sqlite_driver import sqlite3
from ledger.store import checkpoint_store, migrate, schema
from ledger.store import engine as engines
from ledger.store.log_store import LogStore
from tests.schema_statements import StatementsKept, by_alembic
from tests.store.fakes import fill

if TYPE_CHECKING:
    from sqlalchemy import Engine


@pytest.fixture(autouse=True)
def _by_alembic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the migrations run for every database."""
    monkeypatch.setattr("alembic.command.upgrade", by_alembic)


def test_statements_that_were_kept_make_what_the_migrations_make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New databases of the other tests have this very schema."""
    monkeypatch.setattr("alembic.command.upgrade", StatementsKept())
    made = []
    for name in ("first.db", "second.db"):
        engine = migrate.create(f"sqlite:///{tmp_path / name}")
        with engines.reading(engine) as conn:
            made.append(conn.execute(text("SELECT * FROM sqlite_master ORDER BY name")).all())
            assert conn.scalar(text("SELECT version_num FROM alembic_version")) == schema.REVISION
        engine.dispose()
    assert made[0] == made[1]
    assert len(made[0]) > 20


def _tables(engine: Engine) -> set[str]:
    with engines.reading(engine) as conn:
        return set(sa.inspect(conn).get_table_names())


def test_the_program_knows_the_newest_revision() -> None:
    """The revision the code reads is the newest one there is."""
    assert migrate.revisions()[-1] == schema.REVISION


def test_models_and_revisions_agree(store: LogStore) -> None:
    """What the revisions build is what the models say, tables, indexes, comments and guards."""
    assert migrate.check(store.engine) == ()
    assert _tables(store.engine) == {*schema.metadata.tables, "alembic_version"}


def test_models_and_revisions_agree_to_the_letter(sqlite_url: str, tmp_path: Path) -> None:
    """On SQLite, revisions and models give the same columns, checks, keys and options."""
    engine = migrate.create(sqlite_url)
    other = sa.create_engine(f"sqlite:///{tmp_path / 'models.db'}", module=sqlite3)
    schema.metadata.create_all(other)
    found, wanted = [_definitions(e) for e in (engine, other)]
    found.pop("alembic_version")
    assert found == wanted
    engine.dispose()
    other.dispose()


def _definitions(engine: Engine) -> dict[str, object]:
    query = text("SELECT name, sql FROM sqlite_schema WHERE type IN ('table', 'index')")
    with engine.connect() as conn:
        rows = {row.name: row.sql for row in conn.execute(query)}
    # constraints of a table may come in any order
    return {
        name: sorted(line.strip(" \t,") for line in sql.splitlines())
        for name, sql in rows.items()
        if sql
    }


def test_check_names_what_differs(store: LogStore) -> None:
    """A missing index, a foreign column and a dropped guard are each reported."""
    with store.writing() as conn:
        conn.execute(text("DROP INDEX ix_dispute_claim_id"))
        conn.execute(text("ALTER TABLE dispute ADD COLUMN extra INTEGER"))
        schema.remove_guards(conn)
    found = "\n".join(flaw.message for flaw in migrate.check(store.engine))
    assert "ix_dispute_claim_id" in found
    assert "extra" in found
    assert "guard entry_no_update is missing" in found


def test_a_disabled_guard_is_missing(postgres_url: str) -> None:
    """On PostgreSQL a trigger that was disabled is not the one that should be there."""
    engine = migrate.create(postgres_url)
    with engines.writing(engine) as conn:
        conn.execute(text("ALTER TABLE entry DISABLE TRIGGER entry_no_delete"))
    (flaw,) = migrate.check(engine)
    assert (flaw.layer, "guard entry_no_delete is not" in flaw.message) == ("schema", True)
    engine.dispose()


def test_down_and_up_again(store: LogStore) -> None:
    """An empty store goes down to nothing, is then refused as too old, and comes up again."""
    assert migrate.downgrade(store.engine) == "base"
    assert _tables(store.engine) == {"alembic_version"}
    with pytest.raises(SchemaMismatch) as caught:
        engines.check_schema(store.engine)
    assert caught.value.found == "base"
    assert migrate.upgrade(store.engine) == schema.REVISION
    assert migrate.check(store.engine) == ()
    fill(store, 1)


def test_a_ledger_of_the_first_revision_is_refused_until_it_is_upgraded(
    url: str, store: LogStore
) -> None:
    """`db upgrade` is named, adds the tables beside the log, and leaves every entry as it was."""
    migrate.downgrade(store.engine, "0003")
    beside = {"checkpoint", "cosignature", "time_stamp", "evidence"}
    assert beside.isdisjoint(_tables(store.engine))
    fill(store, 300)
    with store.reading() as conn:
        head, before = store.head(conn), list(store.pages())
    with pytest.raises(SchemaMismatch) as caught:
        LogStore.open(url)
    assert (caught.value.found, caught.value.expected) == ("0003", schema.REVISION)
    assert "db upgrade" in caught.value.hint
    assert migrate.upgrade(store.engine) == schema.REVISION
    assert migrate.check(store.engine) == ()
    assert list(store.pages()) == before
    with store.writing() as conn:
        assert store.head(conn) == head
        checkpoint_store.put_checkpoint(conn, 300, b"note", "2026-01-01T00:00:00.000000Z")
    fill(store, 1)
    with pytest.raises(Refused, match="entries"):
        migrate.downgrade(store.engine, "0003")
    assert beside <= _tables(store.engine)


def test_downgrade_refuses_to_destroy_a_log(store: LogStore) -> None:
    """With one entry recorded, a downgrade is refused and changes nothing."""
    fill(store, 1)
    with pytest.raises(Refused, match="entries"):
        migrate.downgrade(store.engine)
    assert migrate.check(store.engine) == ()
    assert store.size() == 1


def test_a_newer_schema_is_not_touched(store: LogStore, url: str) -> None:
    """A store of a newer program is neither opened, upgraded nor downgraded."""
    with store.writing() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaMismatch) as caught:
        LogStore.open(url)
    assert (caught.value.found, caught.value.expected) == ("9999", schema.REVISION)
    for step in (migrate.upgrade, migrate.downgrade):
        with pytest.raises(SchemaMismatch):
            step(store.engine)


def test_upgrade_needs_a_ledger(postgres_url: str) -> None:
    """Upgrading never makes a ledger where there is none."""
    engine = engines.make_engine(postgres_url)
    with pytest.raises(NoLedger):
        migrate.upgrade(engine)
    assert _tables(engine) == set()
    engine.dispose()


def test_an_unknown_revision_is_our_own_error(store: LogStore) -> None:
    """A revision nobody wrote is reported in our own words."""
    with pytest.raises(NotCompleted, match="0815"):
        migrate.upgrade(store.engine, "0815")


def test_a_failed_creation_leaves_no_file(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When making a file fails half way, the file is taken away again."""

    def fail(_conn: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(schema, "install_guards", fail)
    with pytest.raises(ZeroDivisionError):
        migrate.create(sqlite_url)
    assert list(tmp_path.iterdir()) == []


def test_all_revisions_are_one_transaction_under_the_lock(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other writer comes between two of them, and what fails after the last undoes them all."""
    engine = engines.make_engine(sqlite_url, create=True)
    path = str(engine.url.database)
    locked: list[bool] = []
    run = ScriptDirectory.run_env

    def then_look(script: ScriptDirectory) -> None:
        run(script)
        other = sqlite3.connect(path, timeout=0)
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            locked.append(True)
        finally:
            other.close()

    monkeypatch.setattr(ScriptDirectory, "run_env", then_look)

    def make_and_fail() -> None:
        with engines.writing(engine) as conn:
            command.upgrade(migrate._config(conn), "head")
            assert conn.scalar(text("SELECT count(*) FROM sqlite_schema")) > 20
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        make_and_fail()
    assert locked == [True]
    with sqlite3.connect(path) as look:
        assert look.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
    look.close()
    engine.dispose()


def test_a_failed_creation_leaves_no_tables(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When making tables fails half way, the database is as empty as before."""

    def fail(_conn: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(schema, "install_guards", fail)
    with pytest.raises(ZeroDivisionError):
        migrate.create(postgres_url)
    engine = engines.make_engine(postgres_url)
    assert _tables(engine) == set()
    engine.dispose()


def test_tables_of_others_are_left_alone(postgres_url: str) -> None:
    """Tables of another program pass the check, and are still there after a downgrade."""
    engine = engines.make_engine(postgres_url)
    with engines.writing(engine) as conn:
        conn.execute(text("CREATE TABLE photos (id integer)"))
    migrate.create(postgres_url).dispose()
    assert migrate.check(engine) == ()
    migrate.downgrade(engine)
    assert _tables(engine) == {"photos", "alembic_version"}
    engine.dispose()
