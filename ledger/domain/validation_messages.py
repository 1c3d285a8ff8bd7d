"""Explain why a claim or definition is invalid, in words a person can act on.

A reader of claims files calls :func:`check_claim`. It returns *every* problem of a claim, those of
single fields and those between fields, each with the field's path and, where it can be guessed,
what was probably meant.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple, cast, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ledger.domain.claims import CLAIM, KINDS, Claim, ClaimBase
from ledger.domain.field_types import IN_WORDS, Fault

_QUOTED = re.compile(r"'([^']*)'")
_SHOWN = 80  # characters of a wrong value that a message repeats
_LISTED = 12  # so many choices are listed; more would hide the message
# Valid values in place of wrong ones, so that the other fields can still be compared. Problems
# that involve a stand-in are dropped.
_STAND_INS: Mapping[str, Any] = {
    "jurisdiction": "XX",
    "activity": "x",
    "force": "report",
    "statement": "x",
    "reports": [{"url": "urn:x", "publisher": "x", "title": "x"}],
    "effect": "permit",
    "act": "amend",
    "target": "x",
    "at": "0001",
    "outcome": "refused",
    "stage": "idea",
}


class FieldProblem(NamedTuple):
    """A problem of one field; ``field`` is a path like ``reports[0].url``, "" for the whole."""

    field: str
    message: str
    hint: str = ""


def check_claim(raw: object) -> tuple[Claim | None, tuple[FieldProblem, ...]]:
    """Return the claim, or every problem with it. Never raises for bad content."""
    try:
        return CLAIM.validate_python(raw), ()
    except ValidationError as error:
        found = explain_errors(error)
        return None, (*found, *_between_fields(raw, error))


def explain_errors(
    error: ValidationError, model: type[BaseModel] | None = None
) -> list[FieldProblem]:
    """Return every problem of a validation by ``model`` (None: of a claim), in field order."""
    roots: tuple[type[BaseModel], ...] = (model,) if model else tuple(KINDS.values())
    return [
        problem
        for detail in error.errors(include_url=False)
        if not _is_echo(detail)
        for problem in _explain(detail, roots)
    ]


def nearest(value: str, known: Iterable[str], *, most: int = 3) -> tuple[str, ...]:
    """Return the known words most similar to this one, best first."""
    by_lower = {word.lower(): word for word in known}
    close = difflib.get_close_matches(value.lower(), by_lower, n=most, cutoff=0.6)
    return tuple(by_lower[word] for word in close)


def did_you_mean(value: object, known: Iterable[str], *, most: int = 3) -> str:
    """Return a question with the nearest known words, or "" where none is near."""
    near = nearest(str(value)[:100], known, most=most)
    return f"did you mean {', '.join(near)}?" if near else ""


def _between_fields(raw: object, error: ValidationError) -> Iterator[FieldProblem]:
    kind = raw.get("kind") if isinstance(raw, Mapping) else None
    model = KINDS.get(kind) if isinstance(kind, str) else None
    details = error.errors(include_url=False)
    if model is None or any(detail["type"] == "faults" for detail in details):
        return
    bad = {str(detail["loc"][1]) for detail in details if len(detail["loc"]) > 1}
    given = cast("Mapping[str, object]", raw)
    kept = {name: value for name, value in given.items() if name not in bad}
    filled = {n: v for n, v in _STAND_INS.items() if n in bad and n in model.model_fields}
    try:
        model.model_validate({**kept, **filled})
    except ValidationError as second:
        for detail in second.errors(include_url=False):
            faults = (f for f in _faults_in(detail) if not bad.intersection(f.fields))
            yield from (_of_fault("", fault) for fault in faults)


def _faults_in(detail: ErrorDetails) -> tuple[Fault, ...]:
    return cast("tuple[Fault, ...]", detail.get("ctx", {}).get("faults", ()))


def _of_fault(path: str, fault: Fault) -> FieldProblem:
    return FieldProblem(_join(path, fault.fields[0]), fault.message, fault.hint)


def _is_echo(detail: ErrorDetails) -> bool:
    """Return whether a list is too short only because its items are wrong and reported."""
    given = detail["input"]
    if detail["type"] != "too_short" or not isinstance(given, list | tuple):
        return False
    return len(given) >= int(detail["ctx"]["min_length"])


def _explain(detail: ErrorDetails, roots: tuple[type[BaseModel], ...]) -> Iterator[FieldProblem]:
    path, holders = _walk(detail["loc"], roots)
    if detail["type"] == "faults":
        yield from (_of_fault(path, fault) for fault in _faults_in(detail))
    elif detail["type"].startswith("union_tag"):
        yield _of_kind(path, detail)
    elif detail["type"] == "extra_forbidden":
        message, hint = _of_extra(str(detail["loc"][-1]), holders)
        yield FieldProblem(path, message, hint)
    else:
        yield FieldProblem(path, *_of_value(detail, holders))


def _of_kind(path: str, detail: ErrorDetails) -> FieldProblem:
    field = _join(path, "kind")
    given = detail.get("ctx", {}).get("tag")
    if given is None:
        return FieldProblem(field, "is required", f"one of {', '.join(KINDS)}")
    hint = did_you_mean(given, KINDS) or f"one of {', '.join(KINDS)}"
    return FieldProblem(field, f"{given!r} is not a kind of claim", hint)


def _of_extra(name: str, holders: tuple[type[BaseModel], ...]) -> tuple[str, str]:
    holder = holders[0]
    known = [field for field in holder.model_fields if field != "sd"]
    if issubclass(holder, ClaimBase):
        others = [kind for kind, model in KINDS.items() if name in model.model_fields]
        whose = _kind_of(holder)
        if others and name != "sd":
            return f"does not belong to a {whose}", f"it is a field of {', '.join(others)}"
        return f"is not a field of a {whose}", did_you_mean(name, known)
    return "is not a known field", did_you_mean(name, known) or f"known are {', '.join(known)}"


def _kind_of(holder: type[BaseModel]) -> str:
    return next((kind for kind, model in KINDS.items() if model is holder), "claim")


def _of_value(detail: ErrorDetails, holders: tuple[type[BaseModel], ...]) -> tuple[str, str]:
    kind, given, ctx = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "missing":
        holder = holders[0]
        whose = f" for a {_kind_of(holder)}" if issubclass(holder, ClaimBase) else ""
        return f"is required{whose}", ""
    if kind == "literal_error":
        return _of_choice(given, _QUOTED.findall(str(ctx["expected"])))
    if kind == "string_pattern_mismatch":
        return f"{_shown(given)} {IN_WORDS.get(str(ctx['pattern']), detail['msg'])}", ""
    if kind == "string_type":
        quote = isinstance(given, int | float | date) and not isinstance(given, bool)
        return f"{_shown(given)} is not text", "put it in quotation marks" if quote else ""
    if kind == "value_error":
        said = str(ctx["error"])
        # A bad date names its text already.
        named = not isinstance(given, str) or said.startswith(repr(given))
        return said if named else f"{_shown(given)} {said}", ""
    return _PLAIN.get(kind, detail["msg"]).format(**ctx), ""


def _of_choice(given: object, choices: list[str]) -> tuple[str, str]:
    near = did_you_mean(given, choices)
    listed = f"one of {', '.join(choices)}" if len(choices) <= _LISTED else ""
    return f"{_shown(given)} is not a possible value", f"{near} {listed}".strip()


def _shown(given: object) -> str:
    text = repr(given)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


_PLAIN: Mapping[str, str] = {
    "string_too_long": "is longer than {max_length} characters",
    "string_too_short": "is empty",
    "too_short": "needs at least {min_length}",
    "tuple_type": "is not a list",
    "model_type": "is not a mapping of fields",
    "model_attributes_type": "is not a mapping of fields",
    "int_type": "is not a whole number",
    "bool_type": "is neither true nor false",
    "greater_than_equal": "is less than {ge}",
    "less_than_equal": "is more than {le}",
    "string_unicode": "holds half of a surrogate pair, which has no UTF-8 form",
}


def _walk(
    loc: tuple[int | str, ...], roots: tuple[type[BaseModel], ...]
) -> tuple[str, tuple[type[BaseModel], ...]]:
    """Return the path to show, and the models that hold its last step."""
    path, holders, here = "", roots, roots
    for step in loc:
        if isinstance(step, int):
            path += f"[{step}]"
        elif len(here) > 1 and step in KINDS:
            here = (KINDS[step],)  # the tag of the union, not a member
            holders = here
        else:
            path, holders = _join(path, step), here
            here = tuple(model for holder in here for model in _below(holder, step))
    return path, holders


def _join(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step


def _below(holder: type[BaseModel], step: str) -> Iterator[type[BaseModel]]:
    field = holder.model_fields.get(step)
    if field is not None:
        yield from _models_in(field.annotation)


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inside in get_args(annotation):
        yield from _models_in(inside)
