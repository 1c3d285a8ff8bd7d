"""Publishing: incremental, crash-safe, and never over a newer or another log."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa

from ledger import open_ledger
from ledger.checkpoints.publish import publish
from ledger.checkpoints.storage import DirectoryStorage, open_storage
from ledger.errors import Conflict, QuorumNotMet, Unreachable, WouldFork
from ledger.log.checkpoint import Ed25519Cosigner, log_signers, open_checkpoint
from ledger.log.keys import generate, generate_mldsa44
from ledger.log.tiles import decode_bundle, decode_tile, new_tiles
from ledger.log.witness_policy import LogLine, Witness, WitnessPolicy, parse_policy
from ledger.store import checkpoint_store, schema
from ledger.verify.verify import verify_published
from tests.books import norm
from tests.checkpoints.buckets import bucket
from tests.checkpoints.sealed import ORIGIN, SealedDesk, fill, open_sealed
from tests.spoiling import put_in_place


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SealedDesk:
    """A ledger of some entries with evidence, sealed."""
    made = open_sealed(tmp_path_factory.mktemp("made") / "a.db")
    fill(made)
    made.seal()
    made.book.close()
    return made


@pytest.fixture
def desk(made: SealedDesk, tmp_path: Path) -> SealedDesk:
    """A copy of it."""
    return made.copied(tmp_path / "a.db")


def grow(desk: SealedDesk, count: int) -> None:
    """Record claims, a minute later."""
    desk.later(minutes=1)
    start = desk.book.size
    desk.record(*(norm(key=f"k{start + n}") for n in range(count)))


def cosign(desk: SealedDesk, witness: Ed25519Cosigner) -> None:
    """Have the newest checkpoint cosigned."""
    with desk.book.store.writing() as conn:
        held = checkpoint_store.newest(conn)
        assert held is not None
        tree = open_checkpoint(held.note, log_keys=desk.vkeys).checkpoint
        line = witness.sign(tree, 1_700_000_000)
        row = (line.name, line.key_id.hex(), line.encode(), 1_700_000_000)
        checkpoint_store.put_cosignatures(conn, held.size, [row])


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_what_is_published_is_the_log(desk: SealedDesk, tmp_path: Path) -> None:
    """Checkpoint, bundle, tile, policy and evidence hold the log's own bytes."""
    done = publish(desk.book.store, DirectoryStorage(tmp_path / "pub"))
    found = files(tmp_path / "pub")
    size = desk.book.size
    assert done.size == done.new == size == 4
    entries = decode_bundle(found["tile/entries/000.p/4"], 4)
    assert entries == [data for _, data in desk.book.store.pages()]
    hashes = decode_tile(found["tile/0/000.p/4"], 4)
    assert hashes == [sha256(b"\0" + data).digest() for data in entries]
    assert open_checkpoint(found["checkpoint"], log_keys=desk.vkeys).checkpoint.size == 4
    assert parse_policy(found["policy"]).log_keys == desk.vkeys
    (evidence,) = [data for path, data in found.items() if path.startswith("evidence/")]
    assert f"evidence/{sha256(evidence).hexdigest()}" in found
    assert not any(path.startswith("disclosures") for path in found)


def test_only_what_is_new_is_written(desk: SealedDesk, tmp_path: Path) -> None:
    """Over two full bundles: the second run leaves complete files untouched."""
    grow(desk, 300)
    desk.seal()
    place = DirectoryStorage(tmp_path / "pub")
    publish(desk.book.store, place)
    before = files(tmp_path / "pub")
    grow(desk, 300)
    desk.seal()
    written: list[str] = []
    plain = place.write

    def noting(path: str, data: bytes) -> None:
        written.append(path)
        plain(path, data)

    place.write = noting  # type: ignore[method-assign]
    done = publish(desk.book.store, place)
    assert (done.size, done.new) == (604, 300)
    assert "tile/entries/000" not in written
    assert "tile/0/000" not in written
    assert "tile/1/000.p/2" in written
    assert written[-1] == "checkpoint"
    bundles = [n for n, path in enumerate(written) if path.startswith("tile/entries")]
    hashes = [n for n, path in enumerate(written) if path.startswith(("tile/0", "tile/1"))]
    assert max(bundles) < min(hashes)
    after = files(tmp_path / "pub")
    assert {tile.path for tile in new_tiles(0, 604)} <= set(after)
    changing = {"checkpoint", "index.html"}
    assert all(after[path] == before[path] for path in before if path not in changing)


