"""The pages to look things up in leave nothing out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ledger.cli import settings
from tests.docs.pages import ROOT, written

CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
PYTHON = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


def test_every_variable_of_the_environment_is_on_the_page() -> None:
    """What the code asks the environment for has a line in the table, and nothing else has."""
    code = "".join(
        path.read_text(encoding="utf-8")
        for room in ("ledger", "tui")
        for path in (ROOT / room).rglob("*.py")
    )
    read = set(re.findall(r'"(_?REGLEDGER_[A-Z_]+|XDG_[A-Z]+_HOME|NO_COLOR)"', code))
    assert len(read) > 8
    table = CONFIGURATION.partition("## Every variable")[2]
    assert {name for name in read if f"`{name}`" not in table} == set()
    listed = set(re.findall(r"(?m)`(_?REGLEDGER_[A-Z_]+)`", CONFIGURATION))
    assert {name for name in listed if name not in code} == set()


def test_the_example_of_regledger_toml_has_every_member_and_is_read(tmp_path: Path) -> None:
    """The file on the page is accepted, and sets everything that such a file can set."""
    (example,) = re.findall(r'(?ms)^```toml title="regledger.toml"\n(.*?)^```', CONFIGURATION)
    (tmp_path / settings.FILE).write_text(example, encoding="utf-8")
    found = settings.resolve(db=None, actor=None, environ={}, directory=tmp_path)
    assert found.db_path == tmp_path / "compliance.db"
    assert found.key_directory == tmp_path / "keys"
    assert (found.actor, found.pinned) == ("sana", "example.org/compliance")
    assert set(re.findall(r"(?m)^(\w+) =", example)) == settings._MEMBERS


def test_the_python_page_names_what_there_is() -> None:
    """Each directive names a module, class or function; the parts of a ledger are all there."""
    from pydoc import locate

    from ledger.api.parts import LedgerParts

    named = re.findall(r"(?m)^::: (\S+)$", PYTHON)
    assert len(named) > 8
    assert [name for name in named if locate(name) is None] == []
    parts = [name for name in vars(LedgerParts) if not name.startswith("_")]
    classes = {getattr(locate(name), "__name__", "").lower() for name in named}
    assert [name for name in parts if name not in classes and name != "preview"] == []


@pytest.mark.parametrize("start", ["mkdocs.yml", "docs/index.md", "README.md"])
def test_every_page_can_be_reached(start: str) -> None:
    """The site, its first page and the README lead to every page there is."""
    text = (ROOT / start).read_text(encoding="utf-8")
    if start == "mkdocs.yml":
        assert yaml.safe_load(text)["theme"]["font"] is False  # nothing is fetched
    missing = [
        str(page.relative_to(ROOT / "docs"))
        for page in written()[1:]
        if page.name not in text and page.parent.name != "adr" and page.name != "index.md"
    ]
    assert missing == []
