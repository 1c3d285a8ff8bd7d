"""Make a claims file to fill in: every field of one kind of claim, with an example and its meaning.

The fields, which of them are required and their choices are read from the models. Only the
examples and meanings stand here; a field without them is an error when the template is made, and
a test makes every template. :func:`unedited` finds examples that were left in a claim.
"""

import json
import textwrap
from collections.abc import Iterator, Mapping

from ledger.domain.claims import KINDS
from ledger.domain.validation_messages import FieldProblem
from ledger.errors import UnknownId
from ledger.intake.model_fields import ModelField, claim_fields, model_fields

_COLUMN = 44  # where the meanings begin
_WIDTH = 98
# field -> (an example in YAML, its meaning). `kind.field` goes before `field`; the fields of an
# object stand under its own name: `reports.url`.
_WORDS: dict[str, tuple[str, str]] = {
    "kind": ("", "the sort of claim"),
    "jurisdiction": ("PK", "ISO 3166 country or part of one (PK-KP), or a union such as EU"),
    "activity": ("va.exchange", "an activity of the taxonomy"),
    "addressees": ("[any]", "actor classes, or org:<body id>; any is everybody"),
    "force": ("institutional", "legal force of the source"),
    "lifecycle.jurisdiction": ("PK", "where the act bears; absent: wherever its target does"),
    "lifecycle.activity": ("va.exchange", "what it bears on; absent: all that its target covers"),
    "lifecycle.addressees": ("[any]", "for whom it bears; any: all that its target covers"),
    "lifecycle.enabling_instrument": ("parent-act", "the act is made under a power in this one"),
    "norm.force": ("primary", "legal force of the instrument"),
    "decision.force": ("individual", "legal force of the decision"),
    "lifecycle.force": ("primary", "force of the act itself, not of its target"),
    "statement": ("What the source says, in one sentence.", "your own words, no personal data"),
    "reports": ("", "where it was read; at least one"),
    "reports.url": ("https://example.org/notice", ""),
    "reports.publisher": ("Official Gazette of Example", ""),
    "reports.title": ("Notice of the example act", ""),
    "reports.published": ("2025-07-09", "a date"),
    "reports.retrieved_at": ("2025-07-10T08:00Z", "when it was read, UTC"),
    "reports.evidence": ("", "the file that was captured"),
    "reports.evidence.sha256": ("0" * 64, "of its bytes, in hex"),
    "reports.evidence.bytes": ("1024", "its length"),
    "reports.evidence.media_type": ("text/html", ""),
    "reports.selector": ("", "where in its text the quote stands; can be erased later"),
    "reports.selector.exact": ("the very words", ""),
    "reports.selector.prefix": ("just before ", ""),
    "reports.selector.suffix": (" just after", ""),
    "key": ("example-act-2025", "your own id: importing it again then does nothing"),
    "date_phrase": ("On Thursday", "the date as the source puts it"),
    "date_anchor": ("2025-07-08~", "the date that phrase is counted from"),
    "quote": ("the very words", "short; can be erased later"),
    "quote_lang": ("en", "language of the quote"),
    "translation": ("the very words, translated", "can be erased later"),
    "confidence": ("medium", "how sure you are of this reading"),
    "confidence_why": ("the instrument itself was not seen", ""),
    "deadlines": ("", "days to watch"),
    "deadlines.date": ("2026-01-08", "a date"),
    "deadlines.label": ("the transition ends", ""),
    "utterance": ("example-speech", "shared by the claims of one sentence"),
    "cites": ("[example-act]", "instruments it refers to"),
    "note": ("anything else", "can be erased later"),
    "effect": ("authorise", "what the rule does"),
    "regime": ("trade", "field of law; absent: the activity's own"),
    "issuer": ("PK.GOV", "a defined body"),
    "speakers": ("", "who said it"),
    "speakers.person": ("A. Name", "can be erased later"),
    "speakers.office": ("Finance Secretary", "held at that time"),
    "speakers.body": ("PK.GOV", "spoken for; a defined body"),
    "uttered_at": ("2025-07-08", "a date"),
    "timezone": ("Asia/Karachi", "IANA zone of that date"),
    "instrument": ("", "the legal text it rests on"),
    "instrument.id": ("example-act", "your id for it, the same in every claim"),
    "instrument.title": ("The Example Act, 2025", ""),
    "instrument.number": ("Act VII of 2025", ""),
    "instrument.provision": ("section 3", ""),
    "instrument.type": ("act", "its kind in one word: act, ordinance, rules, circular"),
    "enabling_instrument": ("parent-act", "made under this one; required for delegated norms"),
    "saved_by": ("saving-act", "an instrument that keeps it alive without that one"),
    "made": ("2025-07-08", "a date: signed or adopted"),
    "published": ("2025-07-09", "a date: gazetted"),
    "effective_from": ("2025-07-10", "a date: first day; absent: published, else made"),
    "effective_to": ("2026-07-09", "a date: last day, inclusive; absent: open"),
    "applicable_from": ("2025-07-10", "a date: where it applies later than it is in force"),
    "commencement": ("pending", "made, but it starts only with an act that commences it"),
    "expiry_rule": ("one year, inclusive", "how the last day was counted"),
    "overrides": ("", "what it says it prevails over"),
    "overrides.claim": ("instrument:older-act", "a claim id, key:<key> or instrument:<id>"),
    "overrides.provision": ("Section 2 has effect despite the older act.", "its own words"),
    "primary_source_seen": ("false", "whether you read the instrument itself"),
    "still_valid_on": ("2025-08-01", "a date: the last day somebody checked"),
    "act": ("repeal", "what the act does to its target"),
    "target": (
        "instrument:example-act",
        "a claim id, key:<key>, or instrument:<id>: all its norms",
    ),
    "at": ("2025-07-10", "a date: first day of effect"),
    "until": ("2025-12-31", "a date: last day, inclusive"),
    "ex_tunc": ("false", "annul only: as if it had never been"),
    "court": ("", "where a court did it"),
    "court.name": ("High Court of Example", ""),
    "court.finality": ("appealable", ""),
    "outcome": ("granted", "what was decided"),
    "decision.addressees": ("[org:example-company]", "the party, as org:<body id>"),
    "asserts": ("under_framework", "what the status is, or is not, according to it"),
    "stage": ("drafting", "how far it has come"),
    "bill": ("example-bill", "your id for it, the same for all its stages"),
}
# Examples that no source contains, beside those with the word "example"; all others (a place, a
# date, "section 3") may be true of a source.
_NOBODYS = frozenset(
    {
        "What the source says, in one sentence.",
        "0" * 64,
        "the very words",
        "just before ",
        " just after",
        "the very words, translated",
        "anything else",
        "A. Name",
        "parent-act",
        "saving-act",
        "instrument:older-act",
        "Section 2 has effect despite the older act.",
    }
)
# Optional in the model, but mostly needed for the claim as a whole to be accepted.
_ALSO = {
    ("norm", "effective_from"),
    ("decision", "addressees"),
    ("lifecycle", "jurisdiction"),
}
_OPENING = """\
## A {kind}: {what}
## Lines without a # are required. Take the # away from the others you want, with the blank after
## it. Dates: 2025, 2025-07, 2025-07-08, about: 2025-07-08~, one of: [2025-07-08..2025-07-10].
claims:
"""
Row = tuple[str, str]  # a line of YAML, and the meaning beside it


