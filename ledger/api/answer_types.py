"""The types that answers are made of, in one place for annotations."""

from ledger.api.answers import BoardBrief, CellPage
from ledger.domain.resolve.calendar_events import (
    CalendarEvent,
    EventSource,
    StaleClaim,
    StatusChange,
)
from ledger.domain.resolve.facts import Cell
from ledger.domain.resolve.resolve import Resolution
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import Taxonomy
from ledger.log.keys import Signer
from ledger.proofs.entry_report import EntryReport, Passage
from ledger.proofs.shown_entry_checks import SignatureCheck
from ledger.queries.calendar import Calendar, CalendarScope
from ledger.queries.corrections import Correction
from ledger.queries.history_filter import HistoryFilter
from ledger.queries.related_entries import RelatedEntry
from ledger.queries.vocabulary import Vocabulary
from ledger.verify.known_ledgers import KnownLedgers

__all__ = [
    "BoardBrief",
    "Calendar",
    "CalendarEvent",
    "CalendarScope",
    "Cell",
    "CellPage",
    "Correction",
    "CountedClaim",
    "EntryReport",
    "EventSource",
    "HistoryFilter",
    "KnownLedgers",
    "Passage",
    "RelatedEntry",
    "Resolution",
    "SignatureCheck",
    "Signer",
    "StaleClaim",
    "StatusChange",
    "Taxonomy",
    "Vocabulary",
]
