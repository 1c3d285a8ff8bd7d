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

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeAlias

from ledger.errors import BadProof

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
    """Return SHA-256(0x00 || data): the prefix keeps a leaf from passing for a node."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root of the tree over ``leaf_hashes``, in O(n) time and O(log n) memory."""
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
        """Return the root of the whole tree; SHA-256 of nothing at size 0."""
        if not self._hashes:
            return EMPTY_ROOT
        *larger, node = self._hashes
        for left in reversed(larger):
            node = node_hash(left, node)
        return node

    def encode(self) -> bytes:
        """Return the size as 8 bytes big endian, then the hashes."""
        return self._size.to_bytes(_SIZE_BYTES, "big") + b"".join(self._hashes)

    @classmethod
    def decode(cls, data: bytes) -> "CompactRange":
        """Read what :meth:`encode` wrote.

        Raises:
            BadProof: the number of hashes is not the one of the size.
        """
        body = data[_SIZE_BYTES:]
        if len(data) < _SIZE_BYTES or len(body) % HASH_BYTES:
            raise BadProof("a compact range is 8 bytes of size and hashes of 32 bytes")
        hashes = [body[i : i + HASH_BYTES] for i in range(0, len(body), HASH_BYTES)]
        return cls(int.from_bytes(data[:_SIZE_BYTES], "big"), hashes)


def hashes_needed(size: int) -> list[tuple[int, int, int]]:
    """Return which stored hashes :func:`range_from_tiles` reads: ``(level, start, stop)``.

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


Fetch: TypeAlias = "Callable[[int, int, int], Sequence[bytes]]"
"""``(level, start, stop)`` to the complete tile hashes start <= index < stop; level 0: leaves."""


def verify_inclusion(  # noqa: PLR0917  # the five facts of RFC 9162 2.1.3.2
    index: int, size: int, leaf_hash: bytes, path: Sequence[bytes], root: bytes
) -> None:
    """Check that ``leaf_hash`` is leaf ``index`` of the tree of ``size`` leaves with this root.

    RFC 9162 section 2.1.3.2. All hashes have 32 bytes; ``path`` goes from the leaf to the root.

    Raises:
        BadProof: it is not, or the path is too long or too short.
    """
    if not 0 <= index < size:
        raise BadProof(f"there is no leaf {index} in a tree of {size}")
    _check_hashes(leaf_hash, root, *path)
    fn, sn, node = index, size - 1, leaf_hash
    for sibling in path:
        if sn == 0:
            raise BadProof("the inclusion proof is too long")
        if fn & 1 or fn == sn:
            node = node_hash(sibling, node)
            fn, sn = _up_while_even(fn, sn)
        else:
            node = node_hash(node, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise BadProof("the inclusion proof is too short")
    if node != root:
        raise BadProof(f"leaf {index} is not in the tree of {size} with this root")


def verify_consistency(  # noqa: C901, PLR0917  # the five facts of RFC 9162 2.1.4.2
    size1: int, size2: int, root1: bytes, root2: bytes, path: Sequence[bytes]
) -> None:
    """Check that the first ``size1`` leaves of the tree of ``size2`` are the tree with ``root1``.

    RFC 9162 section 2.1.4.2. Every tree continues the empty one, which proves nothing: size 0 is
    refused.

    Raises:
        BadProof: they are not, or the path is too long or too short.
    """
    if not 0 < size1 <= size2:
        raise BadProof(f"a tree of {size2} leaves cannot be shown to continue one of {size1}")
    _check_hashes(root1, root2, *path)
    if size1 == size2:
        if path:
            raise BadProof("equal sizes need no consistency proof")
        if root1 != root2:
            raise BadProof(f"two trees of {size1} leaves have different roots")
        return
    hashes = [root1, *path] if size1.bit_count() == 1 else list(path)
    if not hashes or not path:
        raise BadProof("the consistency proof is empty")
    fn, sn = size1 - 1, size2 - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = hashes[0]
    for node in hashes[1:]:
        if sn == 0:
            raise BadProof("the consistency proof is too long")
        if fn & 1 or fn == sn:
            old, new = node_hash(node, old), node_hash(node, new)
            fn, sn = _up_while_even(fn, sn)
        else:
            new = node_hash(new, node)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise BadProof("the consistency proof is too short")
    if old != root1 or new != root2:
        raise BadProof(f"the tree of {size2} leaves does not continue that of {size1}")


def inclusion_path(index: int, size: int, fetch: Fetch) -> tuple[bytes, ...]:
    """Make the proof that :func:`verify_inclusion` checks, from stored hashes.

    Reads O(log size) runs of fewer than 256 hashes.

    Raises:
        BadProof: no such leaf, or hashes are missing.
    """
    if not 0 <= index < size:
        raise BadProof(f"there is no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(_subtree(middle, stop, fetch))
            stop = middle
        else:
            path.append(_subtree(start, middle, fetch))
            start = middle
    return tuple(reversed(path))


def consistency_path(size1: int, size2: int, fetch: Fetch) -> tuple[bytes, ...]:
    """Make the proof that :func:`verify_consistency` checks, from stored hashes.

    Raises:
        BadProof: not 0 < size1 <= size2, or hashes are missing.
    """
    if not 0 < size1 <= size2:
        raise BadProof(f"a tree of {size2} leaves cannot be shown to continue one of {size1}")
    path: list[bytes] = []
    start, stop = 0, size2
    while size1 < stop:
        middle = start + _split(stop - start)
        if size1 <= middle:
            path.append(_subtree(middle, stop, fetch))
            stop = middle
        else:
            path.append(_subtree(start, middle, fetch))
            start = middle
    if start:  # else the old tree is a complete subtree, whose root the verifier has
        path.append(_subtree(start, stop, fetch))
    return tuple(reversed(path))


def root_at(size: int, fetch: Fetch) -> bytes:
    """Return the root of the first ``size`` leaves. Raises BadProof where stored hashes miss."""
    return _subtree(0, size, fetch) if size else EMPTY_ROOT


def _split(width: int) -> int:
    """Return the largest power of two below ``width``."""
    return 1 << ((width - 1).bit_length() - 1)


def _subtree(start: int, stop: int, fetch: Fetch) -> bytes:
    """Return the root of leaves [start, stop); each complete subtree in it divides ``start``."""
    parts: list[bytes] = []
    while start < stop:
        height = (stop - start).bit_length() - 1  # the largest complete subtree comes first
        level = height // TILE_BITS
        first, last = start >> (TILE_BITS * level), (start + (1 << height)) >> (TILE_BITS * level)
        run = fetch(level, first, last)
        if len(run) != last - first:
            raise BadProof(f"hashes {first} to {last - 1} of level {level} are not all there")
        parts.append(root(run))
        start += 1 << height
    *larger, node = parts
    for left in reversed(larger):
        node = node_hash(left, node)
    return node


def _up_while_even(fn: int, sn: int) -> tuple[int, int]:
    while fn and not fn & 1:
        fn, sn = fn >> 1, sn >> 1
    return fn, sn


def _check_hashes(*hashes: bytes) -> None:
    if any(len(h) != HASH_BYTES for h in hashes):
        raise BadProof(f"a hash of a proof has {HASH_BYTES} bytes")
