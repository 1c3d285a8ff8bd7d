"""docs/json.md says what --json prints: every schema, every member."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Cli

DOCUMENT = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")
# Maps whose names are data, and JSON that has its own documentation.
_DATA = {"entry", "opened", "actors", "children", "claims", "terms", "disclosures"}
_CELL = ("status", "-j", "PK", "-a", "va.deal", "--as-of", "2025-06-20")
COMMANDS = {
    "regledger/status/v1": _CELL,
    "regledger/why/v1": ("why", "PK", "va.deal", "--as-of", "2025-06-20"),
    "regledger/board/v1": ("status",),
    "regledger/history/v1": ("history",),
    "regledger/entry/v1": ("show", "pk-va-law-2025-exchange"),
    "regledger/diff/v1": ("diff", "2025-06-20@70", "2025-12-12"),
    "regledger/calendar/v1": ("calendar", "--from", "2025-01-01", "--to", "2027-12-31"),
    "regledger/pending/v1": ("review", "list"),
    "regledger/verify/v1": ("verify",),
    "regledger/actors/v1": ("actor", "list"),
    "regledger/signed/v1": ("actor", "signed", "admin"),
    "regledger/policy/v1": ("policy", "show"),
    "regledger/keys/v1": ("key", "list"),
    "regledger/key/v1": ("key", "show", "admin"),
    "regledger/rebuild/v1": ("db", "rebuild"),
    "regledger/follow/v1": ("db", "follow"),
    "regledger/db-check/v1": ("db", "check"),
    "regledger/doctor/v1": ("doctor",),
    "regledger/term/v1": ("help", "lapsed"),
    "regledger/list/v1": ("list", "places"),
    "regledger/glossary/v1": ("help",),
    "regledger/version/v1": ("version",),
}


def members(value: Any) -> Iterator[str]:
    """The names of all members, but of maps whose names are data."""
    if isinstance(value, dict):
        for name, held in value.items():
            yield name
            if name not in _DATA or isinstance(held, list):
                yield from members(held)
    elif isinstance(value, list):
        for held in value:
            yield from members(held)


def section(schema: str) -> str:
    """The part of the document about a schema, with the parts that it refers to."""
    parts = re.split(r"^## ", DOCUMENT, flags=re.MULTILINE)
    own = next(part for part in parts if schema in part)
    named = set(re.findall(r"regledger/[a-z-]+/v1", own)) - {schema}
    own += "".join(part for part in parts if any(part.startswith(name) for name in named))
    return own + next(part for part in parts if "regledger/history-item/v1" in part)


@pytest.mark.parametrize("schema", COMMANDS)
def test_every_member_is_documented(sample: Cli, schema: str) -> None:
    """A command prints the schema it says, and the document names each member of it."""
    value = sample.ok(*COMMANDS[schema], "--json").json
    assert value["schema"] == schema
    said = set(re.findall(r"`([a-z_A-Z]+)`", section(schema)))
    if schema == "regledger/version/v1":
        said |= {"sqlalchemy", "cryptography", "pydantic", "orjson"}
    assert set(members(value)) - {"schema"} <= said


def test_the_snapshot_is_documented(sample: Cli) -> None:
    """So is what has no --json because it is JSON."""
    value = sample.ok("snapshot").json
    said = set(re.findall(r"`([a-z_]+)`", section("regledger/snapshot/v1")))
    assert set(members(value)) - {"schema"} <= said


def test_every_documented_schema_is_printed_by_something() -> None:
    """No schema is documented that no command prints, as the source says."""
    source = Path(__file__).parents[2] / "ledger"
    printed = set()
    for path in source.rglob("*.py"):
        printed |= set(re.findall(r'"(regledger/[a-z-]+/v1)"', path.read_text("utf-8")))
    internal = {"regledger/known/v1"}  # the memory of known ledgers, no output
    documented = set(re.findall(r"regledger/[a-z-]+/v1", DOCUMENT))
    assert documented == printed - internal
