"""All tables of a ledger, for both back ends.

``entry`` and ``tree_node`` are the log; ``disclosure`` holds the texts beside it that may one
day have to be erased; the projections can be dropped and folded again from the bytes in ``entry``.
The columns of ``entry`` other than ``bytes`` are derived from the bytes and serve look-ups only:
the verifier derives them again and compares.

Positions are sequence numbers. ``x_to`` is the seq from which something no longer holds, NULL
while it does. Times are text in the log's one spelling, ids and digests are lower-case text; on
PostgreSQL text compares by its bytes (collation C), so both back ends sort alike. There are no
foreign keys: a projection is rebuilt beside the live one and swapped, and the log refers to none.

The revisions under ``migrations/`` that build them are frozen; a test compares the two.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from ledger.store.triggers import install_guards, refuse_while_recorded, remove_guards

__all__ = ["install_guards", "refuse_while_recorded", "remove_guards"]  # named by revisions

REVISION: Final = "0004"
"""The revision this program reads and writes; the head of ``migrations/versions``."""

APPLICATION_ID: Final = 0x52_67_4C_67
"""``RgLg``: bytes 68..71 of a ledger's SQLite file (https://www.sqlite.org/fileformat.html 1.3)."""

# Names are fixed so that a violated constraint says which column it is about.
NAMING: Final = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

text_type = Text().with_variant(Text(collation="C"), "postgresql")
# SQLite keeps rows in seq order only where the type of the key is spelled INTEGER.
position_type = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(naming_convention=NAMING)


def _text(name: str, *, pk: bool = False, null: bool = False) -> Column[str]:
    return Column(name, text_type, primary_key=pk, nullable=null)


def _position(name: str, *, pk: bool = False, null: bool = False) -> Column[int]:
    return Column(name, position_type, primary_key=pk, nullable=null, autoincrement=False)


