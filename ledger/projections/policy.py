"""The policy of the ledger, as any prefix of the log knows it."""

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain.state_records import Policy
from ledger.errors import NoLedger, NotCompleted
from ledger.store import schema as s
from ledger.store.prepared import Prepared
from ledger.store.sqlalchemy_url import without_secrets

_each = s.policy_version.alias("each")
_NEWEST = sa.select(sa.func.max(_each.c.seq))


def _policy(newest: sa.Select[int]) -> Prepared:
    found = sa.select(s.policy_version.c.data)
    return Prepared(found.where(s.policy_version.c.seq == newest.scalar_subquery()))


_POLICY = _policy(_NEWEST)
_POLICY_AT = _policy(_NEWEST.where(_each.c.seq < sa.bindparam("size")))


def policy_at(conn: Connection, size: int) -> Policy:
    """Return the policy of the prefix of ``size`` entries; of an empty prefix, the first one.

    Raises:
        NoLedger: the log has no first entry.
        NotCompleted: the log is there, but its projections are missing.
    """
    found = _POLICY_AT.value(conn, {"size": max(size, 1)})
    if found is None and size == 0:
        raise NoLedger(without_secrets(conn.engine.url), "the log has no first entry")
    if found is None:
        raise NotCompleted(
            "the views of this ledger are missing, its log is not",
            hint="fold them again with `regledger db rebuild`",
        )
    return parse_policy(found)


def last_policy(conn: Connection) -> Policy | None:
    """Return the policy that the tables end with, None before the first entry."""
    found = _POLICY.value(conn, {})
    return parse_policy(found) if found else None


def parse_policy(data: bytes) -> Policy:
    """Return the policy that a ``policy_version`` row holds."""
    value = orjson.loads(data)
    return Policy(**{**value, "log_keys": tuple(value["log_keys"])})
