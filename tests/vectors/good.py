"""The good log: twelve entries of a small ledger under four eyes, made and published for real."""

from __future__ import annotations

import os
import tempfile
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from ledger import create_ledger
from ledger.checkpoints.storage import DirectoryStorage
from ledger.clock import SimulatedClock
from tests.books import Desk, norm
from tests.vectors.people import ADMIN, ORIGIN, RECORDER, REVIEWER, SEALED_AT, nothing_random

if TYPE_CHECKING:
    from tests.vectors.people import LogKeys

START: Final = datetime(2024, 1, 1, 9, 0, tzinfo=UTC)
QUOTE: Final = "Dealing in virtual assets is prohibited"
PAGE: Final = f"<html><p>{QUOTE}\n by law.</p></html>".encode()
TAXONOMY: Final[dict[str, Any]] = {
    "name": "vectors",
    "activities": [
        {"id": "va.deal", "name": "Dealing in virtual assets"},
        {"id": "va.exchange", "name": "Running an exchange"},
    ],
    "actor_classes": [{"id": "person", "name": "Anybody"}],
    "jurisdictions": [{"id": "PK", "name": "Pakistan", "kind": "country"}],
    "profiles": [
        {
            "jurisdiction": "*",
            "order": [
                "constitutional",
                "supranational",
                "primary",
                "delegated",
                "supervisory",
                "individual",
                "institutional",
                "official",
                "report",
                "judicial",
            ],
        }
    ],
}
Files = dict[str, bytes]


def _own_memory(folder: str) -> AbstractContextManager[object]:
    """Keep what this machine remembers of the log apart: the same log is made again and again."""
    return mock.patch.dict(os.environ, {"XDG_STATE_HOME": str(Path(folder) / "state")})


def good(keys: LogKeys, *, timezone: str = "UTC") -> Files:
    """Return the files of the published log; another time zone makes another ledger."""
    with tempfile.TemporaryDirectory() as folder, nothing_random(), _own_memory(folder):
        place = Path(folder)
        desk = _desk(place, keys, timezone)
        _fill(desk)
        desk.clock.set(datetime.fromtimestamp(SEALED_AT, UTC))
        desk.book.checkpoints.seal(keys, place / "log-state")
        desk.book.checkpoints.publish(DirectoryStorage(place / "pub"), with_disclosures=True)
        desk.book.close()
        return files_in(place / "pub")


def files_in(folder: Path) -> Files:
    """Read every file below a folder."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def _desk(place: Path, keys: LogKeys, timezone: str) -> Desk:
    clock = SimulatedClock(START)
    signers = {"admin": ADMIN, "recorder": RECORDER, "reviewer": REVIEWER}
    book = create_ledger(
        str(place / "vectors.db"),
        origin=ORIGIN,
        actor="admin",
        signer=ADMIN,
        log_keys=[str(key.vkey) for key in keys],
        timezone=timezone,
        clock=clock,
        simulated=True,
        taxonomy=TAXONOMY,
    )
    desk = Desk(book, clock, signers, moment=START)
    for name in ("recorder", "reviewer"):
        request = book.actors.key_request(signers[name], name)
        book.actors.enroll(request, roles=(name,), name=f"The {name}", **desk.who("admin"))
    return desk


def _fill(desk: Desk) -> None:
    """Six entries: two claims, a review, a correction, its review, a claim that is pending."""
    book = desk.book
    kept = book.evidence.add(PAGE, media_type="text/html", source="https://example.org/a")
    cite = {"sha256": kept.sha256, "bytes": kept.length, "media_type": kept.media_type}
    report = {"url": "https://example.org/a", "publisher": "E", "title": "T", "evidence": cite}
    content = {"key": "cited", "reports": [report], "quote": QUOTE}
    desk.later(minutes=1)
    (cited, _) = desk.record(
        norm(**content, note="for the file"), norm(key="other", activity="va.exchange")
    )
    desk.later(minutes=1)
    desk.approve(cited)
    desk.later(minutes=1)
    corrected = book.correct(
        cited,
        norm(**content, effective_from="2024-02-02"),
        reason_code="wrong_date",
        comment="a day later",
        **desk.who("recorder"),
    )
    desk.later(minutes=1)
    desk.approve(corrected.event)
    desk.later(minutes=1)
    desk.record(norm(key="pending", effect="permit"))