def claim_template(kind: str) -> str:
    """Return YAML with one claim of this kind, valid also without any #. Raises UnknownId."""
    if kind not in KINDS:
        raise UnknownId("kind of claim", kind, tuple(KINDS))
    model = KINDS[kind]
    what = (model.__doc__ or "").partition("\n")[0]
    known = dict(model_fields(model))
    first = known.pop("kind")
    # Required fields come first; otherwise the order is that of the model.
    listed = sorted(known.values(), key=lambda member: not needed(member, kind))
    rows = [(f"  - kind: {kind}", _note(_WORDS["kind"][1], first))]
    rows += [(f"    {text}", words) for text, words in _members(listed, kind, "")]
    opening = _OPENING.format(kind=kind, what=what[:1].lower() + what[1:])
    return opening + "".join(f"{line}\n" for row in rows for line in _beside(*row))


def unedited(claim: Mapping[str, object]) -> Iterator[FieldProblem]:
    """Yield every field of a raw claim that still holds the text of the template."""
    kind = claim.get("kind")
    for name, value in claim.items():
        yield from _unedited(str(kind), name, name, value)


def _unedited(kind: str, path: str, field: str, value: object) -> Iterator[FieldProblem]:
    """Yield the problems of one value; ``field`` is ``path`` with the indices of lists."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _unedited(kind, f"{path}.{name}", f"{field}.{name}", inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _unedited(kind, path, f"{field}[{number}]", inner)
    else:
        example, _ = _WORDS.get(f"{kind}.{path}") or _WORDS.get(path) or ("", "")
        shown = example.removeprefix("[").removesuffix("]")
        if value == shown and ("example" in shown.lower() or shown in _NOBODYS):
            yield FieldProblem(
                field,
                "still holds the text of the template",
                "write what the source says, or leave the field out",
            )


def example_of(kind: str, path: str) -> tuple[str, str]:
    """Return the example and the meaning of a field (``reports.url``). Raises UnknownId."""
    found = _WORDS.get(f"{kind}.{path}") or _WORDS.get(path)
    if found is None:
        raise UnknownId("field", path)
    return found


def field_meanings() -> dict[str, str]:
    """Return what each field of a claim means, by its name, with the words it takes."""
    return {
        name: f"{words[:1].upper()}{words[1:]}."
        for name, member in claim_fields().items()
        if (words := _note((_WORDS.get(name) or ("", ""))[1] or name.replace("_", " "), member))
    }


def needed(member: ModelField, kind: str) -> bool:
    """Return whether a claim of this kind is mostly refused without this field."""
    return member.required or (kind, member.name) in _ALSO


def _members(listed: list[ModelField], kind: str, path: str) -> Iterator[Row]:
    for member in listed:
        mark = "" if needed(member, kind) else "# "
        for text, words in _member(member, kind, f"{path}{member.name}"):
            yield f"{mark}{text}", words


def _member(member: ModelField, kind: str, path: str) -> Iterator[Row]:
    """Yield the lines of one field, without the mark of an optional one."""
    example, words = _WORDS.get(f"{kind}.{path}") or _WORDS[path]
    if member.model is None:
        yield f"{member.name}: {_quoted(example)}", _note(words, member)
        return
    yield f"{member.name}:", words
    inner = list(model_fields(member.model).values())
    # Optional fields of a required object keep their own mark; those of an optional one are
    # already behind a mark and go with it.
    if member.required:
        rows = list(_members(inner, kind, f"{path}."))
    else:
        rows = [row for one in inner for row in _member(one, kind, f"{path}.{one.name}")]
    for number, (text, said) in enumerate(rows):
        dash = ("- " if number == 0 else "  ") if member.many else ""
        yield f"  {dash}{text}", said


def _quoted(example: str) -> str:
    """Return a text that YAML would read otherwise, in quotes."""
    return json.dumps(example) if example.strip() != example else example


def _note(words: str, member: ModelField) -> str:
    choices = ", ".join(member.choices) if len(member.choices) > 1 else ""
    return "; ".join(part for part in (words, choices) if part)


def _beside(line: str, words: str) -> Iterator[str]:
    """Yield a line with its words beside it, or above it where both together are too long."""
    beside = f"{line:<{_COLUMN}}  # {words}" if words else line
    if len(beside) <= _WIDTH:
        yield beside
        return
    indent = " " * (len(line) - len(line.lstrip(" ")))
    for part in textwrap.wrap(words, _WIDTH - len(indent) - 3):
        yield f"{indent}## {part}"
    yield line