def test_stopped_at_any_write_the_old_state_stands(desk: SealedDesk, tmp_path: Path) -> None:
    """Whatever write fails, the old checkpoint stands, and the next run completes the new one."""
    place = DirectoryStorage(tmp_path / "pub")
    publish(desk.book.store, place)
    old = place.read("checkpoint")
    grow(desk, 260)
    desk.seal()
    plain = DirectoryStorage.write
    failures = 0
    for survive in range(50):
        target = DirectoryStorage(tmp_path / f"pub{survive}")
        shutil.copytree(tmp_path / "pub", target.root)
        left = [survive]

        def failing(self: DirectoryStorage, path: str, data: bytes, left: list[int] = left) -> None:
            if not left[0]:
                raise Unreachable(path, "disk full")
            left[0] -= 1
            plain(self, path, data)

        target.write = failing.__get__(target)  # type: ignore[method-assign]
        try:
            publish(desk.book.store, target)
        except Unreachable:
            failures += 1
        else:
            break
        assert target.read("checkpoint") == old
        del target.write
        publish(desk.book.store, target)
        paths = files(target.root)
        assert {tile.path for tile in new_tiles(0, 264)} <= set(paths)
    assert failures >= 6


def test_an_older_backup_is_not_published_over_a_newer_checkpoint(
    desk: SealedDesk, tmp_path: Path
) -> None:
    """The error says what is shown, what is here and what to do; nothing is written."""
    put_in_place(tmp_path / "a.db", tmp_path / "backup.db")
    grow(desk, 3)
    desk.seal()
    place = DirectoryStorage(tmp_path / "pub")
    publish(desk.book.store, place)
    shown = files(tmp_path / "pub")
    with open_ledger(str(tmp_path / "backup.db")) as old:
        with pytest.raises(WouldFork, match="shows 7 entries, this database has 4") as caught:
            publish(old.store, place)
        assert "backup" in caught.value.hint
    assert files(tmp_path / "pub") == shown


def test_a_forked_log_is_not_published(desk: SealedDesk, tmp_path: Path) -> None:
    """As long, and other: refused."""
    put_in_place(tmp_path / "a.db", tmp_path / "b.db")
    grow(desk, 2)
    desk.seal()
    place = DirectoryStorage(tmp_path / "pub")
    publish(desk.book.store, place)
    with open_ledger(str(tmp_path / "b.db"), clock=desk.clock) as book:
        twin = SealedDesk(book, desk.clock, desk.signers, desk.moment, desk.log_keys)
        grow(twin, 3)
        twin.seal()
        with pytest.raises(WouldFork, match="not the first ones of this log"):
            publish(book.store, place)


def test_a_place_of_somebody_else_is_not_written_to(desk: SealedDesk, tmp_path: Path) -> None:
    """Another ledger's checkpoint, or junk, in the place: refused."""
    other = open_sealed(tmp_path / "other.db")
    other.seal()
    place = DirectoryStorage(tmp_path / "pub")
    publish(other.book.store, place)
    with pytest.raises(WouldFork, match="did not sign"):
        publish(desk.book.store, place)
    place.write("checkpoint", b"junk")
    with pytest.raises(WouldFork, match="did not sign"):
        publish(desk.book.store, place)


@pytest.mark.parametrize("name", ["notes.txt", "index.html", "site/index.html", "tiles"])
def test_a_directory_of_something_else_is_not_written_to(
    desk: SealedDesk, tmp_path: Path, name: str
) -> None:
    """Files that no publishing wrote, and no checkpoint: refused, and everything is as it was."""
    place = DirectoryStorage(tmp_path / "pub")
    (place.root / name).parent.mkdir(parents=True)
    (place.root / name).write_bytes(b"mine")
    with pytest.raises(Conflict, match="is no published log") as caught:
        publish(desk.book.store, place)
    assert name in caught.value.message
    assert files(place.root) == {name: b"mine"}


def test_a_hidden_file_and_what_a_stopped_run_left_are_no_hindrance(
    desk: SealedDesk, tmp_path: Path
) -> None:
    """All but the checkpoint of a first run, beside what a version control keeps."""
    place = DirectoryStorage(tmp_path / "pub")
    publish(desk.book.store, place)
    whole = files(place.root)
    (place.root / "checkpoint").unlink()
    (place.root / ".git").mkdir()
    (place.root / ".git" / "config").write_bytes(b"")
    publish(desk.book.store, place)
    assert files(place.root) == {**whole, ".git/config": b""}


def test_a_log_that_was_never_sealed_is_not_published(tmp_path: Path) -> None:
    """The error says to seal it."""
    desk = open_sealed(tmp_path / "new.db")
    with pytest.raises(Conflict, match="never sealed") as caught:
        publish(desk.book.store, DirectoryStorage(tmp_path / "pub"))
    assert "checkpoint" in caught.value.hint
    assert not (tmp_path / "pub").exists()


