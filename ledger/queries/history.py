"""The log as lines of history: what each entry says, in a few words, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.errors import BadEntry
from ledger.store import schema as s

STATES: Final = ("pending", "counting", "superseded", "rejected", "withdrawn")
_DECIDED: Final = ("rejected", "withdrawn")
_UNSETTLED: Final = ("pending", *_DECIDED)
_DOUBTS: Final = ("claim.disputed", "claim.retracted")
_e, _v, _c = s.entry.c, s.version.c, s.claim_version.c
_COLUMNS = (_e.seq, _e.bytes, _e.recorded_at, _e.type, _e.actor, _e.event_id, _v.subject)
JOINED = s.entry.outerjoin(s.version, _v.seq == _e.seq).outerjoin(
    s.claim_version, _c.event_id == _e.event_id
)


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

    def to_value(self) -> dict[str, Any]:
        """JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Filter:
    """What of the log to look at; every part given must hold."""

    jurisdiction: str | None = None
    activity: str | None = None
    actor: str | None = None
    type: str | None = None  # event type, its first part (claim, actor ...) or its last
    text: str | None = None  # stands in what is shown of the entry (ledger.queries.search)
    sought: str | None = None  # another text, looked for in what all the others let through
    force: str | None = None  # of the claim it records or corrects
    state: str | None = None  # one of STATES
    flagged: bool = False  # awaits review, or was rejected, withdrawn, disputed or retracted
    start: int = 0  # first seq
    stop: int | None = None  # seq to stop before
    at: int | None = None  # states are those of a log of so many entries; None: of all

    @property
    def is_open(self) -> bool:
        """Whether it lets everything through."""
        return self == Filter()

    def condition(self) -> sa.ColumnElement[bool]:
        """The filter as SQL, without the texts, ``start`` and ``stop``."""
        parts: list[sa.ColumnElement[bool]] = [sa.true()]
        if self.jurisdiction:
            parts.append(_below(_c.jurisdiction, self.jurisdiction, "-"))
        if self.activity:
            parts.append(_below(_c.activity, self.activity, "."))
        if self.actor:
            parts.append(_e.actor == self.actor)
        if self.type:
            last = _e.type.endswith(f".{self.type}", autoescape=True)
            parts.append(sa.or_(_below(_e.type, self.type, "."), last))
        if self.force:
            parts.append(_c.force == self.force)
        if self.state:
            parts.append(_state(self.at) == self.state)
        if self.flagged:
            parts.append(_flagged(self.at))
        return sa.and_(*parts)


def _state(at: int | None) -> sa.ColumnElement[str]:
    """The state of a version, now or in a log of ``at`` entries."""
    if at is None:
        return _v.state
    return sa.case(
        (_v.state.is_(None), sa.null()),
        (sa.and_(_v.counts_from < at, _v.counts_to < at), "superseded"),
        (_v.counts_from < at, "counting"),
        (sa.and_(_v.state.in_(_DECIDED), _v.decided_seq < at), _v.state),
        else_="pending",
    )


def _flagged(at: int | None) -> sa.ColumnElement[bool]:
    other = s.version.alias("other").c
    # "not in" keeps SQLite to the index on subject: by state it would read the whole view each time
    standing = other.state.not_in(_UNSETTLED) if at is None else other.counts_from < at
    disputed = sa.select(s.dispute.c.claim_id)
    if at is not None:
        disputed = disputed.where(s.dispute.c.seq < at)
    gone = sa.exists().where(other.subject == _v.subject, other.retracts, standing)
    return sa.or_(
        _state(at).in_(_UNSETTLED),
        _e.type.in_(_DOUBTS),
        _c.claim_id.in_(disputed),
        gone,
    )


def page(
    conn: Connection, only: Filter, *, start: int, stop: int, newest_first: bool, limit: int
) -> list[HistoryItem]:
    """Return up to ``limit`` items with start <= seq < stop, by key range."""
    start, stop = max(start, only.start), stop if only.stop is None else min(stop, only.stop)
    order = _e.seq.desc() if newest_first else _e.seq.asc()
    query = (
        sa.select(*_COLUMNS, _state(only.at).label("state"))
        .select_from(JOINED)
        .where(_e.seq >= start, _e.seq < stop, only.condition())
        .order_by(order)
        .limit(limit)
    )
    return [_item(row) for row in conn.execute(query)]


def items(
    conn: Connection, condition: sa.ColumnElement[bool], *, at: int | None = None
) -> list[HistoryItem]:
    """Return the items of entries that meet a condition on ``entry``, oldest first.

    Their states are those of a log of ``at`` entries, by default of all.
    """
    columns = sa.select(*_COLUMNS, _state(at).label("state"))
    query = columns.select_from(JOINED).where(condition).order_by(_e.seq)
    return [_item(row) for row in conn.execute(query)]


def _below(column: sa.ColumnElement[str], value: str, separator: str) -> sa.ColumnElement[bool]:
    return sa.or_(column == value, column.startswith(value + separator, autoescape=True))


def _item(row: Any) -> HistoryItem:
    subject, words = line_of(row)
    return HistoryItem(
        row.seq, row.recorded_at, row.type, row.actor, row.event_id, subject, row.state, words
    )


def line_of(row: Any) -> tuple[str, str]:
    """Return the subject and the words of an entry's line, from its bytes."""
    try:
        return _words(row.type, orjson.loads(row.bytes)["event"]["data"])
    except (ValueError, LookupError, TypeError, AttributeError):
        raise BadEntry("the entry is damaged", seq=row.seq, hint="run `regledger verify`") from None


def _words(kind: str, data: Mapping[str, Any]) -> tuple[str, str]:
    """Return (subject, sentence) of an event, from its stored data."""
    maker = _SENTENCES.get(kind)
    if maker is None:
        return "", f"an event of type {kind}"
    return maker(data)


def _claim(claim: Mapping[str, Any]) -> str:
    return (
        f"{claim['kind']} on {claim['activity']} in {claim['jurisdiction']}: {claim['statement']}"
    )


def _recorded(d: Mapping[str, Any]) -> tuple[str, str]:
    return d["claim"].get("key", ""), _claim(d["claim"])


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


def _created(d: Mapping[str, Any]) -> tuple[str, str]:
    return d["origin"], f"creates the ledger {d['origin']}, review {d['review']}"


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
    "ledger.created": _created,
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
    "jurisdiction.defined": _defined,
    "profile.defined": _defined,
    "claim.recorded": _recorded,
    "claim.corrected": _corrected,
    "claim.retracted": lambda d: (d["claim"], f"retracts the claim ({d['reason_code']})"),
    "claim.disputed": lambda d: (d["claim"], f"disputes the claim ({d['reason_code']})"),
    "event.reviewed": _reviewed,
}
