"""One module through which every SQLite file is opened, and the standard one in its place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ledger import sqlite_driver
from ledger.sqlite_driver import sqlite3
from ledger.store import journal_mode, migrate
from ledger.store.log_store import LogStore
from tests.store.fakes import fill

_WITHOUT = """
import sys
sys.modules["pysqlite3"] = None  # as where its wheel is not installed
from ledger import sqlite_driver
from ledger.store import journal_mode
from ledger.store.log_store import LogStore
store = LogStore.open(sys.argv[1])
print(sqlite_driver.name(), *sqlite_driver.sqlite3.sqlite_version_info)
print(store.size(), journal_mode.in_use(store.engine))
store.close()
"""


def test_the_standard_module_takes_its_place(tmp_path: Path) -> None:
    """Without pysqlite3 the same file is read, in a journal mode safe for the system's SQLite."""
    store = LogStore(migrate.create(str(tmp_path / "a.db")))
    fill(store, 2)
    made = journal_mode.in_use(store.engine)
    store.close()
    words = [sys.executable, "-c", _WITHOUT, str(tmp_path / "a.db")]
    found = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    name, *version = found[0].rsplit(" ", 3)
    assert name == "sqlite3 of Python"
    major, minor, patch = map(int, version)
    safe = journal_mode.durability((major, minor, patch)).journal
    assert found[1] == f"2 {made if safe == 'wal' else 'delete'}"


def test_the_driver_says_its_name() -> None:
    """The name tells the two modules apart."""
    assert sqlite_driver.name().startswith(sqlite3.__name__.partition(".")[0])
