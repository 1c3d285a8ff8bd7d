"""Check that the database is intact and defined as this version of the program defines it.

Signatures do not cover an index that lacks a row or a trigger that lost its body, although the
database answers from them. So the database checks itself (layer ``storage``), and every definition
in it is compared, text for text, with the one this version makes (layer ``schema``).

SQLite: ``PRAGMA integrity_check`` reads every row by scan and by each index, and each value is of
its column's type (:mod:`ledger.store.column_types`). The definitions are the rows of
``sqlite_schema``, compared with those of an empty database made by the same revisions.

PostgreSQL: ``amcheck`` where it is installed and may be used, otherwise every index is read from
end to end and compared with a scan. The definitions come from the catalogue
(:mod:`ledger.store.postgres_catalogue`). Other tables in the same database are passed over.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy import Connection, exc, text

from ledger.store import column_types, postgres_catalogue
from ledger.store.schema import REVISION
from ledger.text import shorten

Definitions = Counter[tuple[str, str, str]]  # (kind, name, text) of everything that is defined

_REPORTED: Final = 20  # faults of SQLite's own check; one damaged page causes many
_SHOWN: Final = 120  # characters of a definition that is another
_WORDS: Final = {"trigger": "guard"}
_SCHEMA: Final = text("SELECT type, name, tbl_name, sql FROM sqlite_schema")
# ANALYZE makes these tables; they guide how rows are looked up and never which rows are found.
_STATISTICS: Final = frozenset(
    ("table", name, name, f"CREATE TABLE {name}({columns})")
    for name, columns in (
        ("sqlite_stat1", "tbl,idx,stat"),
        ("sqlite_stat4", "tbl,idx,neq,nlt,ndlt,sample"),
    )
)


@dataclass(frozen=True, slots=True)
class DatabaseFault:
    """Something wrong with a database. ``layer`` is a stable machine code."""

    layer: Literal["storage", "schema"]
    message: str
    seq: int | None = None  # of the row, where it is one


def sqlite_definitions(conn: Connection) -> Definitions:
    """Return the definitions in an SQLite database, as the engine keeps them."""
    found: Definitions = Counter()
    for row in conn.execute(_SCHEMA):
        if tuple(row) not in _STATISTICS:  # a guard of that name is none of them
            kind, name, table, sql = row
            found[str(kind), str(name), f"{table}: {sql}"] += 1
    (encoding,) = conn.execute(text("PRAGMA encoding")).one()
    found["setting", "encoding", str(encoding)] += 1  # texts compare by their bytes in it
    return found


def schema_faults(conn: Connection, fresh: Definitions) -> Iterator[DatabaseFault]:
    """Yield every difference from the definitions of this version.

    For SQLite these are in ``fresh``; for PostgreSQL they follow from :mod:`ledger.store.schema`.
    """
    if conn.dialect.name == "sqlite":
        found, wanted = sqlite_definitions(conn), fresh
    else:
        found, wanted = (
            postgres_catalogue.actual_definitions(conn),
            postgres_catalogue.expected_definitions(conn),
        )
    for message in _differences(found, wanted):
        yield DatabaseFault("schema", message)
    revisions = conn.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    if revisions != [REVISION]:
        said = ", ".join(map(str, revisions)) or "none"
        yield DatabaseFault(
            "schema", f"the revision noted in the database is {said}, not {REVISION}"
        )


def storage_faults(conn: Connection) -> Iterator[DatabaseFault]:
    """Yield the faults in files and indexes, and the rows with a value of another type."""
    sqlite = conn.dialect.name == "sqlite"
    for message in _sqlite(conn) if sqlite else _postgresql(conn):
        yield DatabaseFault("storage", message)
    if sqlite:
        try:
            for seq, message in column_types.mistyped_rows(conn):
                yield DatabaseFault("storage", message, seq)
        except exc.DBAPIError as error:
            yield DatabaseFault("storage", f"the rows cannot be read: {error.orig}")


def _differences(found: Definitions, wanted: Definitions) -> Iterator[str]:
    there, lacking = _by_name(found - wanted), _by_name(wanted - found)
    for kind, name in sorted(there.keys() | lacking.keys()):
        what = f"{_WORDS.get(kind, kind)} {name}"
        has, should = there.get((kind, name)), lacking.get((kind, name))
        if has is None:
            yield f"{what} is missing"
        elif should is None:
            yield f"{what} is not part of this version's schema"
        else:
            other = next((line for line in has.splitlines() if line not in should), has)
            said = shorten(other.strip(), _SHOWN)
            yield f"{what} is not defined as this version defines it; it says: {said}"


def _by_name(some: Definitions) -> Mapping[tuple[str, str], str]:
    return {(kind, name): said for kind, name, said in some}


def _sqlite(conn: Connection) -> Iterator[str]:
    try:
        for (line,) in conn.execute(text(f"PRAGMA integrity_check({_REPORTED})")):
            if line != "ok":
                yield f"SQLite's integrity check: {line}"
    except exc.DBAPIError as error:
        yield f"SQLite's integrity check broke off: {error.orig}"


_AMCHECK: Final = text("""
SELECT p.oid::regproc::text FROM pg_extension AS e
JOIN pg_depend AS d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
WHERE e.extname = 'amcheck' AND p.proname = 'bt_index_check'
  AND p.pronargs >= 2 AND has_function_privilege(p.oid, 'EXECUTE')
ORDER BY p.pronargs LIMIT 1
""")
_BY_INDEX: Final = "seqscan", "bitmapscan", "sort", "incremental_sort", "hashagg"
_BY_SCAN: Final = "indexscan", "indexonlyscan", "bitmapscan"


def _postgresql(conn: Connection) -> Iterator[str]:
    check = conn.execute(_AMCHECK).scalar()
    for index in postgres_catalogue.indexes(conn):
        try:
            with conn.begin_nested():
                wrong = _amcheck(conn, check, index) if check else _both_ways(conn, index)
        except exc.DBAPIError as error:
            wrong = f"cannot be read: {str(error.orig).splitlines()[0]}"
        if wrong:
            yield f"index {index.name} of {index.table}: {wrong}"


def _amcheck(conn: Connection, check: str, index: postgres_catalogue.BtreeIndex) -> str:
    """Have the extension read the index; it raises where something is wrong."""
    query = text(f"SELECT {check}(CAST(:index AS oid)::regclass, true)")
    conn.execute(query, {"index": index.oid})
    return ""


def _both_ways(conn: Connection, index: postgres_catalogue.BtreeIndex) -> str:
    """Read the indexed columns through the index and by a scan, and compare number and content."""
    columns = sa.text(", ".join(index.columns))
    rows = sa.select(columns).select_from(sa.text(index.table)).offset(0)
    by_index = _without(conn, _BY_INDEX, rows.order_by(columns))
    by_scan = _without(conn, _BY_SCAN, rows)
    if by_index == by_scan:
        return ""
    return f"holds {by_index[0]} rows of {by_scan[0]}, or others than a scan finds"


def _without(conn: Connection, ways: Sequence[str], rows: sa.Select[Any]) -> tuple[int, int]:
    """Return number and content of these rows, which may not be found in these ways."""
    table = rows.subquery("r")
    content = sa.func.sum(sa.func.hashtextextended(sa.text("CAST(r AS text)"), 0))
    query = sa.select(sa.func.count(), sa.func.coalesce(content, 0)).select_from(table)
    with conn.begin_nested() as nested:
        for way in ways:
            conn.execute(text(f"SET LOCAL enable_{way} = off"))
        count, total = conn.execute(query).one()
        nested.rollback()  # the settings as they were
    return int(count), int(total)
