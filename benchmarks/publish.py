"""How fast is a log published, whole and again once it has grown?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench import ACTOR, Bench, more
from benchmarks.measure import Goal, Line, rates, spent, times
from ledger import Ledger
from ledger.checkpoints.storage import DirectoryStorage


def ask(bench: Bench) -> Iterator[Line]:
    """Publish into an empty directory, beside reading all entries and writing the same files."""
    built = bench.copied(bench.big, "published.db")
    folder, bare = bench.folder / "published", bench.folder / "floor"
    with built.opened() as book:
        bench.seal(book, built)
        count = book.size
        book.checkpoints.publish(DirectoryStorage(folder))
        files = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

        def ours() -> None:
            shutil.rmtree(folder)
            book.checkpoints.publish(DirectoryStorage(folder))

        def floor() -> None:
            shutil.rmtree(bare, ignore_errors=True)
            _bare(book, files, bare)

        pair = bench.interleaved(ours, floor)
        yield Line(
            "publish into an empty directory",
            "/s",
            rates(count, pair.ours),
            rates(count, pair.floor),
            note=f"{len(files):,} files, each synced; the floor reads the entries and writes the "
            "same files without a sync, a hash or a check",
        )
        book.projections.defer()
        book.record(more(bench.size // 100, "published"), built.signer, actor=ACTOR)
        bench.seal(book, built)
        grown = book.size - count
        took = spent(lambda: book.checkpoints.publish(DirectoryStorage(folder)))
    yield Line(
        f"publish {grown:,} entries more",
        "ms",
        times([took]),
        times(pair.ours),
        goal=Goal("<=", 0.2),
        note="the floor is all of it, into an empty directory; the goal is our own",
    )


def _bare(book: Ledger, files: dict[Path, bytes], folder: Path) -> None:
    for _ in book.entries.export():
        pass
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
