"""The library: open a ledger, and everything that can be done with it.

The names below are for annotations, such as ``api.Ledger``: importing this package loads none of
them, since a command and the first screen are there before the database stack is.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.api.answers import ActivityAcross as ActivityAcross
    from ledger.api.answers import Board as Board
    from ledger.api.answers import BoardBrief as BoardBrief
    from ledger.api.answers import CellPage as CellPage
    from ledger.api.answers import RecordResult as RecordResult
    from ledger.api.answers import Shown as Shown
    from ledger.api.answers import SignedBy as SignedBy
    from ledger.api.answers import StatusAnswer as StatusAnswer
    from ledger.api.checkpoints import TimeStamp as TimeStamp
    from ledger.api.doubts import Doubt as Doubt
    from ledger.api.ledger import Ledger as Ledger
    from ledger.domain.claims import Claim as Claim
    from ledger.domain.resolve.calendar_events import CalendarEvent as CalendarEvent
    from ledger.domain.resolve.calendar_events import EventSource as EventSource
    from ledger.domain.resolve.calendar_events import StaleClaim as StaleClaim
    from ledger.domain.resolve.calendar_events import StatusChange as StatusChange
    from ledger.domain.resolve.facts import Cell as Cell
    from ledger.domain.resolve.resolve import Resolution as Resolution
    from ledger.domain.state_records import Actor as Actor
    from ledger.domain.state_records import CountedClaim as CountedClaim
    from ledger.domain.state_records import Key as Key
    from ledger.domain.state_records import Policy as Policy
    from ledger.domain.state_records import Role as Role
    from ledger.domain.taxonomy import Taxonomy as Taxonomy
    from ledger.log.keys import Signer as Signer
    from ledger.points import Point as Point
    from ledger.projections.status_follow import Standing as Standing
    from ledger.proofs.entry_report import EntryReport as EntryReport
    from ledger.proofs.entry_report import Passage as Passage
    from ledger.proofs.shown_entry_checks import SignatureCheck as SignatureCheck
    from ledger.queries.calendar import Calendar as Calendar
    from ledger.queries.corrections import Correction as Correction
    from ledger.queries.diff import CellChange as CellChange
    from ledger.queries.diff import Diff as Diff
    from ledger.queries.history import HistoryItem as HistoryItem
    from ledger.queries.history_filter import HistoryFilter as HistoryFilter
    from ledger.queries.pending import Pending as Pending
    from ledger.queries.related_entries import RelatedEntry as RelatedEntry
    from ledger.queries.signed_by import SignedItem as SignedItem
    from ledger.queries.vocabulary import Vocabulary as Vocabulary
    from ledger.verify.known_ledgers import KnownLedgers as KnownLedgers
    from ledger.verify.report import VerifyReport as VerifyReport
