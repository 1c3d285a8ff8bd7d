"""Claims as any prefix of the log counts them: the facts that ``resolve`` works on.

A version counts in the prefix of ``size`` entries iff ``counts_from < size`` and it was not ended
within it; it awaits review iff it was recorded but neither counted nor decided within it. One
cell needs only a closure of the claims: those that can match it, and then, until nothing new
appears, the acts upon them, the acts upon these, and the norms of the instruments that enable or
save them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain.cells import Cell, Facts
from ledger.domain.claims import Claim
from ledger.domain.records import CountedClaim
from ledger.domain.taxonomy import Taxonomy
from ledger.store import schema as s
from ledger.views.state import claim_in

_v, _c, _e = s.version.c, s.claim_version.c, s.entry.c
_first = s.version.alias("first")
_CHUNK = 400  # values in one IN list; SQLite's oldest limit is 999 a statement


@dataclass(frozen=True, slots=True)
class Prefix:
    """What of a prefix the loader must know: its size, its hash and its own clock's zone."""

    size: int
    head: str  # hex root
    rules: int
    taxonomy: Taxonomy
    local_day: Callable[[str], date]  # recorded_at stamp -> day in the ledger's zone


class FactsLoader:
    """Loads facts of one prefix over one connection (reads only)."""

    def __init__(self, conn: Connection, prefix: Prefix) -> None:
        self._conn = conn
        self.prefix = prefix
        self._suspects = _compromised(conn, prefix.size)
        v = s.version.c
        query = sa.select(v.subject).where(v.retracts, _waiting(v, prefix.size))
        self._retracting = tuple(conn.execute(query).scalars())
        disputed = sa.select(s.dispute.c.claim_id).where(s.dispute.c.seq < prefix.size)
        self._disputed = frozenset(conn.execute(disputed).scalars())

    def everything(self) -> Facts:
        """Every claim of the prefix; for boards, snapshots and diffs."""
        return self._facts(self._load(sa.true(), counting=True), self._load_pending(sa.true()))

    def of(self, cell: Cell) -> Facts:
        """The claims that can bear on one cell and on the activities below it, and their acts."""
        taxonomy = self.prefix.taxonomy
        places = set(taxonomy.jurisdiction_path(cell.jurisdiction))
        places |= {
            j.id
            for j in taxonomy.jurisdictions.values()
            if any(m.jurisdiction in places for m in j.members)
        }
        activities = set(taxonomy.ancestors(cell.activity)) | set(
            taxonomy.descendants(cell.activity)
        )
        match = sa.and_(_c.jurisdiction.in_(sorted(places)), _c.activity.in_(sorted(activities)))
        seen = {c.id: c for c in self._load(match, counting=True)}
        pending = {c.id: c for c in self._load_pending(match)}
        self._close(seen, pending)
        return self._facts(seen.values(), pending.values())

    # --- inside ----------------------------------------------------------------------------------

    def _close(self, seen: dict[str, CountedClaim], pending: dict[str, CountedClaim]) -> None:
        new = [*seen.values(), *pending.values()]
        asked: set[str] = set()
        while new:
            targets, instruments = _wanted(new)
            targets, instruments = targets - asked, instruments - asked
            asked |= targets | instruments
            acts = _split(_c.target, targets)
            found = [c for cond in acts for c in self._load(cond, counting=True)]
            for condition in _split(_c.instrument, instruments):
                found += self._load(sa.and_(condition, _c.kind == "norm"), counting=True)
            new = [c for c in found if c.id not in seen]
            seen.update((c.id, c) for c in new)
            for condition in acts:
                pending.update((c.id, c) for c in self._load_pending(condition))

    def _facts(self, claims: Iterable[CountedClaim], pending: Iterable[CountedClaim]) -> Facts:
        p = self.prefix
        return Facts(
            claims=tuple(sorted(claims, key=lambda c: c.seq)),
            pending=tuple(sorted(pending, key=lambda c: c.seq)),
            taxonomy=p.taxonomy,
            size=p.size,
            head=p.head,
            rules=p.rules,
        )

    def _load_pending(self, condition: sa.ColumnElement[bool]) -> list[CountedClaim]:
        """Claims and corrections that wait; a waiting retraction stands for what it would end."""
        return list(self._load(condition, counting=False)) + list(self._retracted(condition))

    def _load(self, condition: sa.ColumnElement[bool], *, counting: bool) -> Iterator[CountedClaim]:
        size = self.prefix.size
        state = _counting(_v, size) if counting else _waiting(_v, size)
        query = (
            sa.select(*_COLUMNS)
            .join(s.version, _v.event_id == _c.event_id)
            .join(_first, _first.c.event_id == _c.claim_id)
            .join(s.entry, _e.seq == _v.seq)
            .where(condition, state)
            .order_by(_v.seq)
        )
        return (self._counted(row) for row in self._conn.execute(query))

    def _retracted(self, condition: sa.ColumnElement[bool]) -> Iterator[CountedClaim]:
        if not self._retracting:  # as a rule; a subquery for each cell would be the cost of it
            return iter(())
        return self._load(sa.and_(condition, _v.subject.in_(self._retracting)), counting=True)

    def _counted(self, row: Any) -> CountedClaim:
        return CountedClaim(
            id=row.claim_id,
            claim=_parsed(row.bytes),
            seq=row.first_seq,
            counted_seq=row.seq if row.counts_from is None else row.counts_from,
            counted_on=self.prefix.local_day(row.counted_at or row.recorded_at),
            disputed=row.claim_id in self._disputed,
            suspect_key=bool(self._suspects) and self._suspect(row),
        )

    def _suspect(self, row: Any) -> bool:
        for keyid, stamp in (
            (row.keyid, row.recorded_at),
            (row.reviewer_keyid, row.counted_at or ""),
        ):
            since, revoked = self._suspects.get(keyid, ("~", 0))
            size = self.prefix.size
            anew = row.confirmed_seq is not None and revoked < row.confirmed_seq < size
            if stamp >= since and not anew:
                return True
        return False


