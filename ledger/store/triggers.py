"""Triggers by which the database itself refuses to rewrite the log.

They stop mistakes and casual tampering, not an owner of the database, who can drop them first; the
verifier finds the changes then, as hashes and signatures do not depend on triggers.

This file is part of revision 0003 and frozen with it: a change is a new revision that removes the
old triggers and installs its own.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, text

from ledger.errors import Refused

_REFUSED: Final = {  # table -> statements it refuses
    "entry": ("UPDATE", "DELETE", "TRUNCATE"),
    "tree_node": ("UPDATE", "DELETE", "TRUNCATE"),
    "disclosure": ("UPDATE", "TRUNCATE"),  # DELETE belongs to redaction
}

_SQLITE_REFUSE: Final = (
    "BEFORE {verb} ON {table} BEGIN "
    "SELECT RAISE(ABORT, 'regledger: {verb} on {table} is refused'); END"
)


def _sqlite() -> Mapping[str, tuple[str, str]]:
    """Map each trigger's name to the statements that make and drop it, for SQLite."""
    bodies = {
        f"{table}_no_{verb.lower()}": _SQLITE_REFUSE.format(verb=verb, table=table)
        for table, verbs in _REFUSED.items()
        for verb in verbs
        if verb != "TRUNCATE"  # SQLite has no such statement
    }
    # BEFORE, so that INSERT OR REPLACE meets it too: REPLACE fires no DELETE trigger by default.
    bodies["entry_continues"] = (
        "BEFORE INSERT ON entry BEGIN "
        "SELECT RAISE(ABORT, 'regledger: seq does not continue the log') "
        "WHERE NEW.seq <> (SELECT coalesce(max(seq) + 1, 0) FROM entry); "
        "SELECT RAISE(ABORT, 'regledger: prev does not continue the log') "
        "WHERE NEW.prev <> coalesce((SELECT lower(hex(leaf_hash)) FROM entry "
        "WHERE seq = NEW.seq - 1), printf('%064d', 0)); END"
    )
    bodies["tree_node_once"] = (
        "BEFORE INSERT ON tree_node BEGIN "
        "SELECT RAISE(ABORT, 'regledger: this tree node is already recorded') WHERE EXISTS "
        "(SELECT 1 FROM tree_node WHERE level = NEW.level AND idx = NEW.idx); END"
    )
    return {
        name: (f"CREATE TRIGGER {name} {body}", f"DROP TRIGGER IF EXISTS {name}")
        for name, body in bodies.items()
    }


_PG_REFUSE: Final = """
CREATE FUNCTION regledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'regledger: % on % is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$"""

# The newest row is read by a statement of its own, so within one command it sees the rows before.
_PG_CONTINUES: Final = """
CREATE FUNCTION regledger_continues() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  newest record;
BEGIN
  SELECT seq, encode(leaf_hash, 'hex') AS leaf INTO newest FROM entry ORDER BY seq DESC LIMIT 1;
  IF NEW.seq <> coalesce(newest.seq + 1, 0) THEN
    RAISE EXCEPTION 'regledger: seq does not continue the log'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.prev <> coalesce(newest.leaf, repeat('0', 64)) THEN
    RAISE EXCEPTION 'regledger: prev does not continue the log'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.leaf_hash <> sha256('\\x00'::bytea || NEW.bytes) THEN
    RAISE EXCEPTION 'regledger: leaf_hash is not the hash of bytes'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$"""


def triggers() -> Mapping[str, tuple[str, str]]:
    """Map each trigger's name to its table and the statement that makes it, for PostgreSQL."""
    bodies = {
        f"{table}_no_{verb.lower()}": (
            table,
            f"BEFORE {verb} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION regledger_refuse()",
        )
        for table, verbs in _REFUSED.items()
        for verb in verbs
    }
    bodies["entry_continues"] = (
        "entry",
        "BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION regledger_continues()",
    )
    return {
        name: (table, f"CREATE TRIGGER {name} {body}") for name, (table, body) in bodies.items()
    }


def functions() -> Mapping[str, str]:
    """Map the name of each function behind a trigger to its source, for PostgreSQL."""
    sources = {"regledger_refuse": _PG_REFUSE, "regledger_continues": _PG_CONTINUES}
    return {name: made.split("$$")[1] for name, made in sources.items()}


def _postgresql() -> Mapping[str, tuple[str, str]]:
    return {
        name: (create, f"DROP TRIGGER IF EXISTS {name} ON {table}")
        for name, (table, create) in triggers().items()
    }


def _guards(conn: Connection) -> Mapping[str, tuple[str, str]]:
    return _sqlite() if conn.dialect.name == "sqlite" else _postgresql()


def install_guards(conn: Connection) -> None:
    """Create all triggers of this revision; the tables must exist."""
    if conn.dialect.name == "postgresql":
        conn.execute(text(_PG_REFUSE))
        conn.execute(text(_PG_CONTINUES))
    for create, _ in _guards(conn).values():
        conn.execute(text(create))


def remove_guards(conn: Connection) -> None:
    """Drop all triggers of this revision; those already gone are passed over."""
    for _, drop in _guards(conn).values():
        conn.execute(text(drop))
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql("DROP FUNCTION IF EXISTS regledger_refuse()")
        conn.exec_driver_sql("DROP FUNCTION IF EXISTS regledger_continues()")


def refuse_while_recorded(conn: Connection) -> None:
    """Stop a downgrade that would throw the log away.

    Raises Refused: ``entry`` has at least one row.
    """
    if conn.execute(text("SELECT 1 FROM entry LIMIT 1")).scalar() is not None:
        raise Refused(
            "the log has entries, and a downgrade would destroy them",
            hint="install the older program beside a restored older backup instead",
        )
