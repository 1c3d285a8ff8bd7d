"""The house keeps its plan: import order, light start-up, files named for what they hold."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [path for room in ("ledger", "tui", "migrations") for path in (ROOT / room).rglob("*.py")]
# What the law and the log may use; everything else installed is hidden from them.
ALLOWED = {
    "pydantic": ["pydantic", "pydantic_core", "annotated_types", "typing_extensions"],
    "orjson": ["orjson"],
    "cryptography": ["cryptography", "cffi", "_cffi_backend", "pycparser"],
}
ALONE = """
import importlib, importlib.abc, json, pkgutil, sys, sysconfig

allowed = {"ledger", "typing_inspection", *json.loads(sys.argv[1])}

class Hide(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        root = name.partition(".")[0]
        if root in sys.stdlib_module_names or root in allowed or root.startswith("_"):
            return None
        raise ModuleNotFoundError(f"{name} is hidden", name=name)

sys.meta_path.insert(0, Hide())
room = importlib.import_module(sys.argv[2])
names = [found.name for found in pkgutil.walk_packages(room.__path__, room.__name__ + ".")]
for name in names:
    importlib.import_module(name)
others = [m for m in sys.modules if m.startswith("ledger.") and m.count(".") > 1]
print(json.dumps([names, others]))
"""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the project with these words."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_import_contracts_hold() -> None:
    """Each room imports only the rooms below it; every new module has a place in the order."""
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("room", ["domain", "log"])
def test_the_law_and_the_log_run_alone(room: str) -> None:
    """With only pydantic, orjson and cryptography to import, every module of the room loads."""
    allowed = [name for names in ALLOWED.values() for name in names]
    done = run("-c", ALONE, json.dumps(allowed), f"ledger.{room}")
    assert done.returncode == 0, done.stderr
    names, loaded = json.loads(done.stdout)
    assert len(names) > 5
    assert {name.split(".")[1] for name in loaded} == {room}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["status", "--help"], ["record", "--help"], ["verify", "--help"]]
)
def test_help_loads_neither_database_nor_terminal_toolkit(arguments: list[str]) -> None:
    """Help is quick because it imports neither SQLAlchemy nor Textual."""
    code = (
        "import sys; from ledger.cli.main import main; code = main(sys.argv[1:]);"
        "print(*sorted({m.partition('.')[0] for m in sys.modules}), file=sys.stderr);"
        "sys.exit(code)"
    )
    done = run("-c", code, *arguments)
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout
    # pydantic is not among them: typer loads it itself where it is installed
    heavy = {"sqlalchemy", "alembic", "textual", "cryptography", "yaml"}
    assert heavy & set(done.stderr.split()) == set()


def test_the_package_itself_is_light() -> None:
    """``import ledger`` alone loads no dependency at all."""
    before = "import sys; before = set(sys.modules); import ledger;"
    done = run("-c", before + "print(*{m.partition('.')[0] for m in set(sys.modules) - before})")
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert loaded - set(sys.stdlib_module_names) == {"ledger"}


def test_migrations_know_the_schema_only() -> None:
    """A migration that imported more would change its meaning when that changes."""
    imported = {
        (node.module or "")
        for path in (ROOT / "migrations").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
    }
    assert {name for name in imported if name.startswith(("ledger", "tui"))} <= {
        "ledger.store.schema",
        "ledger.store",
    }


def test_no_module_is_called_utils() -> None:
    """A file is named for what it holds."""
    vague = {"utils", "util", "helpers", "common", "misc", "tools"}
    assert [path for path in SOURCES if path.stem in vague] == []


def test_every_silenced_check_says_which() -> None:
    """What silences a linter or the type checker names the rule it silences."""
    for path in SOURCES:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for mark in ("noqa", "type: ignore"):
                _, found, after = line.partition(f"# {mark}")
                if found:
                    assert after[:1] in (":", "["), f"{path}:{number} silences everything"


def test_json_of_others_is_read_by_one_strict_reader() -> None:
    """The parsers of libraries take a member twice: only the readers that refuse that call them.

    The second list reads back what this program encoded: the bytes of entries, rows of views, its
    own data. Data of events, lines of published files and members of packs are encoded again and
    compared.
    """
    strict = {"ledger/log/canonical.py", "ledger/intake/json_reader.py", "ledger/data/verifier.py"}
    encoded_again = {
        "ledger/domain/events.py",
        "ledger/proofs/pack_format.py",
        "ledger/verify/published_parts.py",
    }
    own = {
        *(f"ledger/api/{n}.py" for n in ("creating", "entries", "preview")),
        *(
            f"ledger/queries/{n}.py"
            for n in ("board", "entry", "history", "signed_by", "text_search")
        ),
        *(
            f"ledger/projections/{n}.py"
            for n in ("compromised_keys", "policy", "stored_state", "taxonomy")
        ),
    }
    reading = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        if node.attr in {"model_validate_json", "validate_json", "JSONDecoder"}
        or (node.attr in {"loads", "load"} and ast.unparse(node.value) in {"json", "orjson"})
    }
    assert reading == strict | encoded_again | own


def test_only_the_clock_reads_the_time() -> None:
    """Time, randomness and keys come in as arguments; the law and the log never ask for them."""
    asking = {"now", "today", "utcnow", "time", "time_ns", "token_bytes", "urandom", "uuid4"}
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for room in ("domain", "log")
        for path in (ROOT / "ledger" / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in asking
    ]
    assert found == []
