"""Tiles and bundles: paths, widths, and what does not parse."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadTile
from ledger.log.tiles import (
    Tile,
    bundle_path,
    decode_bundle,
    decode_tile,
    encode_bundle,
    encode_tile,
    new_tiles,
    parse_path,
    tile_path,
)


def test_paths_are_grouped_by_three_digits() -> None:
    """All groups but the last have an x before them."""
    assert tile_path(0, 0) == "tile/0/000"
    assert tile_path(1, 1000) == "tile/1/x001/000"
    assert bundle_path(1_234_067) == "tile/entries/x001/x234/067"
    assert tile_path(2, 5, 17) == "tile/2/005.p/17"


BAD_PATHS = (
    "", "tile/0/0", "tile/0/00", "tile/0/1000", "tile/0/x000/001", "tile/0/001/x000",
    "tile/00/000", "tile/8/000", "tile/-1/000", "tile/data/000", "tile/0/000.p/0",
    "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p/+1", "/tile/0/000",
    "tile/0/000\n", "tile/0/٠٠٠", "tile/entries/x1/000", "TILE/0/000",
)  # fmt: skip


@pytest.mark.parametrize("path", BAD_PATHS)
def test_another_spelling_of_a_path_is_refused(path: str) -> None:
    """One tile, one path."""
    with pytest.raises(BadTile):
        parse_path(path)


def test_an_endless_path_is_refused() -> None:
    """With our error, not Python's limit on the digits of a number; 64 bits need no more groups."""
    most = "tile/entries/" + "x999/" * 6 + "999"
    assert parse_path(most).index == 10**21 - 1
    for count in (7, 2000):
        with pytest.raises(BadTile):
            parse_path("tile/entries/" + "x111/" * count + "111")


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537])
def test_widths_follow_from_the_size(size: int) -> None:
    """At level L the last tile has floor(s / 256^L) mod 256 hashes; the others are full."""
    files = list(new_tiles(0, size))
    assert [t.level for t in files] == sorted((t.level for t in files), key=lambda n: n or 0)
    for level in (None, 0, 1, 2, 3):
        complete = size // 256 ** (level or 0)
        widths = [t.width for t in files if t.level == level]
        assert widths == [256] * (complete // 256) + [complete % 256] * bool(complete % 256)
        assert [t.index for t in files if t.level == level] == list(range(len(widths)))


@given(st.none() | st.integers(0, 7), st.integers(0, 10**12), st.integers(1, 256))
def test_a_path_is_read_back(level: int | None, index: int, width: int) -> None:
    """For every level, index and width."""
    tile = Tile(level, index, width)
    assert parse_path(tile.path) == tile


@given(st.text(max_size=40))
def test_junk_is_no_path(text: str) -> None:
    """Only our error leaves the parser."""
    with contextlib.suppress(BadTile):
        assert parse_path(text).path == text


def test_seventy_thousand_entries_have_these_files() -> None:
    """273 full and one partial of 112 at level 0, 1 and 17 at level 1, 1 at level 2."""
    paths = [tile.path for tile in new_tiles(0, 70_000)]
    for room, full in (("entries", 273), ("0", 273), ("1", 1)):
        mine = [p for p in paths if p.startswith(f"tile/{room}/")]
        assert len([p for p in mine if ".p/" not in p]) == full
    assert [p for p in paths if ".p/" in p] == [
        "tile/entries/273.p/112",
        "tile/0/273.p/112",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ]


def test_at_256_level_one_begins() -> None:
    """The full tile's hash stands in a partial tile of width 1; no width is ever 0."""
    assert [t.path for t in new_tiles(0, 256)][1:] == ["tile/0/000", "tile/1/000.p/1"]
    assert [t.path for t in new_tiles(0, 255)] == ["tile/entries/000.p/255", "tile/0/000.p/255"]
    assert list(new_tiles(0, 0)) == []


@given(st.integers(0, 140_000), st.integers(0, 140_000))
def test_what_is_new_completes_what_was_there(one: int, other: int) -> None:
    """Old files and new ones together are the files of the new size; none is written twice."""
    old, new = sorted((one, other))
    fresh = [t.path for t in new_tiles(old, new)]
    assert len(fresh) == len(set(fresh))
    assert {t.path for t in new_tiles(0, new)} <= {t.path for t in new_tiles(0, old)} | set(fresh)
    full = {t.path for t in new_tiles(0, old) if t.width == 256}
    assert not full & set(fresh)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_a_bundle_is_read_back(entries: list[bytes]) -> None:
    """And not as one of another width."""
    data = encode_bundle(entries)
    assert decode_bundle(data, len(entries)) == entries
    for width in (len(entries) - 1, len(entries) + 1):
        with pytest.raises(BadTile):
            decode_bundle(data, width)


@given(st.binary(max_size=600), st.integers(-1, 300))
def test_junk_is_no_bundle(data: bytes, width: int) -> None:
    """Whatever parses is spelled as it was."""
    with contextlib.suppress(BadTile):
        assert encode_bundle(decode_bundle(data, width)) == data


def test_each_end_of_a_bundle_is_refused_but_its_own() -> None:
    """Cut anywhere, or with a byte more, it is no bundle of two."""
    data = encode_bundle([b"ab", b""])
    assert data == b"\x00\x02ab\x00\x00"
    for bad in (*(data[:n] for n in range(len(data))), data + b"\0", data + b"\0\0"):
        with pytest.raises(BadTile):
            decode_bundle(bad, 2)
    for width in (-1, 0, 257):
        with pytest.raises(BadTile):
            decode_bundle(data, width)


def test_a_bundle_has_lengths_of_two_bytes() -> None:
    """65,535 bytes fit, one more is refused."""
    assert encode_bundle([b"x" * 65_535])[:2] == b"\xff\xff"
    with pytest.raises(BadTile, match="65535"):
        encode_bundle([b"x" * 65_536])


def test_a_tile_is_its_hashes() -> None:
    """Of 32 bytes each, 1 to 256 of them."""
    hashes = [bytes([n]) * 32 for n in range(256)]
    assert len(encode_tile(hashes)) == 8192
    assert decode_tile(encode_tile(hashes[:3]), 3) == hashes[:3]
    for bad in ([], [b"x" * 31], hashes + hashes[:1]):
        with pytest.raises(BadTile):
            encode_tile(bad)
    with pytest.raises(BadTile, match="64 bytes, not 63"):
        decode_tile(b"x" * 63, 2)
