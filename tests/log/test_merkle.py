"""ledger.log.merkle against RFC 6962's own numbers and a naive recursive tree."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadProof
from ledger.log import merkle
from ledger.log.merkle import CompactRange, TileHash

# The inputs and roots of the certificate-transparency reference tests.
INPUTS = [
    bytes.fromhex(h)
    for h in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [sha256(b"%d" % i).digest() for i in range(65_537)]


def oracle(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    n = len(leaves)
    if n == 0:
        return sha256(b"").digest()
    if n == 1:
        return leaves[0]
    k = 1
    while k * 2 < n:
        k *= 2
    return sha256(b"\x01" + oracle(leaves[:k]) + oracle(leaves[k:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_known_answers(size: int) -> None:
    """The roots of the reference implementation come out."""
    assert merkle.root(merkle.leaf_hash(d) for d in INPUTS[:size]).hex() == ROOTS[size]


def test_every_size_to_300() -> None:
    """Appending one by one gives the root of the recursive definition at every size."""
    edge = CompactRange()
    for size in range(301):
        assert edge.size == size
        assert edge.root() == oracle(LEAVES[:size]) == merkle.root(LEAVES[:size])
        assert len(edge.hashes) == size.bit_count()
        edge.append(LEAVES[size])


@pytest.mark.parametrize("size", [511, 512, 513, 65_535, 65_536, 65_537])
def test_edges_of_tiles(size: int) -> None:
    """The root is right around the sizes where tiles and levels fill."""
    assert merkle.root(LEAVES[:size]) == oracle(LEAVES[:size])


def tiles(size: int) -> dict[tuple[int, int], bytes]:
    """All complete tile hashes of a tree, by definition."""
    return {
        (level, i): oracle(LEAVES[i * 256**level : (i + 1) * 256**level])
        for level in (1, 2)
        for i in range(size // 256**level)
    }


def test_tile_hashes() -> None:
    """Appending yields each complete tile hash once, when it completes, lower levels first."""
    size = 65_537
    found = CompactRange().extend(LEAVES[:size])
    assert {(t.level, t.index): t.hash for t in found} == tiles(size)
    assert [(t.level, t.index) for t in found] == [*((1, i) for i in range(256)), (2, 0)]


def test_tile_hash_completes_at_256() -> None:
    """Nothing is yielded for 255 leaves; the 256th yields one of level 1."""
    edge = CompactRange()
    assert edge.extend(LEAVES[:255]) == []
    assert edge.append(LEAVES[255]) == (TileHash(1, 0, oracle(LEAVES[:256])),)
    assert edge.append(LEAVES[256]) == ()


def test_a_decoded_range_grows_alone() -> None:
    """Extending a range read from its bytes completes the same tiles and leaves the first alone."""
    edge = CompactRange()
    edge.extend(LEAVES[:300])
    before = edge.encode()
    found = CompactRange.decode(before).extend(LEAVES[300:800])
    assert [(t.level, t.index, t.hash) for t in found] == [
        (1, i, oracle(LEAVES[i * 256 : (i + 1) * 256])) for i in (1, 2)
    ]
    assert edge.encode() == before


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537])
def test_range_from_tiles(size: int) -> None:
    """Stored tile hashes and the last leaves rebuild the range, and nothing else is read."""
    store = tiles(size)
    asked: list[tuple[int, int]] = []

    def tile(level: int, index: int) -> bytes:
        asked.append((level, index))
        return store[level, index]

    def leaf(index: int) -> bytes:
        asked.append((0, index))
        return LEAVES[index]

    edge = CompactRange()
    edge.extend(LEAVES[:size])
    assert merkle.range_from_tiles(size, tile, leaf).encode() == edge.encode()
    planned = [
        (lv, i) for lv, start, stop in merkle.hashes_needed(size) for i in range(start, stop)
    ]
    assert sorted(asked) == planned
    assert all(stop - start < 256 for _, start, stop in merkle.hashes_needed(size))


def test_range_from_tiles_missing_or_short() -> None:
    """A lookup that finds nothing, or not 32 bytes, is a bad proof that names the hash."""
    store: dict[tuple[int, int], bytes] = {}
    with pytest.raises(BadProof, match="hash 0 of level 1 is missing"):
        merkle.range_from_tiles(257, lambda lv, i: store[lv, i], LEAVES.__getitem__)
    with pytest.raises(BadProof, match="hash 256 of level 0"):
        merkle.range_from_tiles(257, lambda *_: LEAVES[0], lambda _: b"short")


@given(st.integers(0, 700), st.integers(0, 700))
def test_batches_do_not_matter(one: int, more: int) -> None:
    """Two batches give what one gives, across an encoded and decoded range."""
    first = CompactRange()
    found = first.extend(LEAVES[:one])
    second = CompactRange.decode(first.encode())
    found += second.extend(LEAVES[one : one + more])
    whole = CompactRange()
    assert whole.extend(LEAVES[: one + more]) == found
    assert whole.encode() == second.encode()


@given(st.binary(max_size=120))
def test_decode_junk(data: bytes) -> None:
    """A range with another number of hashes than its size has is refused."""
    try:
        edge = CompactRange.decode(data)
    except BadProof:
        return
    assert edge.encode() == data


@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 7, b"\0" * 7 + b"\1", b"\0" * 40, b"\0" * 7 + b"\3" + b"h" * 32, b"\0" * 9],
)
def test_decode_wrong_count(data: bytes) -> None:
    """One hash for each 1 bit of the size, no more, no fewer, no part of one."""
    with pytest.raises(BadProof):
        CompactRange.decode(data)


def test_constructor_refuses() -> None:
    """A range cannot be built with short hashes or a negative size."""
    with pytest.raises(BadProof):
        CompactRange(1, [b"short"])
    with pytest.raises(BadProof):
        CompactRange(-1, [LEAVES[0]])
    assert CompactRange().root() == merkle.EMPTY_ROOT


def test_copy_is_independent() -> None:
    """Appending to a copy leaves the original as it was."""
    edge = CompactRange()
    edge.extend(LEAVES[:3])
    CompactRange.decode(edge.encode()).append(LEAVES[3])
    assert edge.size == 3
    assert edge.root() == oracle(LEAVES[:3])


def test_prefixes_keep_leaf_and_node_apart() -> None:
    """The same bytes as leaf and as node hash differently."""
    pair = LEAVES[0] + LEAVES[1]
    assert merkle.leaf_hash(pair) != merkle.node_hash(LEAVES[0], LEAVES[1]) != sha256(pair).digest()
