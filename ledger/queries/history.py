"""The log as lines of history: each entry in a few words, and its state."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain.place_words import about_words
from ledger.errors import BadEntry
from ledger.queries.history_filter import ENTRIES, HistoryFilter, state_at
from ledger.store import schema as s
from ledger.store.in_lists import select_in

_e, _v, _c = s.entry.c, s.version.c, s.claim_version.c
_COLUMNS = (_e.seq, _e.bytes, _e.recorded_at, _e.type, _e.actor, _e.event_id, _v.subject)


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """One entry as a line of history."""

    seq: int
    recorded_at: str
    type: str
    actor: str
    event: str
    subject: str  # claim key or id, body id, actor slug ...
    state: str | None  # of a reviewable event, at the head
    summary: str  # one line in words; untrusted text, escape before showing


def history_page(
    conn: Connection, only: HistoryFilter, *, start: int, stop: int, newest_first: bool, limit: int
) -> list[HistoryItem]:
    """Return up to ``limit`` items with start <= seq < stop, by key range."""
    start, stop = max(start, only.start), stop if only.stop is None else min(stop, only.stop)
    order = _e.seq.desc() if newest_first else _e.seq.asc()
    query = (
        sa.select(*_COLUMNS, state_at(only.at).label("state"))
        .select_from(ENTRIES)
        .where(_e.seq >= start, _e.seq < stop, only.condition())
        .order_by(order)
        .limit(limit)
    )
    return [_item(row) for row in conn.execute(query)]


def history_items(
    conn: Connection, seqs: Iterable[int], *, at: int | None = None
) -> list[HistoryItem]:
    """Return the items of these entries, oldest first; a seq without an entry is left out.

    Their states are those of a log of ``at`` entries, by default of all.
    """
    columns = sa.select(*_COLUMNS, state_at(at).label("state"))
    query = columns.select_from(ENTRIES).order_by(_e.seq)
    return [_item(row) for row in select_in(conn, query, _e.seq, sorted(seqs))]


def _item(row: Any) -> HistoryItem:
    subject, words = entry_line(row)
    return HistoryItem(
        row.seq, row.recorded_at, row.type, row.actor, row.event_id, subject, row.state, words
    )


def entry_line(row: Any) -> tuple[str, str]:
    """Return the subject and the sentence of an entry's line, from its bytes.

    Raises BadEntry where the bytes are damaged.
    """
    try:
        data = orjson.loads(row.bytes)["event"]["data"]
        sentence = _SENTENCES.get(row.type)
        return sentence(data) if sentence else ("", f"an event of type {row.type}")
    except (ValueError, LookupError, TypeError, AttributeError):
        raise BadEntry("the entry is damaged", seq=row.seq, hint="run `regledger verify`") from None


def _claim(claim: Mapping[str, Any]) -> str:
    about = about_words(claim.get("jurisdiction"), claim.get("activity"))
    return f"{claim['kind']} {about}: {claim['statement']}"


def _corrected(d: Mapping[str, Any]) -> tuple[str, str]:
    name = d["content"].get("key", d["claim"])
    return name, f"corrects it ({d['reason_code']}) to {_claim(d['content'])}"


def _reviewed(d: Mapping[str, Any]) -> tuple[str, str]:
    count = len(d["targets"])
    verb = {"approve": "approves", "reject": "rejects", "withdraw": "withdraws"}[d["decision"]]
    return d["targets"][0]["event"], f"{verb} {count} event{'s' if count > 1 else ''}"


def _enrolled(d: Mapping[str, Any]) -> tuple[str, str]:
    return d["actor"], f"enrolls {d['actor']} as {', '.join(d.get('roles', ())) or 'nobody yet'}"


def _policy(d: Mapping[str, Any]) -> tuple[str, str]:
    said = ", ".join(f"{k} {v}" for k, v in sorted(d.items()) if k in ("review", "rules"))
    return "policy", f"changes the policy: {said}"


def _revoked(d: Mapping[str, Any]) -> tuple[str, str]:
    since = f", compromised since {d['compromised_since']}" if "compromised_since" in d else ""
    return d["keyid"], f"revokes the key {d['keyid'][:16]}{since}"


def _defined(d: Mapping[str, Any]) -> tuple[str, str]:
    inner = _definition(d)
    return inner.get("id", inner.get("jurisdiction", "")), f"defines {inner.get('name', '')}"


def _definition(d: Mapping[str, Any]) -> Mapping[str, Any]:
    only: Sequence[Any] = list(d.values())
    return only[0] if len(only) == 1 and isinstance(only[0], dict) else d


_SENTENCES = {
    "ledger.created": lambda d: (
        d["origin"],
        f"creates the ledger {d['origin']}, review {d['review']}",
    ),
    "taxonomy.adopted": lambda d: (
        "taxonomy",
        f"adopts {len(d['activities'])} activities and {len(d['jurisdictions'])} jurisdictions",
    ),
    "policy.changed": _policy,
    "log.keys_changed": lambda _d: ("log keys", "changes the keys that sign checkpoints"),
    "actor.enrolled": _enrolled,
    "actor.key_rotated": lambda d: (d["actor"], f"gives {d['actor']} a new key"),
    "actor.key_revoked": _revoked,
    "actor.role_granted": lambda d: (d["actor"], f"grants {d['actor']} the role {d['role']}"),
    "actor.role_revoked": lambda d: (d["actor"], f"takes the role {d['role']} from {d['actor']}"),
    "body.defined": _defined,
    "activity.defined": _defined,
    "actor_class.defined": _defined,
    "jurisdiction.defined": _defined,
    "profile.defined": _defined,
    "claim.recorded": lambda d: (d["claim"].get("key", ""), _claim(d["claim"])),
    "claim.corrected": _corrected,
    "claim.retracted": lambda d: (d["claim"], f"retracts the claim ({d['reason_code']})"),
    "claim.disputed": lambda d: (d["claim"], f"disputes the claim ({d['reason_code']})"),
    "event.reviewed": _reviewed,
}
