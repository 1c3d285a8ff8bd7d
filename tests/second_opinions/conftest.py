"""One log for other people's readers: published at 300 entries, and again at 600."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.checkpoints.publish import publish
from ledger.checkpoints.storage import DirectoryStorage
from tests.books import norm
from tests.checkpoints.sealed import ORIGIN, SealedDesk, open_sealed

OLD, NEW = 300, 600  # one full tile and 44; two full tiles, 88, and a tile of level 1 that has two


@dataclass(frozen=True)
class Shown:
    """A published directory, and what its keeper told: keys, and an older checkpoint."""

    folder: Path
    desk: SealedDesk
    old_note: bytes  # the checkpoint as it was published at 300 entries
    origin: str = ORIGIN

    @property
    def vkeys(self) -> tuple[str, str]:
        """The log's keys: Ed25519 and ML-DSA-44."""
        first, second = map(str, self.desk.vkeys)
        return first, second

    def copy(self, place: Path) -> Path:
        """Return a copy that may be damaged."""
        return Path(shutil.copytree(self.folder, place))

    def damaged(self, place: Path, path: str, at: int = -1) -> Path:
        """Return a copy in which one bit of one file is changed."""
        file = self.copy(place) / path
        data = bytearray(file.read_bytes())
        data[at] ^= 1
        file.write_bytes(data)
        return place


def _grow(desk: SealedDesk, to: int) -> None:
    have = desk.book.size
    desk.later(minutes=1)
    desk.record(*(norm(key=f"k{n}") for n in range(have, to)))
    desk.seal()


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """Real entries in a real database, sealed and published twice."""
    folder = tmp_path_factory.mktemp("shown")
    desk = open_sealed(folder / "a.db")
    place = DirectoryStorage(folder / "pub")
    _grow(desk, OLD)
    publish(desk.book.store, place)
    old_note = (folder / "pub/checkpoint").read_bytes()
    _grow(desk, NEW)
    publish(desk.book.store, place)
    yield Shown(folder / "pub", desk, old_note)
    desk.book.close()
