"""Resolve references: to entries, claims, versions that await review, actors and keys."""

import difflib
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import points
from ledger.domain.state_records import Actor, Key, Version
from ledger.errors import InputError, RuleViolation, UnknownId
from ledger.projections.stored_state import StoredState
from ledger.queries.entry import claim_content
from ledger.queries.signed_by import find_keys
from ledger.store import schema as s
from ledger.store.log_store import LogStore

_EVENT: Final = re.compile(r"[0-9a-f]{8}[0-9a-f-]{0,28}", re.ASCII)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_CLAIM: Final = "claim:"
_e, _v, _k = s.entry.c, s.version.c, s.claim_key.c


class References:
    """Look-ups at the head, over one reading transaction."""

    def __init__(self, store: LogStore, conn: Connection) -> None:
        self.conn = conn
        self._store = store

    @cached_property
    def state(self) -> StoredState:
        """The state of the rules at the head."""
        size = self._store.head(self.conn).size
        return StoredState(self.conn, lambda seq: self._store.bytes_at(self.conn, seq), size=size)

    def seq_of(self, ref: str) -> int:
        """Return the seq of the entry that a seq, claim key, event id, its prefix or digest names.

        Raises UnknownId, or InputError where a prefix names several.
        """
        position = points.parse_entry(ref)
        if position is not None:
            last = points.last_entry(self._store.head(self.conn).size)
            seq = last if position == points.HEAD else position
            if last is None or seq is None or seq > last:
                raise UnknownId("entry", ref)
            return seq
        by_key = self._store.seq_of_claim_key(self.conn, ref)
        if by_key is not None:
            return by_key
        seqs: Sequence[int] = ()
        if _EVENT.fullmatch(ref) or _DIGEST.fullmatch(ref):
            named = (_e.event_digest if _DIGEST.fullmatch(ref) else _e.event_id).startswith(ref)
            seqs = self.conn.execute(sa.select(_e.seq).where(named).limit(2)).scalars().all()
        if len(seqs) == 1:
            return seqs[0]
        if seqs:
            raise InputError(f"{ref!r} names more than one event", hint="give more of the id")
        raise UnknownId("claim key, event or entry", ref, self._near_keys(ref))

    def has_claim(self, name: str) -> bool:
        """Return whether a claim was ever recorded under this key or id, in any state."""
        by_key = self.conn.execute(sa.select(_k.key).where(_k.key == name)).first()
        subject = sa.select(_v.seq).where(_v.subject == f"{_CLAIM}{name}").limit(1)
        return by_key is not None or self.conn.execute(subject).first() is not None

    def recorded(self, keys: Iterable[str]) -> dict[str, tuple[int, str]]:
        """Map each claim key that is recorded to (seq, claim id)."""
        return self._store.claim_keys(self.conn, keys)

    def claim_ids(self, keys: Iterable[str]) -> dict[str, str]:
        """Map claim keys to claim ids. Raises UnknownId for a key that is not recorded."""
        wanted = sorted(set(keys))
        found = {key: claim_id for key, (_, claim_id) in self.recorded(wanted).items()}
        for key in wanted:
            if key not in found:
                raise UnknownId("claim key", key, self._near_keys(key))
        return found

    def claim(self, ref: str) -> tuple[str, Version]:
        """Return (claim id, version): the version that counts, else the newest that waits.

        Raises UnknownId where nothing has that name, InputError for what is no claim, RuleViolation
        where the claim was retracted or rejected.
        """
        row = self._newest(_v.seq == self.seq_of(ref))
        if row is None or not row.subject.startswith(_CLAIM):
            raise InputError(f"{ref!r} is not a claim", hint="name it by its key or its event id")
        found = self.state.latest(row.subject)
        if found is None:
            raise RuleViolation("claim_state", f"claim {ref!r} was {row.state}, and that is final")
        return row.subject.removeprefix(_CLAIM), found

    def newest_content(self, claim_id: str) -> int:
        """Return the seq of the newest version of a claim that has content. Raises UnknownId."""
        row = self._newest(sa.and_(_v.subject == f"{_CLAIM}{claim_id}", ~_v.retracts))
        if row is None:
            raise UnknownId("claim", claim_id)
        return int(row.seq)

    def content_at(self, seq: int) -> dict[str, Any]:
        """Return the content of the claim that entry ``seq`` records or corrects."""
        return claim_content(self._store, self.conn, seq)

    def reviewable(self, ref: str) -> Version:
        """Return the event to review; a claim *key* stands for the claim's newest waiting version.

        A seq, an event id or a digest is that very event: an approval covers what was seen. A key
        with several waiting versions is refused for the same reason.

        Raises UnknownId where nothing has that name, InputError for what is not reviewed, or for a
        key with several waiting versions.
        """
        seq = self.seq_of(ref)
        row = self._newest(_v.seq == seq)
        if row is None:
            raise InputError(f"entry {seq} is not something that is reviewed")
        if self._store.seq_of_claim_key(self.conn, ref) is not None:
            row = self._only_waiting(row.subject) or row
        found = self.state.version(row.event_id)
        if found is None:
            raise UnknownId("event", ref)
        return found

    def version_at(self, seq: int) -> tuple[str, str, str]:
        """Return (event id, digest, state) of the version in entry ``seq``. Raises UnknownId."""
        row = self._newest(_v.seq == seq)
        if row is None:
            raise UnknownId("claim", str(seq))
        return row.event_id, row.digest, row.state

    def _newest(self, condition: sa.ColumnElement[bool]) -> sa.Row[Any] | None:
        query = sa.select(s.version).where(condition).order_by(_v.seq.desc()).limit(1)
        return self.conn.execute(query).first()

    def _only_waiting(self, subject: str) -> sa.Row[Any] | None:
        query = sa.select(s.version).where(_v.subject == subject, _v.state == "pending")
        waiting = self.conn.execute(query.order_by(_v.seq)).all()
        if len(waiting) > 1:
            seqs = ", ".join(f"@{row.seq}" for row in waiting)
            raise InputError(
                f"{len(waiting)} versions of this claim await review: {seqs}",
                hint="look at each with `regledger show` and name the one you mean",
            )
        return waiting[0] if waiting else None

    def actor(self, slug: str) -> Actor:
        """Return an actor with the keys and roles in force. Raises UnknownId."""
        found = self.state.actor(slug)
        if found is None:
            raise UnknownId("actor", slug, near(slug, [a.slug for a in self.state.actors()]))
        return found

    def keys(self, name: str) -> list[Key]:
        """Return the keys an actor has or had, by age, else those whose id begins with ``name``."""
        return find_keys(self.conn, name)

    def _near_keys(self, key: str) -> tuple[str, ...]:
        return near(key, self.conn.execute(sa.select(_k.key)).scalars().all())


def near(value: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return up to three of the known names that look like ``value``."""
    return tuple(difflib.get_close_matches(value, list(known), n=3, cutoff=0.5))
