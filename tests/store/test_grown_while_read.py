"""Others append while a verification reads: it goes on to the end, and compares all there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from ledger.store import schema as s
from ledger.verify import entry_workers, projection_check
from ledger.verify.report import VerifyReport
from ledger.verify.signed_notes import VerifyOptions
from tests.books import norm
from tests.checkpoints.sealed import SealedDesk, open_sealed
from tests.verify.test_workers import InThreads


@pytest.fixture
def desk(url: str) -> Iterator[SealedDesk]:
    """A sealed ledger on each back end in turn."""
    desk = open_sealed(url)
    desk.record(norm(key="first", quote="Banned."))
    desk.seal()
    yield desk
    desk.book.close()


def spoil(desk: SealedDesk, change: sa.Update | sa.Delete) -> None:
    """Change rows of the database behind the ledger's back."""
    with desk.book.store.writing() as conn:
        assert conn.execute(change).rowcount


def verify_while(desk: SealedDesk, happens: Callable[[int], object]) -> VerifyReport:
    """Verify; each time pages were read, ``happens`` is called with how many there were so far."""
    calls: list[int] = []

    def progress(done: int, _total: int | None) -> None:
        calls.append(done)
        happens(len(calls))

    report = desk.book.verify(progress=progress)
    assert calls
    return report


def append(desk: SealedDesk, number: int) -> None:
    """Record a claim with a text beside the log, and seal."""
    desk.record(norm(key=f"more-{number}", quote="Banned."))
    desk.seal()


def test_an_honest_append_is_read_too(desk: SealedDesk) -> None:
    """Entry, text and seal that came meanwhile are part of what is verified, and no fault."""
    size = desk.book.size
    report = verify_while(desk, lambda n: append(desk, n) if n == 1 else None)
    assert report.faults == ()
    assert report.size == report.sealed == desk.book.size > size
    assert report.checkpoints == 2
    assert report.disclosures["open"] == desk.book.verify().disclosures["open"]


def test_a_seal_of_what_was_read_already_counts(desk: SealedDesk) -> None:
    """It comes for the size at which the reading stood: it is checked, once."""
    desk.record(norm(key="unsealed"))
    report = verify_while(desk, lambda n: desk.seal() if n == 1 else None)
    assert (report.faults, report.checkpoints, report.sealed) == ((), 2, desk.book.size)


def test_what_never_stops_growing_is_verified_all_the_same(desk: SealedDesk) -> None:
    """The end is that of one state of the database: what comes after it is left to the next."""
    report = verify_while(desk, lambda n: append(desk, n))
    assert report.faults == ()
    assert report.size < desk.book.size


@pytest.mark.parametrize(
    "change",
    [
        sa.update(s.version).values(author="x"),
        sa.update(s.status_segment).values(data=b"{}"),
        sa.delete(s.claim_key),
    ],
)
def test_an_append_hides_no_view_that_lies(desk: SealedDesk, change: sa.Update) -> None:
    """Whoever appends while it is read cannot keep the views from being compared."""
    spoil(desk, change)
    desk.book.projections.defer()
    report = verify_while(desk, lambda n: append(desk, n) if n == 1 else None)
    assert {one.layer for one in report.faults} == {"views"}
    assert not report.sound


def test_a_log_that_gets_shorter_is_no_log(desk: SealedDesk) -> None:
    """An entry that was read is gone when the end is looked at."""
    last = desk.book.size - 1

    def cut(_: int) -> None:
        with desk.book.store.writing() as conn:
            if conn.dialect.name == "sqlite":
                conn.exec_driver_sql("DROP TRIGGER entry_no_delete")
            else:
                conn.exec_driver_sql("ALTER TABLE entry DISABLE TRIGGER ALL")
            conn.execute(sa.delete(s.entry).where(s.entry.c.seq == last))

    report = verify_while(desk, cut)
    assert any(one.layer == "seq" and f"and has {last}" in one.message for one in report.faults)


def test_a_process_that_sees_the_view_moved_leaves_its_share_to_this_one(
    desk: SealedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No place is passed over because another process could not compare it."""
    for module in (projection_check, entry_workers):
        monkeypatch.setattr(module, "WorkerProcesses", InThreads)
    monkeypatch.setattr(projection_check, "_elsewhere", lambda *_: None)
    spoil(desk, sa.update(s.status_segment).values(data=b"{}"))
    report = desk.book.verify(options=VerifyOptions(jobs=2))
    assert {one.layer for one in report.faults} == {"views"}
