"""A database that is not what this version makes, or not whole, is found out, by layer and name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from ledger.store import engine as engines
from ledger.store import integrity_check, migrate, postgres_catalogue
from tests.examples import some
from tests.spoiling import hide_from_index, rename_definition, rewrite_schema
from tests.store.fakes import fill

if TYPE_CHECKING:
    from ledger.store.log_store import LogStore

INDEX = "ix_dispute_claim_id"
ROWS = "INSERT INTO dispute (seq, claim_id) VALUES (1, 'a'), (2, 'b'), (3, 'c')"
HOLLOW = "BEGIN RETURN NEW; END"

BOTH = {
    "an index is gone": (f"DROP INDEX {INDEX}", f"index {INDEX} is missing"),
    "an index too many": ("CREATE INDEX more ON entry (actor)", "index more is not part"),
    "a partial index": (
        f"DROP INDEX {INDEX}; CREATE INDEX {INDEX} ON dispute (claim_id) WHERE seq > 1",
        f"index {INDEX} is not defined",
    ),
    "a column too many": ("ALTER TABLE dispute ADD COLUMN more TEXT", "more"),
    "two revisions": ("INSERT INTO alembic_version VALUES ('0001')", "the revision noted"),
}
SQLITE = {
    "a hollow guard": (
        (
            "DROP TRIGGER entry_no_update; "
            "CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT 1; END"
        ),
        "guard entry_no_update is not defined",
    ),
    "a guard of another table": (
        (
            "DROP TRIGGER entry_no_update; CREATE TRIGGER entry_no_update BEFORE UPDATE ON actor "
            "BEGIN SELECT RAISE(ABORT, 'regledger: UPDATE on entry is refused'); END"
        ),
        "guard entry_no_update is not defined",
    ),
    "a trigger too many": (
        "CREATE TRIGGER more AFTER INSERT ON dispute BEGIN DELETE FROM dispute; END",
        "guard more is not part",
    ),
    "a view too many": ("CREATE VIEW more AS SELECT 1", "view more is not part"),
    "another collation": (
        f"DROP INDEX {INDEX}; CREATE INDEX {INDEX} ON dispute (claim_id COLLATE NOCASE)",
        f"index {INDEX} is not defined",
    ),
}
POSTGRESQL = {
    "a hollow function": (
        (
            "CREATE OR REPLACE FUNCTION regledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$${HOLLOW}$$"
        ),
        "function regledger_refuse is not defined",
    ),
    "a function of another owner's right": (
        "ALTER FUNCTION regledger_continues() SECURITY DEFINER",
        "function regledger_continues is not defined",
    ),
    "a disabled guard": (
        "ALTER TABLE entry DISABLE TRIGGER entry_no_delete",
        "guard entry_no_delete is not defined",
    ),
    "a guard that looks away": (
        (
            "DROP TRIGGER entry_no_delete ON entry; CREATE TRIGGER entry_no_delete BEFORE DELETE "
            "ON entry FOR EACH ROW WHEN (OLD.seq > 5) EXECUTE FUNCTION regledger_refuse()"
        ),
        "guard entry_no_delete is not defined",
    ),
    "a trigger too many": (
        (
            "CREATE TRIGGER more BEFORE INSERT ON dispute FOR EACH ROW "
            "EXECUTE FUNCTION regledger_refuse()"
        ),
        "guard more is not part",
    ),
    "a rule": ("CREATE RULE more AS ON INSERT TO dispute DO INSTEAD NOTHING", "rule more"),
    "rows hidden": ("ALTER TABLE dispute ENABLE ROW LEVEL SECURITY", "table dispute"),
    "a policy": ("CREATE POLICY more ON dispute USING (false)", "policy more"),
    "an heir": ("CREATE TABLE heir () INHERITS (dispute)", "table dispute is not defined"),
    "not logged": ("ALTER TABLE dispute SET UNLOGGED", "table dispute is not defined"),
    "guards passed over": (
        "UPDATE pg_class SET relhastriggers = false WHERE relname = 'entry'",
        "table entry is not defined",
    ),
    "a table before ours": (
        "CREATE SCHEMA postgres; CREATE TABLE postgres.dispute (LIKE public.dispute INCLUDING ALL)",
        "schema postgres is not part",
    ),
    "a view before ours": (
        (
            "CREATE SCHEMA postgres; "
            "CREATE VIEW postgres.dispute AS SELECT * FROM public.dispute WHERE false"
        ),
        "table dispute is not defined",
    ),
    "an index put out of use": (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'uq_entry_prev'::regclass",
        "index uq_entry_prev is not defined",
    ),
    "a generated column": (
        (
            "ALTER TABLE dispute DROP COLUMN claim_id; "
            'ALTER TABLE dispute ADD COLUMN claim_id text COLLATE "C" '
            "GENERATED ALWAYS AS ('a') STORED NOT NULL"
        ),
        "column dispute.claim_id is not defined",
    ),
    "a default": (
        "ALTER TABLE dispute ALTER COLUMN claim_id SET DEFAULT 'a'",
        "column dispute.claim_id is not defined",
    ),
    "another collation": (
        'ALTER TABLE dispute ALTER COLUMN claim_id TYPE text COLLATE "POSIX"',
        "column dispute.claim_id is not defined",
    ),
    "a check that is gone": (
        "ALTER TABLE entry DROP CONSTRAINT ck_entry_seq",
        "constraint ck_entry_seq is missing",
    ),
    "a key that may wait": (
        (
            "ALTER TABLE entry DROP CONSTRAINT uq_entry_prev; "
            "ALTER TABLE entry ADD CONSTRAINT uq_entry_prev UNIQUE (prev) DEFERRABLE"
        ),
        "constraint uq_entry_prev is not defined",
    ),
    "operators of others first": (
        "ALTER DATABASE {database} SET search_path = public, pg_catalog",
        "setting search_path is not defined",
    ),
    "guards asleep": (
        "ALTER DATABASE {database} SET session_replication_role = replica",
        "setting session_replication_role is not defined",
    ),
}


def _change(store: LogStore, statements: str) -> None:
    with engines.writing(store.engine) as conn:
        for statement in re.split(r"; (?=CREATE|ALTER)", statements):
            database = store.engine.url.database
            conn.exec_driver_sql(statement.replace("{database}", str(database)))
    store.close()  # settings of a database are those of its next connections


def _messages(store: LogStore, layer: str) -> list[str]:
    return [flaw.message for flaw in migrate.check(store.engine) if flaw.layer == layer]


def test_what_was_just_made_is_whole(store: LogStore) -> None:
    """No flaw in an untouched database, with and without entries."""
    assert migrate.check(store.engine) == ()
    fill(store, 300)
    assert migrate.check(store.engine) == ()


@pytest.mark.parametrize("case", BOTH)
def test_another_definition_is_named(store: LogStore, case: str) -> None:
    """On both back ends: what is gone, what is too many, and what has another text."""
    statements, words = BOTH[case]
    _change(store, statements)
    assert any(words in one for one in _messages(store, "schema"))
    assert _messages(store, "storage") == []


@pytest.mark.parametrize("case", SQLITE)
def test_another_definition_in_sqlite(sqlite_store: LogStore, case: str) -> None:
    """The text of the definition is compared, not its name."""
    statements, words = SQLITE[case]
    _change(sqlite_store, statements)
    (message,) = _messages(sqlite_store, "schema")
    assert words in message


@pytest.mark.parametrize("case", some(POSTGRESQL, every=3))
def test_another_definition_in_postgresql(postgres_store: LogStore, case: str) -> None:
    """Functions behind guards, rules, policies, heirs and settings count as well."""
    statements, words = POSTGRESQL[case]
    _change(postgres_store, statements)
    found = _messages(postgres_store, "schema")
    assert any(words in one for one in found), found


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("dispute", "claim_id TEXT NOT NULL", "claim_id TEXT NOT NULL DEFAULT 'a'"),
        ("dispute", "claim_id TEXT NOT NULL", "claim_id BLOB NOT NULL"),
        ("dispute", "claim_id TEXT NOT NULL", "claim_id TEXT COLLATE NOCASE NOT NULL"),
        ("dispute", "claim_id TEXT NOT NULL", "claim_id TEXT AS ('a') NOT NULL"),
    ],
)
def test_a_definition_written_over_is_named(
    sqlite_store: LogStore, name: str, old: str, new: str
) -> None:
    """A default, type, collation or generated column put into the schema by hand."""
    with sqlite_store.reading() as conn:
        sql = conn.execute(
            sa.text("SELECT sql FROM sqlite_schema WHERE name = :name"), {"name": name}
        ).scalar_one()
    assert old in sql
    rewrite_schema(str(sqlite_store.engine.url.database), name, sql.replace(old, new))
    sqlite_store.close()
    assert any(f"table {name} is not defined" in m for m in _messages(sqlite_store, "schema"))


def test_statistics_are_no_flaw(sqlite_store: LogStore) -> None:
    """What ANALYZE leaves behind changes how rows are found, never which."""
    fill(sqlite_store, 3)
    with sqlite_store.writing() as conn:
        conn.exec_driver_sql("ANALYZE")
    assert migrate.check(sqlite_store.engine) == ()


@pytest.mark.parametrize("name", ["sqlite_stat1", "sqlite_stat4"])
@pytest.mark.parametrize(
    ("kind", "sql"),
    [
        (
            "trigger",
            "CREATE TRIGGER {} BEFORE INSERT ON dispute BEGIN SELECT RAISE(IGNORE); END",
        ),
        ("view", "CREATE VIEW {} AS SELECT 1"),
        ("index", "CREATE INDEX {} ON dispute (claim_id)"),
        ("table", "CREATE TABLE {} (tbl,idx,stat CHECK (0))"),
    ],
)
def test_what_is_only_called_statistics_is_named(
    sqlite_store: LogStore, name: str, kind: str, sql: str
) -> None:
    """A trigger of that name, put into the schema by hand, could swallow every dispute."""
    path = str(sqlite_store.engine.url.database)
    _change(sqlite_store, sql.format("other"))
    rename_definition(path, "other", name, sql.format(name))
    word = "guard" if kind == "trigger" else kind
    assert f"{word} {name} is not part of this version's schema" in _messages(
        sqlite_store, "schema"
    )


def test_an_index_that_lacks_a_row_is_named(sqlite_store: LogStore) -> None:
    """Every definition is right, and the database itself says what is missing."""
    with sqlite_store.writing() as conn:
        conn.exec_driver_sql(ROWS)
    path = Path(str(sqlite_store.engine.url.database))
    sqlite_store.close()
    hide_from_index(path, INDEX, "claim_id = 'b'")
    assert _messages(sqlite_store, "schema") == []
    assert any(INDEX in message for message in _messages(sqlite_store, "storage"))


@pytest.mark.parametrize("extension", [True, False])
def test_an_index_that_lacks_a_row_in_postgresql(
    postgres_store: LogStore, *, extension: bool
) -> None:
    """The same by the server's own extension, and without it by reading both ways."""
    with postgres_store.writing() as conn:
        conn.exec_driver_sql(ROWS)
        if extension:
            conn.exec_driver_sql("CREATE EXTENSION amcheck")
    assert migrate.check(postgres_store.engine) == ()
    with postgres_store.writing() as conn:
        conn.exec_driver_sql(f"DROP INDEX {INDEX}")
        conn.exec_driver_sql(f"CREATE INDEX {INDEX} ON dispute (claim_id) WHERE claim_id <> 'b'")
        conn.execute(
            sa.text("UPDATE pg_index SET indpred = NULL WHERE indexrelid = to_regclass(:index)"),
            {"index": INDEX},
        )
    postgres_store.close()
    assert _messages(postgres_store, "schema") == []
    (message,) = _messages(postgres_store, "storage")
    assert INDEX in message


def test_every_index_is_read_both_ways(postgres_store: LogStore) -> None:
    """Without the extension no index is passed over, and none is found wrong that is right."""
    fill(postgres_store, 300)
    with postgres_store.reading() as conn:
        found = postgres_catalogue.indexes(conn)
        assert all(one.columns for one in found)
        assert {integrity_check._both_ways(conn, one) for one in found} == {""}


def test_a_reader_without_any_other_right_can_compare(postgres_store: LogStore) -> None:
    """Nothing is written for it: SELECT is enough, and a replica could do the same."""
    with postgres_store.writing() as conn:
        conn.exec_driver_sql("DROP ROLE IF EXISTS regledger_reader")
        conn.exec_driver_sql("CREATE ROLE regledger_reader")
        conn.exec_driver_sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO regledger_reader")
    with postgres_store.reading() as conn:
        conn.exec_driver_sql("SET LOCAL ROLE regledger_reader")
        flaws = [
            *integrity_check.schema_faults(conn, migrate._fresh()),
            *integrity_check.storage_faults(conn),
        ]
    with postgres_store.writing() as conn:
        conn.exec_driver_sql("DROP OWNED BY regledger_reader")
        conn.exec_driver_sql("DROP ROLE regledger_reader")
    assert flaws == []
