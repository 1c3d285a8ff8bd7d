"""A report on one entry: signature, inclusion, related entries, and its quotes in their sources.

Nothing is cached: the signature is verified and the files are hashed for each report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from ledger.evidence.citations import find_quote, plain, quotes, readable_text
from ledger.evidence.cited_files import cited_files
from ledger.log.entry import decode_entry
from ledger.proofs.shown_entry_checks import SignatureCheck, check_signature_of, included
from ledger.queries.related_entries import RelatedEntry, related
from ledger.store import evidence_store
from ledger.store.log_store import Connection, LogStore

_AROUND: Final = 240  # characters of a page shown before and after a quote


@dataclass(frozen=True, slots=True)
class Passage:
    """A quote and where it stands in a captured page.

    ``found`` is text before, quoted text, text after; None where it was not found, and ``note``
    says why.
    """

    where: str
    quote: str
    sha256: str
    found: tuple[str, str, str] | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class EntryReport:
    """All that is reported on one entry."""

    signed: SignatureCheck
    related: tuple[RelatedEntry, ...]
    passages: tuple[Passage, ...]
    kept: frozenset[str]  # hashes of the cited files that are stored and whole
    damaged: frozenset[str]  # stored under a hash that is not theirs
    included: int | None  # size of the newest checkpoint to whose root its hashes lead
    inclusion_fault: str  # why they do not, where it is sealed


def entry_report(
    store: LogStore, conn: Connection, seq: int, data: Mapping[str, Any], *, at: int | None = None
) -> EntryReport:
    """Return the report on entry ``seq``, whose opened event data is ``data``.

    The related entries are those of a log of ``at`` entries; None for all.
    Raises BadEntry where its bytes cannot be read.
    """
    looked = _Files(conn)
    passages = tuple(looked.passage(one.where, one.text, one.sources) for one in quotes(dict(data)))
    for cites in cited_files(dict(data)):
        looked.text(cites.sha256)
    proved, fault = included(store, conn, seq)
    entry = decode_entry(store.bytes_at(conn, seq), at=seq)
    return EntryReport(
        signed=check_signature_of(conn, entry),
        related=related(conn, seq, data, at=at),
        passages=passages,
        kept=frozenset(looked.kept),
        damaged=frozenset(looked.damaged),
        included=proved,
        inclusion_fault=fault,
    )


class _Files:
    """Captured files, each read and hashed once."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._texts: dict[str, str | None] = {}
        self.kept: set[str] = set()
        self.damaged: set[str] = set()

    def text(self, digest: str) -> str | None:
        """Return the text of a file in one line; None where it is not kept, or is not text."""
        if digest not in self._texts:
            self._texts[digest] = self._read(digest)
        return self._texts[digest]

    def _read(self, digest: str) -> str | None:
        stored = evidence_store.get(self._conn, digest)
        if stored is None:
            return None
        if sha256(stored.content).hexdigest() != digest:
            self.damaged.add(digest)
            return None
        self.kept.add(digest)
        text = readable_text(stored.content, stored.info.media_type)
        return None if text is None else plain(text)

    def passage(self, where: str, quote: str, sources: Sequence[str]) -> Passage:
        """Return where a quote stands in the first of its sources that holds it."""
        for digest in sources:
            text = self.text(digest)
            span = find_quote(text, quote) if text is not None else None
            if text is not None and span is not None:
                start, stop = span
                before = text[max(0, start - _AROUND) : start]
                found = (before, text[start:stop], text[stop : stop + _AROUND])
                return Passage(where, quote, digest, found)
        if any(self._texts.get(digest) is not None for digest in sources):
            return Passage(where, quote, "", None, "it does not stand in the captured page")
        if self.kept.intersection(sources):
            return Passage(where, quote, "", None, "the captured file is not text")
        return Passage(where, quote, "", None, "the captured page is not stored here")
