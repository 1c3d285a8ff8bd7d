"""The filter of history: parsed from words, and as SQL."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from ledger.store import schema as s

STATES: Final = ("pending", "counting", "superseded", "rejected", "withdrawn")
_DECIDED: Final = ("rejected", "withdrawn")
_UNSETTLED: Final = ("pending", *_DECIDED)
_DOUBTS: Final = ("claim.disputed", "claim.retracted")
_e, _v, _c = s.entry.c, s.version.c, s.claim_version.c
ENTRIES = s.entry.outerjoin(s.version, _v.seq == _e.seq).outerjoin(
    s.claim_version, _c.event_id == _e.event_id
)


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """The entries of the log to look at: every part given must hold."""

    jurisdiction: str | None = None
    activity: str | None = None
    actor: str | None = None
    type: str | None = None  # event type, its first part (claim, actor ...) or its last
    text: str | None = None  # occurs in the texts shown of an entry (ledger.queries.text_search)
    sought: str | None = None  # another text, looked for among the entries that pass the rest
    force: str | None = None  # of the claim it records or corrects
    state: str | None = None  # one of STATES
    flagged: bool = False  # awaits review, or was rejected, withdrawn, disputed or retracted
    start: int = 0  # first seq
    stop: int | None = None  # seq to stop before
    at: int | None = None  # states are those of a log of so many entries; None: of all

    @property
    def is_open(self) -> bool:
        """Whether every entry passes."""
        return self == HistoryFilter()

    def condition(self) -> sa.ColumnElement[bool]:
        """Return the filter as SQL, without the texts, ``start`` and ``stop``."""
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
            parts.append(state_at(self.at) == self.state)
        if self.flagged:
            parts.append(_flagged(self.at))
        return sa.and_(*parts)


def state_at(at: int | None) -> sa.ColumnElement[str]:
    """Return the state of a version, now or in a log of ``at`` entries."""
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
        state_at(at).in_(_UNSETTLED), _e.type.in_(_DOUBTS), _c.claim_id.in_(disputed), gone
    )


def _below(column: sa.ColumnElement[str], value: str, separator: str) -> sa.ColumnElement[bool]:
    return sa.or_(column == value, column.startswith(value + separator, autoescape=True))
