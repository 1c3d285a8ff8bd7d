"""Fold what the rules decided into the tables of the ``claims`` projection.

:class:`StateWriter` answers and changes like ``ledger.domain.rules.memory_state.MemoryState``,
but in SQL; a test compares the two.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from typing import Any, ClassVar, Final, cast

import orjson
import sqlalchemy as sa

from ledger.domain import events
from ledger.domain.claims import Claim
from ledger.domain.definitions import Definition
from ledger.domain.rules import state_changes as ch
from ledger.domain.state_records import Actor, Role
from ledger.domain.taxonomy import Taxonomy
from ledger.projections.claim_content import content_digest
from ledger.projections.claims_naming import forget_oldest
from ledger.projections.stored_state import StoredState
from ledger.projections.taxonomy import ADOPTED
from ledger.store import schema as s

_UNDECIDED: Final = dict.fromkeys(
    ("counted_at", "reviewer_keyid", "confirmed_seq", "decided_seq"), None
)


class StateWriter(StoredState):
    """The rules' state over one connection, readable and writable.

    ``said`` is the content digest of the claim that is folded next, where the caller knows it.
    """

    said: str | None = None

    def apply(self, changes: Iterable[ch.Change]) -> None:
        """Fold changes in: they are visible at once, and ``flush`` writes them."""
        for change in changes:
            self._applied[type(change)](self, change)

    def _policy_set(self, change: ch.PolicySet) -> None:
        self._policy = change.policy
        data = orjson.dumps(asdict(change.policy), option=orjson.OPT_SORT_KEYS)
        self._waiting.append((s.policy_version, {"seq": self._size, "data": data}))

    def _taxonomy_set(self, change: ch.TaxonomySet) -> None:
        data = orjson.dumps(events.to_data(change.payload), option=orjson.OPT_SORT_KEYS)
        self._waiting.append(
            (s.definition, {"event_id": ADOPTED, "subject": ADOPTED, "data": data})
        )
        self._taxonomy = None

    def _actor_added(self, change: ch.ActorAdded) -> None:
        self._actors[change.slug] = Actor(change.slug, change.seq, (), frozenset())
        self._waiting.append((s.actor, {"slug": change.slug, "enrolled_seq": change.seq}))

    def _key_added(self, change: ch.KeyAdded) -> None:
        self._keys[change.key.keyid] = change.key
        self._refresh(change.key.actor)
        self._waiting.append((s.actor_key, asdict(change.key)))

    def _key_closed(self, change: ch.KeyClosed) -> None:
        old = self._keys[change.keyid]
        values = {"to_seq": change.seq, "compromised_since": change.compromised_since}
        self._keys[change.keyid] = replace(
            old, to_seq=change.seq, compromised_since=change.compromised_since
        )
        self._refresh(old.actor)
        self.flush()
        self._conn.execute(
            sa.update(s.actor_key).where(s.actor_key.c.keyid == change.keyid).values(**values)
        )

    def _role_granted(self, change: ch.RoleGranted) -> None:
        self._refresh(change.actor, add={change.role})
        row = {"actor": change.actor, "role": change.role, "from_seq": change.seq, "to_seq": None}
        self._waiting.append((s.actor_role, row))

    def _role_revoked(self, change: ch.RoleRevoked) -> None:
        self._refresh(change.actor, drop={change.role})
        self.flush()
        role = s.actor_role.c
        self._conn.execute(
            sa.update(s.actor_role)
            .where(role.actor == change.actor, role.role == change.role, role.to_seq.is_(None))
            .values(to_seq=change.seq)
        )

    def _refresh(
        self, slug: str, add: set[Role] | None = None, drop: set[Role] | None = None
    ) -> None:
        old = self._actors[slug]
        roles = (old.roles | (add or set())) - (drop or set())
        self._actors[slug] = Actor(slug, old.enrolled_seq, self._open_keys(slug), frozenset(roles))

    def _version_added(self, change: ch.VersionAdded) -> None:
        v = change.version
        row: dict[str, Any] = {**v._asdict(), "keyid": change.keyid, **_UNDECIDED}
        row["event_id"] = row.pop("event")
        self._added[v.event] = row
        self._by_subject.setdefault(v.subject, []).append(v.event)
        if v.subject in self._subjects:
            self._subjects[v.subject][v.event] = row
        elif change.claim_id == v.event:  # the first version of a claim: there are no others
            self._subjects[v.subject] = {v.event: row}
            forget_oldest(self._subjects)
        if change.claim_id is not None and change.content is not None:
            self._claim_added(change, cast("Claim", change.content))
        elif change.content is not None:
            self._redefined = True
            self._undecided[v.event] = cast("Definition", change.content)
            data = orjson.dumps(events.to_data(change.content), option=orjson.OPT_SORT_KEYS)
            row = {"event_id": v.event, "subject": v.subject, "data": data}
            self._waiting.append((s.definition, row))

    def _claim_added(self, change: ch.VersionAdded, claim: Claim) -> None:
        self._keep(change.version.event, claim)
        fields = claim.__dict__  # a third of the kinds has each: getattr is slow for the others
        instrument, target = fields.get("instrument"), fields.get("target")
        if instrument is not None and change.claim_id is not None:
            self._of_instrument.add(instrument.id, change.claim_id)
        if target is not None and change.claim_id is not None:
            self._on_target.add(target, change.claim_id)
        for made_under in ("enabling_instrument", "saved_by"):
            if (name := fields.get(made_under)) is not None:
                self._relied_on[name] = True
                forget_oldest(self._relied_on)
                self._now_relied_on.add(name)
        self._waiting.append(
            (
                s.claim_version,
                {
                    "event_id": change.version.event,
                    "claim_id": change.claim_id,
                    "seq": change.version.seq,
                    "kind": claim.kind,
                    "jurisdiction": claim.jurisdiction,
                    "activity": claim.activity,
                    "force": claim.force,
                    "instrument": instrument.id if instrument else None,
                    "enabling": fields.get("enabling_instrument"),
                    "saved": fields.get("saved_by"),
                    "target": target,
                    "bill": fields.get("bill"),
                    "said": self.said or content_digest(claim),
                },
            )
        )
        if change.key is not None and change.claim_id == change.version.event:
            self._keyed[change.key] = change.claim_id
            row = {"key": change.key, "claim_id": change.claim_id}
            self._waiting.append((s.claim_key, row))

    def _version_counts(self, change: ch.VersionCounts) -> None:
        self._edit(
            change.event,
            state="counting",
            counts_from=change.seq,
            counted_at=change.recorded_at,
            reviewer_keyid=change.keyid_of_reviewer,
            decided_seq=change.seq,
        )
        if not change.subject.startswith("claim:"):
            self._taxonomy = self._taxonomy_with(change)

    def _taxonomy_with(self, change: ch.VersionCounts) -> Taxonomy | None:
        """Return the taxonomy in which a definition counts; None where the tables must be read."""
        item, known = self._undecided.pop(change.event, None), self._taxonomy
        if item is None or known is None or known.waiting or self._undecided:
            return None
        return known.with_definition(item, version=f"@{change.seq}")

    def _version_ended(self, change: ch.VersionEnded) -> None:
        row = self._row(change.event)
        counted = row is not None and row["counts_from"] is not None
        if change.state == "superseded" and counted:
            self._edit(change.event, state=change.state, counts_to=change.seq)
        elif change.state == "superseded":  # replaced while it still waited for its own review
            self._edit(
                change.event, state=change.state, counts_to=change.seq, decided_seq=change.seq
            )
        else:
            self._edit(change.event, state=change.state, decided_seq=change.seq)
        self._redefined |= not change.subject.startswith("claim:")
        self._undecided.pop(change.event, None)

    def _version_confirmed(self, change: ch.VersionConfirmed) -> None:
        self._edit(change.event, confirmed_seq=change.seq)

    def _dispute_added(self, change: ch.DisputeAdded) -> None:
        self._waiting.append((s.dispute, {"seq": change.seq, "claim_id": change.claim_id}))

    def _edit(self, event: str, **values: Any) -> None:
        row = self._row(event)
        assert row is not None  # noqa: S101  # rules only decide about versions they were shown
        row.update(values)
        if event not in self._added:
            self._changed[event] = row
            self._by_subject.setdefault(row["subject"], []).append(event)

    _applied: ClassVar[dict[type[Any], Callable[[Any, Any], None]]] = {
        ch.PolicySet: _policy_set,
        ch.TaxonomySet: _taxonomy_set,
        ch.ActorAdded: _actor_added,
        ch.KeyAdded: _key_added,
        ch.KeyClosed: _key_closed,
        ch.RoleGranted: _role_granted,
        ch.RoleRevoked: _role_revoked,
        ch.VersionAdded: _version_added,
        ch.VersionCounts: _version_counts,
        ch.VersionEnded: _version_ended,
        ch.VersionConfirmed: _version_confirmed,
        ch.DisputeAdded: _dispute_added,
    }
