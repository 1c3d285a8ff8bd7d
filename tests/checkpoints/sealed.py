"""A small ledger with real log keys, whose checkpoints a test makes by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger import create_ledger
from ledger.clock import SimulatedClock, stamp
from ledger.log import keys
from ledger.log.checkpoint import Checkpoint, log_signers, seal
from ledger.store import checkpoint_store
from tests.books import START, Desk, norm

if TYPE_CHECKING:
    from ledger.log.checkpoint import LogSigner
    from ledger.log.signed_note import Vkey

ORIGIN = "example.org/sealed"
QUOTE = "Dealing in virtual assets is prohibited"
PAGE = f"<html><p>{QUOTE}\n by law.</p></html>".encode()


@dataclass
class SealedDesk(Desk):
    """A desk that also holds the log's keys."""

    log_keys: tuple[LogSigner, ...] = ()

    @property
    def vkeys(self) -> tuple[Vkey, ...]:
        """The public keys of the log."""
        return tuple(one.vkey for one in self.log_keys)

    def seal(self) -> int:
        """Sign a checkpoint over what there is, keep it, and return its size."""
        store = self.book.store
        with store.writing() as conn:
            size = store.head(conn).size
            checkpoint = Checkpoint(ORIGIN, size, store.compact_range(conn, size).root())
            note = seal(checkpoint, self.log_keys, at=int(self.moment.timestamp()))
            checkpoint_store.put_checkpoint(conn, size, note.encode(), stamp(self.moment))
        return size


def open_sealed(path: str | Path) -> SealedDesk:
    """A ledger of one person, with 2 entries; nothing is sealed yet."""
    clock = SimulatedClock(START)
    founder = keys.KeySigner(keys.generate())
    log_keys = log_signers(ORIGIN, Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate())
    book = create_ledger(
        str(path),
        origin=ORIGIN,
        actor="recorder",
        signer=founder,
        log_keys=[str(one.vkey) for one in log_keys],
        review="none",
        clock=clock,
        simulated=True,
    )
    return SealedDesk(book, clock, {"recorder": founder}, log_keys=log_keys)


def fill(desk: SealedDesk) -> str:
    """Keep a page, record a claim that cites and quotes it, and another; return the page's hash."""
    kept = desk.book.evidence.add(PAGE, media_type="text/html", source="https://example.org/a")
    cite = {"sha256": kept.sha256, "bytes": kept.length, "media_type": kept.media_type}
    report = {"url": "https://example.org/a", "publisher": "E", "title": "T", "evidence": cite}
    desk.record(
        norm(key="cited", reports=[report], quote=QUOTE, note="for the file"),
        norm(key="other", activity="va.exchange"),
    )
    return kept.sha256