_COLUMNS = (
    _c.claim_id,
    _v.seq,
    _first.c.seq.label("first_seq"),
    _v.counts_from,
    _v.counted_at,
    _v.keyid,
    _v.reviewer_keyid,
    _v.confirmed_seq,
    _e.recorded_at,
    _e.bytes,
)


def _counting(
    v: sa.ColumnCollection[str, sa.ColumnElement[Any]], size: int
) -> sa.ColumnElement[bool]:
    return sa.and_(v.counts_from < size, sa.or_(v.counts_to.is_(None), v.counts_to >= size))


def _waiting(
    v: sa.ColumnCollection[str, sa.ColumnElement[Any]], size: int
) -> sa.ColumnElement[bool]:
    undecided = sa.or_(v.decided_seq.is_(None), v.decided_seq >= size)
    return sa.and_(v.seq < size, undecided)


def _wanted(claims: Iterable[CountedClaim]) -> tuple[set[str], set[str]]:
    """Targets that acts upon these claims would name, and instruments these depend on."""
    targets: set[str] = set()
    instruments: set[str] = set()
    for counted in claims:
        targets.add(counted.id)
        instrument = getattr(counted.claim, "instrument", None)
        if counted.claim.kind == "norm" and instrument is not None:
            targets.add(f"instrument:{instrument.id}")
        for name in ("enabling_instrument", "saved_by"):
            if found := getattr(counted.claim, name, None):
                instruments.add(found)
    return targets, instruments


def _split(column: sa.ColumnElement[str], values: set[str]) -> list[sa.ColumnElement[bool]]:
    ordered = sorted(values)
    return [column.in_(ordered[i : i + _CHUNK]) for i in range(0, len(ordered), _CHUNK)]


def _compromised(conn: Connection, size: int) -> dict[str, tuple[str, int]]:
    k = s.actor_key.c
    query = sa.select(k.keyid, k.compromised_since, k.to_seq).where(
        k.compromised_since.is_not(None), k.to_seq < size
    )
    return {keyid: (since, to_seq) for keyid, since, to_seq in conn.execute(query)}


@lru_cache(maxsize=8192)
def _parsed(entry: bytes) -> Claim:
    return claim_in(entry)
