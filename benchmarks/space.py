"""How many bytes on disk does an entry take, by table and index?

``python -m benchmarks.space FILE`` prints them as JSON. It is a process of its own, since it needs
a SQLite with ``dbstat``, and no two SQLite libraries may have one file open in one process.
"""

from __future__ import annotations

import sqlite3  # noqa: TID251 - in a process of its own
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks.bench import Bench
from benchmarks.measure import Goal, Line

_SHARES: Final = """
    SELECT m.tbl_name, s.name, m.type, sum(s.pgsize), sum(s.unused)
    FROM dbstat s LEFT JOIN sqlite_schema m ON m.name = s.name
    GROUP BY s.name ORDER BY sum(s.pgsize) DESC
"""
_SHOWN: Final = 12  # tables and indexes in the note; the JSON has all


def ask(bench: Bench) -> Iterator[Line]:
    """Weigh the ledger without the status view, then with it, beside the bytes of its entries."""
    for what, path in (
        ("without the status view", bench.big.path),
        ("with the status view", bench.followed.path),
        *((f"prepared, {path.name}", path) for path in bench.prepared),
    ):
        shares = _weighed(path)
        if shares is None:
            bench.say("no line about space: this Python's SQLite has no dbstat")
            return
        yield _line(what, shares)


def _line(what: str, shares: dict[str, Any]) -> Line:
    count, entries = shares["entries"], shares["entry_bytes"]
    parts = sorted(shares["parts"].items(), key=lambda part: -part[1]["bytes"])
    told = ", ".join(f"{name} {part['bytes'] / count:,.0f}" for name, part in parts[:_SHOWN])
    return Line(
        f"bytes on disk an entry, {what}",
        "bytes",
        {"bytes": [sum(part["bytes"] for _, part in parts) / count]},
        {"bytes": [entries / count]},
        by="bytes",
        goal=None if what == "with the status view" else Goal("<=", 3),
        note=f"of {count:,} entries; the floor is the canonical bytes of an entry. {told}",
        more=shares,
    )


def _weighed(path: Path) -> dict[str, Any] | None:
    root = Path(__file__).resolve().parent.parent
    command = [sys.executable, "-m", "benchmarks.space", str(path.resolve())]
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, check=True)
    weighed: dict[str, Any] | None = orjson.loads(done.stdout)
    return weighed


def weigh(path: Path) -> dict[str, Any] | None:
    """Return the bytes of each table and index of a ledger's file, None without ``dbstat``."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as conn:
        try:
            rows = conn.execute(_SHARES).fetchall()
        except sqlite3.OperationalError:
            return None
        entries, count = conn.execute("SELECT sum(length(bytes)), count(*) FROM entry").fetchone()
    parts = {
        name: {"table": table or name, "kind": kind or "table", "bytes": size, "unused": unused}
        for table, name, kind, size, unused in rows
    }
    return {"entries": count, "entry_bytes": entries, "parts": parts}


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(weigh(Path(sys.argv[1]))))
