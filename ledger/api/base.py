"""An open ledger's inside: store, clock, points in time, and finding what a reference names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import points
from ledger.clock import Clock, stamp
from ledger.domain.state_records import Actor, Policy, Version
from ledger.domain.taxonomy import Taxonomy
from ledger.errors import InputError, RuleViolation, UnknownId
from ledger.log.chain import Head
from ledger.log.entry import Entry
from ledger.points import Point
from ledger.projections import base, status
from ledger.projections.facts_loader import FactsLoader, LogPrefix
from ledger.projections.fold import end_of_day, local_day
from ledger.projections.state_writer import StateWriter
from ledger.projections.stored_state import policy_at
from ledger.projections.taxonomy import last_definition_change, taxonomy_at
from ledger.store import schema as s
from ledger.store.in_lists import select_in
from ledger.store.log_store import LogStore
from ledger.verify.rollback_memory import RollbackMemory

_EVENT = re.compile(r"[0-9a-f]{8}[0-9a-f-]{0,28}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PREFIXES = 64  # kept; each holds a reference to a taxonomy that is kept anyway
_LEAF = sa.select(s.entry.c.leaf_hash).where(s.entry.c.seq == sa.bindparam("seq"))
_RECORDED_AT = sa.select(s.entry.c.recorded_at).where(s.entry.c.seq == sa.bindparam("seq"))


class Opened:
    """One open ledger: its store, its clock, and what is kept in memory of it."""

    def __init__(
        self, url: str, store: LogStore, clock: Clock, memory: RollbackMemory | None = None
    ) -> None:
        """``memory`` is what this machine saw of the ledger; by default where that lies."""
        self.url = url
        self.store = store
        self.clock = clock
        self.memory = memory or RollbackMemory.beside(store.file)
        self.clock_accepted = False
        self._taxonomies: dict[int, Taxonomy] = {}
        # By size and leaf hash of the last entry: by the chain, that stands for the whole prefix.
        self._prefixes: dict[tuple[int, bytes], LogPrefix] = {}
        self._policies: tuple[Head, Policy] | None = None

    # --- the ledger as it is ---------------------------------------------------------------------

    @property
    def size(self) -> int:
        """Number of entries now."""
        return self.store.size()

    @property
    def policy(self) -> Policy:
        """The ledger's policy at the head."""
        with self.store.reading() as conn:
            head = self.store.head(conn)
            if self._policies is None or self._policies[0] != head:
                self._policies = (head, policy_at(conn, head.size))
            return self._policies[1]

    @property
    def simulated(self) -> bool:
        """Whether recorded times come from a simulated clock."""
        return self.policy.clock == "simulated"

    @property
    def taxonomy(self) -> Taxonomy:
        """The taxonomy at the head."""
        with self.store.reading() as conn:
            return self._taxonomy(conn, self.store.head(conn).size)

    def actors(self) -> tuple[Actor, ...]:
        """Everybody ever enrolled, with the keys and roles in force, by slug."""
        with self.store.reading() as conn:
            return self.state(conn).actors()

    def today(self) -> date:
        """Return the current day in the ledger's time zone."""
        return self.clock.now().astimezone(ZoneInfo(self.policy.timezone)).date()

    def now(self) -> str:
        """Return the time now by the ledger's clock, as a stamp."""
        return stamp(self.clock.now())

    def has_claim(self, name: str) -> bool:
        """Whether a claim was ever recorded under this key or id, whatever became of it."""
        key, version = s.claim_key.c, s.version.c
        with self.store.reading() as conn:
            by_key = conn.execute(sa.select(key.key).where(key.key == name)).first()
            subject = sa.select(version.seq).where(version.subject == f"claim:{name}")
            return by_key is not None or conn.execute(subject.limit(1)).first() is not None

    def rollback(self) -> str | None:
        """Return how this log contradicts what this machine sealed or verified before, or None.

        Raises NotVerified where what is remembered is damaged.
        """
        with self.store.reading() as conn:
            return self.memory.complaint(self.store, conn)

    @property
    def grown(self) -> bool:
        """Whether entries were appended through this object."""
        return bool(self.appended)

    # --- points ----------------------------------------------------------------------------------

    def point(
        self, as_of: date | str | None = None, known_at: int | str | date | None = None
    ) -> Point:
        """Return the point that ``as_of`` and ``known_at`` name; by default today and the head.

        ``known_at`` is an entry (``42`` or ``"@42"``: up to and including it), ``"@head"``, a day
        (everything recorded to the end of that day in the ledger's time zone) or a recorded_at
        stamp; see :mod:`ledger.points`. A point ahead of the head or of now is answered as known at
        the head; the point's ``notes`` say so, and that a day is more than a year from today.

        Raises InputError for anything else.
        """
        today, now = self.today(), self.clock.now()
        day = today if as_of is None else points.parse_day(as_of)
        known = None if known_at is None else points.parse_known(known_at)
        with self.store.reading() as conn:
            size = self._size_of(conn, known)
            last = conn.execute(_RECORDED_AT, {"seq": points.last_entry(size)}).scalar()
        notes = (
            *points.note_far_day(day, today),
            *points.note_ahead(known, size, now=now, today=today),
        )
        return Point(day, size, last or "", notes)

    def parse_point(self, text: str) -> Point:
        """Read ``D``, ``@K`` or ``D@K``: ``D`` means at the head, ``@K`` means today."""
        return self.point(*points.parse_point(text))

    def _size_of(self, conn: Connection, known: points.Known | None) -> int:
        """Return how many entries are known at a K: at most as many as there are."""
        head = self.store.head(conn).size
        if known is None or known == points.HEAD:
            return head
        if known == points.NONE:
            return 0
        if isinstance(known, int):
            return min(points.size_at(known), head)
        if isinstance(known, datetime):
            return self.store.size_at(conn, stamp(known))
        return self.store.size_at(conn, end_of_day(known, policy_at(conn, head).timezone))

    # --- views -----------------------------------------------------------------------------------

    def _taxonomy(self, conn: Connection, size: int) -> Taxonomy:
        at = min(last_definition_change(conn, size), size)
        if at not in self._taxonomies:
            self._taxonomies[at] = taxonomy_at(conn, size)
        return self._taxonomies[at]

    def state(self, conn: Connection) -> StateWriter:
        """Return the state of the rules at the head."""
        size = self.store.head(conn).size
        return StateWriter(conn, lambda seq: self.store.bytes_at(conn, seq), size=size)

    def _prefix(self, conn: Connection, size: int) -> LogPrefix:
        leaf = conn.execute(_LEAF, {"seq": size - 1}).scalar() or b""
        held = self._prefixes.get((size, leaf))
        if held is not None:
            return held
        policy = policy_at(conn, size)
        made = LogPrefix(
            size=size,
            head=self.store.compact_range(conn, size).root().hex(),
            rules=policy.rules,
            taxonomy=self._taxonomy(conn, size),
            local_day=lambda stamp: local_day(stamp, policy.timezone),
        )
        if len(self._prefixes) >= _PREFIXES:
            self._prefixes.clear()
        self._prefixes[size, leaf] = made
        return made

    def loader(self, conn: Connection, size: int) -> FactsLoader:
        """Return what loads the facts known in a log of ``size`` entries."""
        return FactsLoader(conn, self._prefix(conn, size))

    def follow_status(self) -> None:
        """Let the status view catch up with the log, in a transaction of its own."""
        if not self.following:
            return
        with self.store.writing() as conn:
            size = self.store.head(conn).size
            if base.position(conn, base.STATUS) < size:
                status.follow(conn, self.loader(conn, size))

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Hold the write lock, for what is kept beside the log; it must not be an older copy."""
        with self.store.writing() as conn:
            self.memory.check(self.store, conn)
            yield conn

    appended: tuple[range, ...] = ()  # seqs of the entries appended through this object

    def grew(self, entries: Sequence[Entry]) -> None:
        """Note what was appended, one after the other, and forget what followed from the head."""
        if entries:
            first, stop = entries[0].seq, entries[-1].seq + 1
            *before, last = self.appended or (range(first, first),)
            joined = (
                (range(last.start, stop),) if last.stop == first else (last, range(first, stop))
            )
            self.appended = (*before, *joined)
        self.forget()

    following = True  # a long series of small appends may switch it off and catch up once

    def forget(self) -> None:
        """Drop what was computed from the log's former head."""
        self._taxonomies.clear()
        self._prefixes.clear()
        self._policies = None

    # --- references ------------------------------------------------------------------------------

    def _actor(self, slug: str) -> Actor:
        with self.store.reading() as conn:
            found = self.state(conn).actor(slug)
        if found is None:
            raise UnknownId("actor", slug, near(slug, [a.slug for a in self.actors()]))
        return found

    def _recorded(self, keys: Iterable[str]) -> dict[str, tuple[int, str]]:
        """Map each recorded claim key to (seq, claim id)."""
        with self.store.reading() as conn:
            seqs = self.store.claim_keys(conn, keys)
            by_seq = {seq: key for key, seq in seqs.items()}
            rows = conn.execute(
                sa.select(s.entry.c.seq, s.entry.c.event_id).where(s.entry.c.seq.in_(by_seq))
            ).all()
        return {by_seq[seq]: (seq, event_id) for seq, event_id in rows}

    def _ids_of(self, keys: Iterable[str]) -> dict[str, str]:
        """Map claim keys to claim ids; UnknownId for one that is not recorded."""
        wanted = sorted(set(keys))
        found = {key: claim_id for key, (_, claim_id) in self._recorded(wanted).items()}
        for key in wanted:
            if key not in found:
                raise UnknownId("claim key", key, self._near_keys(key))
        return found

    def _near_keys(self, key: str) -> tuple[str, ...]:
        with self.store.reading() as conn:
            known = conn.execute(sa.select(s.claim_key.c.key)).scalars().all()
        return near(key, known)

    def find(self, ref: str) -> int:
        """Return the seq of the entry that a seq, claim key, event id, its prefix or digest names.

        Raises UnknownId, or InputError where a prefix names several.
        """
        position = points.parse_entry(ref)
        with self.store.reading() as conn:
            if position is not None:
                last = points.last_entry(self.store.head(conn).size)
                seq = last if position == points.HEAD else position
                if last is None or seq is None or seq > last:
                    raise UnknownId("entry", ref)
                return seq
            by_key = self.store.seq_of_claim_key(conn, ref)
            if by_key is not None:
                return by_key
            column = s.entry.c.event_digest if _DIGEST.fullmatch(ref) else s.entry.c.event_id
            seqs: Sequence[int] = ()
            if _EVENT.fullmatch(ref) or _DIGEST.fullmatch(ref):
                named = column.startswith(ref)
                seqs = conn.execute(sa.select(s.entry.c.seq).where(named).limit(2)).scalars().all()
        if len(seqs) == 1:
            return seqs[0]
        if seqs:
            raise InputError(f"{ref!r} names more than one event", hint="give more of the id")
        raise UnknownId("claim key, event or entry", ref, self._near_keys(ref))

    def _version_row(self, condition: sa.ColumnElement[bool]) -> sa.Row[Any] | None:
        with self.store.reading() as conn:
            return conn.execute(
                sa.select(s.version).where(condition).order_by(s.version.c.seq.desc()).limit(1)
            ).first()

    def _claim_version(self, ref: str) -> tuple[str, Version]:
        """Return (claim id, version that counts, else that waits) of the claim ``ref`` names."""
        seq = self.find(ref)
        row = self._version_row(s.version.c.seq == seq)
        if row is None or not row.subject.startswith("claim:"):
            raise InputError(f"{ref!r} is not a claim", hint="name it by its key or its event id")
        with self.store.reading() as conn:
            found = self.state(conn).latest(row.subject)
        if found is None:
            raise RuleViolation("claim_state", f"claim {ref!r} was {row.state}, and that is final")
        return row.subject.removeprefix("claim:"), found

    def _reviewable(self, ref: str) -> Version:
        """Return the event to review; a claim *key* stands for the claim's newest waiting version.

        A seq, an event id or a digest is that very event: an approval covers what was seen. A key
        with several waiting versions is refused for the same reason (InputError).
        """
        seq = self.find(ref)
        v = s.version.c
        row = self._version_row(v.seq == seq)
        if row is None:
            raise InputError(f"entry {seq} is not something that is reviewed")
        with self.store.reading() as conn:
            by_key = self.store.seq_of_claim_key(conn, ref) is not None
        if by_key:
            row = self._only_waiting(row.subject) or row
        with self.store.reading() as conn:
            found = self.state(conn).version(row.event_id)
        if found is None:
            raise UnknownId("event", ref)
        return found

    def _only_waiting(self, subject: str) -> sa.Row[Any] | None:
        v = s.version.c
        query = sa.select(s.version).where(v.subject == subject, v.state == "pending")
        with self.store.reading() as conn:
            waiting = conn.execute(query.order_by(v.seq)).all()
        if len(waiting) > 1:
            seqs = ", ".join(f"@{row.seq}" for row in waiting)
            raise InputError(
                f"{len(waiting)} versions of this claim await review: {seqs}",
                hint="look at each with `regledger show` and name the one you mean",
            )
        return waiting[0] if waiting else None

    def _states(self, event_ids: Sequence[str]) -> dict[str, str]:
        v = s.version.c
        with self.store.reading() as conn:
            rows = select_in(conn, sa.select(v.event_id, v.state), v.event_id, event_ids)
            return {row.event_id: row.state for row in rows}

    def _version_at(self, seq: int) -> tuple[str, str, str]:
        row = self._version_row(s.version.c.seq == seq)
        if row is None:
            raise UnknownId("claim", str(seq))
        return row.event_id, row.digest, row.state

    def _newest_seq(self, claim_id: str) -> int:
        """Return the seq of the newest version of a claim that has content."""
        v = s.version.c
        row = self._version_row(sa.and_(v.subject == f"claim:{claim_id}", ~v.retracts))
        if row is None:
            raise UnknownId("claim", claim_id)
        return int(row.seq)


def near(value: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return up to three of the known names that look like this one."""
    import difflib  # only where something went wrong

    return tuple(difflib.get_close_matches(value, list(known), n=3, cutoff=0.5))
