"""The memory of known ledgers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ledger.errors import InputError, NotCompleted, NotVerified
from ledger.verify.known_ledgers import KnownLedger, KnownLedgers, LogNow, default_directory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LEDGER, FOUNDER, ROOT = "a" * 64, "b" * 64, "c" * 64
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
KNOWN = KnownLedger(LEDGER, "example.com/log", FOUNDER, (VKEY,), 7, ROOT, trusted=True)


@pytest.fixture
def memory(tmp_path: Path) -> KnownLedgers:
    """An empty memory in a directory that does not exist yet."""
    return KnownLedgers(tmp_path / "state" / "known")


def test_what_was_remembered_is_read_back_by_a_new_object(memory: KnownLedgers) -> None:
    """A ledger remembered once is found by id and by origin, by any later process."""
    memory.remember(KNOWN)
    again = KnownLedgers(memory.directory)
    assert again.get(LEDGER) == KNOWN
    assert again.by_origin("example.com/log") == (KNOWN,)
    assert again.by_origin("example.com") == ()


def test_an_empty_memory_knows_nothing(memory: KnownLedgers) -> None:
    """No directory means no known ledger, and reading makes none."""
    assert memory.get(LEDGER) is None
    assert memory.all() == ()
    assert memory.trusts(ledger=LEDGER, founder=FOUNDER) is None
    assert not memory.directory.exists()


def test_files_are_for_their_owner_only(memory: KnownLedgers) -> None:
    """Files have mode 0600, the directory 0700, and no temporary file is left."""
    memory.remember(KNOWN)
    path = memory.directory / f"{LEDGER}.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert memory.directory.stat().st_mode & 0o777 == 0o700
    assert list(memory.directory.iterdir()) == [path]


def test_what_was_seen_never_shrinks(memory: KnownLedgers) -> None:
    """Remembering a smaller size keeps the larger one with its root, and trust stays given."""
    memory.remember(KNOWN)
    kept = memory.remember(
        KnownLedger(LEDGER, "example.com/log", FOUNDER, (), 3, "d" * 64, trusted=False)
    )
    assert (kept.size, kept.root, kept.trusted) == (7, ROOT, True)
    grown = memory.remember(
        KnownLedger(LEDGER, "example.com/log", FOUNDER, (), 9, "d" * 64, trusted=False)
    )
    assert (grown.size, grown.root, grown.trusted) == (9, "d" * 64, True)
    assert memory.get(LEDGER) == grown


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"schema": "regledger/known/v1"}',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"size": NaN}',
    ],
)
def test_a_damaged_file_is_an_error_and_never_an_unknown_ledger(
    memory: KnownLedgers, content: bytes
) -> None:
    """Junk in the file of a ledger raises an error that names the file, whoever asks."""
    memory.remember(KNOWN)
    path = memory.directory / f"{LEDGER}.json"
    path.write_bytes(content)
    for ask in (
        lambda: memory.get(LEDGER),
        lambda: memory.by_origin("other"),
        lambda: memory.trusts(ledger=LEDGER, founder=FOUNDER),
        lambda: memory.remember(KNOWN),
    ):
        with pytest.raises(NotVerified, match=LEDGER):
            ask()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size", True),
        ("size", -1),
        ("size", "7"),
        ("trusted", 1),
        ("root", "c" * 63),
        ("origin", None),
        ("log_keys", "vkey"),
        ("log_keys", [1]),
        ("ledger", "e" * 64),
        ("schema", "regledger/known/v2"),
        ("extra", 1),
    ],
)
def test_a_member_of_the_wrong_form_is_an_error(
    memory: KnownLedgers, name: str, value: object
) -> None:
    """Every member is checked when a file is read."""
    memory.remember(KNOWN)
    path = memory.directory / f"{LEDGER}.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))
    with pytest.raises(NotVerified, match="damaged"):
        memory.get(LEDGER)


def test_a_member_twice_is_an_error(memory: KnownLedgers) -> None:
    """Of two sizes the one that is not believed could hide a rollback; so neither is."""
    memory.remember(KNOWN)
    path = memory.directory / f"{LEDGER}.json"
    good = path.read_text()
    for twice in ('{"size": 0, ', '{"trusted": true, '):
        path.write_text(good.replace("{", twice, 1))
        with pytest.raises(NotVerified, match="twice"):
            memory.get(LEDGER)


def test_a_file_that_cannot_be_read_is_not_an_unknown_ledger(memory: KnownLedgers) -> None:
    """A directory in the place of the file raises an error."""
    (memory.directory / f"{LEDGER}.json").mkdir(parents=True)
    with pytest.raises(NotCompleted, match=LEDGER):
        memory.get(LEDGER)


def test_a_directory_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """A file where the directory should be is reported as not completed."""
    (tmp_path / "known").write_text("")
    with pytest.raises(NotCompleted):
        KnownLedgers(tmp_path / "known").remember(KNOWN)


def test_a_file_that_cannot_be_replaced_leaves_no_temporary_file(memory: KnownLedgers) -> None:
    """When the rename fails the error is ours and nothing half-written stays."""
    target = memory.directory / "anchors.json"
    memory.trust(FOUNDER)
    target.unlink()
    memory.remember(KNOWN)
    path = memory.directory / f"{LEDGER}.json"
    path.unlink()
    path.mkdir()
    (path / "in the way").touch()
    with pytest.raises(NotCompleted):
        memory.remember(KNOWN)
    assert [p for p in memory.directory.iterdir() if p != path] == []


def test_trust_takes_fingerprints_in_groups_and_in_capitals(memory: KnownLedgers) -> None:
    """Colons, spaces and capitals of a fingerprint do not matter."""
    shown = ":".join("AB" for _ in range(32))
    assert memory.trust(f" {shown} ") == "ab" * 32
    assert memory.trust("ab" * 32) == "ab" * 32
    assert memory.anchors() == ("ab" * 32,)


def test_the_founders_key_or_the_ledger_id_make_a_ledger_trusted(memory: KnownLedgers) -> None:
    """Either anchor is enough, and says on what the trust rests."""
    memory.trust(FOUNDER)
    assert "founder" in (memory.trusts(ledger=LEDGER, founder=FOUNDER) or "")
    assert memory.trusts(ledger=LEDGER, founder="d" * 64) is None
    memory.trust(LEDGER)
    assert "ledger id" in (memory.trusts(ledger=LEDGER, founder="d" * 64) or "")


def test_a_log_key_alone_does_not_make_a_ledger_trusted(memory: KnownLedgers) -> None:
    """A vkey is kept for checkpoints; a first entry that merely names it proves nothing."""
    assert memory.trust(VKEY) == VKEY
    assert memory.anchors() == (VKEY,)
    assert memory.trusts(ledger=LEDGER, founder=FOUNDER) is None


def test_a_ledger_remembered_without_trust_is_not_trusted(memory: KnownLedgers) -> None:
    """Having seen a ledger is not a reason to trust it."""
    memory.remember(KnownLedger(LEDGER, "o", FOUNDER, (), 7, ROOT, trusted=False))
    assert memory.trusts(ledger=LEDGER, founder=FOUNDER) is None
    memory.remember(KNOWN)
    assert memory.trusts(ledger=LEDGER, founder=FOUNDER)


@pytest.mark.parametrize("text", ["", "abc", "a" * 63, "../../etc/passwd", "name+xyz+abc", "+a+b"])
def test_anything_else_is_refused(memory: KnownLedgers, text: str) -> None:
    """What is neither a fingerprint nor a vkey is bad input, and nothing is written."""
    with pytest.raises(InputError):
        memory.trust(text)
    assert not memory.directory.exists()


@pytest.mark.parametrize("ledger", ["", "../x", "A" * 64, "a" * 65])
def test_only_ledger_ids_become_file_names(memory: KnownLedgers, ledger: str) -> None:
    """An id that is no ledger id is refused before any path is made of it."""
    with pytest.raises(InputError):
        memory.get(ledger)
    memory.forget(ledger)


def test_damaged_anchors_are_an_error(memory: KnownLedgers) -> None:
    """Junk among the anchors is an error and not the end of all trust."""
    memory.trust(FOUNDER)
    (memory.directory / "anchors.json").write_text('{"schema": "regledger/known/v1"}')
    with pytest.raises(NotVerified, match="anchors"):
        memory.trusts(ledger=LEDGER, founder=FOUNDER)


def test_forgetting(memory: KnownLedgers) -> None:
    """A forgotten ledger is unknown; forgetting twice is harmless."""
    memory.remember(KNOWN)
    memory.forget(LEDGER)
    memory.forget(LEDGER)
    assert memory.get(LEDGER) is None


def _rollback(known: KnownLedger, *, size: int, root_at: Callable[[int], str]) -> str | None:
    return LogNow(known.origin, size, root_at).against_known(known)


def test_a_smaller_size_is_a_rollback() -> None:
    """A log with fewer entries than were seen was cut off."""
    found = _rollback(KNOWN, size=6, root_at=lambda _: ROOT)
    assert found is not None
    assert "6 entries, 7 were verified" in found


def test_another_root_at_the_remembered_size_is_a_fork() -> None:
    """A log whose prefix has another root was rewritten, however long it is now."""
    found = _rollback(KNOWN, size=9, root_at=lambda size: "d" * 64 if size == 7 else ROOT)
    assert found is not None
    assert "forked" in found
    assert _rollback(KNOWN, size=9, root_at=lambda size: ROOT if size == 7 else "d" * 64) is None
    assert _rollback(KNOWN, size=7, root_at=lambda _: ROOT) is None


def test_a_root_that_cannot_be_computed_contradicts() -> None:
    """A log with holes in it is not the one that was verified before."""

    def holes(_: int) -> str:
        raise NotVerified("hash 3 is missing")

    assert "hash 3 is missing" in (_rollback(KNOWN, size=9, root_at=holes) or "")
    fresh = KnownLedger(LEDGER, "o", FOUNDER, (), 0, ROOT, trusted=True)
    assert _rollback(fresh, size=9, root_at=holes) is None


def test_the_default_directory_follows_the_xdg_state_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory lies in the state directory of the person who runs the program."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_directory() == tmp_path / "regledger" / "known"
    assert KnownLedgers().directory == default_directory()
