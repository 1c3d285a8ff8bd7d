"""How much memory do reading, recording, verifying and publishing take, and does it grow?

Each runs in a process of its own: ``python -m benchmarks.memory WORK LEDGER KEY``, which prints its
peak in bytes.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks import million
from benchmarks.bench import ACTOR, Bench, more
from benchmarks.measure import Goal, Line
from ledger import Ledger, open_ledger
from ledger.checkpoints.storage import DirectoryStorage
from ledger.log import keys

_MORE: Final = 1000  # claims to record onto the ledger
_DAY: Final = "2025-07-08"
_MB: Final = 1_000_000

_READING: Final[Mapping[str, Callable[[Ledger], object]]] = {
    "diff": lambda book: book.diff("2024-07-08", _DAY),
    "calendar": lambda book: book.calendar(as_of=_DAY),
    "snapshot": lambda book: book.snapshot(as_of=_DAY).to_json(),
}
_WHOLE: Final = {
    "verify": "everything; of the main process",
    "publish": "into an empty directory",
    "rebuild": "all projections",
}


def ask(bench: Bench) -> Iterator[Line]:
    """Measure each work at two sizes, the lighter ones on ledgers made before, too."""
    founders = [(one.path, one.key) for one in (bench.tenth_followed, bench.followed)]
    large = [(path, million.founder_key()) for path in bench.prepared]
    lighter = {"record": f"{_MORE:,} claims more, one commit", **dict.fromkeys(_READING, "")}
    for work, note in {**lighter, **_WHOLE}.items():
        asked = [*founders, *(large if work in lighter else [])]
        smallest = 0
        for path, key in asked:
            size, peak = _peak(bench, work, path, key)
            smallest = smallest or peak
            if path == asked[0][0]:
                continue
            yield Line(
                f"memory of {work}, {size:,} entries",
                "MB",
                {"bytes": [peak / _MB]},
                {"bytes": [smallest / _MB]},
                by="bytes",
                goal=Goal("<=", 200, of="ours"),
                note=f"{f'{note}; ' if note else ''}the floor is at {bench.size // 10:,} claims, "
                "so a ratio of 1 is flat",
            )


def _peak(bench: Bench, work: str, path: Path, founder: Ed25519PrivateKey) -> tuple[int, int]:
    """Return the ledger's size, and the most memory that the work takes on a copy of it."""
    copy = bench.copied_file(path, "copy.db")
    key = bench.folder / "copy.pem"
    keys.save_private(key, founder, None)
    with open_ledger(str(copy)) as book:
        size = book.size
        if work == "publish":
            book.checkpoints.seal(bench.log_keys, copy.with_suffix(".sealed.json"))
    command = [sys.executable, "-m", "benchmarks.memory", work, str(copy), str(key)]
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, check=True)
    copy.unlink()
    key.unlink()
    copy.with_suffix(".sealed.json").unlink(missing_ok=True)
    shutil.rmtree(copy.with_suffix(".pub"), ignore_errors=True)
    return size, int(done.stdout)


def _work(work: str, path: str, key: str) -> None:
    with open_ledger(path) as book:
        if work in _READING:
            _READING[work](book)
        elif work == "verify":
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
