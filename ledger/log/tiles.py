r"""The published form of the log: tiles and entry bundles (C2SP tlog-tiles).

=================  =============================================================================
tile (L, N)        up to 256 hashes of 32 bytes each: hash i is the root of the leaves
                   [(256 N + i) * 256^L, (256 N + i + 1) * 256^L). Level 0 holds leaf hashes
bundle N           the entries [256 N, 256 N + 256): for each its length as two bytes big endian,
                   then its bytes. The length is not part of what is hashed
path               ``tile/<L>/<N>`` and ``tile/entries/<N>``; a partial one ends in ``.p/<W>``
N in a path        three-digit groups, all but the last with an ``x`` before it
width W            1 to 255 for a partial tile; of the last tile at level L of a tree of size s
                   it is floor(s / 256^L) mod 256, and a width of 0 is never written
=================  =============================================================================

Only complete hashes stand in a tile: what depends on a partial tile is computed, never stored.

Worked example::

    >>> tile_path(0, 1234067), tile_path(1, 1000), bundle_path(273, 112)
    ('tile/0/x001/x234/067', 'tile/1/x001/000', 'tile/entries/273.p/112')
    >>> parse_path("tile/1/000.p/1")
    Tile(level=1, index=0, width=1)
    >>> [t.path for t in new_tiles(0, 256)]
    ['tile/entries/000', 'tile/0/000', 'tile/1/000.p/1']
    >>> encode_bundle([b"ab", b"c"])
    b'\x00\x02ab\x00\x01c'
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.errors import BadTile
from ledger.log.merkle import HASH_BYTES, TILE_BITS, TILE_WIDTH

MAX_LEVEL: Final = 7  # 256^8 entries are more than a seq can count
MAX_ENTRY_BYTES: Final = 0xFFFF  # the length has 16 bits
_PATH = re.compile(
    r"tile/(entries|[0-7])/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One file: a tile of ``level``, or a bundle of entries where ``level`` is None.

    ``width`` is the number of hashes or entries, 1 to 256; fewer than 256 make it partial.
    """

    level: int | None
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """The published path, relative to the log's address."""
        room = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{room}/{_groups(self.index)}{partial}"

    @property
    def start(self) -> int:
        """Index of its first hash or entry, counted on its own level."""
        return self.index * TILE_WIDTH


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a tile of hashes."""
    return Tile(level, index, width).path


def bundle_path(index: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a bundle of entries."""
    return Tile(None, index, width).path


def parse_path(text: str) -> Tile:
    """Read the path of a tile or bundle.

    Raises:
        BadTile: another spelling than the one :attr:`Tile.path` gives.
    """
    match = _PATH.fullmatch(text)
    if match is None:
        raise BadTile(f"{text!r} is not the path of a tile")
    room, groups, partial = match.groups()
    index = int(groups.replace("x", "").replace("/", ""))
    width = int(partial) if partial else TILE_WIDTH
    tile = Tile(None if room == "entries" else int(room), index, width)
    if tile.path != text or (partial and width >= TILE_WIDTH):
        raise BadTile(f"{text!r} is not the one spelling of a tile's path")
    return tile


def new_tiles(old_size: int, size: int) -> Iterator[Tile]:
    """Yield the files that a tree needs when it grows, in the order in which to write them.

    Bundles first, then tiles from level 0 upward. What was complete at ``old_size`` is left out,
    and so is a partial one that did not grow.
    """
    yield from _grown(None, old_size, size)
    for level in range(MAX_LEVEL + 1):
        shift = TILE_BITS * level
        if not size >> shift:
            return
        yield from _grown(level, old_size >> shift, size >> shift)


def _grown(level: int | None, old: int, new: int) -> Iterator[Tile]:
    if old == new:
        return
    full, width = divmod(new, TILE_WIDTH)
    for index in range(old // TILE_WIDTH, full):
        yield Tile(level, index)
    if width:
        yield Tile(level, full, width)


def encode_tile(hashes: Sequence[bytes]) -> bytes:
    """Join 1 to 256 hashes. Raises BadTile for another number, or a hash of another length."""
    _check_width(len(hashes))
    if any(len(h) != HASH_BYTES for h in hashes):
        raise BadTile(f"a hash in a tile has {HASH_BYTES} bytes")
    return b"".join(hashes)


def decode_tile(data: bytes, width: int) -> list[bytes]:
    """Split a tile of ``width`` hashes. Raises BadTile if it has another length."""
    _check_width(width)
    if len(data) != width * HASH_BYTES:
        raise BadTile(f"a tile of width {width} has {width * HASH_BYTES} bytes, not {len(data)}")
    return [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]


def hashes_in_tiles(
    size: int, level: int, start: int, stop: int, *, read: Callable[[Tile], bytes]
) -> list[bytes]:
    """Return the hashes start <= index < stop of a level, of a published tree of ``size`` entries.

    Raises what ``read`` raises, which returns the bytes of a tile, and BadTile.
    """
    found: list[bytes] = []
    for index in range(start // TILE_WIDTH, (stop - 1) // TILE_WIDTH + 1):
        first = index * TILE_WIDTH
        width = min(TILE_WIDTH, (size >> (TILE_BITS * level)) - first)
        here = decode_tile(read(Tile(level, index, width)), width)
        found += here[max(start - first, 0) : stop - first]
    return found


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Join 1 to 256 entries, each after its length. Raises BadTile for one that is too long."""
    _check_width(len(entries))
    if any(len(entry) > MAX_ENTRY_BYTES for entry in entries):
        raise BadTile(f"an entry in a bundle has at most {MAX_ENTRY_BYTES} bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """Split a bundle of ``width`` entries.

    Raises:
        BadTile: it ends within an entry, or holds fewer or more of them.
    """
    _check_width(width)
    entries: list[bytes] = []
    at = 0
    for _ in range(width):
        length = int.from_bytes(data[at : at + 2], "big")
        entry = data[at + 2 : at + 2 + length]
        if at + 2 > len(data) or len(entry) != length:
            raise BadTile(f"the bundle ends within entry {len(entries)} of {width}")
        entries.append(entry)
        at += 2 + length
    if at != len(data):
        raise BadTile(f"the bundle has {len(data) - at} bytes after its {width} entries")
    return entries


def _check_width(width: int) -> None:
    if not 1 <= width <= TILE_WIDTH:
        raise BadTile(f"a tile holds 1 to {TILE_WIDTH}, not {width}")


def _groups(index: int) -> str:
    *higher, last = (group.zfill(3) for group in f"{index:,}".split(","))
    return "".join(f"x{group}/" for group in higher) + last
