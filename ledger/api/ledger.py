"""The ledger: its everyday verbs, and its parts.

::

    from ledger import open_ledger

    with open_ledger("sqlite:///demo.db") as book:
        answer = book.status("PK", "va.exchange", actor="vasp", as_of="2025-09-01")
        print(answer.status, answer.basis)

The verbs ``record``, ``correct``, ``retract``, ``dispute``, ``review``, ``define`` and
``change_policy`` append signed events. Each raises RuleViolation or UnknownId where the rules
refuse an event, PassphraseInText where a text in it is what opened the signer's key, RolledBack
where this machine has seen more of the log, and NotCompleted where the clock cannot be right or the
store is busy; then nothing is recorded. All other verbs read only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Self, Unpack

from ledger import points
from ledger.api.opened_ledger import Viewpoint
from ledger.api.parts import LedgerParts
from ledger.clock import stamp
from ledger.domain.resolve.status_values import View
from ledger.domain.state_records import Policy
from ledger.points import Point
from ledger.queries.calendar_scope import CalendarScope

if TYPE_CHECKING:
    from ledger.api.answers import Board, RecordResult, Shown, StatusAnswer
    from ledger.domain.claims import Claim
    from ledger.domain.definitions import Definition
    from ledger.domain.resolve.explain import Explanation
    from ledger.domain.taxonomy import Taxonomy
    from ledger.export.snapshot import Snapshot
    from ledger.log.keys import Signer
    from ledger.progress import Progress
    from ledger.queries.calendar import Calendar
    from ledger.queries.diff import Diff
    from ledger.queries.history import HistoryItem
    from ledger.queries.history_filter import HistoryFilter
    from ledger.verify.known_ledgers import KnownLedgers
    from ledger.verify.report import VerifyReport
    from ledger.verify.signed_notes import VerifyOptions


class Ledger(LedgerParts):
    """An open ledger; also a context manager that closes it.

    ``len`` is its number of entries; iterating yields their lines of history, oldest first.
    """

    def __enter__(self) -> Self:
        """Return the ledger itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the ledger."""
        self.close()

    def __repr__(self) -> str:
        """Name the ledger by its origin and size."""
        return f"<Ledger {self.policy.origin}, {len(self)} entries>"

    def __len__(self) -> int:
        """Return the number of entries."""
        return self.base.store.size()

    def __iter__(self) -> Iterator[HistoryItem]:
        """Yield every entry as a line of history, oldest first."""
        return self.history(newest_first=False)

    def close(self) -> None:
        """Give back the database connections."""
        self.base.store.close()

    @property
    def size(self) -> int:
        """Number of entries now."""
        return len(self)

    @property
    def appended(self) -> tuple[range, ...]:
        """The seqs of the entries appended through this object."""
        return self.base.appended

    @property
    def policy(self) -> Policy:
        """The ledger's policy at the head."""
        return self.base.policy

    @property
    def taxonomy(self) -> Taxonomy:
        """The taxonomy at the head."""
        return self.base.taxonomy

    @property
    def simulated(self) -> bool:
        """Whether recorded times come from a simulated clock."""
        return self.base.simulated

    def today(self) -> date:
        """Return the current day in the ledger's time zone."""
        return self.base.today()

    def now(self) -> str:
        """Return the time now by the ledger's clock, as a stamp."""
        return stamp(self.base.clock.now())

    def point(
        self, as_of: date | str | None = None, known_at: int | str | date | None = None
    ) -> Point:
        """Return the point that these name; see :meth:`.OpenLedger.point`."""
        return self.base.point(as_of, known_at)

    def parse_point(self, text: str) -> Point:
        """Return the point that ``D`` (at the head), ``@K`` (today) or ``D@K`` names."""
        return self.point(*points.parse_point(text))

    def record(
        self, claims: Sequence[Claim], signer: Signer, *, actor: str, again: bool = False
    ) -> tuple[RecordResult, ...]:
        """Record claims, all or none (up to 5,000; larger files go in batches of 1,000).

        A claim whose ``key`` is recorded already with the same content is left as it is and
        reported as ``already``. References ``key:<slug>`` may name claims of the same call. A claim
        without a key that says exactly what is said already is recorded only with ``again``.

        Raises:
            AlreadyRecorded: claims without a key that say what counts or awaits review already.
            Conflict: a key is recorded with other content; the message names the fields.
            RuleViolation, UnknownId: the rules refuse one of the claims; nothing was recorded.
        """
        return self._recorder.record(claims, signer, actor=actor, again=again)

    def correct(
        self,
        ref: str,
        content: Claim,
        signer: Signer,
        *,
        actor: str,
        reason_code: str,
        comment: str | None = None,
    ) -> RecordResult:
        """Give a claim new content. Under four eyes the old content counts until approval.

        Raises UnknownId for a claim that does not exist, RuleViolation for a retracted claim.
        """
        fields = {"content": content, "reason_code": reason_code, "comment": comment}
        return self._recorder.on_claim("claim.corrected", ref, signer, actor, **fields)

    def retract(
        self, ref: str, signer: Signer, *, actor: str, reason_code: str, comment: str | None = None
    ) -> RecordResult:
        """Take a claim back for good. Under four eyes it counts until approval.

        Raises UnknownId for a claim that does not exist, RuleViolation for a retracted claim.
        """
        fields = {"reason_code": reason_code, "comment": comment}
        return self._recorder.on_claim("claim.retracted", ref, signer, actor, **fields)

    def dispute(
        self, ref: str, signer: Signer, *, actor: str, reason_code: str, comment: str | None = None
    ) -> RecordResult:
        """Raise a flag on a claim, at once. It changes no status.

        Raises UnknownId for a claim that does not exist, RuleViolation for a retracted claim.
        """
        fields = {"reason_code": reason_code, "comment": comment}
        return self._recorder.on_claim("claim.disputed", ref, signer, actor, **fields)

    def review(
        self,
        refs: Sequence[str],
        decision: str,
        signer: Signer,
        *,
        actor: str,
        reason_code: str | None = None,
        comment: str | None = None,
    ) -> tuple[RecordResult, ...]:
        """Approve, reject or withdraw events, up to 256 in one event of review.

        ``refs`` name events: a seq, an event id, or a claim key (its only waiting version). Raises
        InputError where they name nothing that is reviewed.
        """
        return self._recorder.review(
            refs, signer, actor, decision=decision, reason_code=reason_code, comment=comment
        )

    def define(
        self, definitions: Sequence[Definition], signer: Signer, *, actor: str
    ) -> tuple[RecordResult, ...]:
        """Define bodies, activities, kinds of actor, jurisdictions or profiles, all or none.

        What is defined with the same content already is left as it is.
        """
        taxonomy = self.taxonomy
        new = [d for d in definitions if not taxonomy.holds(d)]
        return self._recorder.append(new, signer, actor)

    def change_policy(
        self, signer: Signer, *, actor: str, review: str | None = None, rules: int | None = None
    ) -> RecordResult:
        """Change the review mode or raise the version of the rules."""
        return self._recorder.change_policy(signer, actor, review=review, rules=rules)

    def status(
        self, jurisdiction: str, activity: str, *, actor: str = "any", **at: Unpack[Viewpoint]
    ) -> StatusAnswer:
        """Return the status of one cell, by default today and as known now.

        Raises UnknownId for an id the taxonomy of that point does not have (with the nearest ids),
        InputError for a malformed point.
        """
        from ledger.domain.resolve.facts import Cell

        return self.cells.status(Cell(jurisdiction, activity, actor), *self.base.viewed(**at))

    def why(
        self, jurisdiction: str, activity: str, *, actor: str = "any", **at: Unpack[Viewpoint]
    ) -> Explanation:
        """Return the answer of :meth:`status` in words; raises what it raises."""
        return self.status(jurisdiction, activity, actor=actor, **at).explanation

    def board(
        self,
        *,
        jurisdiction: str | None = None,
        activity: str | None = None,
        actor: str = "any",
        **at: Unpack[Viewpoint],
    ) -> Board:
        """Return the cells that claims are about, for one actor class.

        ``jurisdiction`` and ``activity`` narrow it to one and what lies below. Raises UnknownId for
        an id the taxonomy of that point does not have, InputError for a malformed point.
        """
        scope = CalendarScope(jurisdiction, activity)
        return self.cells.board(*self.base.viewed(**at), scope, actor)

    def snapshot(self, **at: Unpack[Viewpoint]) -> Snapshot:
        """Return the status of every cell that claims are about, bound to the log that gives it.

        Raises InputError for a malformed point.
        """
        return self.cells.snapshot(*self.base.viewed(**at))

    def diff(
        self,
        a: str,
        b: str,
        *,
        actor: str | None = None,
        jurisdiction: str | None = None,
        activity: str | None = None,
        view: View = "prudential",
    ) -> Diff:
        """Return the cells that changed from point ``a`` to ``b``, and what changed each.

        A point is ``D`` (that day, at the head), ``@K`` (today) or ``D@K``; ``@42`` is known up to
        and including entry 42. Raises InputError for a malformed point.
        """
        scope = CalendarScope(jurisdiction, activity)
        return self.cells.diff(
            self.parse_point(a), self.parse_point(b), view, scope=scope, actor=actor
        )

    def calendar(
        self,
        from_day: date | None = None,
        to_day: date | None = None,
        *,
        wanted: CalendarScope | None = None,
        **at: Unpack[Viewpoint],
    ) -> Calendar:
        """Return what commences, lapses, falls due and goes stale, seen from a point.

        The calendar begins on ``from_day``, by default the day of the point, and ends on
        ``to_day``, by default a year later. ``wanted`` narrows it, and says after how many days a
        claim is stale. Raises InputError for a malformed point, or an end before the beginning.
        """
        point, view = self.base.viewed(**at)
        return self.cells.calendar(
            point, from_day, to_day, scope=wanted or CalendarScope(), view=view
        )

    def history(
        self, only: HistoryFilter | None = None, *, after_seq: int = -1, newest_first: bool = True
    ) -> Iterator[HistoryItem]:
        """Yield the entries with seq > ``after_seq`` that a filter lets through, page by page."""
        return self.entries.all(only, after_seq=after_seq, newest_first=newest_first)

    def search(self, text: str, only: HistoryFilter | None = None) -> Iterator[HistoryItem]:
        """Yield the entries that show ``text``, of those a filter lets through, newest first."""
        from ledger.queries.history_filter import HistoryFilter

        return self.history(replace(only or HistoryFilter(), sought=text))

    def show(self, ref: str) -> Shown:
        """Return one entry in full: by seq, claim key, event id (or its start) or digest.

        It is checked, and ``faults`` says what of it does not hold. Raises UnknownId where nothing
        has that name, NotVerified where its bytes are no entry at all.
        """
        return self.entries.show(ref)

    def verify(
        self,
        *,
        progress: Progress | None = None,
        known: KnownLedgers | None = None,
        anchor: str | None = None,
        options: VerifyOptions | None = None,
    ) -> VerifyReport:
        """Check everything there is to check, and report every fault.

        With ``known``, the root of trust comes from there: a ledger this machine was told to trust
        is *authenticated*, and one that is shorter than remembered, or has another root at the
        remembered size, has a fault in layer ``remembered``. A good result is remembered.
        ``anchor`` is a ledger id, founder's fingerprint or log key that must be the ledger's.

        Raises NotCompleted where the database cannot be read.
        """
        from ledger.verify.verify import LedgerTrust, verify_database

        trust = LedgerTrust(known, anchor, at=self.now(), memory=self.base.memory)
        return verify_database(self.store, options=options, trust=trust, progress=progress)
