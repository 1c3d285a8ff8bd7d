"""The changes that one entry makes to the state: the results of ``rules.decide``.

Applying the changes of entries 0..n-1 in order gives the state at n, without further decisions.
Positions are sequence numbers.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from ledger.domain import event_models
from ledger.domain.claims import Claim
from ledger.domain.definitions import Definition
from ledger.domain.state_records import Key, Policy, Role, Version


@dataclass(frozen=True, slots=True)
class PolicySet:
    """The whole policy, from this entry on."""

    policy: Policy


@dataclass(frozen=True, slots=True)
class TaxonomySet:
    """The starter taxonomy; it counts at once."""

    payload: event_models.TaxonomyAdopted


@dataclass(frozen=True, slots=True)
class ActorAdded:
    """A new actor, so far without key or role."""

    slug: str
    seq: int


@dataclass(frozen=True, slots=True)
class KeyAdded:
    """A key that may sign entries after ``key.from_seq``."""

    key: Key


@dataclass(frozen=True, slots=True)
class KeyClosed:
    """A key that may sign no entry after ``seq``, with the time of its compromise, if any."""

    keyid: str
    seq: int
    compromised_since: str | None


@dataclass(frozen=True, slots=True)
class RoleGranted:
    """A role held in entries after ``seq``."""

    actor: str
    role: Role
    seq: int


@dataclass(frozen=True, slots=True)
class RoleRevoked:
    """A role not held in entries after ``seq``."""

    actor: str
    role: Role
    seq: int


class VersionAdded(NamedTuple):
    """A reviewable event, still pending. ``content`` is None for a retraction only."""

    version: Version
    keyid: str
    content: Claim | Definition | None
    claim_id: str | None  # for claims, corrections and retractions
    key: str | None  # the claim's import key; of claim.recorded only


class VersionCounts(NamedTuple):
    """A version that counts from entry ``seq`` on; ``keyid_of_reviewer`` is None without review."""

    event: str
    subject: str
    seq: int
    recorded_at: str
    keyid_of_reviewer: str | None


@dataclass(frozen=True, slots=True)
class VersionEnded:
    """A version that counts no longer (superseded) or never will (rejected, withdrawn)."""

    event: str
    subject: str
    seq: int
    state: Literal["superseded", "rejected", "withdrawn"]


@dataclass(frozen=True, slots=True)
class VersionConfirmed:
    """A version that counted already, reviewed again with key ``keyid_of_reviewer``."""

    event: str
    seq: int
    keyid_of_reviewer: str


@dataclass(frozen=True, slots=True)
class DisputeAdded:
    """A claim with a recorded doubt."""

    claim_id: str
    seq: int


ActorChange = ActorAdded | KeyAdded | KeyClosed | RoleGranted | RoleRevoked
VersionChange = VersionAdded | VersionCounts | VersionEnded | VersionConfirmed
Change = PolicySet | TaxonomySet | ActorChange | VersionChange | DisputeAdded
