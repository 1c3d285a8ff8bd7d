"""The rules' state, read from tables: answers to what ``rules.decide`` asks.

Within one batch, rows that were added or changed wait in memory and are looked up there first;
``flush`` writes them. Recent answers are kept, so that most questions need no query; memory is
bounded whatever the length of the log. They hold for as long as nobody else writes: a writer may
go on with them in its next transaction (:meth:`StoredState.resume`).
:class:`ledger.projections.state_writer.StateWriter` folds in what the rules decided.

The content of a claim is not copied into a projection: it is read from the entry that holds it
through ``content`` (seq -> entry bytes). So the same code serves the live database and the
verifier's scratch database beside any source of entries.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain import event_models, events
from ledger.domain.claims import Claim, Lifecycle, Norm
from ledger.domain.definitions import Definition
from ledger.domain.state_records import Actor, Key, Policy, Role, Version
from ledger.domain.taxonomy import Taxonomy
from ledger.errors import BadEntry
from ledger.projections.claims_naming import ClaimsNaming, forget_oldest
from ledger.projections.policy import last_policy
from ledger.projections.taxonomy import definition_of, taxonomy_at
from ledger.store import schema as s
from ledger.store.in_lists import among, chunks, select_among
from ledger.store.prepared import Prepared, PreparedLists

Content = Callable[[int], bytes]
_OPEN = ("counting", "pending")
_Row = dict[str, Any]

# Built once: building a statement takes longer than running it.
_EVENT = sa.select(s.version).where(s.version.c.event_id == sa.bindparam("id"))
_SUBJECT = sa.select(s.version).where(s.version.c.subject == sa.bindparam("subject"))
_KEY = sa.select(s.claim_key.c.claim_id).where(s.claim_key.c.key == sa.bindparam("key"))
_KNOWN_EVENTS = among(sa.select(s.version.c.event_id), s.version.c.event_id)
_KNOWN_KEYS = among(sa.select(s.claim_key.c.key), s.claim_key.c.key)
_HELD = sa.select(s.actor_role).where(s.actor_role.c.to_seq.is_(None))
_ACTORS = sa.select(s.actor)
_ENROLLED = sa.select(s.actor_key)
_INSERT = {
    table: Prepared.insert(table)
    for table in (
        s.policy_version,
        s.actor,
        s.actor_key,
        s.actor_role,
        s.version,
        s.claim_version,
        s.claim_key,
        s.dispute,
        s.definition,
    )
}
_RELIED_ON = sa.union_all(
    *(
        sa.select(s.claim_version.c.seq).where(column == sa.bindparam("instrument"))
        for column in (s.claim_version.c.enabling, s.claim_version.c.saved)
    )
).limit(1)
_RELIED_ON_AMONG = PreparedLists(
    lambda some: sa.union(
        *(
            sa.select(column).where(column.in_(some("names")))
            for column in (s.claim_version.c.enabling, s.claim_version.c.saved)
        )
    )
)
_VALUES = [c.name for c in s.version.c if c.name != "event_id"]
_CHANGE = (
    sa.update(s.version)
    .where(s.version.c.event_id == sa.bindparam("b_event_id"))
    .values({name: sa.bindparam(f"b_{name}") for name in _VALUES})
)
VERSION_FIELDS = tuple(  # of a version, beside its event id
    name for name in Version.__slots__ if name != "event"
)


def claim_of_entry(entry: bytes) -> Claim:
    """Return the claim that a claim.recorded or claim.corrected entry carries (values withheld).

    Raises BadEntry where the bytes are no such entry.
    """
    try:
        event = orjson.loads(entry)["event"]
        payload = events.parse(event["type"], event["version"], event["data"], spelled=True)
    except (ValueError, LookupError, TypeError):
        raise BadEntry("an entry is damaged", hint="run `regledger verify`") from None
    if isinstance(payload, event_models.ClaimRecorded):
        return payload.claim
    return cast("event_models.ClaimCorrected", payload).content


def _version(row: _Row) -> Version:
    return Version(event=row["event_id"], **{name: row[name] for name in VERSION_FIELDS})


class StoredState:
    """The answers to ``rules.decide`` from the tables of one connection.

    ``size`` is the length of the prefix the tables hold when this object is made.
    """

    def __init__(self, conn: Connection, content: Content, *, size: int) -> None:
        self._conn = conn
        self._content = content
        self._size = size
        self._policy: Policy | None = None
        self._actors: dict[str, Actor] = {}
        self._keys: dict[str, Key] = {}
        self._taxonomy: Taxonomy | None = None
        self._redefined = False  # whether a definition was added or ended since it was read
        self._undecided: dict[str, Definition] = {}  # added here and still pending, by event id
        self._added: dict[str, _Row] = {}  # rows not in the table yet, by event id
        self._changed: dict[str, _Row] = {}  # rows of the table with other values
        self._by_subject: dict[str, list[str]] = {}
        self._waiting: list[tuple[sa.Table, _Row]] = []  # rows of other tables
        self._keyed: dict[str, str] = {}  # claim key -> claim id, of this batch
        self._claims: OrderedDict[str, Claim] = OrderedDict()
        self._subjects: OrderedDict[str, dict[str, _Row]] = OrderedDict()  # each with all versions
        self._of_instrument = ClaimsNaming(s.claim_version.c.instrument)
        self._on_target = ClaimsNaming(s.claim_version.c.target)
        self._relied_on: OrderedDict[str, bool] = OrderedDict()  # by instrument
        self._now_relied_on: set[str] = set()  # of this batch
        self._new_events: frozenset[str] = frozenset()  # looked up ahead: not in the table
        self._new_keys: frozenset[str] = frozenset()
        self._load()

    def resume(self, conn: Connection, content: Content) -> None:
        """Go on over another connection: the tables are as this object left them."""
        self._conn, self._content = conn, content
        if self._redefined:
            self._taxonomy, self._redefined = None, False

    def policy(self) -> Policy | None:
        """Return the policy in force; None only before the first entry."""
        return self._policy

    def actor(self, slug: str) -> Actor | None:
        """Return the actor with the keys and roles in force, or None."""
        return self._actors.get(slug)

    def actors(self) -> tuple[Actor, ...]:
        """Return all actors ever enrolled, by slug."""
        return tuple(self._actors[slug] for slug in sorted(self._actors))

    def key(self, keyid: str) -> Key | None:
        """Return a key, in force or closed."""
        return self._keys.get(keyid)

    def actors_with_role(self, role: Role) -> frozenset[str]:
        """Return the actors that hold ``role`` and a key in force."""
        return frozenset(a.slug for a in self._actors.values() if role in a.roles and a.keys)

    def taxonomy(self) -> Taxonomy:
        """Return the taxonomy that counts now."""
        if self._taxonomy is None:
            self.flush()
            self._taxonomy = taxonomy_at(self._conn, self._size)
        return self._taxonomy

    def version(self, event_id: str) -> Version | None:
        """Return the reviewable event with this id."""
        row = self._row(event_id)
        return _version(row) if row else None

    def current(self, subject: str) -> Version | None:
        """Return the version of ``subject`` that counts."""
        return self._newest(subject, ("counting",))

    def latest(self, subject: str) -> Version | None:
        """Return the version that counts, else the newest that is pending."""
        return self.current(subject) or self._newest(subject, ("pending",))

    def claim(self, claim_id: str) -> Claim | None:
        """Return the content of a claim as it counts, else as its newest pending version has it."""
        subject = f"claim:{claim_id}"
        for state in _OPEN:
            found = [v for v in self._versions(subject, (state,)) if not v.retracts]
            if found:
                return self._claim(found[-1])
        return None

    def claim_of(self, event_id: str) -> Claim | None:
        """Return the content that one claim event carries."""
        found = self.version(event_id)
        if found is None or found.retracts or not found.subject.startswith("claim:"):
            return None
        return self._claim(found)

    def definition_of(self, event_id: str) -> Definition | None:
        """Return the definition that one ``*.defined`` event carries."""
        self.flush()
        return definition_of(self._conn, event_id)

    def norms_of(self, instrument_id: str) -> Sequence[tuple[str, Claim]]:
        """Return (claim id, content) of the norms of an instrument that count or are pending."""
        found: list[tuple[str, Claim]] = []
        conn = self._conn if self._size else None
        for claim_id in sorted(self._of_instrument.ids(instrument_id, conn)):
            norm = self.claim(claim_id)  # a later version may belong to another instrument
            if isinstance(norm, Norm) and norm.instrument and norm.instrument.id == instrument_id:
                found.append((claim_id, norm))
        return found

    def acts_on(self, target: str) -> Sequence[tuple[str, Claim]]:
        """Return (claim id, content) of the acts upon a target that count or are pending."""
        conn = None if not self._size or target in self._new_events else self._conn
        found: list[tuple[str, Claim]] = []
        for claim_id in sorted(self._on_target.ids(target, conn)):
            act = self.claim(claim_id)  # a later version may have another target
            if isinstance(act, Lifecycle) and act.target == target:
                found.append((claim_id, act))
        return found

    def is_relied_on(self, instrument_id: str) -> bool:
        """Return whether some claim was ever made under this instrument, or saved by it."""
        known = self._relied_on.get(instrument_id)
        if known is None:
            found = self._size and self._conn.execute(_RELIED_ON, {"instrument": instrument_id})
            known = instrument_id in self._now_relied_on or bool(found and found.first())
            self._relied_on[instrument_id] = known
            forget_oldest(self._relied_on)
        return known

    def look_up_instruments(self, instruments: Iterable[str]) -> None:
        """Find in few queries which instruments are relied on; the rules will ask for each."""
        for names in chunks(name for name in instruments if name not in self._relied_on):
            rows = _RELIED_ON_AMONG.rows(self._conn, names=names)
            found = {name for (name,) in rows} | self._now_relied_on
            self._relied_on.update((name, name in found) for name in names)
        forget_oldest(self._relied_on)

    def claim_with_key(self, key: str) -> str | None:
        """Return the id of the claim recorded under an importer's key."""
        if key in self._keyed:
            return self._keyed[key]
        if not self._size or key in self._new_keys:
            return None
        return self._conn.execute(_KEY, {"key": key}).scalar()

    def look_ahead(self, event_ids: Iterable[str], keys: Iterable[str]) -> None:
        """Find in few queries which of these are new; the rules will ask for each.

        Rows added later stay visible: they are looked up among the waiting rows first.
        """
        ids, names = frozenset(event_ids), frozenset(keys)
        if self._size:
            ids -= {row.event_id for row in select_among(self._conn, _KNOWN_EVENTS, ids)}
            names -= {row.key for row in select_among(self._conn, _KNOWN_KEYS, names)}
        self.expect_new(ids, names)

    def expect_new(self, event_ids: Iterable[str], keys: Iterable[str]) -> None:
        """Take note that none of these events and claim keys is recorded."""
        self._new_events, self._new_keys = frozenset(event_ids), frozenset(keys)

    def advance(self, size: int) -> None:
        """Record that the prefix folded so far has ``size`` entries."""
        self._size = size

    def flush(self) -> None:
        """Write the waiting rows, one statement for each table."""
        if self._added:
            self._insert(s.version, list(self._added.values()))
        if self._changed:
            rows = [{f"b_{k}": v for k, v in row.items()} for row in self._changed.values()]
            self._conn.execute(_CHANGE, rows)
        by_table: dict[sa.Table, list[_Row]] = {}
        for table, row in self._waiting:
            by_table.setdefault(table, []).append(row)
        for table, added in by_table.items():
            self._insert(table, added)
        self._new_events -= self._added.keys()
        self._new_keys -= self._keyed.keys()
        self._added, self._changed, self._by_subject = {}, {}, {}
        self._waiting, self._keyed = [], {}
        self._of_instrument.written()
        self._on_target.written()
        self._now_relied_on = set()

    def _insert(self, table: sa.Table, rows: list[_Row]) -> None:
        _INSERT[table].run(self._conn, rows)

    def _load(self) -> None:
        if not self._size:
            return
        self._policy = last_policy(self._conn)
        self._keys = enrolled_keys(self._conn)
        roles: dict[str, set[Role]] = {}
        for row in self._conn.execute(_HELD).mappings():
            roles.setdefault(row["actor"], set()).add(row["role"])
        for row in self._conn.execute(_ACTORS).mappings():
            slug = row["slug"]
            self._actors[slug] = Actor(
                slug, row["enrolled_seq"], self._open_keys(slug), frozenset(roles.get(slug, ()))
            )

    def _open_keys(self, slug: str) -> tuple[Key, ...]:
        held = [k for k in self._keys.values() if k.actor == slug and k.to_seq is None]
        return tuple(sorted(held, key=lambda k: k.from_seq))

    def _row(self, event_id: str) -> _Row | None:
        row = self._added.get(event_id) or self._changed.get(event_id)
        if row is not None:
            return row
        known = self._subjects.get(f"claim:{event_id}")  # a claim's id is that of its first event
        if known is not None and event_id in known:
            return known[event_id]
        if not self._size or event_id in self._new_events:
            return None
        found = self._conn.execute(_EVENT, {"id": event_id}).mappings().first()
        return self._known(found["subject"])[event_id] if found else None

    def _known(self, subject: str) -> dict[str, _Row]:
        """Return every version of a subject, by event id: the very rows that wait or are kept."""
        rows = self._subjects.get(subject)
        if rows is not None:
            self._subjects.move_to_end(subject)
            return rows
        rows = {row["event_id"]: row for row in self._stored(subject)} if self._size else {}
        for event_id in self._by_subject.get(subject, ()):
            rows[event_id] = self._added.get(event_id) or self._changed[event_id]
        self._subjects[subject] = rows
        forget_oldest(self._subjects)
        return rows

    def _stored(self, subject: str) -> list[_Row]:
        found = self._conn.execute(_SUBJECT, {"subject": subject})
        return [dict(row) for row in found.mappings()]

    def _versions(self, subject: str, states: Sequence[str]) -> list[Version]:
        rows = self._known(subject).values()
        held = [_version(row) for row in rows if row["state"] in states]
        return sorted(held, key=lambda v: v.seq) if len(held) > 1 else held

    def _newest(self, subject: str, states: Sequence[str]) -> Version | None:
        held = self._versions(subject, states)
        return held[-1] if held else None

    def _claim(self, version: Version) -> Claim:
        claim = self._claims.get(version.event)
        if claim is None:
            claim = self._keep(version.event, claim_of_entry(self._content(version.seq)))
        return claim

    def _keep(self, event_id: str, claim: Claim) -> Claim:
        self._claims[event_id] = claim
        forget_oldest(self._claims)
        return claim


def enrolled_keys(conn: Connection) -> dict[str, Key]:
    """Return every key that was ever enrolled, by key id."""
    return {row["keyid"]: Key(**row) for row in conn.execute(_ENROLLED).mappings()}
