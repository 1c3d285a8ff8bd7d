"""Splitting published files, damaged ones too, into hashes, entries and disclosed texts."""

import orjson

from ledger.log.merkle import HASH_BYTES
from ledger.log.tiles import Tile


def parts_of(data: bytes, tile: Tile) -> list[bytes]:
    """Return the first hashes or entries of a file, as many as ``tile`` has."""
    if tile.level is None:
        return beginning(data, tile.width)
    end = tile.width * HASH_BYTES
    return [data[i : i + HASH_BYTES] for i in range(0, min(end, len(data)), HASH_BYTES)]


def joined(parts: list[bytes], tile: Tile) -> bytes:
    """Return the file that has these parts."""
    if tile.level is not None:
        return b"".join(parts)
    return b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def beginning(data: bytes, width: int) -> list[bytes]:
    """Return the first entries of a bundle, as far as they are there; the last may be cut off."""
    entries: list[bytes] = []
    at = 0
    while at + 2 <= len(data) and len(entries) < width:
        length = int.from_bytes(data[at : at + 2], "big")
        entries.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    return entries


def index_of(groups: str) -> int:
    """Return the index that a path spells in groups of three digits."""
    return int(groups.replace("x", "").replace("/", ""))


def disclosed(line: bytes) -> tuple[str, int, str]:
    """Read a line of a disclosures file. Raises ValueError for any other spelling."""
    value = orjson.loads(line)
    match value:
        case {"digest": str(digest), "seq": int(seq), "text": str(text)} if (
            set(value) == {"digest", "seq", "text"}
            and seq is not True
            and seq is not False
            and orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE) == line
        ):
            return digest, seq, text
    raise ValueError
