"""The days that a claim names: starts, ends, acts, deadlines, and when a statement was made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from ledger.domain.claims import Decision, Declaration, Lifecycle, Norm, Proposal
from ledger.domain.edtf_dates import parse
from ledger.domain.resolve.calendar_events import EventKind
from ledger.domain.resolve.walked_back_statements import uttered_on
from ledger.domain.state_records import CountedClaim

_UNTIL: Final[Mapping[str, EventKind]] = {
    "suspend": "suspension_ends",
    "extend": "lapses",
    "revive": "lapses",
}


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A day that a claim names, as it is written."""

    what: EventKind
    text: str
    after: bool = False  # the event is on the day after the written one
    label: str = ""
    number: int = 0

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and last day on which it may be; None where the day after has no date."""
        days = parse(self.text)
        first, last = days.earliest or days.latest, days.latest or days.earliest
        if first is None or last is None or (self.after and last == date.max):
            return None
        shift = int(self.after)
        return (
            date.fromordinal(first.toordinal() + shift),
            date.fromordinal(last.toordinal() + shift),
        )


def named_days(counted: CountedClaim) -> Iterator[NamedDay]:
    """Yield every day that a claim names."""
    claim = counted.claim
    if isinstance(claim, Lifecycle):
        yield NamedDay(claim.act, claim.at)
        if claim.until and claim.act in _UNTIL:
            yield NamedDay(_UNTIL[claim.act], claim.until, after=True)
    elif isinstance(claim, Norm | Decision):
        yield from _start_and_end(claim)
    elif isinstance(claim, Declaration | Proposal) and (said := uttered_on(counted).text):
        yield NamedDay("said", said)
    for number, deadline in enumerate(claim.deadlines):
        yield NamedDay("deadline", deadline.date, label=deadline.label, number=number)


def _start_and_end(claim: Norm | Decision) -> Iterator[NamedDay]:
    published, applies = (
        (claim.published, claim.applicable_from) if isinstance(claim, Norm) else (None, None)
    )
    if not (isinstance(claim, Norm) and claim.commencement == "pending"):
        start = claim.effective_from or published or claim.made
        if start:
            yield NamedDay("commences", start)
        if applies and applies != start:
            yield NamedDay("applies", applies)
    if claim.effective_to:
        yield NamedDay("lapses", claim.effective_to, after=True)
