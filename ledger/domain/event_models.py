"""The models of event ``data``, one for each type in its newest version.

Whether an event may be recorded is decided in :mod:`ledger.domain.rules.decide`.
"""

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from ledger.domain.claims import Claim
from ledger.domain.definitions import Activity, ActorClass, Definition, Jurisdiction, Profile
from ledger.domain.field_types import (
    Base64,
    Count,
    EventId,
    Hex,
    Line,
    Name,
    Origin,
    Prose,
    Redactable,
    Slug,
    Stamp,
    Value,
    Zone,
)
from ledger.domain.reason_codes import ReasonCode
from ledger.domain.state_records import ReviewMode, Role

Scheme = Literal["ed25519", "ecdsa-sha2-nistp256"]
RulesVersion = Annotated[Count, Field(ge=1)]
# A C2SP verifier key, name+hash+key; :mod:`ledger.log` checks its parts.
Vkey = Annotated[str, Field(min_length=1, max_length=8192)]
Vkeys = Annotated[tuple[Vkey, ...], Field(min_length=1, max_length=8)]


class AdminKey(Value):
    """The founder's name and first key."""

    actor: Slug
    scheme: Scheme
    public_key: Base64


class Continues(Value):
    """The ledger that this one continues, at its last size."""

    origin: Origin
    ledger: Hex
    size: Count
    root: Hex


class LedgerCreated(Value):
    """seq 0: the ledger's policy and its founder."""

    origin: Origin
    rules: RulesVersion
    clock: Literal["system", "simulated"]
    timezone: Zone
    review: ReviewMode
    admin: AdminKey
    log_keys: Vkeys
    continues: Continues | None = None


class TaxonomyAdopted(Value):
    """seq 1: the whole starter taxonomy, so that the log alone determines every answer."""

    name: Line | None = None
    activities: tuple[Activity, ...] = Field(min_length=1)
    actor_classes: tuple[ActorClass, ...] = Field(min_length=1)
    jurisdictions: tuple[Jurisdiction, ...] = Field(min_length=1)
    profiles: tuple[Profile, ...] = (Profile(jurisdiction="*"),)

    def items(self) -> Iterable[Definition]:
        """Yield everything adopted, for ``Taxonomy.of``."""
        yield from self.activities
        yield from self.actor_classes
        yield from self.jurisdictions
        yield from self.profiles


class PolicyChanged(Value):
    """Another version of the rules, another review mode, or both."""

    rules: RulesVersion | None = None
    review: ReviewMode | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.rules is None and self.review is None:
            raise ValueError("changes neither rules nor review")
        return self


class LogKeysChanged(Value):
    """All keys of the log itself, from this entry on."""

    log_keys: Vkeys


class ActorEnrolled(Redactable):
    """A new actor with a first key; ``proof`` is its signature as proof of possession."""

    actor: Slug
    scheme: Scheme
    public_key: Base64
    proof: Base64
    name: Name | None = None
    contact: Name | None = None


class ActorKeyRotated(Value):
    """A new key of an actor in place of the one in force, if any."""

    actor: Slug
    scheme: Scheme
    public_key: Base64
    proof: Base64


class ActorKeyRevoked(Value):
    """A key that may sign no more; from ``compromised_since`` on a stranger may have used it."""

    keyid: Hex
    compromised_since: Stamp | None = None


class ActorRoleGranted(Value):
    """A role for an actor, from the next entry on."""

    actor: Slug
    role: Role


class ActorRoleRevoked(Value):
    """A role that an actor no longer has."""

    actor: Slug
    role: Role


class ClaimRecorded(Value):
    """A claim; its id is the id of this event."""

    claim: Claim


class ClaimCorrected(Redactable):
    """New content for a claim. ``supersedes`` is the digest of the event it takes the place of."""

    claim: EventId
    supersedes: Hex
    content: Claim
    reason_code: ReasonCode
    comment: Prose | None = None


class ClaimRetracted(Redactable):
    """The end of a claim, for good."""

    claim: EventId
    supersedes: Hex
    reason_code: ReasonCode
    comment: Prose | None = None


class ClaimDisputed(Redactable):
    """A doubt about a claim: raises a flag at once, changes no result."""

    claim: EventId
    reason_code: ReasonCode
    comment: Prose | None = None


class Target(Value):
    """An event under review, by id and digest, so that the reviewer approves what they saw."""

    event: EventId
    digest: Hex


class EventReviewed(Redactable):
    """Approve, reject (final), or withdraw (by the author) up to 256 events."""

    decision: Literal["approve", "reject", "withdraw"]
    targets: Annotated[tuple[Target, ...], Field(min_length=1, max_length=256)]
    reason_code: ReasonCode | None = None
    comment: Prose | None = None

    @field_validator("targets")
    @classmethod
    def _each_once(cls, targets: tuple[Target, ...]) -> tuple[Target, ...]:
        if len({target.event for target in targets}) < len(targets):
            raise ValueError("names an event more than once")
        return targets

    @model_validator(mode="after")
    def _rejection_has_a_reason(self) -> Self:
        if self.decision == "reject" and self.reason_code is None:
            raise ValueError("reason_code: is required to reject")
        return self


LedgerEvent = LedgerCreated | TaxonomyAdopted | PolicyChanged | LogKeysChanged
ActorEvent = ActorEnrolled | ActorKeyRotated | ActorKeyRevoked | ActorRoleGranted | ActorRoleRevoked
ClaimEvent = ClaimRecorded | ClaimCorrected | ClaimRetracted | ClaimDisputed | EventReviewed
