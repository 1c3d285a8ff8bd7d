"""Comparing columns that nobody signed with the signed bytes beside them.

A database keeps beside each signed note, line, token and captured file what people look for: when
it was sealed, by whom it was stamped, where a file came from. The verifier compares those columns
that follow from signed bytes (layer ``columns``):

==========================================  =========================================
``checkpoint.sealed_at``                    the time in the log's own line (ML-DSA-44)
``cosignature.name``, ``key_id``, ``at``    the line itself
``time_stamp.gen_time``, ``authority``      the token
``evidence.media_type``                     what a claim that cites the file says
``evidence.source``, ``retrieved_at``       ``url`` and ``retrieved_at`` of a report that cites it
==========================================  =========================================

The report calls the other columns unproved: ``evidence.added_at``, every column of a file that no
claim cites, and the time of sealing by a log whose keys sign no time.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ledger.checkpoints import timestamps
from ledger.clock import stamp
from ledger.errors import NotVerified
from ledger.evidence.citations import MEDIA_TYPES
from ledger.evidence.cited_files import ReportedFile
from ledger.log.checkpoint import Opened
from ledger.log.signed_note import parse_lines
from ledger.store import checkpoint_store, evidence_store
from ledger.store.checkpoint_store import StoredCheckpoint, StoredTimeStamp
from ledger.store.evidence_store import EvidenceInfo
from ledger.store.log_store import Connection
from ledger.verify.report import Findings

_U64 = 8  # bytes of the time that begins a cosignature (C2SP tlog-cosignature)


@dataclass(slots=True)
class UnsignedColumns:
    """The comparison for one database. Failed checks go to the findings."""

    found: Findings
    _timeless: int = 0  # checkpoints whose keys sign no time
    _said: dict[str, set[ReportedFile]] = field(default_factory=lambda: defaultdict(set))
    _at: dict[str, int] = field(default_factory=dict)  # file -> the last entry that cites it

    def check_checkpoint(self, held: StoredCheckpoint, opened: Opened) -> None:
        """Compare the time of a checkpoint that holds with the time that was signed."""
        if opened.sealed_at is None:
            self._timeless += 1
        elif held.sealed_at != _moment(opened.sealed_at):
            self._differs(f"sealed_at of the checkpoint of size {held.size}", "the signed time")

    def check_cosignatures(self, conn: Connection, held: StoredCheckpoint) -> None:
        """Compare the columns beside the lines of witnesses with these lines."""
        for line, *said in checkpoint_store.cosignature_rows(conn, held.size):
            if _line(line) != [tuple(said)]:
                self._differs(f"a cosignature of size {held.size} by {said[0]}", "its line")

    def check_time_stamps(self, note: bytes, stamps: Iterable[StoredTimeStamp]) -> None:
        """Compare the columns beside time-stamps of a note with their tokens."""
        for number, one in enumerate(stamps):
            try:
                token = timestamps.read(one.response, note)
            except NotVerified:
                continue  # a fault already
            said = (number, stamp(token.gen_time), token.authority)
            if said != (one.idx, one.gen_time, one.authority):
                self._differs(f"time-stamp {one.size}/{one.idx}", "its token")

    def check_strays(self, conn: Connection) -> None:
        """Find lines and time-stamps whose checkpoint is missing."""
        for kind, size in checkpoint_store.orphans(conn):
            self.found.add(
                None, "columns", f"a {kind} of size {size} belongs to no checkpoint that is kept"
            )
        if self._timeless:
            self.found.add_unproved(f"the time of sealing of {self._timeless} checkpoint(s)")

    def add_reports(self, seq: int, reports: Iterable[ReportedFile]) -> None:
        """Collect what an entry says of the files that it cites."""
        for one in reports:
            self._said[one.sha256].add(one)
            self._at[one.sha256] = seq

    def check_files(self, conn: Connection) -> None:
        """Compare the columns of each captured file with the claims that cite it."""
        unproved = kept = 0
        for info in evidence_store.listing(conn):
            kept += 1
            unproved += self._file(info)
        if unproved:
            self.found.add_unproved(
                f"media type, source or time of retrieval of {unproved} captured file(s): "
                "no claim that cites them says so"
            )
        if kept:
            self.found.add_unproved(f"the time at which {kept} captured file(s) were kept")

    def _file(self, info: EvidenceInfo) -> bool:
        """Return whether a column says something that no report of the file says or denies."""
        if str(info.media_type).partition("/")[0] not in MEDIA_TYPES:
            self._differs(f"media type of the file {info.sha256}", "any that is registered")
        reports = self._said.get(info.sha256, set())
        columns = (
            ("media_type", info.media_type, {one.media_type for one in reports}),
            ("source", info.source, {one.url for one in reports}),
            ("retrieved_at", info.retrieved_at, {one.retrieved_at for one in reports}),
        )
        unproved = False
        for name, held, told in columns:
            said = {one for one in told if one is not None}
            if held is None:
                continue
            if not said:
                unproved = True
            elif not any(_same(name, held, one) for one in said):
                what = f"{name} of the file {info.sha256}"
                self._differs(what, "what the claims that cite it say", self._at[info.sha256])
        return unproved

    def _differs(self, what: str, than: str, seq: int | None = None) -> None:
        self.found.add(seq, "columns", f"{what} is not {than}")


def _line(data: bytes) -> list[tuple[str, str, int]]:
    """Return (name, key id, POSIX seconds) of each signature line; none where it is malformed."""
    try:
        lines = parse_lines(data)
    except NotVerified:
        return []
    return [(one.name, one.key_id.hex(), int.from_bytes(one.blob[:_U64], "big")) for one in lines]


def _same(name: str, held: str, said: str) -> bool:
    if name != "retrieved_at":
        return held == said
    one, other = held.rstrip("Z"), said.rstrip("Z")
    # a day and a moment of that day do not contradict each other
    return one.startswith(other) or other.startswith(one)


def _moment(seconds: int) -> str:
    return stamp(datetime.fromtimestamp(seconds, UTC))
