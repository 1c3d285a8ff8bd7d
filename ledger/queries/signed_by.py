"""The entries that a key signed, and whether each still counts.

The signing key is named in the bytes of an entry. The actor and the positions between which the
key may sign narrow the search to a part of the log, which is read page by page.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain.state_records import Key
from ledger.json_values import members
from ledger.projections.compromised_keys import Compromise, compromises
from ledger.queries import history
from ledger.queries.history import HistoryItem
from ledger.store import schema as s
from ledger.store.in_lists import select_in

_KEYID: Final = b'"keyid":"'
_KEYID_START: Final = re.compile(r"[0-9a-f]{8,64}")
_e, _k, _r, _v = s.entry.c, s.actor_key.c, s.actor_role.c, s.version.c
_DECISIONS: Final = ("rejected", "withdrawn")


@dataclass(frozen=True, slots=True)
class SignedItem:
    """One entry that a key signed.

    ``counts`` says whether its effect holds at the head: the version it recorded counts, its
    review still decides one of the targets, or the key or role it gave is in force. None for an
    entry that only another of its kind replaces, such as a policy or a dispute. ``suspect``:
    signed after the key was compromised, and not reviewed again after that was reported.
    """

    item: HistoryItem
    keyid: str
    counts: bool | None
    suspect: bool

    def to_value(self) -> dict[str, Any]:
        """Return JSON values."""
        return {**members(self.item), **members(self, "keyid", "counts", "suspect")}


def find_keys(conn: Connection, name: str) -> list[Key]:
    """Return the keys an actor has or had, by age, else those whose id begins with ``name``."""
    by_actor = sa.select(s.actor_key).where(_k.actor == name).order_by(_k.from_seq)
    found = [Key(**row) for row in conn.execute(by_actor).mappings()]
    if found:
        return found
    if not _KEYID_START.fullmatch(name):
        return []
    by_id = sa.select(s.actor_key).where(_k.keyid.startswith(name, autoescape=True))
    return [Key(**row) for row in conn.execute(by_id.order_by(_k.from_seq)).mappings()]


def signed_page(
    conn: Connection, key: Key, *, start: int, since: str, stop: int, limit: int
) -> tuple[list[SignedItem], int]:
    """Return what ``key`` signed among the next ``limit`` entries of its actor, oldest first.

    Looks at start <= seq < ``stop``, the size of the log, recorded at ``since`` or later. The
    second value is the seq to go on from; ``stop`` at the end.
    """
    # The entry that closes a key may itself be signed with it.
    end = stop if key.to_seq is None else min(stop, key.to_seq + 1)
    query = (
        sa.select(_e.seq, _e.bytes, _e.type)
        .where(_e.actor == key.actor, _e.seq >= max(start, key.from_seq), _e.seq < end)
        .where(_e.recorded_at >= since)
        .order_by(_e.seq)
        .limit(limit)
    )
    rows = conn.execute(query).all()
    mine = {row.seq: row for row in rows if _signed_with(row.bytes) == key.keyid}
    items = history.history_items(conn, mine)
    versions = _versions(conn, mine)
    given = _in_force(conn, mine)
    told = compromises(conn, stop).get(key.keyid)
    made = [_judge(item, mine[item.seq], versions, told=told, given=given) for item in items]
    return made, (rows[-1].seq + 1 if len(rows) == limit else stop)


def _signed_with(data: bytes) -> str:
    at = data.rfind(_KEYID) + len(_KEYID)
    return data[at : at + 64].decode("ascii", "replace")


def _versions(conn: Connection, rows: Mapping[int, Any]) -> dict[str, Any]:
    """Return the versions that these entries recorded or reviewed, by event id."""
    ids = {target for row in rows.values() for target in _targets(row.type, row.bytes)}
    recorded = sa.select(s.version).where(_v.seq.in_(rows))
    found = {row.event_id: row for row in conn.execute(recorded)}
    reviewed = select_in(conn, sa.select(s.version), _v.event_id, sorted(ids - found.keys()))
    return found | {row.event_id: row for row in reviewed}


def _targets(kind: str, data: bytes) -> list[str]:
    if kind != "event.reviewed":
        return []
    return [one["event"] for one in orjson.loads(data)["event"]["data"]["targets"]]


def _in_force(conn: Connection, seqs: Iterable[int]) -> set[int]:
    """Return the positions at which a key or role was given that is in force at the head."""
    wanted = list(seqs)
    keys = sa.select(_k.from_seq).where(_k.from_seq.in_(wanted), _k.to_seq.is_(None))
    roles = sa.select(_r.from_seq).where(_r.from_seq.in_(wanted), _r.to_seq.is_(None))
    return {*conn.execute(keys).scalars(), *conn.execute(roles).scalars()}


_GIVES: Final = frozenset({"actor.enrolled", "actor.key_rotated", "actor.role_granted"})


def _judge(
    item: HistoryItem,
    row: Any,
    versions: Mapping[str, Any],
    *,
    told: Compromise | None,
    given: set[int],
) -> SignedItem:
    keyid = _signed_with(row.bytes)
    late = told is not None and item.recorded_at >= told.since
    if item.type in _GIVES:
        return SignedItem(item, keyid, item.seq in given, late)
    if item.type == "event.reviewed":
        targets = [versions[one] for one in _targets(item.type, row.bytes) if one in versions]
        held = [one for one in targets if _holds(one, item.seq)]
        anew = bool(held) and all(_confirmed_after(one, told) for one in held)
        return SignedItem(item, keyid, bool(held), late and not anew)
    own = versions.get(item.event)
    if own is None:
        return SignedItem(item, keyid, None, late)
    return SignedItem(
        item, keyid, own.state == "counting", late and not _confirmed_after(own, told)
    )


def _holds(version: Any, seq: int) -> bool:
    """Return whether the review at ``seq`` is why a version counts, or why it does not."""
    if version.state == "counting":
        return seq in (version.counts_from, version.confirmed_seq)
    return version.state in _DECISIONS and version.decided_seq == seq


def _confirmed_after(version: Any, told: Compromise | None) -> bool:
    confirmed = version.confirmed_seq
    return confirmed is not None and told is not None and confirmed > told.seq
