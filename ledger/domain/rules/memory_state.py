"""The state in dictionaries: for verification, and to test the state in database tables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ledger.domain.claims import Claim, Lifecycle, Norm
from ledger.domain.definitions import Definition
from ledger.domain.rules import state_changes as ch
from ledger.domain.state_records import Actor, Key, Policy, Role, Version, VersionState
from ledger.domain.taxonomy import Taxonomy


@dataclass(slots=True)
class _Held:
    """A version with its content; the version is replaced as its state changes."""

    version: Version
    content: Claim | Definition | None
    claim_id: str | None


@dataclass(slots=True)
class _ActorState:
    """An actor with the keys and roles in force."""

    seq: int
    keys: dict[str, Key] = field(default_factory=dict)
    roles: set[Role] = field(default_factory=set)


class MemoryState:
    """A :class:`~ledger.domain.rules.state.State` that :meth:`apply` moves forward by entries."""

    def __init__(self) -> None:
        """Start before seq 0, without policy, actors and claims."""
        self._policy: Policy | None = None
        self._taxonomy = Taxonomy()
        self._actors: dict[str, _ActorState] = {}
        self._keys: dict[str, Key] = {}
        self._versions: dict[str, _Held] = {}
        self._by_subject: dict[str, list[str]] = {}
        self._by_key: dict[str, str] = {}
        self._naming: dict[str, set[str]] = {}  # target, or norms:<instrument> -> claims
        self._relied_on: set[str] = set()  # instruments
        self.disputes: dict[str, list[int]] = {}  # claim id -> seqs
        self.confirmed: dict[str, int] = {}  # event id -> seq of its newest later review

    def policy(self) -> Policy | None:
        """Return the policy in force; None only before seq 0."""
        return self._policy

    def actor(self, slug: str) -> Actor | None:
        """Return an enrolled actor with the keys and roles in force."""
        held = self._actors.get(slug)
        if held is None:
            return None
        return Actor(slug, held.seq, tuple(held.keys.values()), frozenset(held.roles))

    def key(self, keyid: str) -> Key | None:
        """Return a key, in force or closed."""
        return self._keys.get(keyid)

    def actors_with_role(self, role: Role) -> frozenset[str]:
        """Return the actors that hold this role and have a key in force."""
        return frozenset(slug for slug, p in self._actors.items() if role in p.roles and p.keys)

    def taxonomy(self) -> Taxonomy:
        """Return the taxonomy with the definitions that count."""
        return self._taxonomy

    def version(self, event_id: str) -> Version | None:
        """Return the reviewable event of this id, whatever its state."""
        held = self._versions.get(event_id)
        return held.version if held else None

    def current(self, subject: str) -> Version | None:
        """Return the version that counts; for a retracted claim that is the retraction."""
        return self._newest(subject, "counting")

    def latest(self, subject: str) -> Version | None:
        """Return the version that counts, else the newest pending one."""
        return self.current(subject) or self._newest(subject, "pending")

    def claim(self, claim_id: str) -> Claim | None:
        """Return the content of the counting version, else of the newest pending one."""
        subject = f"claim:{claim_id}"
        states: tuple[VersionState, ...] = ("counting", "pending")
        for state in states:
            for event_id in reversed(self._by_subject.get(subject, ())):
                version = self._versions[event_id].version
                if version.state == state and not version.retracts:
                    return self.claim_of(event_id)
        return None

    def claim_of(self, event_id: str) -> Claim | None:
        """Return the content that this event carries."""
        held = self._versions.get(event_id)
        if held is None or held.claim_id is None:
            return None
        return held.content  # type: ignore[return-value]  # of a claim event it is a claim

    def definition_of(self, event_id: str) -> Definition | None:
        """Return the definition that this event carries."""
        held = self._versions.get(event_id)
        if held is None or held.claim_id is not None:
            return None
        return held.content  # type: ignore[return-value]  # no claim id: it is a definition

    def norms_of(self, instrument_id: str) -> Sequence[tuple[str, Claim]]:
        """Return (claim id, content) of the norms of an instrument that count or are pending."""
        found = ((i, self.claim(i)) for i in sorted(self._naming.get(f"norms:{instrument_id}", ())))
        return [
            (claim_id, claim)
            for claim_id, claim in found
            if isinstance(claim, Norm) and claim.instrument and claim.instrument.id == instrument_id
        ]

    def acts_on(self, target: str) -> Sequence[tuple[str, Claim]]:
        """Return (claim id, content) of the acts upon a target that count or are pending."""
        found = ((i, self.claim(i)) for i in sorted(self._naming.get(target, ())))
        return [
            (claim_id, claim)
            for claim_id, claim in found
            if isinstance(claim, Lifecycle) and claim.target == target
        ]

    def is_relied_on(self, instrument_id: str) -> bool:
        """Return whether some claim was ever made under this instrument, or saved by it."""
        return instrument_id in self._relied_on

    def claim_with_key(self, key: str) -> str | None:
        """Return the id of the claim recorded under this import key, whatever became of it."""
        return self._by_key.get(key)

    def claims(self) -> list[tuple[str, Claim]]:
        """Return (claim id, content) of every claim that counts or is pending, by id."""
        ids = {held.claim_id for held in self._versions.values() if held.claim_id is not None}
        found = ((claim_id, self.claim(claim_id)) for claim_id in sorted(ids))
        return [(claim_id, claim) for claim_id, claim in found if claim is not None]

    def apply(self, changes: Iterable[ch.Change]) -> None:
        """Fold the changes of one entry in."""
        for change in changes:
            self._apply(change)

    def _newest(self, subject: str, state: VersionState) -> Version | None:
        for event_id in reversed(self._by_subject.get(subject, ())):
            version = self._versions[event_id].version
            if version.state == state:
                return version
        return None

    def _apply(self, change: ch.Change) -> None:
        if isinstance(change, ch.PolicySet):
            self._policy = change.policy
        elif isinstance(change, ch.TaxonomySet):
            self._taxonomy = Taxonomy.of(change.payload.items())
        elif isinstance(change, ch.DisputeAdded):
            self.disputes.setdefault(change.claim_id, []).append(change.seq)
        elif isinstance(change, ch.VersionChange):
            self._apply_version(change)
        else:
            self._apply_actor(change)

    def _apply_actor(self, change: ch.ActorChange) -> None:
        if isinstance(change, ch.ActorAdded):
            self._actors[change.slug] = _ActorState(change.seq)
        elif isinstance(change, ch.KeyAdded):
            self._keys[change.key.keyid] = change.key
            self._actors[change.key.actor].keys[change.key.keyid] = change.key
        elif isinstance(change, ch.KeyClosed):
            old = self._keys[change.keyid]
            self._keys[change.keyid] = replace(
                old, to_seq=change.seq, compromised_since=change.compromised_since
            )
            self._actors[old.actor].keys.pop(change.keyid, None)
        elif isinstance(change, ch.RoleGranted):
            self._actors[change.actor].roles.add(change.role)
        else:
            self._actors[change.actor].roles.discard(change.role)

    def _index(self, change: ch.VersionAdded) -> None:
        claim = change.content
        if change.claim_id is None or not isinstance(claim, Norm | Lifecycle):
            return
        named = f"norms:{claim.instrument.id}" if claim.instrument else ""
        if isinstance(claim, Lifecycle):
            named = claim.target
        self._naming.setdefault(named, set()).add(change.claim_id)
        made_under = (claim.enabling_instrument, getattr(claim, "saved_by", None))
        self._relied_on.update(one for one in made_under if one is not None)

    def _apply_version(self, change: ch.VersionChange) -> None:
        if isinstance(change, ch.VersionAdded):
            version = change.version
            self._versions[version.event] = _Held(version, change.content, change.claim_id)
            self._by_subject.setdefault(version.subject, []).append(version.event)
            self._index(change)
            if change.key is not None and change.claim_id == version.event:
                self._by_key[change.key] = version.event
            return
        held = self._versions[change.event]
        if isinstance(change, ch.VersionConfirmed):
            self.confirmed[change.event] = change.seq
        elif isinstance(change, ch.VersionEnded):
            ended = change.seq if change.state == "superseded" else None
            held.version = held.version._replace(state=change.state, counts_to=ended)
        else:
            held.version = held.version._replace(state="counting", counts_from=change.seq)
            if held.claim_id is None and held.content is not None:
                self._taxonomy = self._taxonomy.with_definition(
                    held.content,  # type: ignore[arg-type]  # no claim id: it is a definition
                    version=f"@{change.seq}",
                )
