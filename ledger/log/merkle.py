r"""The Merkle tree over the log's entries (RFC 6962 section 2.1, the same as RFC 9162's).

=============  =================================================================================
leaf hash      SHA-256(0x00 || entry bytes)
node hash      SHA-256(0x01 || left || right), the hashes as 32 raw bytes
root of 0      SHA-256 of nothing
root of 1      the leaf hash
root of n      node(root of the first k leaves, root of the rest), k the largest power of 2 < n;
               an odd leaf is never doubled
tile hash      (level L, index i) = root of leaves [i * 256^L, (i+1) * 256^L), kept once complete
=============  =================================================================================

A **compact range** is the least one must keep to append: one hash for each bit that is 1 in the
size, largest subtree first. Size 6 = 4 + 2 has two: root of leaves [0, 4), root of leaves [4, 6).

Worked example::

    >>> EMPTY_ROOT.hex()
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    >>> leaf_hash(b"").hex()
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'
    >>> root([leaf_hash(b""), leaf_hash(b"\x00")]).hex()
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from ledger.errors import BadProof

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
TILE_BITS: Final = 8  # C2SP tlog-tiles: a full tile holds 256 hashes
TILE_WIDTH: Final = 1 << TILE_BITS
_SIZE_BYTES = 8


@dataclass(frozen=True, slots=True)
class TileHash:
    """A complete tile hash: the root of leaves [index * 256^level, (index+1) * 256^level)."""

    level: int
    index: int
    hash: bytes


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || data): the prefix keeps a leaf from passing for a node."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """Root of the tree over ``leaf_hashes``, in O(n) time and O(log n) memory."""
    whole = CompactRange()
    whole.extend(leaf_hashes)
    return whole.root()


class CompactRange:
    """The right edge of a tree of ``size`` leaves: enough to append and to give the root.

    Mutable, because appending is the inner loop of verification; ``copy`` where a value is needed.
    """

    __slots__ = ("_hashes", "_size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if size < 0 or size.bit_count() != len(hashes):
            raise BadProof(f"a tree of {size} leaves is not held by {len(hashes)} hashes")
        if any(len(h) != HASH_BYTES for h in hashes):
            raise BadProof(f"a hash of a tree has {HASH_BYTES} bytes")
        self._size = size
        self._hashes = list(hashes)

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self._size

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """One root for each 1 bit of the size, largest subtree first."""
        return tuple(self._hashes)

    def copy(self) -> CompactRange:
        """Return an independent copy."""
        return CompactRange(self._size, self._hashes)

    def append(self, leaf: bytes) -> tuple[TileHash, ...]:
        """Add one leaf hash; return the tile hashes of level >= 1 this completes, lowest first."""
        return tuple(self.extend((leaf,)))

    def extend(self, leaves: Iterable[bytes]) -> list[TileHash]:
        """Add leaf hashes in order; return the tile hashes of level >= 1 they complete, in order.

        The caller vouches that each has 32 bytes.
        """
        complete: list[TileHash] = []
        hashes, size = self._hashes, self._size
        for leaf in leaves:
            node = leaf
            rest, height = size, 0
            while rest & 1:  # a subtree of this height waits for its right sibling
                node = sha256(b"\x01" + hashes.pop() + node).digest()
                rest >>= 1
                height += 1
                if not height % TILE_BITS:
                    complete.append(TileHash(height // TILE_BITS, size >> height, node))
            hashes.append(node)
            size += 1
        self._size = size
        return complete

    def root(self) -> bytes:
        """Root of the whole tree; SHA-256 of nothing at size 0."""
        if not self._hashes:
            return EMPTY_ROOT
        *larger, node = self._hashes
        for left in reversed(larger):
            node = node_hash(left, node)
        return node

    def encode(self) -> bytes:
        """Size as 8 bytes big endian, then the hashes."""
        return self._size.to_bytes(_SIZE_BYTES, "big") + b"".join(self._hashes)

    @classmethod
    def decode(cls, data: bytes) -> CompactRange:
        """Read what :meth:`encode` wrote.

        Raises:
            BadProof: the number of hashes is not the one of the size.
        """
        body = data[_SIZE_BYTES:]
        if len(data) < _SIZE_BYTES or len(body) % HASH_BYTES:
            raise BadProof("a compact range is 8 bytes of size and hashes of 32 bytes")
        hashes = [body[i : i + HASH_BYTES] for i in range(0, len(body), HASH_BYTES)]
        return cls(int.from_bytes(data[:_SIZE_BYTES], "big"), hashes)


def tile_hashes(before: CompactRange, leaf_hashes: Iterable[bytes]) -> list[TileHash]:
    """Return the tile hashes that appending completes; ``before`` itself stays as it is."""
    return before.copy().extend(leaf_hashes)


def hashes_needed(size: int) -> list[tuple[int, int, int]]:
    """Say which stored hashes :func:`range_from_tiles` reads: ``(level, start, stop)``.

    At most one run of consecutive indices [start, stop) per level, fewer than 256 each; level 0
    means leaf hashes. So a store can fetch each run in one query.
    """
    runs = []
    level = 0
    while size >> (TILE_BITS * level):
        stop = size >> (TILE_BITS * level)
        start = stop >> TILE_BITS << TILE_BITS
        if start < stop:
            runs.append((level, start, stop))
        level += 1
    return runs


def range_from_tiles(
    size: int, tile_hash: Callable[[int, int], bytes], leaf: Callable[[int], bytes]
) -> CompactRange:
    """Rebuild the compact range of ``size`` leaves from stored hashes.

    Args:
        size: number of leaves.
        tile_hash: ``(level >= 1, index)`` to a complete tile hash.
        leaf: ``index`` to a leaf hash; only asked for the last ``size mod 256``.

    Raises:
        BadProof: a lookup raises LookupError or gives something that is not 32 bytes.
    """
    hashes: list[bytes] = []
    for level, start, stop in reversed(hashes_needed(size)):
        run = [_look_up(level, i, tile_hash, leaf) for i in range(start, stop)]
        # A run of w hashes splits as the bits of w do, and those are the level's bits of the size.
        part = CompactRange()
        part.extend(run)
        hashes.extend(part.hashes)
    return CompactRange(size, hashes)


def _look_up(
    level: int, index: int, tile_hash: Callable[[int, int], bytes], leaf: Callable[[int], bytes]
) -> bytes:
    try:
        found = tile_hash(level, index) if level else leaf(index)
    except LookupError:
        raise BadProof(f"hash {index} of level {level} is missing") from None
    if len(found) != HASH_BYTES:
        raise BadProof(f"hash {index} of level {level} has not {HASH_BYTES} bytes")
    return found
