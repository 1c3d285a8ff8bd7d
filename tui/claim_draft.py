"""From what stands in a form to a claim, and everything that is wrong with it, field by field."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from ledger import api
from ledger.errors import BadClaimsFile
from tui.form_fields import COMMENT, GROUPS, REASON, FieldSpec, nearest_field, steps

_SPOKEN = {"yes": "true", "no": "false"}


class DraftProblem(NamedTuple):
    """Something wrong with a field; ``field`` is "" where it is no field of the form."""

    field: str
    words: str


def assemble(
    kind: str,
    specs: Iterable[FieldSpec],
    values: Mapping[str, str],
    base: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the raw claim that these texts make, on top of ``base``: what no field shows stays.

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
        raw["reports"] = [{}]  # so that each missing field of the first source is reported
    return raw


def _without_empty(name: str, listed: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the items that are filled in; an empty one between others stays, to be reported."""
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
    """Return a choice as the models spell it: people type ``wrong date`` for ``wrong_date``."""
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
    """Return the text of each field for a claim: the reverse of :func:`assemble`."""
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
    """Return how many there are of each group, at least one."""
    return {name: max(1, len(raw.get(name) or ())) for name in names}


def grouped(values: Mapping[str, str]) -> dict[str, list[int]]:
    """Return how many of each group there are values for, so that :func:`counts` can count them."""
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
    book: api.Ledger,
    paths: Mapping[str, FieldSpec],
    *,
    keys: frozenset[str] = frozenset(),
    fresh: bool,
) -> tuple[api.Claim | None, tuple[DraftProblem, ...]]:
    """Return the claim that a draft makes, if any, and what models, taxonomy and ledger say of it.

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
    by_field = {
        nearest_field(one.field, paths): _problem_words(one, paths)
        for one in reversed(found)
        if not any(other.startswith(f"{one.field}[") for other in wrong)
    }
    return claim, tuple(by_field[path] for path in (*paths, "") if path in by_field)


def _problem_words(problem: Any, paths: Mapping[str, FieldSpec]) -> DraftProblem:
    path = nearest_field(problem.field, paths)
    offered = bool(path) and bool(paths[path].choices)  # the form lists them where one is
    hint = problem.hint.partition(" one of ")[0] if offered else problem.hint
    hint = f" ({hint})" if hint else ""
    message = "is required" if problem.message.startswith("is required for a") else problem.message
    words = f"{message}{hint}"
    return DraftProblem(path, words if path or not problem.field else f"{problem.field}: {words}")


def reason_problems(values: Mapping[str, str], choices: Iterable[str]) -> tuple[DraftProblem, ...]:
    """Return what is wrong with the reason of a correction."""
    given = chosen(values.get(REASON, ""))
    known = list(choices)
    if not given:
        return (DraftProblem(REASON, "is required"),)
    if given not in known:
        return (DraftProblem(REASON, f"{given!r} is no reason (one of {', '.join(known)})"),)
    return ()


def comment(values: Mapping[str, str]) -> str | None:
    """Return the comment, None where there is none."""
    return values.get(COMMENT, "").strip() or None


@dataclass(frozen=True, slots=True)
class ClaimDraft:
    """A copy of what the form holds, from which a worker makes claims.

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
        """Return whether it is a new claim and no correction."""
        return self.base is None

    @property
    def raw(self) -> dict[str, Any]:
        """Return the raw claim of the form."""
        return assemble(self.kind, self.specs.values(), self.values, self.base)

    def read(self, book: api.Ledger) -> CheckedDraft:
        """Make claims of it, or say everything that is wrong."""
        if self.sheet is not None:
            return _read_sheet(self.sheet, book, only=not self.fresh)
        claim, problems = examine(self.raw, book, self.specs, keys=self.keys, fresh=self.fresh)
        if REASON in self.specs:
            choices = self.specs[REASON].choices
            problems = (*reason_problems(self.values, choices), *problems)
        return CheckedDraft((claim,) if claim is not None and not problems else (), problems)


@dataclass(frozen=True, slots=True)
class CheckedDraft:
    """The claims of a draft, or what is wrong: with fields, or with lines of its YAML."""

    claims: tuple[api.Claim, ...]
    problems: tuple[DraftProblem, ...] = ()
    lines: tuple[tuple[int, str], ...] = ()


SHEET = "draft.yaml"


def _read_sheet(text: str, book: api.Ledger, *, only: bool) -> CheckedDraft:
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
        return CheckedDraft((), lines=tuple((one.line, str(one)) for one in error.problems))
    if only and len(parsed) != 1:
        words = f"{SHEET}: holds {len(parsed)} claims; a correction is one"
        return CheckedDraft((), lines=((parsed[1].line, words),))
    return CheckedDraft(tuple(one.claim for one in parsed))


def bare(value: Any) -> Any:
    """Return a content without the digests of withheld values, which cannot be written."""
    if isinstance(value, Mapping):
        return {name: bare(inner) for name, inner in value.items() if name != "_sd"}
    return [bare(inner) for inner in value] if isinstance(value, list) else value


def as_yaml(raw: Mapping[str, Any]) -> str:
    """Return the draft as a claims file, to go on with in the YAML tab."""
    import yaml

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:  # the reader takes no aliases
            del data
            return True

    draft = {"claims": [dict(raw)]}
    text: str = yaml.dump(draft, Dumper=Plain, sort_keys=False, allow_unicode=True, width=96)
    return text
