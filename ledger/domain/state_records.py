"""The records that the state at one point of the log consists of: policy, actors, keys, versions.

``rules.decide`` reads these and returns state changes; a projection stores the changes and gives
records back. Positions are sequence numbers: ``counts_from`` is the seq of the event from which a
version counts (its own under review mode ``none``, that of its approval under ``four_eyes``),
``counts_to`` the seq from which it no longer does. A prefix of size K sees a version as counting
iff ``counts_from < K`` and (``counts_to`` is None or ``counts_to >= K``).
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from ledger.domain.claims import Claim

Role = Literal["admin", "recorder", "reviewer"]
ReviewMode = Literal["none", "four_eyes"]
# pending -> counting -> superseded | retracted; pending -> rejected | withdrawn
VersionState = Literal["pending", "counting", "superseded", "rejected", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings of the ledger itself at one point of the log."""

    ledger: str  # hex SHA-256 of the canonical ledger.created event
    origin: str
    rules: int
    review: ReviewMode
    clock: Literal["system", "simulated"]
    timezone: str
    log_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key of an actor, and the positions between which it may sign."""

    keyid: str
    actor: str
    scheme: str
    public_key: str  # padded base64 of the DER SubjectPublicKeyInfo
    from_seq: int
    to_seq: int | None = None
    compromised_since: str | None = None  # recorded_at stamp


@dataclass(frozen=True, slots=True)
class Actor:
    """An enrolled person or service, with the keys and roles in force at this point."""

    slug: str
    enrolled_seq: int
    keys: tuple[Key, ...]
    roles: frozenset[Role]


class Version(NamedTuple):
    """One reviewable event: a claim, a correction, a retraction or a definition.

    ``subject`` is what it is a version of: ``claim:<claim id>``, ``body:<id>``, ``activity:<id>``,
    ``jurisdiction:<id>`` or ``profile:<jurisdiction>``.
    """

    event: str
    digest: str
    seq: int
    type: str
    subject: str
    author: str
    state: VersionState
    supersedes: str | None = None
    counts_from: int | None = None
    counts_to: int | None = None
    retracts: bool = False


@dataclass(frozen=True, slots=True)
class CountedClaim:
    """A claim as one prefix of the log counts it."""

    id: str
    claim: "Claim"
    seq: int  # of the claim.recorded event
    counted_seq: int  # from which this version counts
    counted_on: date  # the ledger-zone day of recorded_at at counted_seq
    disputed: bool = False
    suspect_key: bool = False
