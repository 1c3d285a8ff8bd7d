"""``ledger.entries``: the log page by page, by position, by name or by a filter."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from ledger.api.answers import Shown
from ledger.api.opened_ledger import OpenLedger
from ledger.log.entry import decode_entry, to_dsse
from ledger.queries import entry as entries
from ledger.queries import history, related_entries, text_search
from ledger.queries.corrections import Correction, corrections
from ledger.queries.history import HistoryItem
from ledger.queries.history_filter import HistoryFilter

if TYPE_CHECKING:
    from ledger.queries.pending import Pending

_PAGE = 256
_SCANNED = 2000  # entries looked at in one transaction while searching for a text
_LOOKED = 20_000  # entries looked at in one call while filtering


class Entries:
    """The entries of the log; nothing here writes."""

    def __init__(self, base: OpenLedger) -> None:
        self._base = base

    def page(self, start: int, stop: int, *, at: int | None = None) -> Sequence[HistoryItem]:
        """Return the entries with start <= seq < stop, oldest first, by key range.

        Their states are those of a log of ``at`` entries, by default of all.
        """
        with self._base.store.reading() as conn:
            return history.history_page(
                conn,
                HistoryFilter(at=at),
                start=start,
                stop=stop,
                newest_first=False,
                limit=stop - start,
            )

    def at(self, seqs: Sequence[int], *, known: int | None = None) -> Sequence[HistoryItem]:
        """Return the entries at these positions, oldest first; leave out what is not there.

        Their states are those of a log of ``known`` entries, by default of all.
        """
        with self._base.store.reading() as conn:
            return history.history_items(conn, seqs, at=known)

    def seq_of(self, ref: str) -> int:
        """Return the position of the entry that a seq, claim key, event id or digest names.

        The start of an event id or digest is enough. Raises UnknownId where nothing has that name,
        InputError where several entries do.
        """
        return self._base.seq_of(ref)

    def show(self, ref: str, *, at: int | None = None) -> Shown:
        """Return one entry in full; see ``Ledger.show``.

        States and versions are those of a log of ``at`` entries, by default of all.
        """
        from ledger.proofs.shown_entry_checks import faults_at  # brings process pools along
        from ledger.proofs.time_bounds import time_bounds

        seq, store = self.seq_of(ref), self._base.store
        with store.reading() as conn:
            entry = decode_entry(store.bytes_at(conn, seq), at=seq)
            opened, withheld = entries.opened(store, conn, entry)
            around = time_bounds(conn, seq)
            faults = faults_at(store, conn, seq)
            (item,) = history.history_items(conn, [seq], at=at)
            versions = entries.versions_beside(conn, seq, at=at)
        return Shown(
            item=item,
            entry=orjson.loads(entry.data),
            opened=opened,
            withheld=tuple(withheld),
            leaf_hash=entry.leaf_hash.hex(),
            digest=entry.signed.digest,
            signer_key=entry.signed.signature.keyid,
            dsse=to_dsse(entry.signed),
            versions=versions,
            bounds=around,
            faults=faults,
        )

    def filter_of(self, words: Mapping[str, str]) -> HistoryFilter:
        """Return the filter that words name, by the members of :class:`HistoryFilter`.

        ``after`` and ``before`` are an entry (``42`` or ``@42``) or a day in the ledger's time
        zone, itself not included; ``known_at`` is as for ``Ledger.point``: states are those of that
        time; ``flagged`` is any text.

        Raises:
            UnknownId: no such jurisdiction, activity, actor, type, force or state.
            InputError: another member, or a position that is neither entry nor day.
        """
        if not words:
            return HistoryFilter()
        from ledger.queries.filter_words import parse_filter  # knows all that a word may name

        return parse_filter(
            words,
            taxonomy=self._base.taxonomy,
            actors=lambda: [actor.slug for actor in self._base.actors()],
            size_at=lambda day: self._base.point(known_at=day).size,
        )

    def filter_values(self) -> Mapping[str, Sequence[str]]:
        """Return what :meth:`filter_of` takes: the values of each word that has a list of them."""
        from ledger.queries.filter_words import known_values

        return known_values(self._base.taxonomy, [one.slug for one in self._base.actors()])

    def all(
        self, only: HistoryFilter | None = None, *, after_seq: int = -1, newest_first: bool = True
    ) -> Iterator[HistoryItem]:
        """Yield the entries with seq > ``after_seq`` that a filter lets through, page by page."""
        wanted = only or HistoryFilter()
        start, stop = max(after_seq + 1, wanted.start), self._base.store.size()
        stop = stop if wanted.stop is None else min(stop, wanted.stop)
        for page, _ in self._pages(wanted, start, stop, newest_first=newest_first, limit=_PAGE):
            yield from page

    def matching(
        self, only: HistoryFilter, *, below: int, limit: int, look: int = _LOOKED
    ) -> tuple[Sequence[HistoryItem], int]:
        """Return (entries, how far): up to ``limit`` with seq < ``below`` that a filter lets by.

        Newest first. Looks at no more than ``look`` entries; ``how far`` is the ``below`` of the
        next call, 0 once the log was looked at to its beginning.
        """
        stop = below if only.stop is None else min(below, only.stop)
        low = max(only.start, stop - look)
        found: list[HistoryItem] = []
        for page, at in self._pages(only, low, stop, newest_first=True, limit=_SCANNED):
            found += page
            stop = at
            if len(found) >= limit:
                break
        if len(found) > limit:
            found, stop = found[:limit], found[limit - 1].seq
        return found, stop if stop > only.start else 0

    def find(
        self,
        text: str,
        *,
        start: int,
        newest_first: bool = True,
        look: int = _LOOKED,
        within: HistoryFilter | None = None,
    ) -> tuple[int | None, int]:
        """Return (seq, how far): the entry nearest to ``start`` that shows ``text``.

        Looks at seq < ``start`` (newest first) or seq >= ``start``, at most ``look`` entries, only
        at those that ``within`` lets through. ``how far`` is where to go on: the ``start`` of the
        next call, 0 or the end at the end.
        """
        only = replace(within or HistoryFilter(), sought=text)
        size = self._base.store.size()
        first, last = only.start, size if only.stop is None else only.stop
        low, high = (first, min(start, last)) if newest_first else (max(start, first), last)
        low, high = (max(low, high - look), high) if newest_first else (low, min(high, low + look))
        end = high if newest_first else low
        for page, at in self._pages(only, low, high, newest_first=newest_first, limit=_SCANNED):
            if page:
                seq = page[0].seq
                return seq, seq if newest_first else seq + 1
            end = at
        return None, 0 if newest_first and end <= first else end

    def _pages(
        self, only: HistoryFilter, low: int, high: int, *, newest_first: bool, limit: int
    ) -> Iterator[tuple[list[HistoryItem], int]]:
        """Yield (entries, where to go on) of low <= seq < high, each page read on its own."""
        while low < high:
            with self._base.store.reading() as conn:
                page, at = text_search.search_page(
                    conn, only, start=low, stop=high, newest_first=newest_first, limit=limit
                )
            yield page, at
            low, high = (low, at) if newest_first else (at, high)

    def pending(self, *, at: int | None = None) -> "tuple[Pending, ...]":
        """Return the events that await review, oldest first; in a log of ``at`` entries, or now."""
        from ledger.queries.pending import pending

        with self._base.references() as refs:
            return pending(refs.conn, refs.state, at=at)

    def waiting_on(self, ref: str) -> Sequence[HistoryItem]:
        """Return the events about the claim that ``ref`` names that await review, oldest first.

        Raises UnknownId where nothing has that name, InputError for what is no claim, RuleViolation
        for a claim that was retracted or rejected.
        """
        from ledger.queries.pending import waiting_on

        with self._base.references() as refs:
            return waiting_on(refs.conn, refs.claim(ref)[0])

    def decided_by(
        self, reviews: Sequence[int], *, most: int = 256
    ) -> dict[int, tuple[list[HistoryItem], int]]:
        """Map reviews to (events, how many) of what they decided, of each the first ``most``.

        A review that decided nothing for the first time, as one after a compromise, is left out.
        """
        with self._base.store.reading() as conn:
            return related_entries.decided_by(conn, reviews, most=most)

    def to_review(self, refs: Sequence[str]) -> Sequence[HistoryItem]:
        """Return the events that these name for ``Ledger.review``, which raises the same."""
        with self._base.references() as found:
            seqs = [found.reviewable(ref).seq for ref in refs]
            items = {item.seq: item for item in history.history_items(found.conn, seqs)}
        return [items[seq] for seq in dict.fromkeys(seqs)]

    def pending_count(self) -> int:
        """Return how many events await review."""
        from ledger.queries.pending import count

        with self._base.store.reading() as conn:
            return count(conn)

    def corrections(self, start: int, stop: int) -> Sequence[Correction]:
        """Return the corrections of claims that came to count at seqs in [start, stop)."""
        with self._base.store.reading() as conn:
            return corrections(conn, start, stop)

    def names(self, event_ids: Sequence[str]) -> dict[str, str]:
        """Map event ids to the key of the claim, or the id of the definition, they are about.

        Events about neither, and those about a claim without a key, are left out.
        """
        with self._base.store.reading() as conn:
            return related_entries.names_of_events(conn, event_ids)

    def sentences(self, event_ids: Sequence[str]) -> dict[str, str]:
        """Map event ids to the sentences of their entries; leave out what is not there."""
        with self._base.store.reading() as conn:
            return related_entries.sentences_of(conn, event_ids)

    def has_claim(self, name: str) -> bool:
        """Whether a claim was ever recorded under this key or id, whatever became of it."""
        with self._base.references() as refs:
            return refs.has_claim(name)

    def follow(self, after_seq: int, *, poll_s: float = 1.0) -> Iterator[HistoryItem]:
        """Yield entries as they are appended, for ever, looking every ``poll_s`` seconds."""
        while True:
            for item in self.all(after_seq=after_seq, newest_first=False):
                after_seq = item.seq
                yield item
            time.sleep(poll_s)

    def export(self) -> Iterator[bytes]:
        """Yield the bytes of every entry in order of seq; one page in memory at a time."""
        for _, data in self._base.store.pages():
            yield data
