"""The documents say what the program does."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def generator() -> ModuleType:
    """The script that writes docs/commands.md."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_commands_page_is_current() -> None:
    """docs/commands.md is what ``make docs`` would write now."""
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == generator().page()


def test_every_command_and_option_is_on_the_page_and_explained() -> None:
    """Each command has its section and help; each option its spelling and a word about it."""
    make = generator()
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8").replace(r"\|", "|")
    sections = dict(re.findall(r"(?ms)^## (regledger[^\n]*)\n(.*?)(?=^## |\Z)", text))
    for path, command, context in make.commands():
        assert command.help, f"{path} has no help"
        for written, words in make.options(command, context):
            assert f"`{written}`" in sections[path]
            assert words, f"{path} {written} has no help"


def test_the_check_fails_when_the_page_is_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page that differs by a word is told, with what to do."""
    make = generator()
    old = tmp_path / "commands.md"
    monkeypatch.setattr(make, "PAGE", old)
    assert make.main(["--check"]) == 1
    assert make.main([]) == 0
    assert make.main(["--check"]) == 0
    old.write_text(old.read_text(encoding="utf-8") + "more\n", encoding="utf-8")
    assert make.main(["--check"]) == 1
    assert "make docs" in capsys.readouterr().err


def test_claims_files_are_documented_field_by_field() -> None:
    """docs/claims-files.md names every field that a claim can have."""
    from ledger.intake.model_fields import claim_fields

    text = (ROOT / "docs" / "claims-files.md").read_text(encoding="utf-8")
    missing = [name for name in claim_fields() if f"`{name}`" not in text]
    assert missing == []


def test_examples_in_the_claims_files_page_are_read(tmp_path: Path) -> None:
    """Every YAML, JSON and CSV example of the page is a claims file that is accepted."""
    from ledger.intake import read_claims, read_definitions

    text = (ROOT / "docs" / "claims-files.md").read_text(encoding="utf-8")
    examples = re.findall(r"(?ms)^```(yaml|json|ndjson|csv)\n(.*?)^```", text)
    assert {kind for kind, _ in examples} == {"yaml", "json", "ndjson", "csv"}
    for kind, example in examples:
        read = read_definitions if example.startswith("jurisdictions:") else read_claims
        assert read(example.encode(), name=f"example.{kind}")


def test_make_has_few_targets() -> None:
    """The Makefile stays a page: at most eleven targets, each with a word of help."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.findall(r"(?m)^\.PHONY: (.*)$", text)[0].split()
    assert len(phony) <= 11
    assert set(re.findall(r"(?m)^([a-z-]+):.* ## ", text)) | {"help", "clean"} == set(phony)


def test_no_document_names_a_registry_or_a_private_path() -> None:
    """Locks and documents hold no address of a package index."""
    assert sys.version_info >= (3, 11)
    for name in (
        "requirements.lock",
        "docs/requirements.lock",
        "pyproject.toml",
        "Makefile",
        ".ci/run",
    ):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "index-url" not in text.replace("--no-emit-index-url", "")
        assert not re.search(r"https?://", text)


def test_the_architecture_page_names_every_room_and_only_what_is_there() -> None:
    """Each path on the pages for contributors exists, and no room of the library is left out."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    both = page + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = set(re.findall(r"`((?:ledger|tui|tests|migrations|docs)/[\w/.-]*)`", both))
    assert len(paths) > 40
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []
    rooms = {path.parent.relative_to(ROOT) for path in (ROOT / "ledger").glob("*/__init__.py")}
    assert [room for room in sorted(rooms) if f"`{room}/`" not in page] == []


def test_every_flag_is_explained_and_in_the_table() -> None:
    """A flag that resolve sets has a line in docs/domain.md, and each line a glossary term."""
    from ledger.domain.glossary import GLOSSARY

    page = (ROOT / "docs" / "domain.md").read_text(encoding="utf-8")
    table = page.partition("\n## Warnings: flags\n")[2].partition("\n## ")[0]
    listed = set(re.findall(r"(?m)^\| `([a-z_]+(?::[a-z]+)?)", table))
    sources = (ROOT / "ledger" / "domain" / "resolve").glob("*.py")
    code = "".join(path.read_text(encoding="utf-8") for path in sources)
    added = set(re.findall(r"""flags\.add\("([a-z_:]+)"\)""", code))
    assert len(added) > 5
    assert added - listed == set()
    assert listed - set(GLOSSARY) == set()
