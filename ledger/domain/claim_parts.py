"""The closed word lists and small values of claims: speakers, reports, instruments, evidence."""

from typing import Literal

from ledger.domain.field_types import (
    BodyId,
    Count,
    Edtf,
    Hex,
    InstrumentId,
    Line,
    MediaType,
    Name,
    Piece,
    Prose,
    Redactable,
    Reference,
    Retrieved,
    Slug,
    Url,
    Value,
)

Effect = Literal["prohibit", "authorise", "permit", "recognise", "not_recognise"]
Act = Literal[
    "repeal",
    "replace",
    "suspend",
    "lift",
    "extend",
    "revive",
    "annul",
    "commence",
    "postpone",
    "amend",
]
Stage = Literal[  # in the order in which a bill reaches them; the last five end it
    "idea",
    "drafting",
    "tabled",
    "passed_lower",
    "passed_upper",
    "passed",
    "signed",
    "gazetted",
    "enacted",
    "rejected",
    "vetoed",
    "withdrawn",
    "lapsed",
]
ENDED_STAGES: frozenset[Stage] = frozenset({"enacted", "rejected", "vetoed", "withdrawn", "lapsed"})
Asserted = Literal[
    "legal",
    "prohibited",
    "under_framework",
    "recognised",
    "not_recognised",
    "not:legal",
    "not:prohibited",
    "not:under_framework",
]
Outcome = Literal["granted", "pre_cleared", "refused", "revoked"]
Confidence = Literal["low", "medium", "high"]
INSTRUMENT_PREFIX = "instrument:"  # before the id, where a reference names a whole instrument


class Evidence(Value):
    """A captured file, named by its content."""

    sha256: Hex
    bytes: Count
    media_type: MediaType


class Selector(Value):
    """The place of a quote in a captured text (W3C TextQuoteSelector)."""

    exact: Prose
    prefix: Piece = ""
    suffix: Piece = ""


class Report(Redactable):
    """A publication in which the claim was read, with the file captured of it."""

    url: Url
    publisher: Name
    title: Line
    published: Edtf | None = None
    retrieved_at: Retrieved | None = None
    evidence: Evidence | None = None
    selector: Selector | None = None


class Speaker(Redactable):
    """A person who spoke, with office and body *at that time*."""

    person: Name | None = None
    office: Name | None = None
    body: BodyId | None = None


class Instrument(Value):
    """The legal text a claim rests on; ``type`` is its kind, such as ``act`` or ``ordinance``."""

    id: InstrumentId
    title: Line | None = None
    number: Name | None = None
    provision: Line | None = None
    type: Slug | None = None


class Override(Value):
    """A norm (claim id) or ``instrument:<id>`` that this norm says it prevails over."""

    claim: Reference
    provision: Line


class Court(Value):
    """The court behind a judicial act, and whether its decision is final."""

    name: Name
    finality: Literal["interim", "appealable", "final", "unknown"] = "unknown"


class Deadline(Value):
    """A day to watch: the end of a transition, a review-by date."""

    date: Edtf
    label: Line
