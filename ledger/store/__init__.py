"""The database of a ledger: SQLAlchemy Core on SQLite or PostgreSQL."""
