"""Golden files: what commands print, the schema of a database and the committed vectors.

A file in ``outputs`` is a transcript. ``$`` begins a command line without its first word; below it
stand its stdout (``|``), its stderr (``!``) and its exit code (``=``) where that is not 0. Beside
the commands of ``regledger`` there are ``ls``, ``cat`` and ``vector``, and ``<`` and ``>``. Random
values are replaced by names such as ``<ID3>``, which a later command line may use. To add a case,
write its command line and run the tests once with ``REGLEDGER_REWRITE_GOLDEN=1``.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import shlex
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from unittest import mock

import pytest
import sqlalchemy as sa

from ledger.sqlite_driver import sqlite3
from tests.cli.conftest import Cli, Result
from tests.store.conftest import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]  # fixtures

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
VECTORS = ROOT / "tests" / "vectors"
REWRITE = os.environ.get("REGLEDGER_REWRITE_GOLDEN") == "1"
NOW = datetime(2026, 7, 7, 9, 30, 15, 123456, UTC)  # a day after the last entry of the sample
LENGTH = 150  # of the path of every home: lines are wrapped by it
SAMPLE, EMPTY = "# starts with the sample ledger", "# starts with an empty home"
OWN = ("demo", "help")  # transcripts that are made otherwise

RANDOM = {
    "ID": r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
    "KEY": r"\b[a-z][\w./-]*\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}(?![A-Za-z0-9+/])",  # the name stays
    "QUANTUM": r"\b[a-z][\w./-]*\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*…?",
    "HASH": r"\b(?!9223372036854775807\b)[0-9a-f]{16,64}\b|(?<=by key )[0-9a-f]{8}\b",
    "DIGEST": r"(?<=\")[A-Za-z0-9_-]{43}(?=\")",
    "BASE64_": r"(?:(?<=\\n)|(?<![A-Za-z0-9+/\\]))[A-Za-z0-9+/]{43,}={0,2}",
    "SALT": r"(?<=\"salt\":\")[A-Za-z0-9_-]+",
}
# Replaced without a number: they depend on the machine, or on the length of a path.
MACHINE = {
    r"(?m)^(\W*(?:versions|durability) +)\S.*(\n\W {16,}.*)*": r"\1<MACHINE>",
    r'("subject": "(?:versions|durability)",\W+"found": ")[^"]*': r"\1<MACHINE>",
    r'(?m)^(\W+(?:regledger|python|sql\w+|cryptography|pydantic|orjson)"?:? "?)\d[\d.]+': (
        r"\1<VERSION>"
    ),
    r'(?m)^(\W+sqlite_driver"?:? "?)[a-z][\w. ]+': r"\1<VERSION>",
    r"run\s+\W?\s*<ROOT>(\S+)\s+(?:\|\s+)?as in\s": r"run <ROOT>\1 as in ",
}
# Listed in the order of random values.
UNORDERED = re.compile(r'(?<="signed_by": \[\n)[^]]+(?=\n\|    *\])')


def _sorted(listed: re.Match[str]) -> str:
    return ",\n".join(sorted(listed[0].split(",\n")))


class Names:
    """Gives each random value of a transcript a name, the same one every time."""

    def __init__(self, *roots: tuple[Path, str]) -> None:
        self._roots = roots
        self._named: dict[str, str] = {}
        self._count: dict[str, int] = {}
        self._random = re.compile("|".join(f"(?P<{kind}>{x})" for kind, x in RANDOM.items()))

    def keep(self, text: str) -> None:
        """Leave the values of a text as they are: whoever writes them knows them."""
        self._named |= {found[0]: found[0] for found in self._random.finditer(text)}

    def hide(self, text: str) -> str:
        """Return the text with names in place of random values."""
        for path, name in self._roots:
            text = text.replace(str(path), name)
        text = self._random.sub(self._name, text)
        text = UNORDERED.sub(_sorted, text)
        for pattern, name in MACHINE.items():
            text = re.sub(pattern, name, text)
        return text

    def reveal(self, text: str) -> str:
        """Return a command line with values in place of their names."""
        for value, name in self._named.items():
            text = text.replace(name, value)
        return text

    def _name(self, found: re.Match[str]) -> str:
        kind, value = str(found.lastgroup), found[0]
        if value not in self._named:
            self._count[kind] = self._count.get(kind, 0) + 1
            start = value[: value.index("+") + 1] if kind in {"KEY", "QUANTUM"} else ""
            self._named[value] = f"{start}<{kind}{self._count[kind]}>"
        return self._named[value]


class Desk:
    """Runs the command lines of a transcript in one home, with a clock that stands still."""

    def __init__(self, home: Path, **env: str) -> None:
        self.home = home
        self._cli = Cli(home, COLUMNS="100", NO_COLOR="1", TZ="UTC", LC_ALL="C.UTF-8", **env)
        self.names = Names((home, "<HOME>"), (ROOT, "<ROOT>"))

    def transcript(self, given: str) -> str:
        """Return a transcript with what its commands print now."""
        lines = [line for line in given.split("\n") if line[:1] in {"#", "$"}]
        self.names.keep("\n".join(lines))
        return "".join(f"{x}\n" + (self._shown(x[2:]) if x[0] == "$" else "") for x in lines)

    def run(self, line: str) -> Result:
        """Run one command line, with variables before it and redirections after it."""
        words = shlex.split(self.names.reveal(line))
        env: dict[str, str | None] = {}
        while re.match(r"[A-Z_]+=", words[0]):
            name, _, env[name] = words.pop(0).partition("=")
        files: dict[str, str] = {}
        while len(words) > 2 and words[-2] in {"<", ">"}:
            name, sign = words.pop(), words.pop()
            files[sign] = name
        if words[0] in {"ls", "cat", "vector"}:
            return Result(0, getattr(self, words[0])(words[1]), "")
        stdin = (self.home / files["<"]).read_text("utf-8") if "<" in files else ""
        with mock.patch("ledger.clock.SystemClock.now", return_value=NOW):
            result = self._cli(*words, stdin=stdin, env=env)
        if ">" in files:
            (self.home / files[">"]).write_bytes(result.out.encode())
            return Result(result.code, "", result.err)
        return result

    def _shown(self, line: str) -> str:
        return self.names.hide(shown(self.run(line)))

    def cat(self, name: str) -> str:
        """Return the content of a file."""
        return (self.home / name).read_bytes().decode()

    def ls(self, name: str) -> str:
        """Return what is in a directory or a zip file."""
        place = self.home / name
        if place.is_dir():
            return "".join(f"{path.relative_to(place)}\n" for path in sorted(place.rglob("*")))
        with zipfile.ZipFile(place) as pack:
            return "".join(f"{name}\n" for name in pack.namelist())

    def vector(self, case: str) -> str:
        """Put a committed log together, as tests/vectors/README.md says."""
        expected = json.loads((VECTORS / "expected.json").read_bytes())
        for name in ("good", case):
            if (VECTORS / "logs" / name).exists():
                shutil.copytree(VECTORS / "logs" / name, self.home / case, dirs_exist_ok=True)
        for name in expected["cases"][case].get("removed", ()):
            (self.home / case / name).unlink()
        return ""


def shown(result: Result) -> str:
    """Return what a command printed as lines of a transcript."""
    text = ""
    for sign, content in (("|", result.out), ("!", result.err)):
        *lines, rest = content.replace("\r", "<CR>").split("\n")
        text += "".join(f"{sign} {line}\n" if line else f"{sign}\n" for line in lines)
        text += f"{sign} {rest}<NO LINE END>\n" if rest else ""
    return text + (f"= {result.code}\n" if result.code else "")


def check(name: str, found: str) -> None:
    """Compare a text with a golden file, or write it there.

    Raises:
        Failed: they differ; the message shows the difference.
    """
    path = HERE / name
    golden = path.read_text("utf-8") if path.exists() else ""
    if found == golden:
        return
    if REWRITE:
        path.write_text(found, "utf-8")
        return
    before, now = (text.splitlines(keepends=True) for text in (golden, found))
    difference = "".join(difflib.unified_diff(before, now, "golden", "now"))
    pytest.fail(
        f"tests/golden/{name} differs. Where that is meant, `REGLEDGER_REWRITE_GOLDEN=1 pytest"
        f" tests/golden` rewrites the files.\n{difference}",
        pytrace=False,
    )


def padded(base: Path, letter: str) -> Path:
    """Return a directory whose path is always as long."""
    return base / (letter * (LENGTH - 1 - len(str(base))))


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The home of the sample ledger, and the transcript of its making."""
    home = padded(tmp_path_factory.mktemp("golden"), "s")
    home.mkdir()
    return home, Desk(home).transcript("$ demo\n")


