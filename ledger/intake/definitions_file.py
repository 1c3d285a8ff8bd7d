"""Read a definitions file: bodies, activities, actor classes, jurisdictions and profiles.

::

    jurisdictions: [{id: PK, name: Pakistan}]
    activities: [{id: export, name: Export, regime: trade}]
    actor_classes: [{id: vasp.registered, name: Registered providers}]
    bodies: [{id: PK.SBP, name: State Bank of Pakistan, jurisdiction: PK}]
    profiles: []

They are returned in an order in which each stands after the definitions it refers to.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ledger.domain.definitions import (
    KIND_OF,
    Activity,
    ActorClass,
    Body,
    Definition,
    Jurisdiction,
    Profile,
    subject_of_definition,
)
from ledger.domain.taxonomy import ALIASES
from ledger.domain.validation_messages import did_you_mean, explain_errors
from ledger.intake.claims_file import add_problems, read_document
from ledger.intake.file_problems import FileProblems, quoted
from ledger.intake.line_numbers import NumberedList, NumberedMap
from ledger.intake.model_fields import convert_texts, model_fields

# In the order in which they can be defined: bodies name jurisdictions and classes, never the other
# way round.
SECTIONS: dict[str, type[Definition]] = {
    "jurisdictions": Jurisdiction,
    "activities": Activity,
    "actor_classes": ActorClass,
    "bodies": Body,
    "profiles": Profile,
}


@dataclass(frozen=True, slots=True)
class ParsedDefinition:
    """A definition of a file, with the line it starts on (from 1). ``ref``: ``body:PK.SBP``."""

    definition: Definition
    line: int
    ref: str


def read_definitions(
    data: bytes,
    *,
    name: str,
    format: str | None = None,  # noqa: A002  # what it is called on the command line too
) -> list[ParsedDefinition]:
    """Read and validate every definition of a YAML or JSON file of at most 16 MiB.

    Raises BadClaimsFile with all problems of the file, InputError for another format.
    """
    problems = FileProblems(name)
    tree = read_document(data, problems, format)
    if not isinstance(tree, NumberedMap):
        problems.stop(0, "is not a definitions file", hint=f"it has {', '.join(SECTIONS)}")
    for section in tree:
        if section not in SECTIONS:
            hint = did_you_mean(section, SECTIONS, most=1) or f"it has {', '.join(SECTIONS)}"
            line = tree.lines[section]
            problems.add(line, "is not part of a definitions file", field=section, hint=hint)
    found = [one for section in SECTIONS for one in _ordered(_section(tree, section, problems))]
    if not found and not problems:
        problems.add(0, "defines nothing")
    problems.check()
    return found


def _section(
    tree: NumberedMap, section: str, problems: FileProblems
) -> dict[str, ParsedDefinition]:
    """Return the valid definitions of one section, by id, in the order of the file."""
    items = tree.get(section)
    line = tree.lines.get(section, 0)
    if items is not None and not isinstance(items, NumberedList):
        problems.add(line, "is not a list", field=section)
    found: dict[str, ParsedDefinition] = {}
    for raw, at in zip(items, items.lines, strict=True) if isinstance(items, NumberedList) else ():
        for one in _definition(raw, at, SECTIONS[section], problems):
            if one.ref in found:
                problems.add(at, f"{quoted(one.ref)} is defined twice", field="id")
            found[one.ref] = one
    return found


def _definition(
    raw: Any, line: int, model: type[Definition], problems: FileProblems
) -> Iterator[ParsedDefinition]:
    if not isinstance(raw, dict):
        problems.add(line, f"is not a definition but {quoted(raw)}", hint="it is a set of fields")
        return
    convert_texts(raw, model_fields(model))
    try:
        made = model.model_validate(raw)
    except ValidationError as error:
        add_problems(explain_errors(error, model), raw, line, problems)
        return
    if isinstance(made, Jurisdiction) and (meant := ALIASES.get(made.id.partition("-")[0])):
        hint = f"use {meant}, so that its law is found under one code"
        problems.add(line, f"{made.id} is an alias: ISO 3166-1 says {meant}", field="id", hint=hint)
    yield ParsedDefinition(made, line, subject_of_definition(made))


def _ordered(found: dict[str, ParsedDefinition]) -> list[ParsedDefinition]:
    """Return parents and members first. The ledger's rules refuse a circle later."""
    done: dict[str, ParsedDefinition] = {}
    todo = [(ref, False) for ref in reversed(found)]
    opened: set[str] = set()
    while todo:
        ref, ready = todo.pop()
        if ready:
            done[ref] = found[ref]
        elif ref not in opened:
            opened.add(ref)
            todo.append((ref, True))
            todo.extend((needed, False) for needed in _needs(found[ref]) if needed in found)
    return list(done.values())


def _needs(one: ParsedDefinition) -> list[str]:
    made = one.definition
    if isinstance(made, Profile):
        return []
    ids = [made.parent] if made.parent else []
    if isinstance(made, Jurisdiction):
        ids += [member.jurisdiction for member in made.members]
    return [f"{KIND_OF[type(made)]}:{name}" for name in ids]
