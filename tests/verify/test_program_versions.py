"""A log made by another version of this program is refused by that name, not as a broken one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from ledger.cli.exit_codes import ExitCode
from ledger.cli.main import main
from ledger.domain.rules.program_versions import check_version
from ledger.errors import OtherVersion, SchemaMismatch
from ledger.log.tiles import bundle_path, decode_bundle, encode_bundle
from ledger.store.schema import REVISION
from tests.vectors.published import lay

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BUNDLE = bundle_path(0, 12)


def before(entries: list[bytes]) -> None:
    """Give the taxonomy one profile, as it had before version 0.1."""
    entries[1] = re.sub(rb'"profiles":\[(.*?\})\]', rb'"profile":\1', entries[1])
    assert b'"profile":{' in entries[1]


def newer_event(entries: list[bytes]) -> None:
    """Found the ledger with the next version of its first event."""
    entries[0] = entries[0].replace(b'"version":1', b'"version":2')


def newer_rules(entries: list[bytes]) -> None:
    """Found the ledger with rules that nobody knows yet."""
    entries[0] = entries[0].replace(b'"rules":1', b'"rules":2')


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (before, ["made before version 0.1", "record its claims in a new ledger"]),
        (newer_event, ["made by a newer version", "install that version"]),
        (newer_rules, ["made by a newer version", "install that version"]),
    ],
)
def test_a_published_log_is_refused_by_name(
    change: Callable[[list[bytes]], None],
    words: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`verify` ends with 3 and says which version can read it, though no signature fits either."""
    place = lay("good", tmp_path / "pub")
    entries = decode_bundle((place / BUNDLE).read_bytes(), 12)
    change(entries)
    (place / BUNDLE).write_bytes(encode_bundle(entries))
    assert main(["verify", str(place)]) == ExitCode.NOT_COMPLETED
    said = capsys.readouterr().err
    assert all(word in said for word in words)


@pytest.mark.parametrize(
    ("seq", "kind", "data"),
    [
        (0, "ledger.created", {"rules": 1}),
        (0, "ledger.created", {"rules": "2"}),
        (1, "taxonomy.adopted", {"profiles": []}),
        (2, "taxonomy.adopted", {"profile": {}}),
        (3, "ledger.created", {"rules": 2}),
        (0, "claim.recorded", {"profile": {}}),
    ],
)
def test_only_the_first_two_events_tell(seq: int, kind: str, data: dict[str, Any]) -> None:
    """What is wrong elsewhere, or is no version at all, is a fault of the log like others."""
    check_version(seq, kind, 1, data)
    with pytest.raises(OtherVersion):
        check_version(0, "ledger.created", 2, data)


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_a_database_made_before_is_not_offered_an_upgrade(revision: str) -> None:
    """Its tables could be brought up to date, its entries could not."""
    error = SchemaMismatch(revision, REVISION)
    assert error.relation == "before"
    assert "before version 0.1" in error.message
    assert "upgrade" not in error.hint
    assert "new ledger" in error.hint
