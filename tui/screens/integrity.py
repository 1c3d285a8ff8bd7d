"""Integrity: does the log hold, who sealed it and vouches for it, and since when is that known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from textual.binding import Binding
from textual.widget import Widget
from textual.widgets import ProgressBar
from textual.worker import Worker, get_current_worker

from ledger import api
from ledger.errors import NotCompleted, RegledgerError
from ledger.points import format_size
from ledger.text import visible
from tui.keymap import bind
from tui.ledger_source import LedgerSource
from tui.navigation import OpenEntry
from tui.screens.base_page import Page
from tui.text.styled_pieces import Piece
from tui.unexpected_errors import as_error
from tui.widgets.status_line import broken_words
from tui.widgets.virtual_lines import Lines, TextLines

_WIDTH = 14  # of the names before the colon
_TONES = {"good": ("✔", "good bold"), "bad": ("✖", "bad"), "open": ("?", "warn bold")}
_UNTRUSTED = (
    "Nothing tells this machine that it is the right log. Compare the ledger id with what its"
    " keeper gave you by another way, then: regledger trust {}"
)


@dataclass(frozen=True, slots=True)
class SealSummary:
    """The seals of the log, known without verifying anything."""

    ledger: str
    size: int
    sealed: int  # size of the newest checkpoint; 0 where there is none
    sealed_at: str
    witnesses: tuple[str, ...]  # names on the newest checkpoint, unchecked
    stamps: tuple[str, ...]  # time-stamps in words, unchecked
    remembered: int | None  # size that this machine verified last
    remembered_at: str  # when: a stamp, empty where that is not known
    trusted: bool


class _Cancelled(Exception):  # what happened, and it is no error
    """The user cancelled the verification."""


class IntegrityPage(Page):
    """Verification in a worker, and what the log's word rests on."""

    heading = "Integrity"
    BINDINGS: ClassVar[list[Binding]] = [
        bind("verify", "verify", show=True),
        bind("cancel", "cancel", show=True),
    ]
    DEFAULT_CSS = """
    IntegrityPage {
        #progress { display: none; height: 1; padding: 0 1; }
        #progress.-running { display: block; }
        #report { padding: 1 1 0 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._report: api.VerifyReport | None = None
        self._sealing: SealSummary | None = None
        self._error: RegledgerError | None = None
        self._job: Worker[None] | None = None
        self._faults: dict[int, int] = {}  # line -> seq

    def body(self) -> Iterable[Widget]:
        """Yield a progress bar while verifying, and the report."""
        yield ProgressBar(id="progress", show_eta=True)
        yield TextLines(id="report")

    def refresh_header(self) -> None:
        """Show the verdict too, which an opened entry may have changed."""
        super().refresh_header()
        if self.is_mounted and self.query(TextLines):
            self._paint()

    def load(self) -> None:
        """Ask who sealed, vouches and remembers. Verifying is asked for with a key."""
        self.ask(self._look, self._show_seals)

    def command(self) -> list[str]:
        """Return the words of `verify`."""
        return ["verify"]

    def copied(self) -> str:
        """Return the report as text."""
        return self.query_one(TextLines).text

    def action_verify(self) -> None:
        """Verify everything, in a thread; the screens stay usable."""
        if self._job is not None:
            return
        self._error = None
        bar = self.query_one(ProgressBar)
        bar.update(total=None, progress=0)
        bar.add_class("-running")
        self._job = self.run_worker(self._verify, thread=True, group="verify")
        self._paint()

    def action_cancel(self) -> None:
        """Stop verifying; what was found so far proves nothing and is dropped."""
        if self._job is not None:
            self._job.cancel()

    def _verify(self) -> None:
        worker = get_current_worker()
        app = self.app
        shown = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal shown
            if worker.is_cancelled:
                raise _Cancelled
            if total and (done / total - shown > 0.005 or done == total):  # noqa: PLR2004  # 200 steps
                shown = done / total
                app.call_from_thread(self._progress, done, total)

        end: Callable[[], None]
        try:
            known = app.config.known_ledgers() if app.config.known_ledgers else None
            book = app.source.book
            report, at = book.verify(progress=progress, known=known), book.now()
        except _Cancelled:
            end = self._cancelled
        except Exception as error:  # noqa: BLE001  # shown; a trace would end the application
            failed = as_error(error)
            end = lambda: self._failed(failed)  # noqa: E731  # one of three endings
        else:
            end = lambda: self._verified(report, at)  # noqa: E731  # one of three endings
        app.call_from_thread(end)

    def _progress(self, done: int, total: int) -> None:
        if self.is_mounted:
            self.query_one(ProgressBar).update(total=total, progress=done)

    def _cancelled(self) -> None:
        self._ended()
        self.app.notify_text("verification was cancelled: nothing is proved either way")

    def _failed(self, error: RegledgerError) -> None:
        self._error = error
        self._ended()
        self.show_error(error)

    def _verified(self, report: api.VerifyReport, at: str) -> None:
        self._report = report
        self._ended()
        app = self.app
        if report.sound:
            sure = report.authenticated
            app.log_state = replace(
                app.log_state,
                verified=report.size,
                verified_at=at,
                authenticated=sure,
                broken=None,
                bad=frozenset(),
                why="",
            )
        else:
            first = report.first_bad_seq
            bad = frozenset(fault.seq for fault in report.faults if fault.seq is not None)
            app.log_state = replace(
                app.log_state, verified=None, broken=-1 if first is None else first, bad=bad, why=""
            )
        self.reload(anyway=True)

    def _ended(self) -> None:
        self._job = None
        if self.is_mounted:
            self.query_one(ProgressBar).remove_class("-running")
            self._paint()

    def _look(self, source: LedgerSource) -> SealSummary:
        book = source.book
        policy = book.policy
        known = self.app.config.known_ledgers() if self.app.config.known_ledgers else None
        remembered = known.get(policy.ledger) if known else None
        try:
            newest = book.checkpoints.newest()
        except NotCompleted:
            newest = None
        names = [_name(line) for line in newest.cosignatures] if newest else []
        stamps = [
            f"{stamp.token.gen_time:%Y-%m-%d %H:%M:%S} UTC by {stamp.token.authority},"
            f" over {stamp.size} entries"
            for stamp in book.checkpoints.time_stamps()
        ]
        return SealSummary(
            ledger=policy.ledger,
            size=book.size,
            sealed=newest.size if newest else 0,
            sealed_at=newest.sealed_at if newest else "",
            witnesses=tuple(names),
            stamps=tuple(stamps),
            remembered=remembered.size if remembered else None,
            remembered_at=remembered.verified_at if remembered else "",
            trusted=bool(remembered and remembered.trusted),
        )

    def _show_seals(self, found: SealSummary) -> None:
        report = self._report
        if report is not None and (report.ledger != found.ledger or report.size > found.size):
            self._report = None  # it was another log that was verified
        self._sealing = found
        self._paint()

    def _paint(self) -> None:
        self._faults = {}
        lines: list[list[Piece]] = []
        for line, seq in self._lines():
            if seq is not None:
                self._faults[len(lines)] = seq
            lines.append(line)
        self.query_one(TextLines).show(lines, picks=self._faults)

    def _lines(self) -> Iterator[tuple[list[Piece], int | None]]:
        yield from ((line, None) for line in self._verdict())
        report = self._report
        if report is not None and report.faults:
            yield [("", "")], None
            yield [("What does not hold (Enter opens the entry)", "heading")], None
            for fault in report.faults:
                where = f"@{fault.seq}" if fault.seq is not None else "the log"
                words = f"{where:<10}{visible(fault.layer):<16}{visible(fault.message)}"
                yield [(f"  {words}", "bad")], fault.seq
        if report is not None:
            yield [("", "")], None
            yield [("What was checked", "heading")], None
            for name, words in report.summary():
                yield _field(name, words), None
        if self._sealing is not None:
            good = self.app.log_state.broken is None
            yield from ((line, None) for line in _sealing_lines(self._sealing, good=good))

    @property
    def _sound(self) -> bool:
        """Return whether the last verification here, if any, found no fault."""
        return self._report is None or self._report.sound

    def _verdict(self) -> Iterator[list[Piece]]:
        if self._job is not None:
            yield [("Verifying every entry, signature, rule and view ...  x cancels", "warn bold")]
        elif self.app.log_state.broken is not None and self._sound:
            now = self.app.log_state
            where = broken_words(now.broken or 0)
            yield [(f" ✖ NOT VERIFIED: the log is {where}: {visible(now.why)} ", "alarm")]
            yield [("Press v to verify everything, and to see all that does not hold.", "bold")]
        elif self._report is None:
            yield [("Nothing was verified since this application was started.", "bold")]
            yield [("Press v to verify everything.", "dim")]
        else:
            symbol, style = _TONES[self._report.tone]
            yield [(f"{symbol} {visible(self._report.verdict)}", style)]
            grown = (self.app.log_state.size or 0) - self._report.size
            if grown > 0:
                more = "1 entry was" if grown == 1 else f"{grown} entries were"
                yield [(f"{more} appended since; press v to verify again.", "warn")]
            if self._report.tone == "open":
                yield [(_UNTRUSTED.format(visible(self._report.ledger)), "warn")]

    def on_lines_opened(self, event: Lines.Opened) -> None:
        """Open the entry that a fault names."""
        seq = self._faults.get(self.query_one(TextLines).given(event.cursor))
        if seq is not None:
            self.app.go_to(OpenEntry(seq))


def _field(name: str, words: str) -> list[Piece]:
    return [(f"  {name:<{_WIDTH}}", "dim"), (visible(words), "")]


def _name(line: bytes) -> str:
    """Return the name on a signature line (C2SP signed-note: em dash, name, base64)."""
    parts = line.decode("utf-8", "replace").split(" ")
    return parts[1] if len(parts) > 1 else ""


def _sealing_lines(found: SealSummary, *, good: bool) -> Iterator[list[Piece]]:
    yield [("", "")]
    yield [("Seals", "heading")]
    if found.sealed:
        at = f"{found.sealed_at[:10]} {found.sealed_at[11:16]} UTC"
        yield _field("checkpoint", f"{found.sealed} entries, sealed {at}")
        left = found.size - found.sealed
        if left:
            yield _field("unsealed", f"{left} entries; `regledger checkpoint` seals them")
    else:
        yield _field("checkpoint", "none: nothing is sealed; `regledger checkpoint` does it")
    none = "none; `regledger witness request URL` asks one"
    yield _field("witnesses", ", ".join(found.witnesses) or none)
    for number, words in enumerate(found.stamps or ("none; `regledger timestamp URL` gets one",)):
        yield _field("" if number else "time-stamps", words)
    yield [("", "")]
    yield [("On this machine", "heading")]
    yield _field("ledger id", found.ledger)
    name, _ = _field("last verified", "")
    yield [name, (visible(_last(found, good=good)), "" if good or not found.remembered else "bad")]
    yield _field("trusted", "yes" if found.trusted else "no: `regledger trust` says how")


def _last(found: SealSummary, *, good: bool) -> str:
    """Say up to which entry the log was verified here, when, and whether that still holds."""
    if not found.remembered:
        return "never"
    at = found.remembered_at
    when = f" on {at[:10]} {at[11:16]} UTC" if at else ""
    last = f"to {format_size(found.remembered)}{when}"
    return last if good else f"{last}, which does not hold any more"