@pytest.fixture
def desk(sample: tuple[Path, str], tmp_path: Path) -> Desk:
    """Commands on a copy of the sample."""
    home = padded(tmp_path, "h")
    shutil.copytree(sample[0], home)
    shutil.copytree(HERE / "inputs", home, dirs_exist_ok=True)
    return Desk(home, REGLEDGER_DB="demo.db", REGLEDGER_PASSPHRASE="demo")


@pytest.fixture
def empty(tmp_path: Path) -> Desk:
    """Commands in a home without a ledger."""
    home = padded(tmp_path, "e")
    shutil.copytree(HERE / "inputs", home)
    return Desk(home)


def test_the_demo(sample: tuple[Path, str]) -> None:
    """`demo` prints what it printed."""
    check("outputs/demo.txt", sample[1])


@pytest.mark.parametrize(
    "name", [p.stem for p in sorted(HERE.glob("outputs/*.txt")) if p.stem not in OWN]
)
def test_a_transcript(name: str, request: pytest.FixtureRequest) -> None:
    """Commands print what they printed, and end with the exit codes that they ended with."""
    golden = (HERE / "outputs" / f"{name}.txt").read_text("utf-8")
    start = golden.partition("\n")[0]
    assert start in {SAMPLE, EMPTY}
    desk: Desk = request.getfixturevalue("desk" if start == SAMPLE else "empty")
    check(f"outputs/{name}.txt", desk.transcript(golden))


