"""Read a claims file as a whole: return all claims, or raise every problem of the file.

docs/claims-files.md describes the format. Ids are not looked up here: whether a jurisdiction or a
body is *defined* depends on the ledger, which checks it when the claim is recorded. References of
the form ``key:<slug>`` stay as they are for the same reason.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from ledger.domain.claims import KINDS, Claim
from ledger.domain.validation_messages import FieldProblem, check_claim, did_you_mean
from ledger.errors import InputError
from ledger.intake import json_reader, yaml_reader
from ledger.intake.claim_template import unedited
from ledger.intake.csv_reader import read_csv
from ledger.intake.file_problems import (
    MAX_DOCUMENT_BYTES,
    MAX_ROWS_BYTES,
    FileProblems,
    decode,
    quoted,
)
from ledger.intake.line_numbers import NumberedList, NumberedMap, line_of
from ledger.intake.model_fields import (
    ModelField,
    claim_fields,
    convert_texts,
    drop_empty,
    model_fields,
)
from ledger.intake.table import Path, TableOptions, TableRow, constants_of, fill, placed
from ledger.intake.xlsx_reader import MAGIC, read_xlsx

Check = Callable[[Mapping[str, Any]], Iterable[FieldProblem]]
CheckRefs = Callable[[Mapping[str, Any], frozenset[str]], Iterable[FieldProblem]]
Format = Literal["yaml", "json", "ndjson", "csv", "xlsx"]
SUFFIXES: dict[str, Format] = {
    "yaml": "yaml",
    "yml": "yaml",
    "json": "json",
    "ndjson": "ndjson",
    "jsonl": "ndjson",
    "csv": "csv",
    "tsv": "csv",
    "xlsx": "xlsx",
}
_TOP = ("claims", "defaults")
# The digests of withheld values: put there by the log, never by a person.
_LOGS_OWN = frozenset({"_sd", "sd"})


@dataclass(frozen=True, slots=True)
class ParsedClaim:
    """A claim of a file, its first line (from 1), and ``ref``: its key, or ``#3`` for the third."""

    claim: Claim
    line: int
    ref: str


def read_claims(
    data: bytes,
    *,
    name: str,
    format: str | None = None,  # noqa: A002  # what it is called on the command line too
    check: Check | None = None,
    check_refs: CheckRefs | None = None,
    table: TableOptions = TableOptions(),  # noqa: B008  # frozen
) -> list[ParsedClaim]:
    """Read and validate every claim of a file, in the order of the file.

    YAML and JSON may be 16 MiB long, rows (NDJSON, CSV, XLSX) 256 MiB.

    Args:
        data: the bytes of the file.
        name: the file's name in problems; its suffix gives the format.
        format: yaml, json, ndjson, csv or xlsx, where the name has no such suffix.
        check: yields further problems of a raw claim, valid or not, such as undefined ids.
        check_refs: the same for references; it also gets every key given in the file.
        table: how to read a table, and the fields that are the same for all claims.

    Raises:
        BadClaimsFile: with all problems of the file. Nothing in it may then be recorded.
        InputError: an unknown format.
    """
    problems = FileProblems(name)
    chosen = _format(name, format, data)
    constants = constants_of(table.constants)
    if chosen == "xlsx":
        defaults, items = NumberedMap(1), [*read_xlsx(data, problems, table)]
    else:
        most = MAX_DOCUMENT_BYTES if chosen in _TREES else MAX_ROWS_BYTES
        text = decode(data, problems, most=most)
        defaults, items = _sheet(text, chosen, problems, table)
    _fill_in(items, defaults, constants)
    if not items and not problems:
        problems.add(0, "holds no claims")
    parsed = list(_claims(items, defaults, problems, _checks(items, check, check_refs)))
    _same_key(parsed, problems)
    problems.check()
    return parsed


