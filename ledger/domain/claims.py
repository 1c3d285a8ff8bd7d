"""The models of claims: one assertion from one source about one activity.

Eight kinds share :class:`ClaimBase`; ``Claim`` is their union by ``kind``. A claim is immutable
once recorded. Dates stay EDTF text as given (:mod:`ledger.domain.edtf_dates`); ids are checked
against the taxonomy when a claim is recorded (:mod:`ledger.domain.rules.claims`), not here.

A value that may have to be erased later (``speakers[].person``, ``quote``, ``translation``,
``note``, ``reports[].selector``) is optional everywhere: in the log it is replaced by its digest in
``_sd`` of the object that held it (RFC 9901).
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import ConfigDict, Field, StrictBool, TypeAdapter, field_validator, model_validator

from ledger.domain.claim_parts import (
    Act,
    Asserted,
    Confidence,
    Court,
    Deadline,
    Effect,
    Instrument,
    Outcome,
    Override,
    Report,
    Speaker,
    Stage,
)
from ledger.domain.definitions import Force
from ledger.domain.edtf_dates import parse, surely_before
from ledger.domain.field_types import (
    ActivityId,
    Addressee,
    BodyId,
    Edtf,
    Fault,
    InstrumentId,
    JurisdictionId,
    Language,
    Line,
    Prose,
    Redactable,
    Reference,
    Slug,
    Zone,
    refuse,
)
from ledger.domain.taxonomy import ORG

PERMANENT = "permanent"  # the expiry rule of a temporary instrument that never ends


class ClaimBase(Redactable):
    """The fields of every claim. Only an act may lack a jurisdiction or an activity."""

    jurisdiction: JurisdictionId | None
    activity: ActivityId | None
    addressees: tuple[Addressee, ...] = Field(default=("any",), min_length=1)
    force: Force
    statement: Line
    reports: tuple[Report, ...] = Field(min_length=1)
    key: Slug | None = None
    date_phrase: Line | None = None
    date_anchor: Edtf | None = None
    quote: Prose | None = None
    quote_lang: Language | None = None
    translation: Prose | None = None
    confidence: Confidence | None = None
    confidence_why: Line | None = None
    deadlines: tuple[Deadline, ...] = ()
    utterance: Slug | None = None
    cites: tuple[InstrumentId, ...] = ()
    note: Prose | None = None

    redactable: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("speakers", "*", "person"),
        ("quote",),
        ("translation",),
        ("note",),
        ("reports", "*", "selector"),
    )

    @field_validator("addressees", "cites")
    @classmethod
    def _each_once(cls, named: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(named)) < len(named):
            twice = sorted({name for name in named if named.count(name) > 1})
            raise ValueError(f"names {', '.join(twice)} more than once")
        return named

    @model_validator(mode="after")
    def _members_agree(self) -> Self:
        refuse(tuple(self.faults()))
        return self

    def faults(self) -> Iterator[Fault]:
        """Yield the problems between members that are each right by themselves."""
        if self.confidence_why is not None and self.confidence is None:
            yield Fault(("confidence_why", "confidence"), "gives a reason for no confidence at all")
        if self.force == "judicial" and not isinstance(self, Lifecycle):
            yield Fault(
                ("force",),
                "a judgment acts on norms: judicial is the force of a lifecycle act only",
                "record what the court did as kind lifecycle with its target",
            )


class PlacedClaim(ClaimBase):
    """A claim about one activity in one jurisdiction: every kind but an act."""

    jurisdiction: JurisdictionId
    activity: ActivityId


class Norm(PlacedClaim):
    """A rule in an instrument."""

    kind: Literal["norm"]
    effect: Effect
    regime: Slug | None = None
    issuer: BodyId | None = None
    instrument: Instrument | None = None
    enabling_instrument: InstrumentId | None = None
    saved_by: InstrumentId | None = None
    made: Edtf | None = None
    published: Edtf | None = None
    effective_from: Edtf | None = None
    effective_to: Edtf | None = None
    applicable_from: Edtf | None = None
    commencement: Literal["pending"] | None = None
    expiry_rule: Line | None = None
    overrides: tuple[Override, ...] = ()
    primary_source_seen: StrictBool | None = None
    still_valid_on: Edtf | None = None

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The instruments that let this norm be in force: its enabler and its saver, if any."""
        return tuple(i for i in (self.enabling_instrument, self.saved_by) if i is not None)

    @property
    def start_texts(self) -> tuple[str, ...]:
        """The texts of its first day, of which the latest counts; empty while that is pending."""
        if self.commencement == "pending":
            return ()
        start = self.effective_from or self.published or self.made
        return tuple(text for text in (start, self.applicable_from) if text)

    def faults(self) -> Iterator[Fault]:
        """Yield the problems between members that are each right by themselves."""
        yield from super().faults()
        yield from self._date_faults()
        if self.force == "delegated" and self.enabling_instrument is None:
            yield Fault(
                ("enabling_instrument", "force"),
                "is required: a delegated norm lives by the instrument it is made under",
                "name that instrument's id",
            )
        own = self.instrument.id if self.instrument else None
        for name in ("enabling_instrument", "saved_by"):
            if own is not None and getattr(self, name) == own:
                yield Fault((name, "instrument"), "is the norm's own instrument")

    def _date_faults(self) -> Iterator[Fault]:
        first = self.effective_from or self.published or self.made
        if first is None:
            yield Fault(
                ("effective_from", "published", "made"),
                "is required where neither published nor made is given: a norm needs a date",
            )
        starts = (("effective_from", first), ("applicable_from", self.applicable_from))
        for name, start in starts:
            if _ends_before(self.effective_to, start):
                yield Fault(
                    ("effective_to", name, "effective_from", "published", "made"),
                    f"the last day, {self.effective_to}, is before the first, {start}",
                )


