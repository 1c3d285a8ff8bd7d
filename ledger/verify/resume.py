"""Going on from the end of the last good verification on this machine.

Of what came before, nothing is read again but what the new entries rest on: the tree's right edge
from stored hashes, which must have the root that was verified, and the few old entries that the
rules look into, each of which is proved to stand under that root. Whoever changes any *other* old
entry and leaves the stored hashes as they were is found by a whole verification, not by this one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.errors import NotCompleted, NotVerified
from ledger.log.chain import Head
from ledger.log.entry import decode_entry
from ledger.log.merkle import (
    inclusion_path,
    leaf_hash,
    verify_inclusion,
)
from ledger.projections import base
from ledger.store import schema as s
from ledger.verify.entry_checks import Keys
from ledger.verify.folded import KeptState, KeptStates, program
from ledger.verify.known_ledgers import KnownLedgers
from ledger.verify.log_pass import LogPass
from ledger.verify.pass_hashes import PassHashes
from ledger.verify.report import Findings, VerifyReport


class StoredLog(Protocol):
    """What a log gives without being read through."""

    size: int
    start: int
    address: str

    def bytes_at(self, seq: int) -> bytes:
        """Return the bytes of one entry. Raises NotVerified where it is not there."""

    def hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        """Return stored tile hashes; those of level 0 are leaf hashes."""


@dataclass(slots=True)
class Resume:
    """Where to go on: a kept state that a log continues, and the hashes that show it does."""

    states: KeptStates
    folded: KeptState
    hashed: PassHashes
    copied: bool = False

    def copy(self, target: Path) -> bool:
        """Copy the state to where it is folded further; whether it is undamaged."""
        self.copied = self.states.copy(self.folded, target)
        return self.copied

    def begin(self, run: LogPass, found: Findings, replay: Connection) -> None:
        """Let a pass begin where the state ends."""
        last, policy = self.folded, run.state.policy()
        run.source.start = last.size
        run.policy, run.founder = policy, last.founder
        run.head = Head(last.size, last.leaf, last.recorded_at, last.ledger)
        run.keys = _keys(replay)
        found.sealed, found.signed_by = last.sealed, set(last.signed_by.splitlines())

    def reader(self, log: StoredLog) -> Callable[[int], bytes]:
        """Return what reads an entry again, proved by the verified root or by this pass."""
        size, root = self.folded.size, bytes.fromhex(self.folded.root)

        def read(seq: int) -> bytes:
            if seq >= size:
                return self.hashed.proved(log.bytes_at, seq)
            data = log.bytes_at(seq)
            path = inclusion_path(seq, size, log.hashes)
            verify_inclusion(seq, size, leaf_hash(data), path, root)
            return data

        return read


def resume(log: StoredLog, known: KnownLedgers) -> Resume | None:
    """Return where to go on, None where nothing fits that is remembered of this log."""
    try:
        ledger = decode_entry(log.bytes_at(0), at=0).signed.digest
        states, seen = KeptStates(known.directory), known.get(ledger)
        folded = states.get(ledger)
        if seen is None or folded is None or not 0 < folded.size <= min(seen.size, log.size):
            return None
        if folded.where != log.address:
            return None
        hashed = PassHashes.after(folded.size, log.hashes)
    except NotVerified:
        return None  # the whole verification says what is wrong
    same = hashed.edge.root().hex() == folded.root
    return Resume(states, folded, hashed) if same else None


def keep(report: VerifyReport, run: LogPass, replay: Connection, known: KnownLedgers) -> None:
    """Keep the state of a good verification for the next; where that fails, that reads all."""
    if run.head is None or not run.replaying or report.size == run.source.start:
        return
    base.advance(replay, report.size)
    replay.commit()
    folded = KeptState(
        ledger=report.ledger,
        size=report.size,
        root=report.root,
        leaf=run.head.leaf,
        recorded_at=run.head.recorded_at,
        founder=report.founder,
        sealed=report.sealed,
        signed_by="\n".join(report.signed_by),
        where=run.source.address,
        program=program(),
    )
    with suppress(NotCompleted):
        KeptStates(known.directory).keep(folded, Path(str(replay.engine.url.database)))


def _keys(replay: Connection) -> Keys:
    rows = replay.execute(sa.select(s.actor_key))
    return {row.keyid: (row.scheme, row.public_key) for row in rows}
