"""Checkpoints with their cosignatures and time-stamps, captured files, and finer indexes.

Frozen: tables are spelled out here, so that a later change of ``ledger.store.schema`` cannot change
what this revision builds. They stand beside the log: nothing in them is needed to rebuild a view.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.store.schema import position_type, refuse_while_recorded, text_type

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, text_type, nullable=null)


def _position(name: str) -> sa.Column[int]:
    return sa.Column(name, position_type, nullable=False, autoincrement=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


_COARSE = "ix_claim_version_jurisdiction_activity"
_FINE = "ix_claim_version_jurisdiction_activity_kind"
_DECIDED = "ix_version_decided_seq_seq"


def upgrade() -> None:
    """Build the four tables; find the claims of a kind, and what waits, without a scan."""
    op.drop_index(_COARSE, "claim_version")
    op.create_index(_FINE, "claim_version", ["jurisdiction", "activity", "kind"])
    op.create_index(_DECIDED, "version", ["decided_seq", "seq"])
    op.create_table(
        "checkpoint",
        _position("size"),
        _bytes("note"),
        _text("sealed_at"),
        sa.PrimaryKeyConstraint("size", name="pk_checkpoint"),
        sa.CheckConstraint("size >= 1", name="size"),
        comment="What the log signed: a size, its root, both signatures. Never changed.",
    )
    op.create_table(
        "cosignature",
        _position("size"),
        _text("key_id"),
        _text("name"),
        _bytes("line"),
        _position("at"),
        sa.PrimaryKeyConstraint("size", "key_id", "name", name="pk_cosignature"),
        comment="Signature lines of witnesses, each checked before it was kept.",
    )
    op.create_table(
        "time_stamp",
        _position("size"),
        sa.Column("idx", sa.Integer, nullable=False, autoincrement=False),
        _text("gen_time"),
        _text("authority"),
        _bytes("response"),
        sa.PrimaryKeyConstraint("size", "idx", name="pk_time_stamp"),
        comment="RFC 3161 responses over the note of a checkpoint.",
    )
    op.create_table(
        "evidence",
        _text("sha256"),
        _text("media_type"),
        _position("length"),
        _bytes("content"),
        _text("source", null=True),
        _text("retrieved_at", null=True),
        _text("added_at"),
        sa.PrimaryKeyConstraint("sha256", name="pk_evidence"),
        comment="Captured files, named by their content.",
    )


def downgrade() -> None:
    """Drop the tables; refused while there are entries, whose proofs lie in them."""
    refuse_while_recorded(op.get_bind())
    for table in ("evidence", "time_stamp", "cosignature", "checkpoint"):
        op.drop_table(table)
    op.drop_index(_DECIDED, "version")
    op.drop_index(_FINE, "claim_version")
    op.create_index(_COARSE, "claim_version", ["jurisdiction", "activity"])
