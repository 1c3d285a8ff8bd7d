"""Load the claims that count in a prefix of the log: the facts that ``resolve`` works on.

A version counts in the prefix of ``size`` entries iff ``counts_from < size`` and it was not ended
within it; it awaits review iff it was recorded but neither counted nor decided within it. One
cell needs only a closure of the claims: those that match it, and then, until nothing new appears,
the acts that target these, the norms of the instruments that enable or save them (or hold the power
for an act), and the other stages of their bills.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain.claims import KINDS, Claim
from ledger.domain.resolve.facts import ANSWERING_KINDS, BEARING_KINDS, Cell, Facts
from ledger.domain.resolve.matching import aimed_instrument, places_below, places_of
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import Taxonomy
from ledger.projections.compromised_keys import compromises
from ledger.projections.note_counts import NOTE, count_notes, key_of
from ledger.projections.policy import parse_policy
from ledger.projections.stored_state import claim_of_entry
from ledger.store import schema as s
from ledger.store.byte_search import holds
from ledger.store.in_lists import chunks
from ledger.store.prepared import Prepared

_v, _c, _e = s.version.c, s.claim_version.c, s.entry.c
_first = s.version.alias("first")
_ById = dict[str, CountedClaim]
Notes = Literal["counted", "dated", "loaded"]
_Values = Mapping[str, Sequence[str] | Sequence[int]]
_NO_VALUES: _Values = {}


@dataclass(frozen=True, slots=True)
class LogPrefix:
    """The prefix to load from: its size, root, rules, taxonomy and time zone."""

    size: int
    head: str  # hex root
    rules: int
    taxonomy: Taxonomy
    local_day: Callable[[str], date]  # recorded_at stamp -> day in the ledger's zone


class FactsLoader:
    """Loads facts of one prefix over one connection; never writes.

    ``proved(seq, data)`` returns the bytes of an entry if they match what was verified, and raises
    if not.
    """

    def __init__(
        self,
        conn: Connection,
        prefix: LogPrefix,
        proved: Callable[[int, bytes], bytes] = lambda _seq, data: data,
    ) -> None:
        self._conn = conn
        self._proved = proved
        self.prefix = prefix
        # Mostly there is nothing of the kind, which spares a query for each.
        size = {"size": prefix.size}
        ((unsafe, waiting, decided_later, disputed),) = _ANY.rows(conn, size)
        self._compromises = compromises(conn, prefix.size) if unsafe else {}
        self._any_waiting = bool(waiting or (decided_later and _reviewed(conn, prefix.size)))
        self._disputed = frozenset(conn.execute(_DISPUTED, size).scalars() if disputed else ())

    def load_all(self, *, notes: Notes = "counted") -> Facts:
        """Return the claims of the prefix; for boards, snapshots, diffs and calendars.

        Notes are only counted, as ``noted``. With ``"dated"`` those that name deadlines are loaded,
        with ``"loaded"`` all.
        """
        pending = {c.id: c for c in self._pending("all")}
        if notes == "loaded":
            return self._facts({c.id: c for c in self._counting("all", {})}, pending)
        seen = {c.id: c for c in self._counting("but notes", {})}
        unions = {one.id for one in self.prefix.taxonomy.jurisdictions.values() if one.members}
        noted = count_notes(self._conn, self.prefix.size, unions)
        if notes == "dated":
            dated = {c.id: c for c in self._dated_notes()}
            noted -= Counter(key_of(note, unions) for note in dated.values())
            seen |= dated
        return self._facts(seen, pending).with_noted(noted)

    def _dated_notes(self) -> Iterator[CountedClaim]:
        """Yield the notes that name deadlines; of all others, only the bytes are looked through."""
        dated = self._conn.execute(_DATED, {"size": self.prefix.size, "name": _DEADLINES})
        for seqs in chunks(list(dated.scalars())):
            yield from self._counting("notes at", {}, {"values": seqs})

    def load_cell(self, cell: Cell) -> Facts:
        """Return the facts that can bear on one cell, and on the activities and places below it.

        Kinds of claims that never bear on a status are left out, so that the cost of a cell does
        not grow with them: :meth:`count_remarks` counts them, :meth:`load_remarks` has the newest.
        """
        taxonomy = self.prefix.taxonomy
        reaching = jurisdictions_reaching(cell.jurisdiction, taxonomy)
        above, below = taxonomy.ancestors(cell.activity), taxonomy.descendants(cell.activity)
        place = {
            "places": sorted(reaching.union(places_below(cell.jurisdiction, taxonomy))),
            "activities": sorted({*above, *below}),
        }
        seen = {c.id: c for c in self._counting("speaking", {}, place)}
        pending = {c.id: c for c in self._pending("place", place)}
        self._close(seen, pending)
        return self._facts(seen, pending)

    def count_remarks(self, cell: Cell) -> Mapping[tuple[str, str, str], int]:
        """Count the claims about a cell that bear on no status, as ``noted`` of its facts."""
        parameters = {**self._here(cell), "size": self.prefix.size}
        return {(j, a, force): n for j, a, force, n in self._conn.execute(_NOTED, parameters)}

    def count_waiting(self, claims: Iterable[str]) -> int:
        """Count what awaits review about these claims: each correction and retraction by itself."""
        subjects = [f"claim:{one}" for one in claims] if self._any_waiting else []
        return sum(
            int(
                self._conn.execute(
                    _COUNT_WAITING, {"size": self.prefix.size, "values": part}
                ).scalar_one()
            )
            for part in chunks(sorted(subjects))
        )

    def with_remarks(self, facts: Facts, cell: Cell) -> Facts:
        """Return the facts of a cell with the claims about it that never bear on a status."""
        seen, pending = ({c.id: c for c in some} for some in (facts.claims, facts.pending))
        remarks = {c.id: c for c in self._counting("remarks", seen, self._here(cell))}
        if not remarks:
            return facts
        self._close(remarks, pending)
        return self._facts(seen | remarks, pending)

    def _here(self, cell: Cell) -> _Values:
        """Return the places and activities whose claims match a cell."""
        taxonomy = self.prefix.taxonomy
        return {
            "places": sorted(jurisdictions_reaching(cell.jurisdiction, taxonomy)),
            "activities": sorted(taxonomy.ancestors(cell.activity)),
        }

    def load_remarks(self, cell: Cell, limit: int) -> list[CountedClaim]:
        """Return the newest claims about a cell that bear on no status, newest first.

        These are decisions about a single party and context, on the cell's activity or above it.
        """
        parameters = {**self._here(cell), "size": self.prefix.size}
        query = _COUNTING["remarks"].order_by(_v.seq.desc()).limit(limit)
        return [self._counted(row) for row in self._conn.execute(query, parameters)]

    def remarked_places(self, jurisdictions: Iterable[str]) -> set[tuple[str, str]]:
        """Return the places within these that a claim which bears on no status is about."""
        parameters = {"places": sorted(set(jurisdictions)), "size": self.prefix.size}
        return {(j, a) for j, a in self._conn.execute(_REMARKED, parameters)}

    def load_timelines(self, places: Iterable[tuple[str, str]]) -> Facts:
        """Return the facts behind the timelines of some places (jurisdiction, activity).

        Claims that bear on no status and claims that await review are left out.
        """
        taxonomy = self.prefix.taxonomy
        bearing = {
            (reaching, above)
            for jurisdiction, activities in _grouped(places)
            for reaching in jurisdictions_reaching(jurisdiction, taxonomy)
            for above in {a for activity in activities for a in taxonomy.ancestors(activity)}
        }
        parameters = {
            "places": sorted({jurisdiction for jurisdiction, _ in bearing}),
            "activities": sorted({activity for _, activity in bearing}),
            "size": self.prefix.size,
        }
        rows = self._conn.execute(_COUNTING["answering"], parameters)
        seen = {row[0]: self._counted(row) for row in rows if row[1:3] in bearing}
        self._close(seen, None)
        return self._facts(seen, {})

    def _close(self, seen: _ById, pending: _ById | None) -> None:
        """Add what these rest on, acts upon them and their bills, until nothing new appears."""
        new = [*seen.values(), *(pending or {}).values()]
        asked: set[tuple[str, str]] = set()
        while new:
            wanted = _wanted(new) - asked
            asked |= wanted
            new = []
            for which in ("target", "instrument", "bill"):
                for values in chunks(sorted(value for column, value in wanted if column == which)):
                    new += self._counting(which, seen, {"values": values})
                    if which == "target" and pending is not None:
                        acts = self._pending(which, {"values": values})
                        pending.update((c.id, c) for c in acts)
            seen.update((c.id, c) for c in new)

    def _facts(self, claims: _ById, pending: _ById) -> Facts:
        p = self.prefix
        return Facts(
            claims=tuple(sorted(claims.values(), key=lambda c: c.seq)),
            pending=tuple(sorted(pending.values(), key=lambda c: c.seq)),
            taxonomy=p.taxonomy,
            size=p.size,
            head=p.head,
            rules=p.rules,
        )

    def _counting(
        self, which: str, seen: _ById, values: _Values = _NO_VALUES
    ) -> Iterator[CountedClaim]:
        """Yield the claims that count, without those already seen."""
        parameters = {**values, "size": self.prefix.size}
        for row in self._conn.execute(_COUNTING[which], parameters):
            if row[0] not in seen:
                yield self._counted(row)

    def _pending(self, which: str, values: _Values = _NO_VALUES) -> Iterator[CountedClaim]:
        """Yield claims and corrections that await review, and claims whose retraction does."""
        if self._any_waiting:
            parameters = {**values, "size": self.prefix.size}
            yield from map(self._counted, self._conn.execute(_WAITING[which], parameters))
            yield from map(self._counted, self._conn.execute(_RETRACTED[which], parameters))

    def _counted(self, row: Any) -> CountedClaim:
        claim_id, _, _, seq, first_seq, counts_from, counted_at, *_, recorded_at, entry = row
        return CountedClaim(
            id=claim_id,
            claim=_parsed(self._proved(seq, entry)),
            seq=first_seq,
            counted_seq=seq if counts_from is None else counts_from,
            counted_on=self.prefix.local_day(counted_at or recorded_at),
            disputed=claim_id in self._disputed,
            suspect_key=bool(self._compromises) and self._suspect(row),
        )

    def _suspect(self, row: Any) -> bool:
        for keyid, stamp in (
            (row.keyid, row.recorded_at),
            (row.reviewer_keyid, row.counted_at or ""),
        ):
            report = self._compromises.get(keyid)
            if report is None or stamp < report.since:
                continue
            size = self.prefix.size
            if row.confirmed_seq is None or not report.seq < row.confirmed_seq < size:
                return True
        return False


_COLUMNS = (  # in the order in which ``_counted`` takes them
    _c.claim_id,
    _c.jurisdiction,
    _c.activity,
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


def _many(name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name, expanding=True)


_SIZE: sa.BindParameter[int] = sa.bindparam("size", type_=sa.BigInteger)
_COUNTS = sa.and_(_v.counts_from < _SIZE, sa.or_(_v.counts_to.is_(None), _v.counts_to >= _SIZE))
_AWAITS = sa.and_(_v.seq < _SIZE, sa.or_(_v.decided_seq.is_(None), _v.decided_seq >= _SIZE))
_UNSAFE = sa.exists().where(s.actor_key.c.compromised_since.is_not(None))
_UNDECIDED = sa.exists().where(_v.decided_seq.is_(None), _v.seq < _SIZE)
_ANY = Prepared(
    sa.select(
        _UNSAFE.label("unsafe"),
        _UNDECIDED.label("waiting"),
        sa.exists().where(_v.decided_seq >= _SIZE).label("decided_later"),
        sa.exists().where(s.dispute.c.seq < _SIZE).label("disputed"),
    )
)
_POLICIES = Prepared(sa.select(s.policy_version.c.data).where(s.policy_version.c.seq < _SIZE))
_retraction = s.version.alias("retraction")
_r = _retraction.c
_RETRACTION_AWAITS = sa.and_(
    _r.retracts, _r.seq < _SIZE, sa.or_(_r.decided_seq.is_(None), _r.decided_seq >= _SIZE)
)
_DISPUTED = sa.select(s.dispute.c.claim_id).where(s.dispute.c.seq < _SIZE)
_PLACE = sa.and_(_c.jurisdiction.in_(_many("places")), _c.activity.in_(_many("activities")))
_REMARKS = tuple(sorted(KINDS.keys() - BEARING_KINDS))
_CONDITIONS: Mapping[str, sa.ColumnElement[bool]] = {
    "all": sa.true(),
    "place": _PLACE,
    "speaking": sa.and_(_PLACE, _c.kind.in_(sorted(BEARING_KINDS))),
    "answering": sa.and_(_PLACE, _c.kind.in_(sorted(ANSWERING_KINDS))),
    "but notes": _c.kind != NOTE,
    "notes at": sa.and_(_v.seq.in_(_many("values")), _c.kind == NOTE),
    "remarks": sa.and_(_PLACE, _c.kind.in_(_REMARKS)),
    "target": _c.target.in_(_many("values")),
    "instrument": sa.and_(_c.instrument.in_(_many("values")), _c.kind == "norm"),
    "bill": _c.bill.in_(_many("values")),
}


def _queries(*states: sa.ColumnElement[bool]) -> dict[str, sa.Select[Any]]:
    """Return the same statement for each condition, put together once."""
    query = (
        sa.select(*_COLUMNS)
        .join(s.version, _v.event_id == _c.event_id)
        .join(_first, _first.c.event_id == _c.claim_id)
        .join(s.entry, _e.seq == _v.seq)
        .where(*states)
    )
    return {name: query.where(condition) for name, condition in _CONDITIONS.items()}


_COUNTING = _queries(_COUNTS)
# In the order of an index that has the kind, so that notes are passed over there.
_COUNTING["but notes"] = _COUNTING["but notes"].order_by(_c.jurisdiction, _c.activity, _c.kind)
_DATED = sa.select(_e.seq).where(_e.seq < _SIZE, holds(_e.bytes, sa.bindparam("name")))
_DEADLINES = b'"deadlines":['  # as canonical JSON spells the member
_WAITING = _queries(_AWAITS)
_NOTED = (
    sa.select(_c.jurisdiction, _c.activity, _c.force, sa.func.count())
    .join(s.version, _v.event_id == _c.event_id)
    .where(_COUNTS, _CONDITIONS["remarks"])
    .group_by(_c.jurisdiction, _c.activity, _c.force)
)
_COUNT_WAITING = (
    sa.select(sa.func.count())
    .where(_v.subject.in_(_many("values")), _AWAITS)
    .select_from(s.version)
)
_REMARKED = (
    sa.select(_c.jurisdiction, _c.activity)
    .distinct()
    .join(s.version, _v.event_id == _c.event_id)
    .where(_COUNTS, _c.jurisdiction.in_(_many("places")), _c.kind.in_(_REMARKS))
)
# Of all claims, those with a retraction that awaits review are found from the retractions.
_RETRACTED = {
    **_queries(_COUNTS, sa.exists().where(_RETRACTION_AWAITS, _r.subject == _v.subject)),
    "all": _queries(_COUNTS, _v.subject.in_(sa.select(_r.subject).where(_RETRACTION_AWAITS)))[
        "all"
    ],
}


def jurisdictions_reaching(jurisdiction: str, taxonomy: Taxonomy) -> set[str]:
    """Return the jurisdictions whose claims can reach this one on some day."""
    return set(places_of(jurisdiction, taxonomy))


def _reviewed(conn: Connection, size: int) -> bool:
    """Return whether anything of the prefix ever had to await review."""
    policies = _POLICIES.rows(conn, {"size": size})
    return any(parse_policy(data).review != "none" for (data,) in policies)


def _grouped(places: Iterable[tuple[str, str]]) -> Iterator[tuple[str, set[str]]]:
    for jurisdiction, group in groupby(sorted(places), key=itemgetter(0)):
        yield jurisdiction, {activity for _, activity in group}


def _wanted(claims: Iterable[CountedClaim]) -> set[tuple[str, str]]:
    """Return what to look for, as (condition, value).

    These are the targets that acts upon these claims name, the instruments that these depend on or
    act upon as a whole (the scope of an act is that of all its targets), and their bills.
    """
    wanted: set[tuple[str, str]] = set()
    for counted in claims:
        wanted.add(("target", counted.id))
        instrument = getattr(counted.claim, "instrument", None)
        if counted.claim.kind == "norm" and instrument is not None:
            wanted.add(("target", f"instrument:{instrument.id}"))
        for name in ("enabling_instrument", "saved_by"):
            if found := getattr(counted.claim, name, None):
                wanted.add(("instrument", found))
        if aimed := aimed_instrument(counted):
            wanted.add(("instrument", aimed))
        if counted.claim.kind == "proposal" and counted.claim.bill is not None:
            wanted.add(("bill", counted.claim.bill))
    return wanted


@lru_cache(maxsize=8192)
def _parsed(entry: bytes) -> Claim:
    return claim_of_entry(entry)
