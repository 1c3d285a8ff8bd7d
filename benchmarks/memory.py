"""How much memory do recording, verifying, publishing and rebuilding take, and does it grow?

Each runs in a process of its own: ``python -m benchmarks.memory WORK LEDGER``, which prints its
peak in bytes.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench import ACTOR, Bench, Built, more
from benchmarks.measure import Goal, Line
from ledger import open_ledger
from ledger.checkpoints.storage import DirectoryStorage
from ledger.log import keys

_MORE = 1000  # claims to record onto the ledger
_MB = 1_000_000


def ask(bench: Bench) -> Iterator[Line]:
    """Measure what needs no status view, at a tenth of the size and at the size."""
    yield _line(bench, "record", (bench.tenth, bench.big), f"{_MORE:,} claims more, one commit")
    yield _line(bench, "verify", (bench.tenth, bench.big), "no status view; of the main process")
    sealed = [
        bench.copied(built, f"seal{i}.db") for i, built in enumerate((bench.tenth, bench.big))
    ]
    for built in sealed:
        with built.opened() as book:
            bench.seal(book, built)
    yield _line(bench, "publish", (sealed[0], sealed[1]), "into an empty directory")


def ask_views(bench: Bench) -> Iterator[Line]:
    """Measure the rest likewise."""
    both = (bench.tenth_followed, bench.followed)
    yield _line(bench, "verify", both, "everything")
    yield _line(bench, "rebuild", both, "all views")


def _line(bench: Bench, work: str, both: tuple[Built, Built], note: str) -> Line:
    small, large = (_peak(bench, work, built) for built in both)
    return Line(
        f"memory of {work}, {note}",
        large / _MB,
        "MB",
        raw=small / _MB,
        goal=Goal("<=", 200, of="ours"),
        note=f"at {bench.size:,} claims; raw is at {bench.size // 10:,}, so a ratio of 1 is flat",
    )


def _peak(bench: Bench, work: str, built: Built) -> int:
    copy = bench.folder / "copy.db"
    key = bench.folder / "copy.pem"
    shutil.copyfile(built.path, copy)
    keys.save_private(key, built.key, None)
    command = [sys.executable, "-m", "benchmarks.memory", work, str(copy), str(key)]
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, check=True)
    copy.unlink()
    key.unlink()
    shutil.rmtree(copy.with_suffix(".pub"), ignore_errors=True)
    return int(done.stdout)


def _work(work: str, path: str, key: str) -> None:
    with open_ledger(path) as book:
        if work == "verify":
            book.verify()
        elif work == "rebuild":
            book.projections.rebuild()
        elif work == "publish":
            book.checkpoints.publish(DirectoryStorage(Path(path).with_suffix(".pub")))
        else:
            book.projections.defer()
            signer = keys.load_signer(Path(key), None)
            book.record(more(_MORE, "more"), signer, actor=ACTOR)


def _peak_of_this() -> int:
    """Return the most memory this process ever had, in bytes.

    ``ru_maxrss`` would count what the parent had when it started this process; Linux has a figure
    that does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    _work(*sys.argv[1:4])
    print(_peak_of_this())
