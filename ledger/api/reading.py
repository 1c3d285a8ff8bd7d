"""The verbs that read: status, board, history, one entry, what waits, diff, snapshot."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import points
from ledger.api.base import Opened, near
from ledger.api.results import Board, Pending, Point, Shown, SignedBy, SignedItem, StatusAnswer
from ledger.clock import parse_stamp
from ledger.domain.claims import Claim
from ledger.domain.resolve.claimed_cells import cells_of
from ledger.domain.resolve.explain import Explanation, explain
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.matching import affiliations, matching
from ledger.domain.resolve.resolve import resolve
from ledger.domain.resolve.statuses import View
from ledger.domain.state_records import CountedClaim, Key, Version
from ledger.domain.taxonomy import ANY
from ledger.errors import InputError, UnknownId
from ledger.export.snapshot import Snapshot
from ledger.log import disclosure
from ledger.log.entry import decode_entry, to_dsse
from ledger.projections.facts_loader import FactsLoader, LogPrefix
from ledger.proofs.time_bounds import time_bounds
from ledger.queries import history, text_search
from ledger.queries import signed_by as signed
from ledger.queries.diff import CellChange, Diff, DiffInput, compare_cells
from ledger.queries.history import HistoryItem
from ledger.queries.history_filter import HistoryFilter
from ledger.store import schema as s

_PAGE = 256


class Asking(Opened):
    """Questions; none of them writes."""

    # --- status ----------------------------------------------------------------------------------

    def status(
        self,
        jurisdiction: str,
        activity: str,
        *,
        actor: str = ANY,
        as_of: date | str | None = None,
        known_at: int | str | date | None = None,
        view: View = "prudential",
    ) -> StatusAnswer:
        """Return the status of one cell, by default today and as known now.

        Raises UnknownId for an id the taxonomy of that point does not have (with the nearest ones),
        InputError for a point that is none.
        """
        point = self.point(as_of, known_at)
        cell = Cell(jurisdiction, activity, actor)
        with self.store.reading() as conn:
            facts = self._facts(self.loader(conn, point.size), cell)
        return self._answer(cell, facts, point, view)

    def _facts(self, loader: FactsLoader, cell: Cell) -> Facts:
        """The claims that bear on a cell, whose ids the taxonomy of that point must have."""
        _require(loader.prefix, cell)
        return loader.load_cell(cell)

    def _answer(self, cell: Cell, facts: Facts, point: Point, view: View) -> StatusAnswer:
        resolution = resolve(cell, day=point.day, view=view, facts=facts)
        return StatusAnswer(
            point=point,
            resolution=resolution,
            explanation=explain(resolution, facts),
            awaiting=_awaiting(cell, facts, point.day),
            simulated=self.simulated,
        )

    def why(
        self,
        jurisdiction: str,
        activity: str,
        *,
        actor: str = ANY,
        as_of: date | str | None = None,
        known_at: int | str | date | None = None,
        view: View = "prudential",
    ) -> Explanation:
        """Return the answer of :meth:`status` in words; raises what it raises."""
        answer = self.status(
            jurisdiction, activity, actor=actor, as_of=as_of, known_at=known_at, view=view
        )
        return answer.explanation

    def board(
        self,
        *,
        jurisdiction: str | None = None,
        activity: str | None = None,
        actor: str = ANY,
        as_of: date | str | None = None,
        known_at: int | str | date | None = None,
        view: View = "prudential",
    ) -> Board:
        """Return the cells that claims speak of, for one actor class.

        ``jurisdiction`` and ``activity`` narrow it to one and what lies below. Raises UnknownId for
        an id the taxonomy of that point does not have.
        """
        point = self.point(as_of, known_at)
        facts = self.everything(point)
        taxonomy = facts.taxonomy
        if jurisdiction is not None:
            taxonomy.require_jurisdiction(jurisdiction)
        if activity is not None:
            taxonomy.require_activity(activity)
        taxonomy.require_addressee(actor)
        wanted = sorted(
            {
                Cell(c.jurisdiction, c.activity, actor)
                for c in cells_of(facts)
                if _within(c.jurisdiction, jurisdiction, "-") and _within(c.activity, activity, ".")
            }
        )
        cells = tuple(resolve(c, day=point.day, view=view, facts=facts) for c in wanted)
        return Board(point, view, actor, cells, self.simulated)

    def snapshot(
        self,
        *,
        as_of: date | str | None = None,
        known_at: int | str | date | None = None,
        view: View = "prudential",
    ) -> Snapshot:
        """Return the status of every spoken-of cell, bound to the log that gives it."""
        point = self.point(as_of, known_at)
        facts = self.everything(point)
        policy = self.policy
        bound: dict[str, Any] = {
            "origin": policy.origin,
            "ledger": policy.ledger,
            "known_at": point.known_at,
            "size": point.size,
            "root": facts.head,
            "as_of": point.day.isoformat(),
            "known_until": point.recorded_until,
            "rules": facts.rules,
            "taxonomy": facts.taxonomy.version,
            "clock": policy.clock,
        }
        cells = tuple(resolve(c, day=point.day, view=view, facts=facts) for c in cells_of(facts))
        return Snapshot(bound, view, cells)

    # --- change ----------------------------------------------------------------------------------

    def diff(
        self,
        a: str,
        b: str,
        *,
        actor: str | None = None,
        jurisdiction: str | None = None,
        activity: str | None = None,
        view: View = "prudential",
    ) -> Diff:
        """Return the cells that changed from point ``a`` to ``b``, and what changed each.

        A point is ``D`` (that day, at the head), ``@K`` (today) or ``D@K``; ``@42`` is known up to
        and including entry 42.
        """
        first, second = self.parse_point(a), self.parse_point(b)
        before = self.everything(first)
        after = before if first.size == second.size else self.everything(second)
        cells = [
            c
            for c in cells_of(before, after)
            if _within(c.jurisdiction, jurisdiction, "-")
            and _within(c.activity, activity, ".")
            and actor in (None, c.actor)
        ]
        with self.store.reading() as conn:
            learned = _learned(conn, first.size, second.size)
        span = DiffInput(before, after, (first.day, second.day), view, learned)
        changes = tuple(compare_cells(cells, span))
        seqs = {seq for change in changes for seq in change.events}
        return Diff(first, second, view, changes, {i.seq: i for i in self._items(seqs)})

    def _preview(self, fresh: Sequence[tuple[str, Claim]]) -> tuple[CellChange, ...]:
        point = self.point()
        before = self.everything(point)
        extra = [
            CountedClaim(event_id, claim, point.size + n, point.size + n, point.day)
            for n, (event_id, claim) in enumerate(fresh)
        ]
        after = Facts(
            claims=(*before.claims, *extra),
            pending=before.pending,
            taxonomy=before.taxonomy,
            size=before.size,
            head=before.head,
            rules=before.rules,
        )
        span = DiffInput(before, after, (point.day, point.day), "prudential", {})
        return tuple(compare_cells(cells_of(before, after), span))

    # --- the log ---------------------------------------------------------------------------------

    def history(
        self, only: HistoryFilter | None = None, *, after_seq: int = -1, newest_first: bool = True
    ) -> Iterator[HistoryItem]:
        """Yield the entries with seq > ``after_seq`` that a filter lets through, page by page."""
        wanted = only or HistoryFilter()
        start, stop = max(after_seq + 1, wanted.start), self.size
        stop = stop if wanted.stop is None else min(stop, wanted.stop)
        while start < stop:
            with self.store.reading() as conn:
                page, at = text_search.search_page(
                    conn, wanted, start=start, stop=stop, newest_first=newest_first, limit=_PAGE
                )
            yield from page
            start, stop = (start, at) if newest_first else (at, stop)

    def follow(self, after_seq: int, *, poll_s: float = 1.0) -> Iterator[HistoryItem]:
        """Yield entries as they are appended, for ever, looking every ``poll_s`` seconds."""
        while True:
            for item in self.history(after_seq=after_seq, newest_first=False):
                after_seq = item.seq
                yield item
            time.sleep(poll_s)

    def show(self, ref: str) -> Shown:
        """Return one entry in full: by seq, claim key, event id (or its start) or digest.

        It is checked, and ``faults`` says what of it does not hold. Raises UnknownId where nothing
        has that name, NotVerified where its bytes are no entry at all.
        """
        from ledger.proofs.entry_faults import faults_at  # brings process pools along

        seq = self.find(ref)
        with self.store.reading() as conn:
            entry = decode_entry(self.store.bytes_at(conn, seq), at=seq)
            event = entry.signed.event
            texts = self.store.disclosures(conn, disclosure.digests_in(event.data))
            around = time_bounds(conn, seq)
            faults = faults_at(self.store, conn, seq)
        opened, withheld = disclosure.reveal(event.data, texts)
        (item,) = self._items([seq])
        return Shown(
            item=item,
            entry=orjson.loads(entry.data),
            opened=opened,
            withheld=tuple(withheld),
            leaf_hash=entry.leaf_hash.hex(),
            digest=entry.signed.digest,
            signer_key=entry.signed.signature.keyid,
            dsse=to_dsse(entry.signed),
            versions=self._versions_beside(seq),
            bounds=around,
            faults=faults,
        )

    def signed_by(self, name: str, *, since: str | None = None) -> SignedBy:
        """Return what a key signed, or all keys an actor has or had, and whether it still counts.

        Args:
            name: an actor, or a key id or the start of one.
            since: a recorded_at stamp or ``@SEQ``; by default the time since which a key is said to
                be compromised, and everything where it is not.

        Raises UnknownId where nobody and no key has that name; InputError where it is the start of
        several key ids, or for a ``since`` of another form.
        """
        first = None if since is None else self._first(since)
        with self.store.reading() as conn:
            keys = signed.find_keys(conn, name)
        if not keys:
            raise UnknownId("actor or key", name, near(name, [a.slug for a in self.actors()]))
        if keys[0].actor != name and len(keys) > 1:
            raise InputError(
                f"{name!r} is the start of {len(keys)} key ids", hint="give more of it"
            )
        start, told = (0, since) if first is None else (first, "")
        found = (i for key in keys for i in self._signed(key, start=start, since=told))
        return SignedBy(tuple(keys), since, found)

    def _first(self, since: str) -> int | None:
        """Return the entry that ``@SEQ`` names; None for a stamp, InputError for another text."""
        found = points.parse_entry(since) if since.startswith("@") else None
        if found is None:
            parse_stamp(since)
        return points.last_entry(self.size) if found == points.HEAD else found

    def _signed(self, key: Key, *, start: int, since: str | None) -> Iterator[SignedItem]:
        stamp = key.compromised_since or "" if since is None else since
        size = self.size
        while start < size:
            with self.store.reading() as conn:
                page, start = signed.signed_page(
                    conn, key, start=start, since=stamp, stop=size, limit=_PAGE
                )
            yield from page

    def export_entries(self) -> Iterator[bytes]:
        """Yield the bytes of every entry in order of seq; one page in memory at a time."""
        for _, data in self.store.pages():
            yield data

    def pending(self) -> tuple[Pending, ...]:
        """Return the events that await review, oldest first."""
        v = s.version.c
        with self.store.reading() as conn:
            seqs = conn.execute(sa.select(v.seq).where(v.state == "pending")).scalars().all()
            state = self.state(conn)
            items = history.history_items(conn, seqs)
            found = []
            for item in items:
                version = state.version(item.event)
                if version is not None:
                    stale = _is_stale(version, state.current(version.subject))
                    claim = state.claim_of(item.event)
                    found.append(Pending(item, version.digest, stale, claim))
        return tuple(found)

    # --- inside ----------------------------------------------------------------------------------

    def everything(self, point: Point) -> Facts:
        """Return the facts known at a point, of all claims."""
        with self.store.reading() as conn:
            return self.loader(conn, point.size).load_all()

    def _items(self, seqs: Iterable[int]) -> list[HistoryItem]:
        with self.store.reading() as conn:
            return history.history_items(conn, seqs)

    def _versions_beside(self, seq: int) -> tuple[HistoryItem, ...]:
        v = s.version.c
        with self.store.reading() as conn:
            subject = sa.select(v.subject).where(v.seq == seq).scalar_subquery()
            seqs = conn.execute(sa.select(v.seq).where(v.subject == subject)).scalars().all()
        return tuple(self._items(seqs))


def _awaiting(cell: Cell, facts: Facts, day: date) -> int:
    """Return how many claims that await review match the cell or act upon what does."""
    pending = facts.pending_index
    found = matching(cell, facts.taxonomy, pending, affiliations(cell, facts.taxonomy, day))
    ids = {match.counted.id for match in found}
    ids |= {c.id for counted in facts.claims for c in pending.upon(counted)}
    return len(ids)


def _within(value: str, root: str | None, separator: str) -> bool:
    return root is None or value == root or value.startswith(root + separator)


def _require(prefix: LogPrefix, cell: Cell) -> None:
    prefix.taxonomy.require_jurisdiction(cell.jurisdiction)
    prefix.taxonomy.require_activity(cell.activity)
    prefix.taxonomy.require_addressee(cell.actor)


def _is_stale(version: Version, current: Version | None) -> bool:
    if version.supersedes is None or current is None:
        return False
    return version.supersedes != current.digest


def _learned(conn: Connection, start: int, stop: int) -> dict[str, tuple[int, ...]]:
    """Map claim ids to the seqs in [start, stop) from which a version counts or ends."""
    low, high = sorted((start, stop))
    v = s.version.c
    found: dict[str, set[int]] = {}
    query = sa.select(v.subject, v.seq, v.counts_from).where(
        v.subject.startswith("claim:"), v.counts_from >= low, v.counts_from < high
    )
    for subject, seq, counts_from in conn.execute(query):
        found.setdefault(subject.removeprefix("claim:"), set()).update((seq, counts_from))
    return {claim: tuple(sorted(seqs)) for claim, seqs in found.items()}
