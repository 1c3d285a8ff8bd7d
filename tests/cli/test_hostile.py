"""Text that somebody else wrote never acts: not on a terminal, not as markup."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

EVIL = "A\x1b[2J\x1b]0;owned\x07B\u202eC\x9b31m\u2028D [/foo] [red]E[/red] \U000e0041F"
ACTING = "\x1b\x07\u202e\x9b\u2028\U000e0041\r\b"


@pytest.fixture(scope="module")
def poisoned_home(started: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a ledger that holds hostile text wherever text can stand."""
    office = Cli(Path(shutil.copytree(started, tmp_path_factory.mktemp("poisoned") / "home")))
    report = {"url": "https://example.org/a", "publisher": EVIL, "title": EVIL}
    base = {"jurisdiction": "PK", "activity": "va.exchange", "force": "primary", "note": EVIL}
    claims = [
        {
            **base,
            "kind": "norm",
            "key": "evil",
            "effect": "prohibit",
            "statement": EVIL,
            "effective_from": "2025-01-01",
            "instrument": {"id": "X", "title": EVIL, "number": EVIL},
            "reports": [report],
        },
        {
            **base,
            "kind": "declaration",
            "force": "official",
            "asserts": "legal",
            "statement": EVIL,
            "uttered_at": "2025-01-02",
            "speakers": [{"person": EVIL, "office": EVIL}],
            "reports": [report],
        },
    ]
    office.ok("record", office.file("evil.json", json.dumps(claims)), "--as", "sana")
    office.ok("review", "approve", "@6", "@7", "--as", "omar", "--comment", EVIL)
    office.ok("dispute", "evil", "--reason", "other", "--comment", EVIL, "--as", "sana")
    return office.home


@pytest.fixture
def poisoned(poisoned_home: Path, tmp_path: Path) -> Cli:
    """A copy of that ledger."""
    return Cli(Path(shutil.copytree(poisoned_home, tmp_path / "poisoned")))


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("status", "-j", "PK", "-a", "va.exchange"),
        ("why", "PK", "va.exchange"),
        ("history",),
        ("history", "owned"),
        ("show", "evil"),
        ("show", "@7"),
        ("show", "@8"),
        ("log",),
        ("diff", "@6", "@9"),
        ("snapshot", "--format", "csv"),
        ("review", "list"),
    ],
)
def test_hostile_text_is_shown_as_text(poisoned: Cli, words: tuple[str, ...]) -> None:
    """No escape, bell, bidi control or invisible tag reaches the output; brackets stay."""
    result = poisoned.ok(*words)
    for character in ACTING:
        assert character not in result.out.replace("\r\n", "\n"), repr(character)


def test_hostile_text_is_not_lost(poisoned: Cli) -> None:
    """What was written can be read in the escaped form, markup included."""
    shown = poisoned.ok("show", "evil").out.replace("\n      ", " ")
    assert "A\\x1b[2J\\x1b]0;owned\\x07B\\u202eC\\x9b31m\\u2028D [/foo] [red]E[/red]" in shown


@pytest.mark.parametrize(
    "words", [("show", "evil"), ("history",), ("why", "PK", "va.exchange"), ("show", "@8")]
)
def test_json_is_harmless_and_exact(poisoned: Cli, words: tuple[str, ...]) -> None:
    """--json holds no acting character either, and parses to the very text."""
    result = poisoned.ok(*words, "--json")
    assert not set(ACTING) & set(result.out)
    if words == ("show", "evil"):
        assert result.json["opened"]["claim"]["statement"] == EVIL


@pytest.mark.parametrize(
    "words",
    [
        ("show", EVIL),
        ("status", "-j", EVIL),
        ("why", "PK", EVIL),
        ("help", EVIL),
        ("record", EVIL, "--as", "sana"),
        ("trust", EVIL),
        (EVIL,),
        ("status", "--view", EVIL),
        ("diff", EVIL, EVIL),
        ("init", EVIL, "--as", "ana"),
        ("status", "--db", EVIL),
        ("key", "new", EVIL),
    ],
)
def test_hostile_arguments_are_shown_as_text(office: Cli, words: tuple[str, ...]) -> None:
    """An argument that comes back in an error is escaped, with and without --json."""
    for more in ((), ("--json",)):
        result = office(*words, *more)
        assert result.code in {2, 3}
        assert not set(ACTING) & set(result.err + result.out), result.err


def test_hostile_files_are_quoted_harmlessly(office: Cli) -> None:
    """A bad value of a claims file is quoted in the error, escaped."""
    claims = [{"kind": EVIL, "jurisdiction": EVIL, EVIL: 1}]
    result = office("record", office.file("e.json", json.dumps(claims)), "--as", "sana")
    assert result.code == 2
    assert not set(ACTING) & set(result.err)
