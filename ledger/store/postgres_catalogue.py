"""The definitions of the ledger's tables in PostgreSQL's catalogue: actual and expected.

Both are (kind, name, text). The texts are PostgreSQL's own where it writes one
(``pg_get_indexdef``, ``pg_get_constraintdef``, ``pg_get_triggerdef``, the source of a function).
The expected ones follow from :mod:`ledger.store.schema` and :mod:`ledger.store.triggers`, so that
a reader without write access, or a replica, can compare; a test compares them with a server's.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Connection,
    Constraint,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    bindparam,
    text,
)

from ledger.store.schema import metadata
from ledger.store.triggers import functions, triggers

_REVISION_TABLE: Final = "alembic_version"
_NAMES: Final = (*metadata.tables, _REVISION_TABLE)

# Each yields (kind, name, text) of the parts of the tables :tables, given by oid.
_FOUND: Final = (
    # a view, a partition, an heir of another table, or one whose rows a policy may hide
    """
    SELECT 'table', relname::text, concat_ws(' ', relkind, relpersistence,
      CASE WHEN relrowsecurity OR relforcerowsecurity THEN 'ROW SECURITY' END,
      CASE WHEN EXISTS (SELECT 1 FROM pg_inherits WHERE c.oid IN (inhrelid, inhparent))
        THEN 'INHERITANCE' END,
      CASE WHEN NOT relhastriggers AND EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = c.oid)
        THEN 'TRIGGERS IGNORED' END)
    FROM pg_class AS c WHERE oid IN :tables
    """,
    """
    SELECT 'column', c.relname || '.' || a.attname, concat_ws(' ',
      CASE WHEN tn.nspname <> 'pg_catalog' THEN tn.nspname END,
      upper(format_type(a.atttypid, a.atttypmod)),
      CASE WHEN a.attcollation <> t.typcollation THEN 'COLLATE '
        || CASE WHEN ln.nspname <> 'pg_catalog' THEN ln.nspname || '.' ELSE '' END
        || '"' || l.collname || '"' END,
      CASE WHEN a.attnotnull THEN 'NOT NULL' END,
      CASE WHEN a.atthasdef THEN 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) END,
      nullif(a.attgenerated::text, ''), nullif(a.attidentity::text, ''))
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
    JOIN pg_type AS t ON t.oid = a.atttypid JOIN pg_namespace AS tn ON tn.oid = t.typnamespace
    LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
    LEFT JOIN pg_namespace AS ln ON ln.oid = l.collnamespace
    LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid IN :tables AND a.attnum > 0 AND NOT a.attisdropped
    """,
    # NOT NULL belongs to the column; newer servers list it here as well
    """
    SELECT 'constraint', conname::text, pg_get_constraintdef(oid)
      || CASE WHEN convalidated THEN '' ELSE ' NOT VALID' END
    FROM pg_constraint WHERE conrelid IN :tables AND contype <> 'n'
    """,
    """
    SELECT 'index', i.relname::text, pg_get_indexdef(x.indexrelid)
      || CASE WHEN x.indisvalid AND x.indisready AND x.indislive THEN '' ELSE ' INVALID' END
    FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid WHERE x.indrelid IN :tables
    """,
    """
    SELECT 'trigger', tgname::text, pg_get_triggerdef(oid)
      || CASE tgenabled WHEN 'O' THEN '' WHEN 'D' THEN ' DISABLED' ELSE ' ' || tgenabled::text END
    FROM pg_trigger WHERE tgrelid IN :tables
    """,
    """
    SELECT DISTINCT 'function', p.proname::text, concat_ws(' ', n.nspname, l.lanname, p.prokind,
      CASE WHEN p.prosecdef THEN 'SECURITY DEFINER' END, p.proconfig::text, p.prosrc)
    FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
    JOIN pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_language AS l ON l.oid = p.prolang
    WHERE t.tgrelid IN :tables
    """,
    """
    SELECT 'rule', rulename::text, pg_get_ruledef(oid) FROM pg_rewrite WHERE ev_class IN :tables
    """,
    """
    SELECT 'policy', polname::text, polrelid::regclass::text FROM pg_policy
    WHERE polrelid IN :tables
    """,
)
# The functions and operators that queries use are the server's own only where its schema is first.
_SETTINGS: Final = text("""
SELECT 'setting', 'search_path', CASE WHEN 'pg_catalog' = (
    SELECT name FROM unnest(current_schemas(true)) WITH ORDINALITY AS s(name, place)
    WHERE name NOT LIKE 'pg\\_temp%' ORDER BY place LIMIT 1)
  THEN 'pg_catalog first' ELSE current_setting('search_path') END
