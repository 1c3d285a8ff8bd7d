"""One reading: nothing that is read a second time is believed for what it said the first time."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import open_ledger
from ledger.checkpoints.publish import publish
from ledger.checkpoints.storage import DirectoryStorage, open_storage
from ledger.errors import BadProof
from ledger.log.merkle import leaf_hash, root
from ledger.projections import claims_naming
from ledger.sqlite_driver import sqlite3
from ledger.verify import verify as verifying
from ledger.verify.known_ledgers import KnownLedgers
from ledger.verify.pass_hashes import PassHashes
from ledger.verify.report import VerifyReport
from ledger.verify.signed_notes import VerifyOptions
from ledger.verify.verify import LedgerTrust, verify_published
from tests.books import act, norm
from tests.checkpoints.sealed import SealedDesk
from tests.checkpoints.strangers import files as serve
from tests.checkpoints.strangers import serving
from tests.examples import seldom
from tests.verify.flips import Files
from tests.verify.test_published_source import Held, layers, made, read_all
from tests.verify.test_resume import altered, change

# --- the hashes of a pass ------------------------------------------------------------------------

LEAVES = [leaf_hash(b"%d" % n) for n in range(66_100)]


def filled(begun: PassHashes, stop: int) -> PassHashes:
    """The same with all leaves up to ``stop``."""
    for leaf in LEAVES[begun.edge.size : stop]:
        begun.append(leaf)
    return begun


@pytest.fixture(scope="module")
def whole() -> Iterator[PassHashes]:
    """All of them hashed from the beginning: more than a buffer holds."""
    hashed = filled(PassHashes(), len(LEAVES))
    yield hashed
    hashed.close()


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 513, 65_535, 65_536, 65_537])
def test_every_root_on_the_way_is_kept(whole: PassHashes, size: int) -> None:
    """Whatever size is asked for later, it needs no second reading."""
    assert whole.root(size) == root(LEAVES[:size])


@given(st.data())
def test_from_within_a_log_too(whole: PassHashes, data: st.DataObject) -> None:
    """Begun at any size with stored hashes, every later root is the right one, no earlier one."""
    begin = data.draw(st.sampled_from([1, 200, 256, 300, 65_500, 65_536, 65_600]))
    begun = filled(PassHashes.after(begin, whole.run), begin + 300)
    size = data.draw(st.integers(begin, begin + 300))
    assert begun.root(size) == whole.root(size)
    with pytest.raises(BadProof):
        begun.run(0, begin // 256 * 256 - 1, begin // 256 * 256)


def test_what_was_not_hashed_has_no_root() -> None:
    """Neither beyond the end nor beyond an entry that is missing."""
    hashed = filled(PassHashes(), 10)
    hashed.gap()
    hashed.append(LEAVES[11])
    assert hashed.root(10) == root(LEAVES[:10])
    for size in (12, 300):
        with pytest.raises(BadProof):
            hashed.root(size)
    with pytest.raises(BadProof, match="second time"):
        hashed.proved(lambda _seq: b"another", 3)
    assert hashed.proved(lambda seq: b"%d" % seq, 3) == b"3"


# --- a fork, and a server that shows the old hashes when it is asked again -----------------------


@dataclass
class Forked:
    """A log as it was seen with 12 entries, and the two ways in which its keeper went on."""

    desk: SealedDesk
    before: Files
    honest: Files
    fork: Files
    folder: Path


@pytest.fixture(scope="module")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Forked:
    """The first 10 entries are the same; the log's own keys signed all of them."""
    folder = tmp_path_factory.mktemp("forked")
    desk, _ = made(folder, 10)
    desk.book.close()
    for name in ("honest", "fork"):
        shutil.copy(folder / "book.db", folder / f"{name}.db")
    before, honest = _grown(desk, folder / "honest", 12), _grown(desk, folder / "honest", 16)
    return Forked(desk, before, honest, _grown(desk, folder / "fork", 14), folder)


def _grown(desk: SealedDesk, folder: Path, size: int) -> Files:
    """Record up to a size in the database of this name, seal, publish."""
    book = open_ledger(f"{folder}.db", clock=desk.clock)
    more = SealedDesk(book, desk.clock, desk.signers, desk.moment, desk.log_keys)
    more.later(minutes=1)
    more.record(*(norm(key=f"{folder.name}{n}") for n in range(book.size, size)))
    more.seal()
    publish(book.store, DirectoryStorage(folder), with_disclosures=True)
    book.close()
    return read_all(folder)


