"""From what stands in a form to a claim, and everything that is wrong with it, field by field."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from ledger.errors import BadClaimsFile
from tui.form_fields import COMMENT, GROUPS, REASON, FieldSpec, nearest_field, steps

if TYPE_CHECKING:
    from ledger.api.ledger import Ledger
    from ledger.domain.claims import Claim

_SPOKEN = {"yes": "true", "no": "false"}


class Trouble(NamedTuple):
    """Something wrong with a field; ``field`` is "" where it is no field of the form."""

    field: str
    words: str


@dataclass(frozen=True, slots=True)
class Examined:
    """A draft as the models, the taxonomy and the ledger see it."""

    raw: Mapping[str, Any]
    claim: Claim | None
    troubles: tuple[Trouble, ...]

    @property
    def ready(self) -> Claim | None:
        """The claim if nothing at all is wrong."""
        return self.claim if not self.troubles else None


def assemble(
    kind: str,
    specs: Iterable[FieldSpec],
    values: Mapping[str, str],
    base: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The raw claim that these texts make, on top of ``base``: what no field shows stays.

    A text of blanks is no value. A group of which nothing is filled in is left out.
    """
    kept = base if base is not None and base.get("kind") == kind else {}
    raw: dict[str, Any] = copy.deepcopy({k: v for k, v in kept.items() if k != "_sd"})
    raw["kind"] = kind
    filled: dict[tuple[str | int, ...], bool] = {}
    for spec in specs:
        if spec.path.startswith("@"):
            continue
        value = _value(spec, values.get(spec.path, ""))
        way = steps(spec.path)
        _place(raw, way, value)
        owner = tuple(way[:-1])
        filled[owner] = filled.get(owner, False) or value is not None
    for owner in sorted((o for o, full in filled.items() if o and not full), key=len):
        _place(raw, list(owner), None)
    for name in {str(owner[0]) for owner in filled if len(owner) > 1}:
        raw[name] = _without_empty(name, raw.get(name, ()))
        if not raw[name]:
            raw.pop(name)
    if "reports" not in raw:
        raw["reports"] = [{}]  # so that each field of the first source is told to be missing
    return raw


