"""``python -m benchmarks [--size N] [QUESTION ...]``: ask, print one table, keep it as JSON."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks import (
    answers,
    bulk_record,
    git_commit,
    grown_record,
    hash_only,
    memory,
    one_cell,
    peer_store,
    proof,
    publish,
    rebuild,
    record_one,
    space,
    startup,
    status_view,
    suite,
    table,
    terminal_ui,
    verify_again,
    verify_all,
)
from benchmarks.bench import Bench
from benchmarks.machine import machine
from benchmarks.measure import PATIENCE_S, Line, clocks
from benchmarks.synthetic import SEED

QUESTIONS: Final[dict[str, Callable[[Bench], Iterator[Line]]]] = {
    "record": record_one.ask,
    "git": git_commit.ask,
    "peer-store": peer_store.ask,
    "bulk": bulk_record.ask,
    "status-view": status_view.ask,
    "verify": verify_all.ask,
    "verify-again": verify_again.ask,
    "hash": hash_only.ask,
    "proof": proof.ask,
    "publish": publish.ask,
    "rebuild": rebuild.ask,
    "space": space.ask,
    "grown-record": grown_record.ask,
    "cell": one_cell.ask,
    "answers": answers.ask,
    "startup": startup.ask,
    "tui": terminal_ui.ask,
    "memory": memory.ask,
    "suite": suite.ask,
}
_ONLY_BY_NAME: Final = {"suite"}  # longer than all the rest
_SIZE: Final = 10_000
_QUICK: Final = {"size": 500, "patience_s": 0.5, "leaves": 100_000}
_NOT_QUICK: Final = {"tui", "memory", "verify-again", "publish"}
_RESULT: Final = Path("build/bench.json")


def main() -> None:
    """Ask the questions named on the command line, by default all but the longest."""
    options = _options()
    left_out = _ONLY_BY_NAME | (_NOT_QUICK if options.quick else set())
    asked = options.question or [name for name in QUESTIONS if name not in left_out]
    about = machine()
    answered: list[tuple[str, Line]] = []
    with tempfile.TemporaryDirectory(prefix="regledger-bench-", dir=options.folder) as folder:
        bench = _bench(options, Path(folder))
        for name in asked:
            answered += [(name, line) for line in _answers(bench, name)]
            _write(options.json, bench, about, answered)  # an interrupted run keeps what it has
    print(f"\n{bench.size:,} claims, seed {bench.seed}; {'; '.join(about.values())}\n")
    print(table.plain(line for _, line in answered))
    print(f"\nAlso written to {options.json}")


def _write(
    path: Path, bench: Bench, about: dict[str, str], answered: list[tuple[str, Line]]
) -> None:
    result = {
        "size": bench.size,
        "seed": bench.seed,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": about,
        "lines": [{"question": name, **line.to_value()} for name, line in answered],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")


def _bench(options: argparse.Namespace, folder: Path) -> Bench:
    chosen: dict[str, Any] = {"size": _SIZE, **(_QUICK if options.quick else {})}
    if options.size:
        chosen["size"] = options.size
    if options.patience:
        chosen["patience_s"] = options.patience
    return Bench(seed=options.seed, folder=folder, prepared=tuple(options.prepared or ()), **chosen)


def _answers(bench: Bench, name: str) -> Iterator[Line]:
    bench.say(f"asking: {name}")
    begun = clocks()
    for line in QUESTIONS[name](bench):
        bench.say(f"  {table.row(line)}")
        yield line
    took = clocks() - begun
    bench.say(f"  [{took.wall:.1f} s, of CPU {took.cpu:.1f} s]")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("question", nargs="*", help=", ".join(QUESTIONS))
    parser.add_argument(
        "--quick", action="store_true", help="small, and without the long questions"
    )
    parser.add_argument("--size", type=int, help=f"claims in the big ledger, by default {_SIZE:,}")
    parser.add_argument("--seed", type=int, default=SEED, help="of the synthetic claims")
    parser.add_argument(
        "--prepared",
        type=Path,
        action="append",
        metavar="FILE",
        help="a large ledger made by `python -m benchmarks.million FILE [COUNT]`; may be repeated",
    )
    parser.add_argument(
        "--patience",
        type=float,
        metavar="SECONDS",
        help=f"no further round of a line is begun after this, by default {PATIENCE_S:g}",
    )
    parser.add_argument("--json", type=Path, default=_RESULT, help="where the figures go")
    parser.add_argument("--folder", help="where ledgers are made, by default the system's")
    options = parser.parse_args()
    if unknown := sorted(set(options.question) - set(QUESTIONS)):
        parser.error(f"no such question: {', '.join(unknown)}; there are {', '.join(QUESTIONS)}")
    if options.size is not None and options.size < 100:
        parser.error("--size is at least 100")
    if absent := [str(path) for path in options.prepared or () if not path.exists()]:
        parser.error(f"no such file: {', '.join(absent)}")
    return options


if __name__ == "__main__":
    main()
