"""Captured files: the bytes behind ``evidence`` in a claim, named by their SHA-256.

They lie in the database, so that one copy of it is the whole ledger, and are never part of the
log: a claim names the hash of its file, and the log verifies without the file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.errors import InputError
from ledger.store import schema as s

MAX_BYTES: Final = 64 * 1024 * 1024
_file = s.evidence.c


@dataclass(frozen=True, slots=True)
class EvidenceInfo:
    """The metadata of a captured file. ``length`` is in bytes; times as the log spells them."""

    sha256: str
    media_type: str
    length: int
    source: str | None
    retrieved_at: str | None
    added_at: str


@dataclass(frozen=True, slots=True)
class StoredEvidence:
    """A captured file with its bytes."""

    info: EvidenceInfo
    content: bytes


def put(
    conn: Connection,
    content: bytes,
    media_type: str,
    *,
    added_at: str,
    source: str | None = None,
    retrieved_at: str | None = None,
) -> str:
    """Keep a file and return its hex SHA-256.

    The metadata of a file that is kept already is replaced by the values given. Raises InputError:
    more than 64 MiB.
    """
    if len(content) > MAX_BYTES:
        raise InputError(
            f"the file has {len(content):,} bytes, at most {MAX_BYTES:,} can be kept",
            hint="keep the part that is cited, or keep it elsewhere and cite its SHA-256",
        )
    digest = sha256(content).hexdigest()
    mine = _file.sha256 == digest
    metadata = {"media_type": media_type, "source": source, "retrieved_at": retrieved_at}
    if conn.execute(sa.select(_file.sha256).where(mine)).first():
        given = {name: value for name, value in metadata.items() if value is not None}
        conn.execute(sa.update(s.evidence).where(mine).values(**given))
    else:
        values = {"sha256": digest, "length": len(content), "content": content}
        conn.execute(sa.insert(s.evidence), {**values, **metadata, "added_at": added_at})
    return digest


def get(conn: Connection, digest: str) -> StoredEvidence | None:
    """Return a file by its hex SHA-256, None if it is not kept. The caller checks the hash."""
    row = conn.execute(sa.select(s.evidence).where(_file.sha256 == digest)).first()
    return None if row is None else StoredEvidence(_info(row), row.content)


def listing(conn: Connection) -> Iterator[EvidenceInfo]:
    """Yield the metadata of every file that is kept, in order of the hash."""
    columns = [column for column in s.evidence.columns if column.name != "content"]
    query = sa.select(*columns).order_by(_file.sha256)
    return (_info(row) for row in conn.execute(query))


def count_kept(conn: Connection, digests: Sequence[str]) -> int:
    """Return how many of these files are kept."""
    query = sa.select(sa.func.count()).where(_file.sha256.in_(digests))
    return conn.execute(query).scalar_one()


def _info(row: sa.Row[tuple[object, ...]]) -> EvidenceInfo:
    return EvidenceInfo(*(getattr(row, name) for name in EvidenceInfo.__slots__))
