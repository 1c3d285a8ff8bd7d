"""The fields of the claim models, read from the models themselves.

The CSV reader takes its columns from here, the template its fields, and every reader which texts
stand for numbers.
"""

from collections.abc import Container
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from ledger.domain.claims import KINDS
from ledger.domain.field_types import Edtf, Retrieved


@dataclass(frozen=True, slots=True)
class ModelField:
    """One field of a model.

    ``model``: the model of the object it holds. ``many``: it holds a list. ``scalar``: the type of
    a plain value (str, int or bool). ``choices``: the only texts it takes, if any. ``is_date``: it
    holds a date.
    """

    name: str
    required: bool
    many: bool
    model: type[BaseModel] | None
    scalar: type
    choices: tuple[str, ...]
    is_date: bool


@cache
def model_fields(model: type[BaseModel]) -> dict[str, ModelField]:
    """Return the members a person may write, by name, in the order of the model."""
    hints = get_type_hints(model, include_extras=True)  # pydantic keeps no constraint by its name
    return {
        name: _member(
            name, field.annotation, required=field.is_required(), is_date=_is_date(hints[name])
        )
        for name, field in model.model_fields.items()
        if field.alias is None  # the one alias is _sd, which is the log's own
    }


@cache
def claim_fields() -> dict[str, ModelField]:
    """Return the members of all kinds of claim together."""
    found: dict[str, ModelField] = {}
    for model in KINDS.values():
        for name, member in model_fields(model).items():
            found.setdefault(name, member)
    return found


def _is_date(hint: Any) -> bool:
    return hint in (Edtf, Retrieved) or any(one in (Edtf, Retrieved) for one in get_args(hint))


def _member(name: str, annotation: Any, *, required: bool, is_date: bool) -> ModelField:
    inner, many = _plain(annotation), False
    if get_origin(inner) is tuple:
        inner, many = _plain(get_args(inner)[0]), True
    model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None
    choices = get_args(inner) if get_origin(inner) is Literal else ()
    scalar = inner if inner in (int, bool) else str
    return ModelField(name, required, many, model, scalar, choices, is_date)


def _plain(annotation: Any) -> Any:
    """Return an annotation without its constraints and without None."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        options = [one for one in get_args(annotation) if one is not NoneType]
        return _plain(options[0])
    return annotation


_FLAGS = {"true": True, "false": False}


def convert_texts(value: Any, known: dict[str, ModelField]) -> Any:
    """Turn text into a number, true or false where the model has one, in place.

    YAML and CSV know only text; other text stays for the model to refuse. A known member that is
    None is removed, since it means the same as leaving it out; an unknown one stays for the model
    to refuse, since a misspelt name is wrong whatever it holds.
    """
    if isinstance(value, dict):
        drop_empty(value, known)
        for name, member in known.items():
            if name in value:
                value[name] = _converted(value[name], member)
    return value


def drop_empty(value: dict[str, Any], known: Container[str]) -> None:
    """Take out, in place, the known members that are None."""
    for name in [name for name, held in value.items() if held is None and name in known]:
        del value[name]


def _converted(value: Any, member: ModelField) -> Any:
    if member.model is not None:
        inner = model_fields(member.model)
        for one in value if member.many and isinstance(value, list) else (value,):
            convert_texts(one, inner)
    elif member.scalar is int and isinstance(value, str) and _is_number(value):
        return int(value)
    elif member.scalar is bool and isinstance(value, str):
        return _FLAGS.get(value.lower(), value)
    return value


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 16  # noqa: PLR2004  # digits of 2^53