def _without_empty(name: str, listed: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what was not filled in; one left empty before another one is told to be missing."""
    kept = list(listed)
    while kept and not kept[-1]:
        kept.pop()
    # Of a speaker nothing is required: an empty one would pass.
    return [one for one in kept if one] if name == "speakers" else kept


def _value(spec: FieldSpec, text: str) -> Any:
    if not text.strip():
        return None
    if spec.choices:
        return chosen(text) if "yes" not in spec.choices else _SPOKEN.get(text.lower(), text)
    if spec.many:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def chosen(text: str) -> str:
    """A choice as the models spell it: people type ``wrong date`` for ``wrong_date``."""
    return text.strip().replace(" ", "_")


def _place(raw: dict[str, Any], way: list[str | int], value: Any) -> None:
    """Put a value at the end of a way, making objects and lists; None takes away what is there."""
    here: Any = raw
    for step, following in pairwise(way):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(step, int):
            while len(here) <= step:
                here.append({})
            here = here[step]
        else:
            here = here.setdefault(step, empty)
    last = way[-1]
    if isinstance(last, int):
        while len(here) <= last:
            here.append({})
        here[last] = {} if value is None else value
    elif value is None:
        here.pop(last, None)
    else:
        here[last] = value


def texts(raw: Mapping[str, Any], specs: Iterable[FieldSpec]) -> dict[str, str]:
    """What stands in each field for a claim: the other way round."""
    found = {}
    for spec in specs:
        value: Any = raw
        for step in steps(spec.path):
            try:
                value = value[step]
            except (LookupError, TypeError):
                value = None
                break
        if value is not None:
            found[spec.path] = _text(value)
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return str(value)


def counts(raw: Mapping[str, Any], names: Iterable[str]) -> dict[str, int]:
    """How many there are of each group, at least one."""
    return {name: max(1, len(raw.get(name) or ())) for name in names}


def grouped(values: Mapping[str, str]) -> dict[str, list[int]]:
    """How many of each group there are values for, so that :func:`counts` can count them."""
    found: dict[str, list[int]] = {}
    for name in GROUPS:
        numbers = {
            int(path[len(name) + 1 :].partition("]")[0])
            for path in values
            if path.startswith(f"{name}[")
        }
        found[name] = list(range(max(numbers, default=0) + 1))
    return found


def examine(
    raw: Mapping[str, Any],
    book: Ledger,
    paths: Mapping[str, FieldSpec],
    *,
    keys: frozenset[str] = frozenset(),
    fresh: bool,
) -> Examined:
    """Hold a draft against models, taxonomy and ledger.

    ``keys`` are known claim keys, for guesses at what was meant. ``fresh``: a new claim, whose key
    must not be in use.
    """
    from ledger.domain.claims import KINDS
    from ledger.domain.validation_messages import FieldProblem, check_claim
    from ledger.intake.model_fields import convert_texts, model_fields
    from ledger.intake.unknown_ids import unknown_ids, unknown_references

    value = convert_texts(copy.deepcopy(dict(raw)), model_fields(KINDS[raw["kind"]]))
    claim, problems = check_claim(value)
    beside = [
        *unknown_ids(value, book.taxonomy),
        *unknown_references(value, keys, book.entries.has_claim),
    ]
    key = value.get("key")
    if fresh and claim is not None and isinstance(key, str) and book.entries.has_claim(key):
        hint = "take another, or correct that claim"
        beside.append(FieldProblem("key", f"{key!r} is recorded already", hint))
    found = [*problems, *beside]
    wrong = [problem.field for problem in found]
    told = {
        nearest_field(one.field, paths): _told(one, paths)
        for one in reversed(found)
        if not any(other.startswith(f"{one.field}[") for other in wrong)
    }
    return Examined(value, claim, tuple(told[path] for path in (*paths, "") if path in told))


def _told(problem: Any, paths: Mapping[str, FieldSpec]) -> Trouble:
    path = nearest_field(problem.field, paths)
    offered = bool(path) and bool(paths[path].choices)  # the form lists them where one is
    hint = problem.hint.partition(" one of ")[0] if offered else problem.hint
    hint = f" ({hint})" if hint else ""
    message = "is required" if problem.message.startswith("is required for a") else problem.message
    words = f"{message}{hint}"
    return Trouble(path, words if path or not problem.field else f"{problem.field}: {words}")


def why(values: Mapping[str, str], choices: Iterable[str]) -> tuple[Trouble, ...]:
    """What is wrong with the reason of a correction."""
    given = chosen(values.get(REASON, ""))
    known = list(choices)
    if not given:
        return (Trouble(REASON, "is required"),)
    if given not in known:
        return (Trouble(REASON, f"{given!r} is no reason (one of {', '.join(known)})"),)
    return ()


def comment(values: Mapping[str, str]) -> str | None:
    """The comment, None where there is none."""
    return values.get(COMMENT, "").strip() or None


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in a form, taken out of it, so that a worker can make claims of it.

    ``sheet`` is the text of the YAML tab where that is what is meant, else None.
    """

    kind: str
    specs: Mapping[str, FieldSpec]
    values: Mapping[str, str]
    base: Mapping[str, Any] | None
    keys: frozenset[str]
    sheet: str | None = None

    @property
    def fresh(self) -> bool:
        """Whether it is a new claim and no correction."""
        return self.base is None

    @property
    def raw(self) -> dict[str, Any]:
        """The raw claim of the form."""
        return assemble(self.kind, self.specs.values(), self.values, self.base)

    def read(self, book: Ledger) -> Read:
        """Make claims of it, or say everything that is wrong."""
        if self.sheet is not None:
            return _read_sheet(self.sheet, book, only=not self.fresh)
        found = examine(self.raw, book, self.specs, keys=self.keys, fresh=self.fresh)
        troubles = list(found.troubles)
        if REASON in self.specs:
            troubles = [*why(self.values, self.specs[REASON].choices), *troubles]
        claims = (found.claim,) if found.claim is not None and not troubles else ()
        return Read(claims, tuple(troubles))


@dataclass(frozen=True, slots=True)
class Read:
    """The claims of a draft, or what is wrong: with fields, or with lines of its YAML."""

    claims: tuple[Claim, ...]
    troubles: tuple[Trouble, ...] = ()
    lines: tuple[tuple[int, str], ...] = ()


SHEET = "draft.yaml"


def _read_sheet(text: str, book: Ledger, *, only: bool) -> Read:
    """Read the YAML tab as `regledger record` reads a file. ``only``: it must be one claim."""
    from ledger.intake import read_claims
    from ledger.intake.unknown_ids import unknown_ids, unknown_references

    taxonomy = book.taxonomy
    try:
        parsed = read_claims(
            text.encode("utf-8", "replace"),
            name=SHEET,
            check=lambda claim: unknown_ids(claim, taxonomy),
            check_refs=lambda claim, keys: unknown_references(claim, keys, book.entries.has_claim),
        )
    except BadClaimsFile as error:
        return Read((), lines=tuple((one.line, str(one)) for one in error.problems))
    if only and len(parsed) != 1:
        words = f"{SHEET}: holds {len(parsed)} claims; a correction is one"
        return Read((), lines=((parsed[1].line, words),))
    return Read(tuple(one.claim for one in parsed))


def bare(value: Any) -> Any:
    """A content without the digests of withheld values, which nobody can write."""
    if isinstance(value, Mapping):
        return {name: bare(inner) for name, inner in value.items() if name != "_sd"}
    return [bare(inner) for inner in value] if isinstance(value, list) else value


def as_yaml(raw: Mapping[str, Any]) -> str:
    """The draft as a claims file, to go on with in the YAML tab."""
    import yaml

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:  # the reader takes no aliases
            del data
            return True

    draft = {"claims": [dict(raw)]}
    text: str = yaml.dump(draft, Dumper=Plain, sort_keys=False, allow_unicode=True, width=96)
    return text
