"""The first schema: the log, its tree, disclosures, and the views folded from them.

Frozen: tables are spelled out here, so that a later change of ``ledger.store.schema`` cannot change
what this revision builds.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.store.schema import (
    install_guards,
    position_type,
    refuse_while_recorded,
    remove_guards,
    text_type,
)

revision = "0003"
down_revision = None
branch_labels = None
depends_on = None


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, text_type, nullable=null)


def _position(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, position_type, nullable=null, autoincrement=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def _integer(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, autoincrement=False)


def upgrade() -> None:
    """Build all tables and the guards of the log."""
    _log()
    _actors()
    _versions()
    install_guards(op.get_bind())


def _log() -> None:
    op.create_table(
        "entry",
        _position("seq"),
        _bytes("bytes"),
        _bytes("leaf_hash"),
        _text("prev"),
        _text("event_id"),
        _text("event_digest"),
        _text("type"),
        _text("actor"),
        _text("recorded_at"),
        _text("claim_key", null=True),
        sa.PrimaryKeyConstraint("seq", name="pk_entry"),
        sa.UniqueConstraint("prev", name="uq_entry_prev"),
        sa.UniqueConstraint("event_id", name="uq_entry_event_id"),
        sa.UniqueConstraint("claim_key", name="uq_entry_claim_key"),
        sa.CheckConstraint("seq >= 0", name=op.f("ck_entry_seq")),
        sa.CheckConstraint("length(leaf_hash) = 32", name=op.f("ck_entry_leaf_hash")),
        sa.CheckConstraint("length(prev) = 64", name=op.f("ck_entry_prev")),
        comment="The log. Rows are only ever added; seq has no holes.",
    )
    op.create_table(
        "tree_node",
        _integer("level"),
        _position("idx"),
        _bytes("hash"),
        sa.PrimaryKeyConstraint("level", "idx", name="pk_tree_node"),
        sa.CheckConstraint("level >= 1", name=op.f("ck_tree_node_level")),
        sa.CheckConstraint("length(hash) = 32", name=op.f("ck_tree_node_hash")),
        comment="Complete tile hashes of level 1 and up; those of level 0 are entry.leaf_hash.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "disclosure",
        _text("digest"),
        _position("seq"),
        _text("text"),
        sa.PrimaryKeyConstraint("digest", name="pk_disclosure"),
        comment="RFC 9901 disclosures of the entry seq: the texts that a redaction may erase.",
    )
    op.create_index("ix_disclosure_seq", "disclosure", ["seq"])
    op.create_table(
        "view",
        _text("name"),
        _integer("version"),
        _position("position"),
        sa.PrimaryKeyConstraint("name", name="pk_view"),
        comment="How far each view has folded the log, and by which version of its code.",
    )


def _actors() -> None:
    op.create_table(
        "policy_version",
        _position("seq"),
        _bytes("data"),
        sa.PrimaryKeyConstraint("seq", name="pk_policy_version"),
        comment="The policy of the ledger from seq on.",
    )
    op.create_table(
        "actor",
        _text("slug"),
        _position("enrolled_seq"),
        sa.PrimaryKeyConstraint("slug", name="pk_actor"),
        comment="Everybody who was ever enrolled.",
    )
    op.create_table(
        "actor_key",
        _text("keyid"),
        _text("actor"),
        _text("scheme"),
        _text("public_key"),
        _position("from_seq"),
        _position("to_seq", null=True),
        _text("compromised_since", null=True),
        sa.PrimaryKeyConstraint("keyid", name="pk_actor_key"),
        comment="Signing keys and the positions between which each may sign.",
    )
    op.create_index("ix_actor_key_actor", "actor_key", ["actor"])
    op.create_table(
        "actor_role",
        _text("actor"),
        _text("role"),
        _position("from_seq"),
        _position("to_seq", null=True),
        sa.PrimaryKeyConstraint("actor", "role", "from_seq", name="pk_actor_role"),
        comment="Roles and the positions between which each was held.",
    )


def _versions() -> None:
    op.create_table(
        "version",
        _text("event_id"),
        _text("digest"),
        _position("seq"),
        _text("type"),
        _text("subject"),
        _text("author"),
        _text("keyid"),
        _text("state"),
        _text("supersedes", null=True),
        _position("counts_from", null=True),
        _position("counts_to", null=True),
        _text("counted_at", null=True),
        _text("reviewer_keyid", null=True),
        _position("confirmed_seq", null=True),
        _position("decided_seq", null=True),
        sa.Column("retracts", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_version"),
        sa.UniqueConstraint("seq", name="uq_version_seq"),
        comment="Every reviewable event and what became of it.",
    )
    op.create_index("ix_version_subject_counts_from", "version", ["subject", "counts_from"])
    op.create_index("ix_version_state_seq", "version", ["state", "seq"])
    op.create_table(
        "claim_version",
        _text("event_id"),
        _text("claim_id"),
        _position("seq"),
        _text("kind"),
        _text("jurisdiction", null=True),
        _text("activity", null=True),
        _text("force"),
        _text("instrument", null=True),
        _text("enabling", null=True),
        _text("saved", null=True),
        _text("target", null=True),
        _text("bill", null=True),
        _text("said"),
        sa.PrimaryKeyConstraint("event_id", name="pk_claim_version"),
        comment="What claims are found by; their content stays in entry.bytes.",
    )
    op.create_index(
        "ix_claim_version_jurisdiction_activity", "claim_version", ["jurisdiction", "activity"]
    )
    for column in ("claim_id", "said"):
        op.create_index(f"ix_claim_version_{column}", "claim_version", [column])
    for column in ("instrument", "enabling", "saved", "target", "bill"):
        some = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_claim_version_{column}", "claim_version", [column], sqlite_where=some)
    _claims()


def _claims() -> None:
    op.create_table(
        "claim_key",
        _text("key"),
        _text("claim_id"),
        sa.PrimaryKeyConstraint("key", name="pk_claim_key"),
        comment="The importer's own names of claims; unlike entry.claim_key, "
        "folded by a replay too.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dispute",
        _position("seq"),
        _text("claim_id"),
        sa.PrimaryKeyConstraint("seq", name="pk_dispute"),
        comment="Disputes raised against claims.",
    )
    op.create_index("ix_dispute_claim_id", "dispute", ["claim_id"])
    op.create_table(
        "definition",
        _text("event_id"),
        _text("subject"),
        _bytes("data"),
        sa.PrimaryKeyConstraint("event_id", "subject", name="pk_definition"),
        comment="Content of the versions of everything that is defined.",
    )
    op.create_table(
        "status_segment",
        _text("jurisdiction"),
        _text("activity"),
        _text("actor"),
        _text("view"),
        _text("from_day"),
        _bytes("data"),
        sa.PrimaryKeyConstraint(
            "jurisdiction", "activity", "actor", "view", "from_day", name="pk_status_segment"
        ),
        comment="The timeline of each cell at the latest knowledge.",
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop everything, unless the log has entries."""
    refuse_while_recorded(op.get_bind())
    remove_guards(op.get_bind())
    for name in (
        "status_segment",
        "definition",
        "dispute",
        "claim_key",
        "claim_version",
        "version",
        "actor_role",
        "actor_key",
        "actor",
        "policy_version",
        "view",
        "disclosure",
        "tree_node",
        "entry",
    ):
        op.drop_table(name)