@dataclass
class Turning:
    """Gives ``first`` for the first reading of each file, and ``then`` from the second on."""

    first: Files
    then: Files
    readings: Counter[str] = field(default_factory=Counter)

    def read(self, path: str) -> bytes | None:
        """Return a file."""
        self.readings[path] += 1
        return (self.first if self.readings[path] == 1 else self.then).get(path)


def known_to(folder: Path, files: Files) -> KnownLedgers:
    """A memory in which this log was verified."""
    known = KnownLedgers(folder / "known")
    report = verify_published(Held(files))
    known.trust(report.ledger)
    assert verify_published(Held(files), trust=LedgerTrust(known)).authenticated
    return known


def seen(known: KnownLedgers) -> tuple[int, str]:
    """How far it was seen."""
    (one,) = known.all()
    return one.size, one.root


def with_old_hashes(forked: Forked) -> Turning:
    """The fork, with the hashes of the log as it was in the files that are read again."""
    path = "tile/0/000.p/14"
    old = forked.before["tile/0/000.p/12"]
    return Turning(forked.fork, {**forked.fork, path: old + forked.fork[path][len(old) :]})


def test_a_server_cannot_hide_a_fork_behind_a_second_answer(forked: Forked, tmp_path: Path) -> None:
    """The root at the remembered size is that of the entries that were read."""
    known = known_to(tmp_path, forked.before)
    before = seen(known)
    with serving(serve(with_old_hashes(forked).read)) as url, closing(open_storage(url)) as place:
        report = verify_published(place, trust=LedgerTrust(known))
    assert layers(report) == {"remembered"}
    assert seen(known) == before
    assert verify_published(Held(forked.honest), trust=LedgerTrust(known)).authenticated
    assert seen(known)[0] == 16


def test_a_directory_that_is_swapped_meanwhile_cannot(forked: Forked, tmp_path: Path) -> None:
    """The same, where the files of the fork are replaced after they were read."""
    known, folder = known_to(tmp_path, forked.before), tmp_path / "pub"
    shutil.copytree(forked.folder / "fork", folder)

    class Swapped(DirectoryStorage):
        def read(self, path: str) -> bytes | None:
            data = super().read(path)
            if path == "tile/0/000.p/14" and data is not None:
                old = forked.before["tile/0/000.p/12"]
                (folder / path).write_bytes(old + data[len(old) :])
            return data

    assert layers(verify_published(Swapped(folder), trust=LedgerTrust(known))) == {"remembered"}


def test_a_database_whose_hashes_are_put_back_cannot(forked: Forked, tmp_path: Path) -> None:
    """Leaf hashes of the log as it was, written while its fork is verified."""
    known = known_to(tmp_path, forked.before)
    path = shutil.copy(forked.folder / "fork.db", tmp_path / "fork.db")
    old = forked.before["tile/0/000.p/12"]
    book = open_ledger(str(path))
    desk = SealedDesk(book, forked.desk.clock)

    def meanwhile(_done: int, _total: int) -> None:
        rows = [(old[32 * seq : 32 * seq + 32], seq) for seq in range(12)]
        change(desk, *(("UPDATE entry SET leaf_hash = ? WHERE seq = ?", row) for row in rows))

    report = book.verify(known=known, progress=meanwhile)
    book.close()
    assert "remembered" in layers(report)
    assert seen(known)[0] == 12


def test_a_kept_checkpoint_is_held_against_what_was_read(forked: Forked) -> None:
    """So is that of `--since`."""
    options = VerifyOptions(since=forked.before["checkpoint"])
    held = Held({})
    held.read = with_old_hashes(forked).read  # type: ignore[method-assign]
    assert "remembered" in layers(verify_published(held, options=options))


# --- old entries that the rules look into --------------------------------------------------------


@pytest.fixture(scope="module")
def looked_into(tmp_path_factory: pytest.TempPathFactory) -> tuple[SealedDesk, Files]:
    """A log of more than a page, in which the last entry repeals the claim at 20."""
    folder = tmp_path_factory.mktemp("looked")
    desk, _ = made(folder, 260)
    desk.later(minutes=1)
    desk.record(act(key="end", target="key:k20"))
    desk.seal()
    publish(desk.book.store, DirectoryStorage(folder / "pub"), with_disclosures=True)
    return desk, read_all(folder / "pub")


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """No claim is kept for the next look-up, as in a log of very many."""
    monkeypatch.setattr(claims_naming, "KEPT", 0)
    monkeypatch.setattr(verifying, "SMALL", 1)


