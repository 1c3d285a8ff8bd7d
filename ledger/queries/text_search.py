"""Full-text search in the log, for the command line and the terminal application.

The search reads everything that is shown of an entry: its line of history, every text of its event
(titles, numbers, reports, quotes, notes, labels, speakers, comments), the erasable values that are
still there, and the names of the claims and definitions it refers to. Text and needle are folded
(:func:`ledger.text.fold`), so that the form of a letter, a quote or a dash does not matter. Hashes
and keys are found by eight characters or more.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.errors import BadEntry
from ledger.log.encodings import from_b64url
from ledger.queries import history, related_entries
from ledger.queries.history import HistoryItem
from ledger.queries.history_filter import ENTRIES, HistoryFilter
from ledger.store import schema as s
from ledger.store.in_lists import select_in
from ledger.text import fold

_CLAIMS: Final = frozenset({"claim.recorded", "claim.corrected"})
_ADDED_WORDS: Final = ("on", "in", "corrects", "it", "to", "claim", "recorded", "corrected")
_OPAQUE: Final = frozenset({"digest", "supersedes", "public_key", "proof", "sha256", "_sd"})
_REFERENCES: Final = frozenset({"event", "claim"})
_LONG: Final = 8  # characters of a needle that may be a piece of a hash
_WORD: Final = re.compile(r"[a-z0-9]+", re.ASCII)
_BETWEEN: Final = "\x1f"  # no needle reaches from one text into the next
_e, _d = s.entry.c, s.disclosure.c


def search_page(
    conn: Connection, only: HistoryFilter, *, start: int, stop: int, newest_first: bool, limit: int
) -> tuple[list[HistoryItem], int]:
    """Look at up to ``limit`` entries that meet the SQL part of a filter; return the full matches.

    The second value is where to go on: the next ``stop`` (newest first) or ``start``; the end of
    the range that was asked for, once there is nothing more in it.
    """
    start, stop = max(start, only.start), stop if only.stop is None else min(stop, only.stop)
    end = start if newest_first else stop
    needles = [fold(text) for text in (only.text, only.sought) if text]
    if not needles:
        whole = history.history_page(
            conn, only, start=start, stop=stop, newest_first=newest_first, limit=limit
        )
        return whole, _next(whole[-1].seq, newest_first) if len(whole) == limit else end
    narrowed = replace(only, text=None, sought=None, start=0, stop=None)
    rows = conn.execute(
        sa.select(_e.seq, _e.bytes, _e.type, _e.actor)
        .select_from(s.entry if replace(narrowed, at=None).is_open else ENTRIES)
        .where(_e.seq >= start, _e.seq < stop, narrowed.condition())
        .order_by(_e.seq.desc() if newest_first else _e.seq.asc())
        .limit(limit)
    ).all()
    found = history.history_items(conn, _holding(conn, rows, needles), at=only.at)
    if newest_first:
        found.reverse()
    return found, _next(rows[-1].seq, newest_first) if len(rows) == limit else end


def _next(seq: int, newest_first: bool) -> int:  # noqa: FBT001  # the direction, as above
    return seq if newest_first else seq + 1


def _holding(conn: Connection, rows: Sequence[Any], needles: Sequence[str]) -> list[int]:
    """Return the seqs of the rows whose shown texts contain every needle."""
    beside = _disclosed(conn, [row.seq for row in rows if b'"_sd"' in row.bytes])
    may = [_may_hold(needle) for needle in needles]
    likely = [
        row
        for row in rows
        if all(test(row.type, [row.bytes, *beside.get(row.seq, ())]) for test in may)
    ]
    opaque = any(len(needle) >= _LONG for needle in needles)
    shown = {row.seq: [*_shown(row, beside.get(row.seq, ()), opaque=opaque)] for row in likely}
    referred = {row.seq: _references(row) for row in likely if row.type not in _CLAIMS}
    names = related_entries.names_of_events(conn, sorted(set().union(*referred.values())))
    found = []
    for seq, texts in shown.items():
        named = (names[event] for event in referred.get(seq, ()) if event in names)
        text = fold(_BETWEEN.join((*texts, *named)))
        if all(needle in text for needle in needles):
            found.append(seq)
    return found


def _disclosed(conn: Connection, seqs: Sequence[int]) -> dict[int, list[bytes]]:
    """Return the disclosures beside these entries, as the JSON that their texts encode."""
    found: dict[int, list[bytes]] = {}
    for seq, text in select_in(conn, sa.select(_d.seq, _d.text), _d.seq, seqs):
        if (raw := from_b64url(text)) is not None:
            found.setdefault(seq, []).append(raw)
    return found


def _may_hold(needle: str) -> Callable[[str, Iterable[bytes]], bool]:
    """Return a quick test on bytes that is false only where a claim cannot contain a needle.

    Each word of the needle must occur in them: the text shown of a claim consists of its bytes and
    its disclosures, but for a few words that this program adds. Numbers may be counts, and letters
    beyond ASCII fold in their own ways; both are left to the real test.
    """
    words = _WORD.findall(needle) if needle.isascii() else []
    pieces = [
        word.encode()
        for word in words
        if not word.isdigit() and not any(word in added for added in _ADDED_WORDS)
    ]

    def may(kind: str, parts: Iterable[bytes]) -> bool:
        if not pieces or kind not in _CLAIMS:
            return True
        data = b"\n".join(parts)
        if not data.isascii():
            return True
        lowered = data.lower()
        return all(piece in lowered for piece in pieces)

    return may


def _shown(row: Any, beside: Iterable[bytes], *, opaque: bool) -> Iterator[str]:
    """Yield every text that is shown of an entry; ``opaque``: hashes and keys as well."""
    yield from (*history.entry_line(row), row.type, row.actor)
    yield from _texts(_event(row), opaque=opaque)
    for raw in beside:
        try:
            _, name, value = orjson.loads(raw)
        except ValueError:
            continue  # damaged: `verify` says so
        if isinstance(name, str):
            yield from _texts({name: value}, opaque=opaque)


def _texts(value: object, *, opaque: bool) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, opaque=opaque)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if opaque or name not in _OPAQUE:
                yield from _texts(inner, opaque=opaque)


def _event(row: Any) -> Mapping[str, Any]:
    try:
        event: Mapping[str, Any] = orjson.loads(row.bytes)["event"]
        data: Mapping[str, Any] = event["data"]
    except (ValueError, LookupError, TypeError):
        raise BadEntry("the entry is damaged", seq=row.seq, hint="run `regledger verify`") from None
    return data


def _references(row: Any) -> set[str]:
    """Return the ids of the events that a correction, retraction, dispute or review refers to."""
    data = _event(row)
    places = [data, *(data.get("targets") or ())]
    return {
        place[name]
        for place in places
        for name in _REFERENCES
        if isinstance(place, Mapping) and isinstance(place.get(name), str)
    }
