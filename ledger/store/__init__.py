"""Where the log and its views are kept: SQLAlchemy Core on SQLite or PostgreSQL."""
