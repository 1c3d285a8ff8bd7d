"""The fields of a claim's form, read from the models: which there are, and what each expects.

A field has a *path*: ``statement``, ``instrument.id``, ``reports[0].url``. What a form cannot show
in one line (captured evidence and where in it a quote stands) is left to the YAML tab; a claim that
has it keeps it.

Nothing here may run before the ledger was opened: it imports the models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, get_args

if TYPE_CHECKING:
    from ledger.intake.model_fields import ModelField

REASON: Final = "@reason"
COMMENT: Final = "@comment"
_PROSE: Final = frozenset({"statement", "quote", "translation", "note", COMMENT})
_YAML_ONLY: Final = frozenset({"evidence", "selector"})
_STEP: Final = re.compile(r"([a-z_]+)(?:\[(\d+)\])?")
# What people think of together, in the order in which they know it.
_SECTIONS: Final = {
    "The claim": (
        "jurisdiction activity addressees force effect act target outcome stage bill asserts "
        "statement"
    ),
    "When": (
        "effective_from effective_to at until made published uttered_at applicable_from "
        "commencement expiry_rule ex_tunc still_valid_on"
    ),
    "Where it was read": "reports",
    "By whom": "issuer speakers court",
    "The legal text": (
        "instrument enabling_instrument saved_by primary_source_seen overrides regime cites"
    ),
    "In its own words": "quote quote_lang translation",
    "Besides": (
        "key confidence confidence_why date_phrase date_anchor timezone deadlines utterance note"
    ),
}
_KNOWN_IN: Final = {
    "jurisdiction": "jurisdictions",
    "activity": "activities",
    "addressees": "addressees",
    "issuer": "bodies",
    "speakers.body": "bodies",
    "instrument.id": "instruments",
    "enabling_instrument": "instruments",
    "saved_by": "instruments",
    "cites": "instruments",
    "target": "references",
    "overrides.claim": "references",
    "regime": "regimes",
}
GROUPS: Final = {  # fields that can be there several times, and what one of them is called
    "reports": "source",
    "speakers": "speaker",
    "overrides": "override",
    "deadlines": "deadline",
}


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field: ``known_in`` names the list of ids it is completed from, if any."""

    path: str
    label: str
    required: bool
    meaning: str
    example: str
    choices: tuple[str, ...] = ()
    many: bool = False  # several, separated by commas
    prose: bool = False  # more than a line of text
    known_in: str = ""

    @property
    def help(self) -> str:
        """Return what is expected, in a line."""
        parts = [self.meaning]
        if self.many:
            parts.append("several with commas between")
        if self.choices:
            parts.append(f"one of {', '.join(self.choices)}")
        elif self.example and not self.prose:
            parts.append(f"such as {self.example.strip('[]') if self.many else self.example}")
        return "; ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under one heading. ``groups`` are those that can be there several times."""

    title: str
    fields: tuple[FieldSpec, ...]
    groups: tuple[str, ...] = ()


def kinds() -> dict[str, str]:
    """Return the kinds of claim, and what each is."""
    from ledger.domain.claims import KINDS

    return {name: (model.__doc__ or "").partition("\n")[0] for name, model in KINDS.items()}


def sections(kind: str, counts: Mapping[str, int]) -> tuple[Section, ...]:
    """Return the form of a kind; ``counts`` gives the number of each group (at least one)."""
    from ledger.domain.claims import KINDS
    from ledger.intake.model_fields import model_fields

    known = dict(model_fields(KINDS[kind]))
    known.pop("kind")
    found = []
    for title, names in _SECTIONS.items():
        inside = [known.pop(name) for name in names.split() if name in known]
        fields = tuple(
            spec
            for one in inside
            for n in range(counts.get(one.name, 1))
            for spec in _specs(kind, one, n)
        )
        groups = tuple(one.name for one in inside if one.name in GROUPS)
        if fields:
            found.append(Section(title, fields, groups))
    if known:  # a field that the models gained since this was written
        rest = tuple(spec for one in known.values() for spec in _specs(kind, one, 0))
        found.append(Section("Other", rest))
    return tuple(found)


def group(kind: str, name: str, number: int) -> tuple[FieldSpec, ...]:
    """Return the fields of one more source, speaker, ...; ``number`` counts from 0."""
    from ledger.domain.claims import KINDS
    from ledger.intake.model_fields import model_fields

    return tuple(_specs(kind, model_fields(KINDS[kind])[name], number))


def reason_codes() -> tuple[str, ...]:
    """Return the codes of reasons, in the order of the event model."""
    from ledger.domain.reason_codes import ReasonCode

    return get_args(ReasonCode)


def reasons() -> Section:
    """Return the fields that say why a claim is corrected: a code and words."""
    code = FieldSpec(
        REASON, "reason", required=True, meaning="why", example="", choices=reason_codes()
    )
    words = FieldSpec(
        COMMENT,
        "comment",
        required=False,
        meaning="why, in words; can be erased later",
        example="",
        prose=True,
    )
    return Section("Why it is corrected", (code, words))


def _specs(kind: str, member: ModelField, number: int) -> Iterator[FieldSpec]:
    from ledger.intake.claim_template import needed
    from ledger.intake.model_fields import model_fields

    if member.model is None:
        yield _spec(kind, member, member.name, required=needed(member, kind))
        return
    path = f"{member.name}[{number}]" if member.many else member.name
    owner = GROUPS.get(member.name, member.name)
    title = f"{owner} {number + 1}" if member.many and number else owner
    for inner in model_fields(member.model).values():
        if inner.name not in _YAML_ONLY:
            required = member.required and inner.required
            made = _spec(kind, inner, f"{member.name}.{inner.name}", required=required)
            words = inner.name.replace("_", " ")
            yield replace(made, path=f"{path}.{inner.name}", label=f"{title}: {words}")


def _spec(kind: str, member: ModelField, name: str, *, required: bool) -> FieldSpec:
    from ledger.intake.claim_template import example_of

    example, meaning = example_of(kind, name)
    choices = ("yes", "no") if member.scalar is bool else member.choices
    return FieldSpec(
        path=name,
        label=name.replace("_", " "),
        required=required,
        meaning=meaning,
        example="" if choices else example,
        choices=choices,
        many=member.many,
        prose=name in _PROSE,
        known_in=_KNOWN_IN.get(name, ""),
    )


def steps(path: str) -> list[str | int]:
    """Return the steps of a path: ``reports[0].url`` gives ``["reports", 0, "url"]``."""
    found: list[str | int] = []
    for name, number in _STEP.findall(path):
        found.append(name)
        if number:
            found.append(int(number))
    return found


def nearest_field(problem: str, paths: Mapping[str, object]) -> str:
    """Return the field of a form that a problem belongs to; "" where it belongs to none.

    ``addressees[1]`` belongs to ``addressees``, ``reports`` to the first field of its first source.
    """
    if problem in paths:
        return problem
    inside = [path for path in paths if path.startswith((f"{problem}.", f"{problem}["))]
    if problem and inside:
        return inside[0]
    shorter = re.sub(r"(\[\d+\]|\.[^.\[]+)$", "", problem)
    return nearest_field(shorter, paths) if shorter not in ("", problem) else ""
