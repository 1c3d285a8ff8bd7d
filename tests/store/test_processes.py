"""Several processes on one log: nothing acknowledged is lost, nothing half-written is read."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ledger.log.merkle import leaf_hash
from ledger.store import migrate
from tests.examples import seldom, share
from tests.store.fakes import fill

if TYPE_CHECKING:
    from ledger.store.log_store import LogStore
    from tests.store.conftest import Opener

_ROOT = Path(__file__).parents[2]
_WRITERS, _EACH = 3, 100


def _start(*args: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.fakes", *map(str, args)],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def _check_log(store: LogStore) -> list[str]:
    """Return the names in the log, after checking that seq, prev and the tree hold together."""
    names, prev, leaves = [], "0" * 64, []
    for expected, (_, data) in enumerate(store.pages()):
        seq, said, name = data.decode().split(" ", 2)
        assert (int(seq), said) == (expected, prev)
        leaves.append(leaf_hash(data))
        prev = leaves[-1].hex()
        names.append(name)
    with store.reading() as conn:
        edge = store.compact_range(conn, len(leaves))
        edge.append(b"x" * 32)  # the range can be continued
    return names


def test_writers_and_a_tailing_reader(url: str, opened: Opener) -> None:
    """Writers with rollbacks between, one process tailing: none missed, no hole, none twice."""
    migrate.create(url).dispose()
    reader = opened(url)
    writers = [_start("write", url, f"w{n}", _EACH) for n in range(_WRITERS)]
    seen: list[str] = []
    while any(writer.poll() is None for writer in writers):
        seen += [data.decode().split(" ", 2)[2] for _, data in reader.pages(len(seen))]
        time.sleep(0.01)
    seen += [data.decode().split(" ", 2)[2] for _, data in reader.pages(len(seen))]
    acknowledged = [line for writer in writers for line in writer.communicate()[0].splitlines()]
    assert [writer.returncode for writer in writers] == [0] * _WRITERS
    missed = set(acknowledged) - set(seen)
    twice = len(seen) - len(set(seen))
    print(f"{len(seen)} entries: missed {len(missed)}, twice {twice}")  # noqa: T201
    assert (len(acknowledged), missed, twice) == (_WRITERS * _EACH, set(), 0)
    assert _check_log(reader) == seen


def test_killed_inside_a_transaction(url: str, opened: Opener) -> None:
    """A writer killed after its inserts and before its commit leaves nothing, and no lock."""
    migrate.create(url).dispose()
    store = opened(url)
    fill(store, 300)
    # enough bytes for SQLite to write into the file before the commit
    writer = _start("hang", url, 20_000)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "inserted\n"
    writer.kill()
    writer.communicate()
    assert len(_check_log(store)) == 300
    fill(store, 1)
    assert len(_check_log(store)) == 301


def test_killed_at_any_moment(url: str, opened: Opener) -> None:
    """Writers killed at random moments lose nothing they had acknowledged, and break nothing."""
    migrate.create(url).dispose()
    store = opened(url)
    dice = random.Random(5)  # noqa: S311 - a repeatable test, no secret
    acknowledged: list[str] = []
    rounds = share(10)
    for n in range(rounds):
        writer = _start("write", url, f"w{n}", 100_000)
        assert writer.stdout is not None
        acknowledged.append(writer.stdout.readline().strip())
        time.sleep(dice.uniform(0, 0.1))
        writer.kill()
        acknowledged += [line for line in writer.communicate()[0].splitlines() if line]
        names = _check_log(store)
        assert set(acknowledged) <= set(names)
    assert len(names) == len(set(names)) >= rounds
    assert not any("lost" in name for name in names)


def _stop_writers(how: str, journal: str, rounds: int, folder: Path) -> str:
    program = [sys.executable, "-m", "tests.store.killed", how, journal, str(rounds), str(folder)]
    ran = subprocess.run(program, cwd=_ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    print(how, journal, ran.stdout)  # noqa: T201
    return ran.stdout


@pytest.mark.parametrize("journal", ["wal", *seldom("delete")])
@pytest.mark.parametrize("how", ["kill", "copy"])
def test_a_ledger_stopped_while_it_records(how: str, journal: str, tmp_path: Path) -> None:
    """Killed, or as copied at one instant, it holds every acknowledged claim, and verifies."""
    assert "lost 0" in _stop_writers(how, journal, 4, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("journal", ["wal", "delete"])
@pytest.mark.parametrize("how", ["kill", "copy"])
def test_a_ledger_stopped_two_hundred_times(how: str, journal: str, tmp_path: Path) -> None:
    """The same, two hundred times, at other moments each time."""
    assert "200 times" in _stop_writers(how, journal, 200, tmp_path)