def otherwise(data: bytes) -> bytes:
    """The same with a claim about something else, as long as before."""
    return data.replace(b'"activity":"va.deal"', b'"activity":"va.exch"')


@pytest.mark.parametrize("lists", [True, False])
def test_an_old_entry_that_is_another_one_now_is_named(
    looked_into: tuple[SealedDesk, Files], forgetful: None, *, lists: bool
) -> None:
    """The act that rests on it cannot be judged by what was never checked."""
    files = looked_into[1]
    bundle = "tile/entries/000"
    turning = Turning(files, {**files, bundle: otherwise(files[bundle])})
    held = Held(files, lists=lists)
    held.read = turning.read  # type: ignore[method-assign]
    report = verify_published(held)
    assert turning.readings[bundle] == 2
    assert [(f.seq, f.layer) for f in report.faults] == [(260, "tree")]


def test_nothing_else_is_read_twice(looked_into: tuple[SealedDesk, Files], forgetful: None) -> None:
    """So no other file has an occasion to say something else."""
    files = looked_into[1]
    for lists in (True, False):
        turning = Turning(files, files)
        held = Held(files, lists=lists)
        held.read = turning.read  # type: ignore[method-assign]
        assert verify_published(held).sound
        twice = {path for path, count in turning.readings.items() if count > 1}
        assert twice == {"tile/entries/000"}


def test_a_row_that_changes_while_the_database_is_verified_is_named(
    looked_into: tuple[SealedDesk, Files], forgetful: None, tmp_path: Path
) -> None:
    """After its page was read, before the act upon it is judged."""
    with sqlite3.connect(looked_into[0].book.url) as conn:
        conn.execute("VACUUM INTO ?", (str(tmp_path / "copy.db"),))
    conn.close()
    book = open_ledger(str(tmp_path / "copy.db"))
    desk = SealedDesk(book, looked_into[0].clock)
    seq = book.entries.seq_of("k20")

    def meanwhile(done: int, _total: int) -> None:
        if done == 256:
            with book.store.reading() as conn:
                bad = otherwise(book.store.bytes_at(conn, seq))
            change(desk, ("UPDATE entry SET bytes = ? WHERE seq = ?", (bad, seq)))

    report: VerifyReport = book.verify(progress=meanwhile, options=VerifyOptions(jobs=1))
    book.close()
    assert (report.first_bad_seq, {f.layer for f in report.faults if f.seq == 260}) == (
        260,
        {"tree"},
    )


@pytest.mark.parametrize("jobs", [1, *seldom(2)])
def test_a_claim_that_changes_before_the_timelines_are_compared_is_named(
    forked: Forked, tmp_path: Path, jobs: int
) -> None:
    """They would be compared with what follows from bytes that nobody checked."""
    book = open_ledger(str(shutil.copy(forked.folder / "fork.db", tmp_path / "copy.db")))
    book.projections.catch_up()
    desk = SealedDesk(book, forked.desk.clock)

    def meanwhile(done: int, total: int) -> None:
        if done == total:
            change(desk, ("UPDATE entry SET bytes = ? WHERE seq = 10", (altered(desk, 10),)))

    report = book.verify(progress=meanwhile, options=VerifyOptions(jobs=jobs))
    book.close()
    assert [(f.seq, f.layer) for f in report.faults] == [(None, "tree")]


def test_a_superseded_tile_is_held_against_what_was_read(
    looked_into: tuple[SealedDesk, Files],
) -> None:
    """Not against what took its place, read again: both could be forged together."""
    files = looked_into[1]
    for path, now in (("tile/0/000.p/4", "tile/0/000"), ("tile/1/000.p/1", "tile/1/000.p/1")):
        bad = bytes([files[path][0] ^ 1]) + files[path][1:]
        turning = Turning({**files, path: bad}, {**files, path: bad, now: bad + files[now][1:]})
        held = Held(turning.first)
        held.read = turning.read  # type: ignore[method-assign]
        assert layers(verify_published(held)) == {"tiles"}