def test_the_help_of_every_command(empty: Desk) -> None:
    """There are the commands that there were, each with the help that it had."""

    def lines(command: str) -> Iterator[str]:
        line = f"{command} --help".strip()
        yield f"$ {line}\n"
        below = empty.run(line).out.partition("\nCommands:\n")[2].partition("\n\n")[0]
        for word in re.findall(r"(?m)^  ([a-z][a-z-]*)", below):
            yield from lines(f"{command} {word}".strip())

    check("outputs/help.txt", empty.transcript("".join(lines(""))))


def test_the_schema_of_sqlite(empty: Desk) -> None:
    """A new ledger has the tables, indexes and guards that it had, word for word."""
    assert empty.run("init example.com/log --as ana --db new.db").code == 0
    with closing(sqlite3.connect(empty.home / "new.db")) as conn:
        rows = conn.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()
        for pragma in ("application_id", "user_version", "encoding", "page_size"):
            rows += [("pragma", pragma, *conn.execute(f"PRAGMA {pragma}").fetchone())]
        rows += conn.execute("SELECT 'revision', 'alembic', version_num FROM alembic_version")
    lines = [f"-- {kind} {name}\n{sql or ''}\n" for kind, name, sql in rows]
    check("schema/sqlite.txt", "".join(lines))


def test_the_schema_of_postgresql(empty: Desk, postgres_url: str) -> None:
    """So it has in PostgreSQL, as the catalogue tells it."""
    assert empty.run(f"init example.com/log --as ana --db {postgres_url}").code == 0
    engine = sa.create_engine(postgres_url, poolclass=sa.NullPool)
    with engine.connect() as conn:
        listing = (HERE / "schema" / "postgresql.sql").read_text("utf-8")
        rows = conn.execute(sa.text(listing)).fetchall()
    check("schema/postgresql.txt", "".join(" | ".join(map(str, row)) + "\n" for row in rows))


def test_the_vectors() -> None:
    """The committed vectors have the bytes that they had."""
    found = [p for p in VECTORS.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    data = sorted(path for path in found if path.suffix not in {".py", ".md"})
    lines = [f"{sha256(p.read_bytes()).hexdigest()}  {p.relative_to(VECTORS)}\n" for p in data]
    check("vectors.sha256", "".join(lines))