def read_document(
    data: bytes,
    problems: FileProblems,
    format: str | None = None,  # noqa: A002  # as above
) -> Any:
    """Read YAML or JSON into values that know their lines. Raises BadClaimsFile, InputError."""
    chosen = _format(problems.file, format, data)
    if chosen not in _TREES:
        raise InputError(f"{chosen} holds rows of claims only", hint="write YAML or JSON")
    return _TREES[chosen](decode(data, problems, most=MAX_DOCUMENT_BYTES), problems)


_TREES: dict[str, Callable[[str, FileProblems], Any]] = {
    "yaml": yaml_reader.read_yaml,
    "json": json_reader.read_json,
}


def _format(name: str, asked: str | None, data: bytes) -> Format:
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    word = (asked or suffix).lower()
    if word in SUFFIXES:
        return SUFFIXES[word]
    if asked is None and not suffix:
        return _sniffed(data)
    raise InputError(
        f"{quoted(word)} is not a format of claims files",
        hint=f"use {', '.join(get_args(Format))}; the suffix of the file tells, or --format",
    )


def _sniffed(data: bytes) -> Format:
    """Return the format of something without a name, such as standard input."""
    if data.startswith(MAGIC):
        return "xlsx"
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start.startswith((b"{", b"[")):
        return "yaml"
    first = start.split(b"\n", 1)[0].rstrip()
    return "ndjson" if first.endswith(b"}") and b'"kind"' in first else "json"


def _fill_in(
    items: list[tuple[Any, int]], defaults: NumberedMap, constants: Sequence[tuple[Path, Any]]
) -> None:
    """Give every claim the constant fields that its kind has and it does not give itself."""
    for raw, _ in items if constants else ():
        if not isinstance(raw, dict):
            continue
        for path, value in sorted(constants, key=lambda one: one[0][0] != "kind"):
            known = _members_of(raw.get("kind", defaults.get("kind")))
            if (known is None or path[0] in known) and path[0] not in defaults:
                fill(raw, path, value)


def _sheet(
    text: str, chosen: Format, problems: FileProblems, table: TableOptions
) -> tuple[NumberedMap, list[tuple[Any, int]]]:
    """Return the defaults of a file and its raw claims, each with its line."""
    if chosen == "csv":
        return NumberedMap(1), list(read_csv(text, problems, table))
    if chosen == "ndjson":
        return NumberedMap(1), json_reader.read_ndjson(text, problems)
    tree = _TREES[chosen](text, problems)
    if isinstance(tree, NumberedMap) and "kind" in tree and "claims" not in tree:
        return NumberedMap(1), [(tree, tree.line)]
    if isinstance(tree, NumberedMap):
        for name in tree:
            if name not in _TOP:
                hint = did_you_mean(name, _TOP) or "it has claims, and defaults for all of them"
                line = tree.lines[name]
                problems.add(line, "is not part of a claims file", field=name, hint=hint)
        return _defaults(tree, problems), _items(tree.get("claims"), problems)
    return NumberedMap(1), _items(tree, problems)


def _items(claims: Any, problems: FileProblems) -> list[tuple[Any, int]]:
    if claims is None:
        return []
    if not isinstance(claims, NumberedList):
        problems.add(
            0, "is not a claims file", hint="write a list of claims, or claims: with a list"
        )
        return []
    return list(zip(claims, claims.lines, strict=True))


def _defaults(tree: NumberedMap, problems: FileProblems) -> NumberedMap:
    line = tree.lines.get("defaults", 1)
    given = tree.get("defaults")
    made = NumberedMap(line)
    if given is not None and not isinstance(given, dict):
        problems.add(line, "is not a set of fields", field="defaults")
    for name, value in given.items() if isinstance(given, dict) else ():
        where = given.lines[name] if isinstance(given, NumberedMap) else line
        if name in claim_fields():
            made.put(name, value, where)
        elif name not in _LOGS_OWN:
            hint = did_you_mean(name, claim_fields())
            problems.add(where, "no claim has this field", field=f"defaults.{name[:60]}", hint=hint)
        else:
            _refuse_own(problems, where, f"defaults.{name}")
    return made


