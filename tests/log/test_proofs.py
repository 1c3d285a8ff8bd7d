"""Merkle proofs against a naive recursive tree, and every way to corrupt one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadProof
from ledger.log.merkle import (
    TILE_WIDTH,
    consistency_path,
    inclusion_path,
    root_at,
    verify_consistency,
    verify_inclusion,
)
from tests.examples import seldom

EDGES = (255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537)
# RFC 6962's test inputs, as in certificate-transparency's Merkle tree tests, and their roots.
INPUTS = [bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243",
          "5051525354555657", "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@lru_cache(maxsize=1 << 18)
def leaf(n: int) -> bytes:
    """A leaf hash that depends on its place."""
    return sha256(b"\0" + n.to_bytes(8, "big")).digest()


@lru_cache(maxsize=1 << 18)
def naive(start: int, stop: int) -> bytes:
    """RFC 6962 section 2.1, word for word: the oracle."""
    if stop - start == 1:
        return leaf(start)
    k = 1
    while k * 2 < stop - start:
        k *= 2
    return sha256(b"\1" + naive(start, start + k) + naive(start + k, stop)).digest()


class Stored:
    """The stored hashes of a tree of ``size``: complete ones only, and each question is noted."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.asked: list[tuple[int, int, int]] = []

    def __call__(self, level: int, start: int, stop: int) -> Sequence[bytes]:
        """Return the tile hashes of one run."""
        self.asked.append((level, start, stop))
        width = TILE_WIDTH**level
        assert stop * width <= self.size, "asked for a hash that is not complete"
        return [naive(i * width, (i + 1) * width) for i in range(start, stop)]


@pytest.mark.parametrize("size", [*range(1, 68), *seldom(*range(68, 131))])
def test_all_proofs_of_small_trees_verify(size: int) -> None:
    """Every leaf is proved, and every smaller tree, against the oracle's roots."""
    fetch = Stored(size)
    root = naive(0, size)
    assert root_at(size, fetch) == root
    for index in range(size):
        verify_inclusion(index, size, leaf(index), inclusion_path(index, size, fetch), root)
    for old in range(1, size + 1):
        path = consistency_path(old, size, fetch)
        verify_consistency(old, size, naive(0, old), root, path)


@pytest.mark.parametrize("size", EDGES)
def test_proofs_at_the_edges_of_tiles_verify(size: int) -> None:
    """With few reads: O(log n) runs of fewer than 256 hashes, all of them complete."""
    fetch = Stored(size)
    root = naive(0, size)
    picks = {0, 1, 127, 128, 254, 255, 256, size // 2, size - 2, size - 1, 511, 512, 65_535}
    for index in sorted(n for n in picks if 0 <= n < size):
        fetch.asked.clear()
        verify_inclusion(index, size, leaf(index), inclusion_path(index, size, fetch), root)
        assert len(fetch.asked) <= 2 * size.bit_length()
        assert all(stop - start < TILE_WIDTH for _, start, stop in fetch.asked)
        if index:
            path = consistency_path(index, size, fetch)
            verify_consistency(index, size, naive(0, index), root, path)


def test_the_published_answers_of_rfc_6962_hold() -> None:
    """Its eight inputs and their eight roots."""
    hashes = [sha256(b"\0" + data).digest() for data in INPUTS]
    for size, expected in enumerate(ROOTS, 1):
        assert root_at(size, lambda _, a, b: hashes[a:b]).hex() == expected


def corrupted(path: Sequence[bytes]) -> dict[str, tuple[bytes, ...]]:
    """Every class of damage to a path."""
    damage = {
        "missing last": tuple(path[:-1]),
        "missing first": tuple(path[1:]),
        "one too many": (*path, bytes(32)),
        "one before": (bytes(32), *path),
        "short hash": (path[0][:31], *path[1:]),
        "reversed": tuple(reversed(path)),
    }
    for n in range(len(path)):
        flipped = bytes([path[n][0] ^ 1]) + path[n][1:]
        damage[f"flipped {n}"] = (*path[:n], flipped, *path[n + 1 :])
    return {what: bad for what, bad in damage.items() if bad != tuple(path)}


@pytest.mark.parametrize(("index", "size"), [(0, 2), (3, 7), (6, 7), (128, 257), (255, 256)])
def test_every_corruption_of_an_inclusion_proof_is_refused(index: int, size: int) -> None:
    """Path, leaf, root, index and size: whatever is changed, it fails."""
    root = naive(0, size)
    path = inclusion_path(index, size, Stored(size))
    for bad in corrupted(path).values():
        with pytest.raises(BadProof):
            verify_inclusion(index, size, leaf(index), bad, root)
    for facts in (
        (index, size, leaf(index + 1), path, root),
        (index, size, leaf(index), path, leaf(0)),
        ((index + 1) % size, size, leaf(index), path, root),
        (size, size, leaf(index), path, root),
        (-1, size, leaf(index), path, root),
        (index, size * 4, leaf(index), path, root),
        (0, 0, leaf(index), (), root),
    ):
        with pytest.raises(BadProof):
            verify_inclusion(*facts)


@pytest.mark.parametrize(("old", "new"), [(1, 2), (3, 7), (4, 7), (6, 8), (128, 257), (255, 256)])
def test_every_corruption_of_a_consistency_proof_is_refused(old: int, new: int) -> None:
    """Path, roots and sizes: whatever is changed, it fails."""
    first, second = naive(0, old), naive(0, new)
    path = consistency_path(old, new, Stored(new))
    for bad in corrupted(path).values():
        with pytest.raises(BadProof):
            verify_consistency(old, new, first, second, bad)
    for facts in (
        (old, new, second, second, path),
        (old, new, first, first, path),
        (new, old, second, first, path),
        (old, new, first, second, ()),
        (0, new, first, second, path),
        (0, 0, first, first, ()),
        (old, old, first, first, path),
        (old, old, first, second, ()),
    ):
        with pytest.raises(BadProof):
            verify_consistency(*facts)


def test_an_equal_tree_needs_no_proof() -> None:
    """Same size, same root, empty path."""
    assert consistency_path(5, 5, Stored(5)) == ()
    verify_consistency(5, 5, naive(0, 5), naive(0, 5), ())


def test_missing_hashes_are_said_to_be_missing() -> None:
    """A store that has fewer than it should does not lead to a wrong proof."""
    with pytest.raises(BadProof, match="not all there"):
        inclusion_path(3, 9, lambda *_: [])
    with pytest.raises(BadProof, match="no leaf 9"):
        inclusion_path(9, 9, Stored(9))
    for sizes in ((0, 3), (4, 3)):
        with pytest.raises(BadProof):
            consistency_path(*sizes, Stored(3))


@given(st.integers(1, 2000), st.data())
def test_any_proof_of_any_tree_verifies(size: int, data: st.DataObject) -> None:
    """And the proof of one leaf does not prove another."""
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1))
    path = inclusion_path(index, size, Stored(size))
    verify_inclusion(index, size, leaf(index), path, naive(0, size))
    if other != index:
        with pytest.raises(BadProof):
            verify_inclusion(other, size, leaf(other), path, naive(0, size))