UNION ALL
SELECT 'setting', 'session_replication_role', current_setting('session_replication_role')
""")
_SCHEMA: Final = text(
    "SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = to_regclass('entry')"
)
_TABLES: Final = text("""
SELECT c.oid, n.nspname FROM unnest(CAST(:names AS text[])) AS t(name)
JOIN pg_class AS c ON c.oid = to_regclass(quote_ident(t.name))
JOIN pg_namespace AS n ON n.oid = c.relnamespace
""")
_INDEXES: Final = text("""
SELECT x.indexrelid, i.relname, x.indrelid::regclass::text AS "table",
  (SELECT array_agg(quote_ident(a.attname) ORDER BY k.place)
   FROM unnest(CAST(x.indkey AS int2[])) WITH ORDINALITY AS k(attnum, place)
   JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = k.attnum) AS columns
FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_am AS m ON m.oid = i.relam
WHERE x.indrelid IN :tables AND m.amname = 'btree' AND x.indisvalid ORDER BY i.relname
""").bindparams(bindparam("tables", expanding=True))


@dataclass(frozen=True, slots=True)
class BtreeIndex:
    """An index of a ledger's table; ``table`` and ``columns`` are quoted as SQL needs them."""

    oid: int
    name: str
    table: str
    columns: tuple[str, ...]


def actual_definitions(conn: Connection) -> Counter[tuple[str, str, str]]:
    """Return the catalogue's definitions, and the settings that answers depend on."""
    oids, schemas = _tables(conn)
    rows: list[Sequence[object]] = [("schema", name, "") for name in schemas]
    rows += conn.execute(_SETTINGS)
    for query in _FOUND:
        bound = text(query).bindparams(bindparam("tables", expanding=True))
        rows += conn.execute(bound, {"tables": oids})
    return Counter((str(kind), str(name), str(said)) for kind, name, said in rows)


def expected_definitions(conn: Connection) -> Counter[tuple[str, str, str]]:
    """Return the definitions of this version; all tables lie in the schema of ``entry``."""
    schema = conn.execute(_SCHEMA).scalar() or "public"
    rows = [
        ("schema", schema, ""),
        ("setting", "search_path", "pg_catalog first"),
        ("setting", "session_replication_role", "origin"),
        *(("table", name, "r p") for name in _NAMES),
        ("column", f"{_REVISION_TABLE}.version_num", "CHARACTER VARYING(32) NOT NULL"),
        *_keyed(_REVISION_TABLE, "alembic_version_pkc", "PRIMARY KEY (version_num)", schema),
    ]
    for table in metadata.tables.values():
        rows += _of_table(conn, schema, table)
    for name, (table_name, create) in triggers().items():
        said = create.replace(f" ON {table_name} ", f" ON {schema}.{table_name} ", 1)
        rows.append(("trigger", name, said))
    rows += [("function", name, f"{schema} plpgsql f {src}") for name, src in functions().items()]
    return Counter(rows)


def indexes(conn: Connection) -> list[BtreeIndex]:
    """Return the indexes of the ledger's tables, by name."""
    oids, _ = _tables(conn)
    return [
        BtreeIndex(row.indexrelid, row.relname, row.table, tuple(row.columns or ()))
        for row in conn.execute(_INDEXES, {"tables": oids})
    ]


def _tables(conn: Connection) -> tuple[list[int], list[str]]:
    rows = conn.execute(_TABLES, {"names": list(_NAMES)}).all()
    return [row.oid for row in rows], sorted({row.nspname for row in rows})


def _of_table(conn: Connection, schema: str, table: Table) -> Iterator[tuple[str, str, str]]:
    for column in table.columns:
        kind = column.type.compile(dialect=conn.dialect)
        null = "" if column.nullable else " NOT NULL"
        yield "column", f"{table.name}.{column.name}", f"{kind}{null}"
    for constraint in table.constraints:
        yield from _of_constraint(conn, schema, constraint)
    for index in table.indexes:
        columns = ", ".join(column.name for column in index.columns)
        said = f"CREATE INDEX {index.name} ON {schema}.{table.name} USING btree ({columns})"
        yield "index", str(index.name), said


def _of_constraint(
    conn: Connection, schema: str, constraint: Constraint
) -> Iterator[tuple[str, str, str]]:
    name = conn.dialect.identifier_preparer.format_constraint(constraint) or ""
    table = constraint.table.name
    if isinstance(constraint, CheckConstraint):
        yield "constraint", name, f"CHECK (({constraint.sqltext}))"
    elif isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint):
        primary = isinstance(constraint, PrimaryKeyConstraint)
        columns = ", ".join(column.name for column in constraint.columns)
        kind = "PRIMARY KEY" if primary else "UNIQUE"
        yield from _keyed(table, name, f"{kind} ({columns})", schema)


def _keyed(table: str, name: str, said: str, schema: str) -> Iterator[tuple[str, str, str]]:
    """Yield a key, and the index that carries it."""
    columns = said.partition(" (")[2]
    yield "constraint", name, said
    index = f"CREATE UNIQUE INDEX {name} ON {schema}.{table} USING btree ({columns}"
    yield "index", name, index
