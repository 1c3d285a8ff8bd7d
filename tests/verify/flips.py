"""Flips of single bits in the files of a published log: all of them, or some."""

from __future__ import annotations

import random
from itertools import accumulate

from ledger.log.tiles import decode_bundle, parse_path

Files = dict[str, bytes]


def spoilt(data: bytes, at: int, bit: int) -> bytes:
    """The data with one bit changed."""
    return data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :]


def entry_at(files: Files, path: str, at: int) -> int | None:
    """Whose byte it is, in the bundles and leaf tiles that count now."""
    tile = parse_path(path) if path.startswith("tile/") else None
    if tile is None or tile.level or f"tile/0/000.p/{tile.width}" == "tile/0/000.p/4":
        return None
    if tile.level == 0:
        return tile.start + at // 32
    ends = accumulate(2 + len(data) for data in decode_bundle(files[path], tile.width))
    return tile.start + next(n for n, end in enumerate(ends) if at < end)


def _checked_files(files: Files) -> list[str]:
    return sorted(path for path in files if path != "index.html")


def every_flip(files: Files) -> list[tuple[str, int, int]]:
    """One bit of every byte of every file, but for the page for people."""
    chance = random.Random(12)  # noqa: S311  # repeatable
    return [
        (path, at, chance.randrange(8))
        for path in _checked_files(files)
        for at in range(len(files[path]))
    ]


def some_flips(files: Files, count: int, seed: int) -> list[tuple[str, int, int]]:
    """So many, anywhere: a larger file has more of them."""
    chance = random.Random(seed)  # noqa: S311  # repeatable
    paths = _checked_files(files)
    picked = chance.choices(paths, [len(files[path]) for path in paths], k=count)
    return [(p, chance.randrange(len(files[p])), chance.randrange(8)) for p in picked]