def _bytes(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


def _index_of_some(name: str) -> Index:
    """Index a column that most rows leave empty; on SQLite, without those rows."""
    return Index(None, name, sqlite_where=text(f"{name} IS NOT NULL"))


entry = Table(
    "entry",
    metadata,
    _position("seq", pk=True),
    _bytes("bytes"),  # the canonical entry: hashed, and the only source of truth
    _bytes("leaf_hash"),  # SHA-256(00 || bytes), RFC 6962 2.1
    _text("prev"),  # hex leaf hash of seq - 1; unique, so the log cannot fork
    _text("event_id"),
    _text("event_digest"),
    _text("type"),
    _text("actor"),
    _text("recorded_at"),
    _text("claim_key", null=True),  # the importer's own key of a recorded claim
    UniqueConstraint("prev"),
    UniqueConstraint("event_id"),
    UniqueConstraint("claim_key"),
    CheckConstraint("seq >= 0", "seq"),
    CheckConstraint("length(leaf_hash) = 32", "leaf_hash"),
    CheckConstraint("length(prev) = 64", "prev"),
    comment="The log. Rows are only ever added; seq has no holes.",
)

tree_node = Table(
    "tree_node",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    _position("idx", pk=True),
    _bytes("hash"),  # root of the leaves [idx * 256^level, (idx + 1) * 256^level)
    CheckConstraint("level >= 1", "level"),
    CheckConstraint("length(hash) = 32", "hash"),
    comment="Complete tile hashes of level 1 and up; those of level 0 are entry.leaf_hash.",
    sqlite_with_rowid=False,
)

disclosure = Table(
    "disclosure",
    metadata,
    _text("digest", pk=True),  # as in the entry's _sd
    _position("seq"),
    _text("text"),
    Index(None, "seq"),
    comment="RFC 9901 disclosures of the entry seq: the texts that a redaction may erase.",
)

checkpoint = Table(
    "checkpoint",
    metadata,
    _position("size", pk=True),
    _bytes("note"),  # the signed note as it was sealed: the log's own lines only
    _text("sealed_at"),
    CheckConstraint("size >= 1", "size"),
    comment="What the log signed: a size, its root, both signatures. Never changed.",
)

cosignature = Table(
    "cosignature",
    metadata,
    _position("size", pk=True),
    _text("key_id", pk=True),  # 8 hex digits
    _text("name", pk=True),
    _bytes("line"),  # the signature line with its line feed
    _position("at"),  # POSIX seconds
    comment="Signature lines of witnesses, each checked before it was kept.",
)

time_stamp = Table(
    "time_stamp",
    metadata,
    _position("size", pk=True),
    Column("idx", Integer, primary_key=True, autoincrement=False),
    _text("gen_time"),
    _text("authority"),
    _bytes("response"),  # TimeStampResp in DER, over checkpoint.note
    comment="RFC 3161 responses over the note of a checkpoint.",
)

evidence = Table(
    "evidence",
    metadata,
    _text("sha256", pk=True),
    _text("media_type"),
    _position("length"),
    _bytes("content"),
    _text("source", null=True),
    _text("retrieved_at", null=True),
    _text("added_at"),
    comment="Captured files, named by their content.",
)

view = Table(
    "view",
    metadata,
    _text("name", pk=True),
    Column("version", Integer, nullable=False),
    _position("position"),  # number of entries folded into it
    comment="How far each view has folded the log, and by which version of its code.",
)

policy_version = Table(
    "policy_version",
    metadata,
    _position("seq", pk=True),
    _bytes("data"),
    comment="The policy of the ledger from seq on.",
)

actor = Table(
    "actor",
    metadata,
    _text("slug", pk=True),
    _position("enrolled_seq"),
    comment="Everybody who was ever enrolled.",
)

actor_key = Table(
    "actor_key",
    metadata,
    _text("keyid", pk=True),
    _text("actor"),
    _text("scheme"),
    _text("public_key"),  # padded base64 of the DER SubjectPublicKeyInfo
    _position("from_seq"),
    _position("to_seq", null=True),
    _text("compromised_since", null=True),
    Index(None, "actor"),
    comment="Signing keys and the positions between which each may sign.",
)

actor_role = Table(
    "actor_role",
    metadata,
    _text("actor", pk=True),
    _text("role", pk=True),
    _position("from_seq", pk=True),
    _position("to_seq", null=True),
    comment="Roles and the positions between which each was held.",
)

version = Table(
    "version",
    metadata,
    _text("event_id", pk=True),
    _text("digest"),
    _position("seq"),
    _text("type"),
    _text("subject"),  # what it is a version of: claim:<id>, body:<id>, activity:<id>, ...
    _text("author"),
    _text("keyid"),
    _text("state"),  # pending | counting | superseded | rejected | withdrawn
    _text("supersedes", null=True),
    _position("counts_from", null=True),
    _position("counts_to", null=True),
    _text("counted_at", null=True),  # recorded_at of the entry counts_from
    _text("reviewer_keyid", null=True),
    _position("confirmed_seq", null=True),
    _position("decided_seq", null=True),
    Column("retracts", Boolean, nullable=False),
    UniqueConstraint("seq"),
    Index(None, "subject", "counts_from"),
    Index(None, "state", "seq"),
    Index(None, "decided_seq", "seq"),  # whether anything waits: asked for every status
    comment="Every reviewable event and what became of it.",
)

claim_version = Table(
    "claim_version",
    metadata,
    _text("event_id", pk=True),
    _text("claim_id"),
    _position("seq"),
    _text("kind"),
    _text("jurisdiction", null=True),  # NULL here and below: an act bears where its target does
    _text("activity", null=True),
    _text("force"),
    _text("instrument", null=True),
    _text("enabling", null=True),
    _text("saved", null=True),
    _text("target", null=True),
    _text("bill", null=True),
    _text("said"),  # digest of what can't be erased, to find a claim that is recorded again
    Index(None, "jurisdiction", "activity", "kind"),
    Index(None, "claim_id"),
    _index_of_some("instrument"),
    _index_of_some("enabling"),
    _index_of_some("saved"),
    _index_of_some("target"),
    _index_of_some("bill"),
    Index(None, "said"),
    comment="What claims are found by; their content stays in entry.bytes.",
)

claim_key = Table(
    "claim_key",
    metadata,
    _text("key", pk=True),
    _text("claim_id"),
    comment="The importer's own names of claims; unlike entry.claim_key, folded by a replay too.",
    sqlite_with_rowid=False,
)

dispute = Table(
    "dispute",
    metadata,
    _position("seq", pk=True),
    _text("claim_id"),
    Index(None, "claim_id"),
    comment="Disputes raised against claims.",
)

definition = Table(
    "definition",
    metadata,
    _text("event_id", pk=True),
    _text("subject", pk=True),
    _bytes("data"),
    comment="Content of the versions of everything that is defined.",
)

status_segment = Table(
    "status_segment",
    metadata,
    _text("jurisdiction", pk=True),
    _text("activity", pk=True),
    _text("actor", pk=True),
    _text("view", pk=True),  # prudential | normative
    _text("from_day", pk=True),  # first day on which data holds, until the next segment
    _bytes("data"),
    comment="The timeline of each cell at the latest knowledge.",
    sqlite_with_rowid=False,
)
