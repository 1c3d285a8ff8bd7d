"""A published log: verified whole, by whom it is trusted, and what tampering is named as."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from ledger.api import creating
from ledger.api.creating import starter_taxonomy
from ledger.checkpoints.publish import publish
from ledger.checkpoints.storage import DirectoryStorage
from ledger.errors import Unreachable
from ledger.log.checkpoint import Ed25519Cosigner, parse_checkpoint
from ledger.log.keys import generate
from ledger.log.merkle import leaf_hash
from ledger.log.signed_note import parse_note
from ledger.log.tiles import decode_bundle, encode_bundle, encode_tile
from ledger.log.witness_policy import Witness, WitnessPolicy, simple
from ledger.store import checkpoint_store
from ledger.verify import entry_checks
from ledger.verify.entry_checks import CheckedEntry, RawEntry, check_entry
from ledger.verify.known_ledgers import KnownLedgers
from ledger.verify.report import VerifyReport
from ledger.verify.signed_notes import VerifyOptions
from ledger.verify.verify import LedgerTrust, verify_published
from tests.books import norm
from tests.checkpoints.sealed import SealedDesk, fill, open_sealed
from tests.verify.flips import Files, entry_at, every_flip, some_flips, spoilt


class Held:
    """A place in memory."""

    address = "memory"

    def __init__(self, files: Files, *, lists: bool = True) -> None:
        self.files = files
        self.lists = lists

    def read(self, path: str) -> bytes | None:
        """Return a file."""
        return self.files.get(path)

    def write(self, path: str, data: bytes) -> None:
        """Put a file."""
        self.files[path] = data

    def listing(self) -> Iterator[str] | None:
        """Name all files."""
        return iter(self.files) if self.lists else None

    def close(self) -> None:
        """Nothing to give back."""


def read_all(folder: Path) -> Files:
    """Every file below a folder."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def brief() -> dict[str, Any]:
    """As much of the starter taxonomy as the claims here need."""
    whole = starter_taxonomy()
    wanted = {"va", "va.deal", "va.exchange", "PK"}
    parts = ("activities", "jurisdictions")
    return whole | {part: [one for one in whole[part] if one["id"] in wanted] for part in parts}


def made(folder: Path, size: int) -> tuple[SealedDesk, Files]:
    """A sealed ledger of ``size`` entries, published twice: partial tiles of the first stay."""
    with mock.patch.object(creating, "starter_taxonomy", brief):
        desk = open_sealed(folder / "book.db")
    fill(desk)
    desk.seal()
    publish(desk.book.store, DirectoryStorage(folder / "pub"))
    desk.later(minutes=1)
    desk.record(*(norm(key=f"k{n}") for n in range(size - desk.book.size)))
    desk.later(minutes=1)
    desk.seal()
    publish(desk.book.store, DirectoryStorage(folder / "pub"), with_disclosures=True)
    assert desk.book.size == size
    return desk, read_all(folder / "pub")


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> tuple[SealedDesk, Files]:
    """A published log of 12 entries."""
    return made(tmp_path_factory.mktemp("twelve"), 12)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[SealedDesk, Files]:
    """A published log of 300 entries."""
    return made(tmp_path_factory.mktemp("large"), 300)


def check(files: Files, **given: object) -> VerifyReport:
    """Verify files in memory."""
    return verify_published(Held(files), **given)  # type: ignore[arg-type]  # passed on as they are


def layers(report: VerifyReport) -> set[str]:
    """The layers that fail."""
    return {fault.layer for fault in report.faults}


@pytest.mark.parametrize("lists", [True, False])
def test_a_published_log_holds(large: tuple[SealedDesk, Files], *, lists: bool) -> None:
    """Everything is found and checked, whether or not the place can list its files."""
    desk, files = large
    report = verify_published(Held(files, lists=lists))
    assert report.faults == ()
    assert (report.size, report.sealed, report.unsealed) == (300, 300, 0)
    assert report.signed_by == tuple(sorted(map(str, desk.vkeys)))
    assert report.disclosures == {"open": 2, "missing": 0}
    assert report.evidence == {"present": 1, "missing": 0}
    assert report.unauthenticated == (("index.html",) if lists else ())
    assert not report.authenticated


def test_database_and_directory_say_the_same(large: tuple[SealedDesk, Files]) -> None:
    """Size, root, ledger and keys are the same from both."""
    desk, files = large
    one, other = desk.book.verify(), check(files)
    assert one.faults == other.faults == ()
    for name in ("ledger", "founder", "origin", "size", "root", "log_keys", "sealed", "signed_by"):
        assert getattr(one, name) == getattr(other, name)


# --- tampering -----------------------------------------------------------------------------------


def _bundle(files: Files, change: Callable[[list[bytes]], object]) -> Files:
    path = "tile/entries/000.p/12"
    entries = decode_bundle(files[path], 12)
    change(entries)
    return {**files, path: encode_bundle(entries)}