def test_publishing_waits_for_the_quorum(desk: SealedDesk, tmp_path: Path) -> None:
    """Of two checkpoints the newest that the witness cosigned is published; without one, none."""
    witness = Ed25519Cosigner("witness.example/w", generate())
    policy = WitnessPolicy(
        tuple(LogLine(key) for key in desk.vkeys),
        (Witness(b"w", witness.vkey),),
        quorum=b"w",
    )
    store, place = desk.book.store, DirectoryStorage(tmp_path / "pub")
    with pytest.raises(QuorumNotMet, match="cosigned by nobody"):
        publish(store, place, policy=policy)
    assert not (tmp_path / "pub").exists()
    cosign(desk, witness)
    grow(desk, 2)
    desk.seal()
    assert publish(store, place, policy=policy).size == 4
    shown = place.read("checkpoint")
    assert shown is not None
    opened = open_checkpoint(shown, log_keys=desk.vkeys, witnesses=[witness.vkey])
    assert [one.at for one in opened.cosignatures] == [1_700_000_000]


def test_disclosures_are_published_on_demand_only(desk: SealedDesk, tmp_path: Path) -> None:
    """With the option, each text is there with its digest and seq."""
    publish(desk.book.store, DirectoryStorage(tmp_path / "pub"), with_disclosures=True)
    found = files(tmp_path / "pub")["disclosures/000"]
    assert found.count(b"\n") == 2
    assert b'"seq":2' in found


def test_the_page_escapes_what_it_shows() -> None:
    """An origin with markup stays text."""
    from ledger.checkpoints.publish import _page
    from ledger.log.checkpoint import Checkpoint

    page = _page(Checkpoint("a<script>b", 1, bytes(32)), "<i>", "&").decode()
    assert "<script>" not in page
    assert "a&lt;script&gt;b" in page
    assert "<i>" not in page


def test_an_object_store_takes_the_log_and_gives_it_back(desk: SealedDesk) -> None:
    """The in-memory file system of fsspec holds the same files as a directory."""
    place = open_storage("memory://regledger-test/log")
    publish(desk.book.store, place)
    listing = place.listing()
    assert listing is not None
    names = set(listing)
    assert {"checkpoint", "policy", "tile/0/000.p/4", "tile/entries/000.p/4"} <= names
    assert (
        open_checkpoint(place.read("checkpoint") or b"", log_keys=desk.vkeys).checkpoint.size == 4
    )
    assert publish(desk.book.store, place).new == 0