class Lifecycle(ClaimBase):
    """An act upon a norm, an instrument's norms, or another act.

    ``jurisdiction``, ``activity`` and ``addressees`` say where it bears: an act without one of them
    (or for ``any``) bears wherever its target does. ``enabling_instrument`` holds the power it is
    made under.
    """

    jurisdiction: JurisdictionId | None = None
    activity: ActivityId | None = None
    kind: Literal["lifecycle"]
    act: Act
    target: Reference  # claim id, or instrument:<id>
    issuer: BodyId | None = None
    instrument: Instrument | None = None
    enabling_instrument: InstrumentId | None = None
    made: Edtf | None = None
    at: Edtf
    until: Edtf | None = None
    ex_tunc: StrictBool = False
    court: Court | None = None
    primary_source_seen: StrictBool | None = None

    def faults(self) -> Iterator[Fault]:
        """Yield the problems between members that are each right by themselves."""
        yield from super().faults()
        if self.jurisdiction is None and self.issuer is None:
            yield Fault(
                ("jurisdiction", "issuer"),
                "is required where no issuer is named: it says whose act this is",
            )
        if self.act == "postpone" and self.made is None:
            yield Fault(("made", "act"), "is required: only starts after it are postponed")
        if self.act == "extend" and self.until is None:
            yield Fault(("until", "act"), "is required: the last day of the extension")
        if self.ex_tunc and self.act != "annul":
            yield Fault(("ex_tunc", "act"), "only an annulment can reach back", "use act: annul")
        if _ends_before(self.until, self.at):
            yield Fault(
                ("until", "at"), f"the last day, {self.until}, is before the first, {self.at}"
            )


class Decision(PlacedClaim):
    """A licence, no-objection or refusal for one named party."""

    kind: Literal["decision"]
    outcome: Outcome
    issuer: BodyId | None = None
    instrument: Instrument | None = None
    enabling_instrument: InstrumentId | None = None
    saved_by: InstrumentId | None = None
    made: Edtf | None = None
    effective_from: Edtf | None = None
    effective_to: Edtf | None = None

    def faults(self) -> Iterator[Fault]:
        """Yield the problems between members that are each right by themselves."""
        yield from super().faults()
        if not any(named.startswith(ORG) for named in self.addressees):
            yield Fault(
                ("addressees",),
                "a decision is about one named party: name it as org:<body id>",
                "define the party as a body first",
            )
        if _ends_before(self.effective_to, self.effective_from):
            yield Fault(
                ("effective_to", "effective_from"),
                f"the last day, {self.effective_to}, is before the first, {self.effective_from}",
            )


class Utterance(PlacedClaim):
    """The fields shared by the five kinds of statement: speakers and day."""

    issuer: BodyId | None = None
    speakers: tuple[Speaker, ...] = ()
    uttered_at: Edtf | None = None
    timezone: Zone | None = None
    instrument: Instrument | None = None


class Declaration(Utterance):
    """A statement about what the law is, or is not."""

    kind: Literal["declaration"]
    asserts: Asserted | None = None


class Proposal(Utterance):
    """A bill, draft or plan, with its stage. All stages of one bill share the id ``bill``."""

    kind: Literal["proposal"]
    stage: Stage
    bill: Slug | None = None
    asserts: Asserted | None = None


class Commitment(Utterance):
    """What a body says it will do or allot."""

    kind: Literal["commitment"]


class Recommendation(Utterance):
    """What somebody says ought to be done."""

    kind: Literal["recommendation"]


class Context(Utterance):
    """Worth keeping, with no bearing on status."""

    kind: Literal["context"]


Claim = Annotated[
    Norm | Lifecycle | Decision | Declaration | Proposal | Commitment | Recommendation | Context,
    Field(discriminator="kind"),
]
CLAIM: TypeAdapter[Claim] = TypeAdapter(Claim, config=ConfigDict(defer_build=True))
# Each kind is the name of its model in lower case.
KINDS: dict[str, type[ClaimBase]] = {m.__name__.lower(): m for m in get_args(get_args(Claim)[0])}


def _ends_before(last: str | None, first: str | None) -> bool:
    """Return whether the last day is before the first however the two texts are read."""
    if last is None or first is None:
        return False
    return surely_before(parse(last), parse(first))
