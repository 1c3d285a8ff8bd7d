"""The claims that an event may refer to, and the version that a change of one works on."""

from ledger.domain.claims import Claim
from ledger.domain.rules.state import State
from ledger.domain.state_records import Version
from ledger.errors import RuleViolation, UnknownId


def subject_of(claim_id: str) -> str:
    """Return the subject of a claim's versions."""
    return f"claim:{claim_id}"


def open_claim(state: State, claim_id: str) -> Claim:
    """Return the content of a claim that can still be referred to.

    Raises UnknownId for no such claim, RuleViolation for one retracted, rejected or withdrawn.
    """
    version = state.version(claim_id)
    if version is None or version.subject != subject_of(claim_id):
        meant = version.subject.removeprefix("claim:") if version else None
        near = meant or state.claim_with_key(claim_id)
        raise UnknownId("claim", claim_id, (near,) if near else ())
    current = state.current(version.subject)
    if current is not None and current.retracts:
        raise RuleViolation("retracted", f"claim {claim_id} was retracted (entry {current.seq})")
    claim = state.claim(claim_id)
    if claim is None or version.state in {"rejected", "withdrawn"}:
        raise RuleViolation("not_open", f"claim {claim_id} was {version.state}")
    return claim


def base_version(state: State, claim_id: str) -> Version | None:
    """Return the version a correction works on: the counting one, else the recorded one."""
    current = state.current(subject_of(claim_id))
    if current is not None:
        return current
    first = state.version(claim_id)
    return first if first is not None and first.state == "pending" else None


def stale_version(claim_id: str, base: Version | None) -> RuleViolation:
    """Return the error for a change of a version that is no longer the current one."""
    now = f"entry {base.seq} by {base.author}" if base else "gone"
    return RuleViolation(
        "stale",
        f"claim {claim_id} has changed: its current version is {now}",
        hint="look at it with `regledger show` and make the correction anew",
    )