def _rehashed(files: Files) -> Files:
    """Make the tile fit the entries again, as a forger would."""
    entries = decode_bundle(files["tile/entries/000.p/12"], 12)
    return {**files, "tile/0/000.p/12": encode_tile([leaf_hash(data) for data in entries])}


def _swap(entries: list[bytes]) -> None:
    entries[7], entries[8] = entries[8], entries[7]


def _edit(entries: list[bytes]) -> None:
    entries[6] = entries[6].replace(b"prohibited", b"permitted!")


def _delete(entries: list[bytes]) -> None:
    entries[5:] = [*entries[6:], entries[-1]]


def _insert(entries: list[bytes]) -> None:
    entries[5:] = [entries[4], *entries[5:-1]]


CASES: dict[str, tuple[Callable[[list[bytes]], object], int, str]] = {
    "edited": (_edit, 6, "signature"),
    "swapped": (_swap, 7, "seq"),
    "deleted": (_delete, 5, "seq"),
    "inserted": (_insert, 5, "seq"),
}


@pytest.mark.parametrize("forged", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_changed_entries_are_named(
    twelve: tuple[SealedDesk, Files], name: str, *, forged: bool
) -> None:
    """The first bad entry is named; hashes made to fit do not help against root and signature."""
    change, seq, layer = CASES[name]
    files = _bundle(twelve[1], change)
    report = check(_rehashed(files) if forged else files)
    assert report.first_bad_seq == seq
    first = {fault.layer for fault in report.faults if fault.seq == seq}
    assert layer in first
    assert ("leaf" in first) != forged
    assert "checkpoint" in layers(report)


@pytest.mark.parametrize(
    ("path", "layer"),
    [
        ("checkpoint", "checkpoint"),
        ("policy", "checkpoint"),
        ("tile/0/000.p/12", "tiles"),
        ("tile/entries/000.p/12", "tiles"),
    ],
)
def test_a_missing_file_is_a_fault(twelve: tuple[SealedDesk, Files], path: str, layer: str) -> None:
    """Whatever the size in the checkpoint asks for must be there."""
    report = check({p: d for p, d in twelve[1].items() if p != path})
    assert not report.sound
    assert layer in layers(report)


def test_a_higher_tile_is_held_against_the_tree(large: tuple[SealedDesk, Files]) -> None:
    """A wrong hash of level 1 is named at the last entry below it."""
    report = check({**large[1], "tile/1/000.p/1": bytes(32)})
    assert [(f.seq, f.layer) for f in report.faults] == [(255, "tiles")]


def test_unknown_files_are_listed_and_harmless(twelve: tuple[SealedDesk, Files]) -> None:
    """What nothing speaks for is named; so is a tile of a publish that did not end."""
    report = check({**twelve[1], "README": b"x", "tile/0/001": bytes(8192)})
    assert report.sound
    assert set(report.unauthenticated) == {"README", "index.html", "tile/0/001"}


def test_a_superseded_partial_tile_must_be_a_beginning(twelve: tuple[SealedDesk, Files]) -> None:
    """The tile of the earlier publish that remains is compared with the one that replaced it."""
    files = twelve[1]
    assert "tile/0/000.p/4" in files
    report = check({**files, "tile/0/000.p/4": bytes(128)})
    assert layers(report) == {"tiles"}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remember what was found about the same bytes: it is a function of these bytes alone."""
    found: dict[object, CheckedEntry] = {}

    def remembered(raw: RawEntry, fault: str | None = None) -> CheckedEntry:
        given = (raw.seq, raw.data, tuple(sorted(raw.texts.items())), fault, raw.old)
        if given not in found:
            found[given] = check_entry(raw, fault)
        return found[given]

    monkeypatch.setattr(entry_checks, "check_entry", remembered)
    monkeypatch.setattr(entry_checks, "signature_fault", cache(entry_checks.signature_fault))


def _missed(files: Files, flips: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """The flips that went unnoticed, or were not named at the entry where they happened."""
    missed = []
    for path, at, bit in flips:
        report = check({**files, path: spoilt(files[path], at, bit)})
        seq = entry_at(files, path, at)
        if report.sound or (seq is not None and report.first_bad_seq != seq):
            missed.append((path, at, bit))
    return missed


def test_no_byte_can_change_at_some_places(
    twelve: tuple[SealedDesk, Files], large: tuple[SealedDesk, Files], quick: None
) -> None:
    """A hundred flips: each is noticed, and named where it happened."""
    for files, count in ((twelve[1], 90), (large[1], 20)):
        assert _missed(files, some_flips(files, count, seed=7)) == []


PARTS = 4


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_byte_of_a_published_log_can_change(
    twelve: tuple[SealedDesk, Files], quick: None, part: int
) -> None:
    """Every byte of a log of twelve entries: no flip goes unnoticed."""
    flips = every_flip(twelve[1])
    assert len(flips) > 10_000
    assert _missed(twelve[1], flips[part::PARTS]) == []


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_byte_of_a_larger_log_can_change(
    large: tuple[SealedDesk, Files], quick: None, part: int
) -> None:
    """Two thousand seeded flips over 300 entries: each is named where it happened."""
    flips = some_flips(large[1], 2_000 // PARTS, seed=300 + part)
    assert _missed(large[1], flips) == []


# --- trust ---------------------------------------------------------------------------------------


def _known(folder: Path, *anchors: str) -> KnownLedgers:
    known = KnownLedgers(folder / "known")
    for anchor in anchors:
        known.trust(anchor)
    return known


def test_a_log_key_that_signed_authenticates(
    twelve: tuple[SealedDesk, Files], tmp_path: Path
) -> None:
    """By anchors of this machine or given on the line: key, ledger id or founder."""
    desk, files = twelve
    key = str(desk.vkeys[0])
    assert check(files, trust=LedgerTrust(_known(tmp_path, key))).authenticated
    report = check(files)
    for anchor in (key, report.ledger, report.founder):
        assert check(files, trust=LedgerTrust(anchor=anchor)).authenticated
    wrong = check(files, trust=LedgerTrust(anchor="ab" * 32))
    assert layers(wrong) == {"trust"}


def test_a_cut_or_forked_directory_contradicts_the_memory(
    twelve: tuple[SealedDesk, Files], large: tuple[SealedDesk, Files], tmp_path: Path
) -> None:
    """What was verified once is remembered: a shorter log or another root is named."""
    desk, files = twelve
    known = _known(tmp_path, str(desk.vkeys[0]))
    report = check(files, trust=LedgerTrust(known))
    assert known.get(report.ledger) is not None
    seen = known.get(report.ledger)
    assert seen is not None
    assert (seen.size, seen.root) == (12, report.root)
    known.remember(replace(seen, size=13))
    assert layers(check(files, trust=LedgerTrust(known))) == {"remembered"}
    assert check(large[1], trust=LedgerTrust(known)).how.startswith("nobody")


def test_nothing_published_is_not_completed() -> None:
    """An empty place has nothing to verify."""
    with pytest.raises(Unreachable):
        check({})


def test_other_files_without_a_checkpoint_are_no_log() -> None:
    """A directory of something else is never sound."""
    report = check({"README": b"hello"})
    assert layers(report) == {"checkpoint", "empty"}


# --- since, quorum -------------------------------------------------------------------------------


def _first_note(desk: SealedDesk) -> bytes:
    store = desk.book.store
    with store.reading() as conn:
        held = checkpoint_store.checkpoint_at(conn, 4)
    assert held is not None
    return held.note


def test_since_proves_growth_from_a_kept_checkpoint(
    twelve: tuple[SealedDesk, Files], large: tuple[SealedDesk, Files]
) -> None:
    """The log must continue it; that of another log, or a longer one, is refused."""
    desk, files = twelve
    options = VerifyOptions(since=_first_note(desk))
    for report in (check(files, options=options), desk.book.verify(options=options)):
        assert report.sound
        assert report.since == 4
    other = check(files, options=VerifyOptions(since=_first_note(large[0])))
    assert "checkpoint" in layers(other)
    longer = check(files, options=VerifyOptions(since=large[1]["checkpoint"]))
    assert "remembered" in layers(longer)
    assert parse_checkpoint(parse_note(files["checkpoint"]).text).size == 12


def test_an_unmet_quorum_is_never_sound(twelve: tuple[SealedDesk, Files]) -> None:
    """No witness, a witness who did not cosign: fault; one who did: sound and counted."""
    desk, files = twelve
    cosigner = Ed25519Cosigner("witness.example", generate())
    one = Witness(b"w", cosigner.vkey)
    policy = WitnessPolicy((), (one,), (), b"w")
    assert layers(check(files, options=VerifyOptions(policy=simple(desk.vkeys)))) == {"cosignature"}
    assert layers(check(files, options=VerifyOptions(policy=policy))) == {"cosignature"}
    assert layers(desk.book.verify(options=VerifyOptions(policy=policy))) == {"cosignature"}
    tree = parse_checkpoint(parse_note(files["checkpoint"]).text)
    line = cosigner.sign(tree, 1_800_000_000).encode()
    cosigned = {**files, "checkpoint": files["checkpoint"] + line}
    report = check(cosigned, options=VerifyOptions(policy=policy))
    assert report.sound
    assert report.cosignatures == 1
    unknown = check(cosigned)
    assert unknown.sound
    assert any("witness.example" in text for text in unknown.unauthenticated)
