"""The entries related to one entry: those it refers to, and those that act on it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.queries import history
from ledger.queries.history import HistoryItem
from ledger.store import schema as s
from ledger.store.in_lists import select_in

_e, _v, _c = s.entry.c, s.version.c, s.claim_version.c
_INSTRUMENT: Final = "instrument:"
_CLAIM: Final = "claim:"
_MOST: Final = 64  # entries of one relation: a list for people, not an index


@dataclass(frozen=True, slots=True)
class RelatedEntry:
    """Another entry, and its relation in words."""

    relation: str
    item: HistoryItem


def names_of_events(conn: Connection, event_ids: Sequence[str]) -> dict[str, str]:
    """Map event ids to the key of the claim, or the id of the definition, they are about."""
    first = s.entry.alias("first")
    joined = s.version.outerjoin(first, first.c.event_id == sa.func.substr(_v.subject, 7))
    found: dict[str, str] = {}
    query = sa.select(_v.event_id, _v.subject, first.c.claim_key).select_from(joined)
    for event_id, subject, key in select_in(conn, query, _v.event_id, event_ids):
        if key is not None:
            found[event_id] = key
        elif not subject.startswith(_CLAIM):
            found[event_id] = subject.partition(":")[2]
    return found


def sentences_of(conn: Connection, event_ids: Sequence[str]) -> dict[str, str]:
    """Map event ids to the sentences of their entries."""
    query = sa.select(_e.seq)
    seqs = [row.seq for row in select_in(conn, query, _e.event_id, event_ids)]
    return {item.event: item.summary for item in history.history_items(conn, seqs)}


def decided_by(
    conn: Connection, reviews: Sequence[int], *, most: int
) -> dict[int, tuple[list[HistoryItem], int]]:
    """Map reviews to (events, how many) of what they decided, of each the first ``most``."""
    query = sa.select(_v.decided_seq, _v.seq).order_by(_v.seq)
    of: dict[int, list[int]] = {}
    for review, seq in select_in(conn, query, _v.decided_seq, reviews):
        of.setdefault(review, []).append(seq)
    shown = [seq for seqs in of.values() for seq in seqs[:most]]
    items = {item.seq: item for item in history.history_items(conn, shown)}
    return {n: ([items[seq] for seq in seqs[:most]], len(seqs)) for n, seqs in of.items()}


def related(
    conn: Connection, seq: int, data: Mapping[str, Any], *, at: int | None = None
) -> tuple[RelatedEntry, ...]:
    """Return the entries related to entry ``seq``, whose opened event data is ``data``.

    First those it refers to, then those that act on it; each once, at most 64 for a relation. They
    and their states are those of a log of ``at`` entries; None for all.
    """
    named: dict[int, str] = {}
    for relation, seqs in _relations(conn, seq, data):
        for other in sorted(seqs)[:_MOST]:
            if other != seq and (at is None or other < at):
                named.setdefault(other, relation)
    items = {item.seq: item for item in history.history_items(conn, named, at=at)}
    return tuple(
        RelatedEntry(words, items[other]) for other, words in named.items() if other in items
    )


def _relations(
    conn: Connection, seq: int, data: Mapping[str, Any]
) -> Iterator[tuple[str, Iterable[int]]]:
    own = conn.execute(sa.select(s.version).where(_v.seq == seq)).first()
    yield from _references(conn, data)
    content = data.get("content") or data.get("claim")
    if isinstance(content, Mapping):
        yield from _in_claim(conn, content)
    if own is not None:
        yield from _acting_on(conn, own, content)


def _references(conn: Connection, data: Mapping[str, Any]) -> Iterator[tuple[str, Iterable[int]]]:
    """Yield the entries that a correction, retraction, dispute or review refers to."""
    if "supersedes" in data:
        word = "replaces" if "content" in data else "retracts"
        digest = sa.select(_v.seq).where(_v.subject == f"{_CLAIM}{data.get('claim')}")
        yield word, _seqs(conn, digest.where(_v.digest == data["supersedes"]))
    if isinstance(data.get("claim"), str):
        yield "the claim", _seqs(conn, sa.select(_e.seq).where(_e.event_id == data["claim"]))
    if isinstance(data.get("targets"), list):
        ids = [one["event"] for one in data["targets"]]
        verb = {"approve": "approves", "reject": "rejects"}.get(data["decision"], "withdraws")
        yield verb, _seqs(conn, sa.select(_e.seq).where(_e.event_id.in_(ids)))


def _in_claim(conn: Connection, content: Mapping[str, Any]) -> Iterator[tuple[str, Iterable[int]]]:
    """Yield the entries that a claim refers to: its target, overrides and instruments."""
    if isinstance(content.get("target"), str):
        yield f"{content.get('act', 'acts upon')}: its target", _named(conn, content["target"])
    for override in content.get("overrides", ()):
        yield "overrides", _named(conn, override["claim"])
    for member, words in (("enabling_instrument", "made under"), ("saved_by", "saved by")):
        if member in content:
            yield words, _named(conn, _INSTRUMENT + content[member])
    for instrument in content.get("cites", ()):
        yield "cites", _named(conn, _INSTRUMENT + instrument)


def _acting_on(
    conn: Connection, own: sa.Row[Any], content: object
) -> Iterator[tuple[str, Iterable[int]]]:
    """Yield the entries about a reviewable event: other versions, reviews, disputes, acts."""
    yield "another version", _seqs(conn, sa.select(_v.seq).where(_v.subject == own.subject))
    decided = {own.counts_from, own.decided_seq, own.confirmed_seq} - {None}
    reviews = sa.select(_e.seq).where(_e.seq.in_(decided), _e.type == "event.reviewed")
    yield "reviewed by", _seqs(conn, reviews)
    if not own.subject.startswith(_CLAIM):
        return
    claim = own.subject.removeprefix(_CLAIM)
    disputes = sa.select(s.dispute.c.seq).where(s.dispute.c.claim_id == claim)
    yield "disputed by", _seqs(conn, disputes)
    aims = [claim, own.event_id]
    if isinstance(content, Mapping) and isinstance(content.get("instrument"), Mapping):
        aims.append(_INSTRUMENT + content["instrument"]["id"])
    yield "acted upon by", _seqs(conn, sa.select(_c.seq).where(_c.target.in_(aims)))


def _named(conn: Connection, reference: str) -> Iterable[int]:
    """Return the entry of a claim id, or the newest versions of an instrument's norms."""
    if reference.startswith(_INSTRUMENT):
        instrument = reference.removeprefix(_INSTRUMENT)
        query = sa.select(_c.seq).where(_c.instrument == instrument, _c.kind == "norm")
        return _seqs(conn, query)
    return _seqs(conn, sa.select(_e.seq).where(_e.event_id == reference))


def _seqs(conn: Connection, query: sa.Select[Any]) -> list[int]:
    return [int(seq) for seq in conn.execute(query.limit(_MOST + 1)).scalars()]
