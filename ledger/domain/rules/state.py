"""The state that the rules read, and the case they decide.

:class:`State` is the fold of the entries before the entry at hand. The projections keep it in
database tables, :mod:`ledger.domain.rules.memory_state` in memory.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, Protocol

from ledger.domain.claims import Claim
from ledger.domain.definitions import Definition
from ledger.domain.events import EventData, Unknown
from ledger.domain.rules.state_changes import Change, VersionAdded, VersionCounts, VersionEnded
from ledger.domain.state_records import Actor, Key, Policy, Role, Version
from ledger.domain.taxonomy import Taxonomy
from ledger.errors import RuleViolation


class State(Protocol):
    """The ledger as it stood right before an entry."""

    def policy(self) -> Policy | None:
        """Return the policy in force; None only before seq 0."""

    def actor(self, slug: str) -> Actor | None:
        """Return an enrolled actor with the keys and roles in force."""

    def key(self, keyid: str) -> Key | None:
        """Return a key, in force or closed."""

    def actors_with_role(self, role: Role) -> frozenset[str]:
        """Return the actors that hold this role and have a key in force."""

    def taxonomy(self) -> Taxonomy:
        """Return the taxonomy with the definitions that count."""

    def version(self, event_id: str) -> Version | None:
        """Return the reviewable event of this id, whatever its state."""

    def current(self, subject: str) -> Version | None:
        """Return the version that counts; for a retracted claim that is the retraction."""

    def claim(self, claim_id: str) -> Claim | None:
        """Return the content of the counting version, else of the newest pending one."""

    def claim_of(self, event_id: str) -> Claim | None:
        """Return the content that this event carries."""

    def definition_of(self, event_id: str) -> Definition | None:
        """Return the definition that this event carries."""

    def latest(self, subject: str) -> Version | None:
        """Return the version that counts, else the newest pending one."""

    def norms_of(self, instrument_id: str) -> Sequence[tuple[str, Claim]]:
        """Return (claim id, content) of the norms of an instrument that count or are pending."""

    def acts_on(self, target: str) -> Sequence[tuple[str, Claim]]:
        """Return (claim id, content) of the acts upon a target that count or are pending.

        ``target`` is a claim id or ``instrument:<id>``.
        """

    def is_relied_on(self, instrument_id: str) -> bool:
        """Return whether some claim was ever made under this instrument, or saved by it."""

    def claim_with_key(self, key: str) -> str | None:
        """Return the id of the claim recorded under this import key, whatever became of it."""


class EventIn(NamedTuple):
    """An event whose bytes and signature the caller has checked.

    ``new_keyid`` is the id of the key that the event brings in (``events.new_key``), if any; the
    caller computes it and checks the proof of possession.
    """

    id: str
    digest: str
    ledger: str
    type: str
    actor: str
    keyid: str
    made_at: str
    payload: EventData | Unknown
    new_keyid: str | None = None


class Case(NamedTuple):
    """An event to decide on, its signer, and its seq, time and day in the ledger's time zone."""

    state: State
    event: EventIn
    policy: Policy
    signer: Actor
    seq: int
    recorded_at: str
    day: date

    def need(self, *roles: Role) -> None:
        """Check that the signer holds one of these roles. Raises RuleViolation."""
        if self.signer.roles.isdisjoint(roles):
            held = ", ".join(sorted(self.signer.roles)) or "no role"
            raise RuleViolation(
                "role",
                f"{self.signer.slug} is not {' or '.join(roles)} (holds {held})",
                hint=self._who_may(roles),
            )

    def _who_may(self, roles: tuple[Role, ...]) -> str:
        """Return what helps somebody without these roles: who has one, or how to get it."""
        held = sorted(frozenset[str]().union(*map(self.state.actors_with_role, roles)))
        if held:
            return f"the role is held by {', '.join(held)}: sign with --as {held[0]}"
        slug = self.signer.slug
        if self.policy.review == "four_eyes" and "admin" in self.signer.roles:
            return (
                "under four eyes an admin records and reviews nothing: enrol somebody for it,"
                f" `regledger key new NAME`, `regledger actor enroll NAME.json --role {roles[0]}`"
            )
        return f"an admin grants it: `regledger actor grant {slug} {roles[0]}`"


class NewVersion(NamedTuple):
    """A version about to be added, and the version it replaces, if any."""

    subject: str
    content: Claim | Definition | None
    claim_id: str | None = None
    key: str | None = None
    replaces: Version | None = None
    retracts: bool = False


def add_version(case: Case, new: NewVersion) -> tuple[Change, ...]:
    """Add a version: pending under four eyes, else counting at once."""
    event = case.event
    version = Version(
        event=event.id,
        digest=event.digest,
        seq=case.seq,
        type=event.type,
        subject=new.subject,
        author=event.actor,
        state="pending",
        supersedes=new.replaces.digest if new.replaces else None,
        retracts=new.retracts,
    )
    added = VersionAdded(version, event.keyid, new.content, new.claim_id, new.key)
    if case.policy.review == "four_eyes":
        return (added,)
    return (added, *make_count(case, version, new.replaces, keyid_of_reviewer=None))


def make_count(
    case: Case, version: Version, replaces: Version | None, *, keyid_of_reviewer: str | None
) -> tuple[Change, ...]:
    """Let a version count from this entry on, and end the version it replaces."""
    counts = VersionCounts(
        version.event, version.subject, case.seq, case.recorded_at, keyid_of_reviewer
    )
    if replaces is None:
        return (counts,)
    return (counts, VersionEnded(replaces.event, version.subject, case.seq, "superseded"))
