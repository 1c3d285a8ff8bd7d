"""A ledger to be attacked: sealed, published, and what an auditor was told about it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from unittest import mock

from ledger.api import creating
from ledger.checkpoints.publish import publish
from ledger.checkpoints.storage import DirectoryStorage
from ledger.sqlite_driver import sqlite3
from ledger.verify.report import VerifyReport
from ledger.verify.verify import LedgerTrust, verify_published
from tests.books import norm
from tests.checkpoints.sealed import SealedDesk, fill, open_sealed
from tests.verify.test_published_source import brief

SIZE = 12
BUNDLE, LEAVES = f"tile/entries/000.p/{SIZE}", f"tile/0/000.p/{SIZE}"
FOREIGN = "example.net/other"
Judge = Callable[..., tuple[int, str]]


class Made:
    """A ledger of 12 entries, sealed and published, and what an auditor was told about it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        with mock.patch.object(creating, "starter_taxonomy", brief):
            self.desk: SealedDesk = open_sealed(folder / "book.db")
        fill(self.desk)
        self.desk.later(minutes=1)
        self.desk.record(*(norm(key=f"k{n}") for n in range(SIZE - self.desk.book.size)))
        self.desk.seal()
        self.folder, self.pub = folder, folder / "pub"
        self.ledger = self.desk.book.policy.ledger
        publish(self.desk.book.store, DirectoryStorage(self.pub), with_disclosures=True)
        with closing(sqlite3.connect(folder / "book.db")) as conn:
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def database(self, tmp_path: Path) -> Path:
        """A copy of the database."""
        return Path(shutil.copy(self.folder / "book.db", tmp_path / "book.db"))

    def published(self, tmp_path: Path) -> Path:
        """A copy of the published log."""
        return Path(shutil.copytree(self.pub, tmp_path / "pub"))


def both(folder: Path, made: Made, judge: Judge) -> tuple[VerifyReport, tuple[int, str]]:
    """Judge a published log twice, as the ledger of ``made``."""
    report = verify_published(DirectoryStorage(folder), trust=LedgerTrust(anchor=made.ledger))
    return report, judge(folder, "--ledger", made.ledger)
