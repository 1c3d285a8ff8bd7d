"""The floor: what any program must do that signs, hashes and stores, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.journals import SYNCHRONOUS
from ledger.log.encodings import pae
from ledger.log.entry import PAYLOAD_TYPE
from ledger.sqlite_driver import sqlite3

_METADATA = sa.MetaData()
ROW: Final = sa.Table(
    "row",
    _METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("bytes", sa.LargeBinary, nullable=False),
    sa.Column("leaf_hash", sa.LargeBinary, nullable=False),
    sa.Column("sig", sa.LargeBinary, nullable=False),
)


def engine_at(path: Path, journal: str = "off") -> sa.Engine:
    """Make a new SQLite file, written as a ledger is in that mode; off: without any sync."""
    synchronous = SYNCHRONOUS.get(journal, "off")
    engine = sa.create_engine(f"sqlite:///{path}", module=sqlite3)

    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute(f"PRAGMA synchronous = {synchronous}")

    return engine


class Bare:
    """A signed hash chain in one table, through SQLAlchemy Core: no rules, no views, no checks."""

    def __init__(self, path: Path, journal: str) -> None:
        self._engine = engine_at(path, journal)
        _METADATA.create_all(self._engine)
        self._key = Ed25519PrivateKey.generate()
        self._leaf = bytes(32)
        self._size = 0

    def record(self, values: Sequence[dict[str, Any]]) -> None:
        """Spell, sign and chain these values, and commit them in one transaction."""
        rows = [self._row(value) for value in values]
        with self._engine.begin() as conn:
            conn.execute(sa.insert(ROW), rows)

    def close(self) -> None:
        """Give back the connection."""
        self._engine.dispose()

    def _row(self, value: dict[str, Any]) -> dict[str, Any]:
        data = orjson.dumps({**value, "prev": self._leaf.hex()}, option=orjson.OPT_SORT_KEYS)
        sig = self._key.sign(pae(PAYLOAD_TYPE, data))
        self._leaf = sha256(b"\x00" + data).digest()
        self._size += 1
        return {"seq": self._size, "bytes": data, "leaf_hash": self._leaf, "sig": sig}
