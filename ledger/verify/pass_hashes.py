"""The hashes that one pass over a log computes, by which everything read later is proved.

A source may answer differently when it is read a second time. So the verifier compares whatever it
reads later (the root at a remembered size, a published tile, an entry that the rules look up) with
the leaf and tile hashes that the pass computed from the entries it checked. Leaf hashes lie in a
temporary file, 32 bytes for each entry; each higher level has 256 times fewer, in memory.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

from ledger.errors import BadProof, NotCompleted
from ledger.log.merkle import (
    HASH_BYTES,
    TILE_BITS,
    CompactRange,
    Fetch,
    TileHash,
    hashes_needed,
    leaf_hash,
    range_from_tiles,
    root_at,
)

_SECOND = "entry {seq} was read a second time and is another one now"
_BUFFER = 1 << 16  # bytes of leaf hashes held before they are written


class PassHashes:
    """Leaf and tile hashes of a pass (RFC 6962 2.1). ``edge`` is the tree's right edge so far."""

    def __init__(self) -> None:
        """Begin before the first entry."""
        self.edge = CompactRange()
        self.begin = 0  # hashes of the last tiles below this size were stored, not computed
        self.whole = True  # whether every entry so far was there
        self._levels: dict[int, bytearray] = {0: bytearray()}
        self._file: IO[bytes] | None = None
        self._written = 0  # bytes of leaf hashes in the file

    @classmethod
    def after(cls, size: int, stored: Fetch) -> Self:
        """Begin at ``size`` with stored hashes; the caller compares their root.

        Raises BadProof: hashes below ``size`` are missing.
        """
        begun = cls()
        begun.begin = size
        runs: dict[tuple[int, int], bytes] = {}
        for level, start, stop in hashes_needed(size):
            run = stored(level, start, stop)
            runs.update(((level, index), one) for index, one in enumerate(run, start))
            begun._levels[level] = bytearray().join(run)
        begun.edge = range_from_tiles(
            size, lambda level, index: runs[level, index], lambda index: runs[0, index]
        )
        return begun

    def append(self, leaf: bytes) -> tuple[TileHash, ...]:
        """Add the hash of the next entry; return the tile hashes of level >= 1 it completes.

        Raises NotCompleted: there is no space left for the temporary file.
        """
        complete = self.edge.append(leaf)
        if not self.whole:
            return ()
        leaves = self._levels[0]
        leaves += leaf
        if len(leaves) >= _BUFFER:
            self._write(leaves)
        for node in complete:
            self._levels.setdefault(node.level, bytearray()).extend(node.hash)
        return complete

    def gap(self) -> None:
        """Note that the next entry is missing: no root and no tile beyond it can be computed."""
        self.whole = False

    def run(self, level: int, start: int, stop: int) -> list[bytes]:
        """Return the hashes start <= index < stop of a level; level 0 is leaf hashes.

        Raises BadProof: they were not computed in this pass.
        """
        first = self.begin >> (TILE_BITS * level) >> TILE_BITS << TILE_BITS
        at, end = (start - first) * HASH_BYTES, (stop - first) * HASH_BYTES
        held = self._levels.get(level, b"")
        before = 0 if level else self._written
        if at < 0 or end > before + len(held):
            raise BadProof(f"hashes {start} to {stop - 1} of level {level} were not computed")
        data = bytes(held[max(at - before, 0) : max(end - before, 0)])
        if at < before and self._file is not None:
            self._file.seek(at)
            data = self._file.read(min(end, before) - at) + data
        return [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]

    def root(self, size: int) -> bytes:
        """Return the root of the first ``size`` entries, ``size`` >= ``begin``.

        Raises BadProof: it cannot be computed from what this pass has hashed.
        """
        return self.edge.root() if size == self.edge.size else root_at(size, self.run)

    def proved(self, bytes_at: Callable[[int], bytes], seq: int) -> bytes:
        """Read an entry of this pass again, and check that it is the same.

        Raises:
            BadProof: its bytes are other ones now. NotVerified: it cannot be read.
        """
        data = bytes_at(seq)
        if self.run(0, seq, seq + 1) != [leaf_hash(data)]:
            raise BadProof(_SECOND.format(seq=seq))
        return data

    def leaves(self) -> Path:
        """Write all leaf hashes to the temporary file and return its path, for other processes."""
        self._write(self._levels[0])
        assert self._file is not None  # noqa: S101  # made by writing to it
        self._file.flush()
        return Path(str(self._file.name))

    def close(self) -> None:
        """Delete the temporary file."""
        if self._file is not None:
            self._file.close()

    def _write(self, leaves: bytearray) -> None:
        try:
            if self._file is None:
                self._file = tempfile.NamedTemporaryFile(prefix="regledger-")  # noqa: SIM115  # closed by close()
            self._file.seek(self._written)
            self._file.write(leaves)
        except OSError as error:
            raise NotCompleted(f"temporary file: cannot be written: {error.strerror}") from None
        self._written += len(leaves)
        leaves.clear()


@contextmanager
def proved_by(leaves: Path) -> Iterator[Callable[[int, bytes], bytes]]:
    """Yield a function that returns the bytes of an entry if they have the hash in this file.

    It raises BadProof where they have another hash.
    """
    with leaves.open("rb") as file:

        def proved(seq: int, data: bytes) -> bytes:
            file.seek(seq * HASH_BYTES)
            if file.read(HASH_BYTES) != leaf_hash(data):
                raise BadProof(_SECOND.format(seq=seq))
            return data

        yield proved


def last_below(level: int, index: int) -> int:
    """Return the seq of the entry that completes hash ``index`` of a level."""
    return ((index + 1) << (TILE_BITS * level)) - 1