def test_a_bucket_takes_the_log_and_gives_it_back(
    desk: SealedDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over the S3 protocol: the same files as in a directory, and only what is new after."""
    with bucket(monkeypatch) as place:
        grow(desk, 300)
        desk.seal()
        publish(desk.book.store, place)
        publish(desk.book.store, DirectoryStorage(tmp_path / "pub"))
        assert {path: place.read(path) for path in place.listing()} == files(tmp_path / "pub")
        grow(desk, 1)
        desk.seal()
        done = publish(desk.book.store, place)
        # of one new entry: bundle, tile, and page and checkpoint
        assert (done.size, done.new, done.files) == (305, 1, 4)
        assert not verify_published(place).faults


def test_what_appears_meanwhile_is_not_overwritten(desk: SealedDesk, tmp_path: Path) -> None:
    """Two who publish at once: the later one leaves the checkpoint of the other."""
    place = DirectoryStorage(tmp_path / "pub")
    publish(desk.book.store, place)
    grow(desk, 1)
    desk.seal()
    plain, other = place.write, b"of somebody else"

    def racing(path: str, data: bytes) -> None:
        plain(path, data)
        if path == "index.html":
            plain("checkpoint", other)

    place.write = racing  # type: ignore[method-assign]
    with pytest.raises(Conflict, match="by somebody else meanwhile"):
        publish(desk.book.store, place)
    assert place.read("checkpoint") == other


def test_captured_files_are_written_once(desk: SealedDesk, tmp_path: Path) -> None:
    """They are named by their content; a second run neither reads nor writes them."""
    place = DirectoryStorage(tmp_path / "pub")
    publish(desk.book.store, place)
    touched: list[str] = []
    plain = place.read

    def noting(path: str) -> bytes | None:
        touched.append(path)
        return plain(path)

    place.read = noting  # type: ignore[method-assign]
    assert publish(desk.book.store, place).files == 0
    assert not [path for path in touched if path.startswith("evidence/")]


def test_what_is_shown_and_no_longer_meets_the_policy_stays(
    desk: SealedDesk, tmp_path: Path
) -> None:
    """The place shows more than the newest checkpoint with the quorum: no fork, and no step back.

    A log of another content and of that size is told as one all the same.
    """
    put_in_place(tmp_path / "a.db", tmp_path / "b.db")
    witness = Ed25519Cosigner("witness.example/w", generate())
    policy = WitnessPolicy((), (Witness(b"w", witness.vkey),), quorum=b"w")
    cosign(desk, witness)
    grow(desk, 2)
    desk.seal()
    place = DirectoryStorage(tmp_path / "pub")
    publish(desk.book.store, place)
    with pytest.raises(Conflict, match=r"shows 6 entries already; .* covers 4"):
        publish(desk.book.store, place, policy=policy)
    with open_ledger(str(tmp_path / "b.db"), clock=desk.clock) as book:
        twin = SealedDesk(book, desk.clock, desk.signers, desk.moment, desk.log_keys)
        grow(twin, 3)
        with pytest.raises(WouldFork, match="not the first ones of this log"):
            publish(book.store, place)


def test_a_policy_without_logs_is_published_with_this_log(desk: SealedDesk, tmp_path: Path) -> None:
    """The keys in force are filled in, and the policy goes on to hold for the next run."""
    witness = Ed25519Cosigner("witness.example/w", generate())
    policy = WitnessPolicy((), (Witness(b"w", witness.vkey, "https://w.example"),), quorum=b"w")
    cosign(desk, witness)
    place = DirectoryStorage(tmp_path / "pub")
    publish(desk.book.store, place, policy=policy)
    grow(desk, 1)
    desk.seal()
    assert publish(desk.book.store, place).size == 4  # the newest that has the quorum
    shown = parse_policy(place.read("policy") or b"")
    assert shown.log_keys == desk.vkeys
    assert (shown.quorum, shown.witnesses) == (b"w", policy.witnesses)
    place.write("policy", b"junk")
    with pytest.raises(Conflict, match="cannot be read") as caught:
        publish(desk.book.store, place)
    assert "--policy" in caught.value.hint


def test_new_log_keys_are_published(desk: SealedDesk, tmp_path: Path) -> None:
    """What the place shows is checked with the keys of its size, and the policy names the new."""
    place = DirectoryStorage(tmp_path / "pub")
    publish(desk.book.store, place)
    new = log_signers(ORIGIN, generate(), generate_mldsa44())
    names = [str(one.vkey) for one in new]
    desk.book.checkpoints.change_keys(desk.signers["recorder"], actor="recorder", log_keys=names)
    desk.log_keys = new
    desk.seal()
    assert publish(desk.book.store, place).size == 5
    assert parse_policy(place.read("policy") or b"").log_keys == desk.vkeys
    assert not verify_published(place).faults


def test_a_log_that_is_not_what_was_sealed_is_not_published(
    desk: SealedDesk, tmp_path: Path
) -> None:
    """A leaf hash that was changed in the database: nothing is written."""
    with desk.book.store.writing() as conn:
        schema.remove_guards(conn)
        conn.execute(
            sa.update(schema.entry).where(schema.entry.c.seq == 1).values(leaf_hash=bytes(32))
        )
    with pytest.raises(WouldFork, match="not the one that was sealed"):
        publish(desk.book.store, DirectoryStorage(tmp_path / "pub"))
    assert not (tmp_path / "pub").exists()


def test_the_layout_of_seventy_thousand_entries() -> None:
    """Known answer: 273 full tiles and a partial one, 1 full and one of 17, one of 1."""
    paths = [tile.path for tile in new_tiles(0, 70_000)]
    bottom = [path for path in paths if path.startswith("tile/0/")]
    assert len(bottom) == 274
    assert bottom[-2:] == ["tile/0/272", "tile/0/273.p/112"]
    assert [path for path in paths if path.startswith("tile/1/")] == [
        "tile/1/000",
        "tile/1/001.p/17",
    ]
    assert [path for path in paths if path.startswith("tile/2/")] == ["tile/2/000.p/1"]
    assert len([path for path in paths if path.startswith("tile/entries/")]) == 274
    new = [tile.path for tile in new_tiles(69_900, 70_000)]
    assert new == [
        "tile/entries/273.p/112",
        "tile/0/273.p/112",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["kill", "error"])
def test_stopped_at_every_step_on_the_disk_nothing_is_lost(how: str, tmp_path: Path) -> None:
    """Killed there, or out of space there, while sealing and while publishing: in real processes.

    What is published verifies after each stop, and what was sealed is remembered.
    """
    program = [sys.executable, "-m", "tests.checkpoints.stopping", how, str(tmp_path)]
    root = Path(__file__).parents[2]
    done = subprocess.run(program, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = re.fullmatch(
        r"sealing stopped (\d+) times, publishing (\d+) times, lost 0\n", done.stdout
    )
    assert told is not None
    assert int(told[1]) >= 6
    assert int(told[2]) >= 30
