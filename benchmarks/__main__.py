"""``python -m benchmarks [--size N] [QUESTION ...]``: ask, print one table, keep it as JSON."""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks import (
    bulk_record,
    git_commit,
    hash_only,
    memory,
    one_cell,
    proof,
    publish,
    rebuild,
    record_one,
    snapshot,
    startup,
    status_view,
    terminal_ui,
    verify_all,
)
from benchmarks.bench import Bench
from benchmarks.measure import Line, table
from benchmarks.synthetic import SEED
from ledger.sqlite_driver import sqlite3
from ledger.store.journal_mode import durability

QUESTIONS: Final[dict[str, Callable[[Bench], Iterator[Line]]]] = {
    "record": record_one.ask,
    "git": git_commit.ask,
    "bulk": bulk_record.ask,
    "verify": verify_all.ask,
    "hash": hash_only.ask,
    "proof": proof.ask,
    "publish": publish.ask,
    "cell": one_cell.ask,
    "startup": startup.ask,
    "memory": memory.ask,
    "snapshot": snapshot.ask,
    "status-view": status_view.ask,
    "rebuild": rebuild.ask,
    "memory-views": memory.ask_views,
    "tui": terminal_ui.ask,
}
_RESULT: Final = Path("build/bench.json")


def main() -> None:
    """Ask the questions named on the command line, by default all."""
    options = _options()
    asked = options.question or list(QUESTIONS)
    with tempfile.TemporaryDirectory(prefix="regledger-bench-", dir=options.folder) as folder:
        bench = Bench(options.size, options.seed, Path(folder))
        lines: list[Line] = []
        for name in asked:
            bench.say(f"asking: {name}")
            for line in QUESTIONS[name](bench):
                bench.say(table([line]).splitlines()[2])
                lines.append(line)
    machine = _machine()
    print(f"\n{options.size:,} claims, seed {options.seed}; " + ", ".join(machine.values()) + "\n")
    print(table(lines))
    result = {
        "size": options.size,
        "seed": options.seed,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "lines": [line.to_value() for line in lines],
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2))
    print(f"\nAlso written to {options.json}")


def _options() -> Any:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("question", nargs="*", help=", ".join(QUESTIONS))
    parser.add_argument("--size", type=int, default=1_000, help="claims in the big ledger")
    parser.add_argument("--seed", type=int, default=SEED, help="of the synthetic claims")
    parser.add_argument("--json", type=Path, default=_RESULT, help="where the figures go")
    parser.add_argument("--folder", help="where ledgers are made, by default the system's")
    options = parser.parse_args()
    if unknown := sorted(set(options.question) - set(QUESTIONS)):
        parser.error(f"no such question: {', '.join(unknown)}; there are {', '.join(QUESTIONS)}")
    if options.size < 100:
        parser.error("--size is at least 100")
    return options


def _machine() -> dict[str, str]:
    chosen = durability(sqlite3.sqlite_version_info)
    return {
        "python": f"Python {platform.python_version()}",
        "sqlite": f"SQLite {sqlite3.sqlite_version}",
        "journal": f"journal {chosen.journal} with {chosen.synchronous}",
        "cores": f"{os.cpu_count()} cores",
    }


if __name__ == "__main__":
    main()