def _checks(
    items: list[tuple[Any, int]], check: Check | None, check_refs: CheckRefs | None
) -> list[Check]:
    """Return the caller's checks as functions of one claim."""
    checks = [check] if check else []
    if check_refs:
        given = [raw.get("key") for raw, _ in items if isinstance(raw, dict)]
        keys = frozenset(key for key in given if isinstance(key, str))
        checks.append(lambda claim: check_refs(claim, keys))
    return checks


def _claims(
    items: list[tuple[Any, int]],
    defaults: NumberedMap,
    problems: FileProblems,
    checks: Sequence[Check],
) -> Iterator[ParsedClaim]:
    """Yield every valid claim, and note the problems of the others."""
    for number, (raw, line) in enumerate(items, 1):
        if not isinstance(raw, dict):
            problems.add(
                line, f"is not a claim but {quoted(raw)}", hint="a claim is a set of fields"
            )
            continue
        value = _merged(raw, line, defaults)
        own = next(_log_names(value, ""), None)
        if own is not None:
            _refuse_own(problems, line_of(value, own, line), own)
            continue
        # A table of mixed kinds has every column in every row: fields of other kinds may be empty.
        drop_empty(value, claim_fields())
        convert_texts(value, _members_of(value.get("kind")) or claim_fields())
        claim, found = check_claim(value)
        beside = [problem for check in checks for problem in check(value)]
        every = [*found, *unedited(value), *beside]
        if isinstance(raw, TableRow):
            every = [placed(one, raw.columns) for one in every]
        add_problems(every, value, line, problems)
        if claim is not None:
            yield ParsedClaim(claim, line, claim.key or f"#{number}")


def add_problems(
    found: Sequence[FieldProblem], value: object, line: int, problems: FileProblems
) -> None:
    """Add the problems of one claim or definition, each with the line of its field."""
    fields = [problem.field for problem in found]
    for field, message, hint in found:
        # A list is short of elements as well when one of them is wrong: that one says enough.
        if not any(other.startswith(f"{field}[") for other in fields):
            problems.add(line_of(value, field, line), message, field=field, hint=hint)


def _merged(raw: dict[str, Any], line: int, defaults: NumberedMap) -> NumberedMap:
    """Return a claim with those defaults that its kind has and that it does not set itself."""
    made = NumberedMap(line)
    lines = raw.lines if isinstance(raw, NumberedMap) else {}
    for name, value in raw.items():
        made.put(name, value, lines.get(name, line))
    known = _members_of(raw.get("kind", defaults.get("kind")))
    for name, value in defaults.items():
        if name not in made and (known is None or name in known):
            made.put(name, value, defaults.lines[name])
    return made


def _members_of(kind: Any) -> dict[str, ModelField] | None:
    """Return the fields of a kind of claim; None for anything that is no kind."""
    model = KINDS.get(kind) if isinstance(kind, str) else None
    return model_fields(model) if model else None


def _log_names(value: Any, path: str) -> Iterator[str]:
    """Yield the fields that only the log writes, wherever they are."""
    if isinstance(value, dict):
        for name in _LOGS_OWN.intersection(value):
            yield f"{path}{name}"
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for step, held in inside:
        if isinstance(held, dict | list):
            yield from _log_names(held, f"{path}{step}.")


def _refuse_own(problems: FileProblems, line: int, field: str) -> None:
    problems.add(line, "is written by the log only", field=field, hint="give the value itself")


def _same_key(parsed: list[ParsedClaim], problems: FileProblems) -> None:
    """Refuse two claims under one key."""
    first: dict[str, ParsedClaim] = {}
    for one in parsed:
        if one.claim.key is None:
            continue
        held = first.setdefault(one.claim.key, one)
        if held is not one:
            what = "this claim" if held.claim == one.claim else "another claim"
            problems.add(
                one.line,
                f"{quoted(one.claim.key)} is already the key of {what}, on line {held.line}",
                field="key",
            )
