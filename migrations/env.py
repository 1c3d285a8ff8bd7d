"""How alembic reaches the database: through the connection that ``ledger.store.migrate`` hands in.

The transaction is the caller's, under the write lock, so that a revision happens whole or not at
all. There is no alembic.ini, and no offline mode: use ``regledger db upgrade``.
"""

from __future__ import annotations

from alembic import context

from ledger.store.schema import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("migrations run through `regledger db upgrade`, not through alembic")

if not connection.in_transaction():
    # On SQLite the transaction that the caller opened is one of the driver. Told of it,
    # SQLAlchemy takes part, and alembic commits nothing by itself.
    connection.begin()
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
