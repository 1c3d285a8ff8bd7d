"""Claims that say exactly what another one says already.

A key makes an import idempotent; of a claim without one only its content can tell that it was
recorded before. Two claims are twins where all they say is the same, values that can be erased
included: compared as opened, since each recording salts them anew. A digest of what can never be
erased finds the few entries that have to be opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain import events
from ledger.domain.claims import Claim
from ledger.projections.entry_columns import content_digest
from ledger.store import schema as s
from ledger.store.in_lists import select_in

_LIVE: Final = ("counting", "pending")
Open = Callable[[int], Mapping[str, Any]]  # seq -> the opened content of a claim


@dataclass(frozen=True, slots=True)
class IdenticalClaim:
    """A claim among those given (``index``, from 0) and what says the same already.

    That is the entry ``seq``, which is counting or pending (``state``), or the earlier claim
    ``first`` among those given.
    """

    index: int
    seq: int | None = None
    state: str = ""
    first: int | None = None

    @property
    def words(self) -> str:
        """What is said again, by its place in the log or among the claims given."""
        if self.seq is None:
            return f"says exactly what claim {(self.first or 0) + 1} says"
        became = "counts" if self.state == "counting" else "awaits review"
        return f"says exactly what @{self.seq} says, which {became}"


def find_identical(
    conn: Connection, claims: Sequence[Claim], recorded: Sequence[Claim | None], opened: Open
) -> tuple[IdenticalClaim, ...]:
    """Return the claims without a key that say what is said already, in the order given.

    ``recorded`` holds each claim as it would be recorded, None where nothing recorded can be like
    it: it has a key, or refers to a claim that is new itself.
    """
    first: dict[bytes, int] = {}
    found: dict[int, IdenticalClaim] = {}
    for index, claim in enumerate(claims):
        held = first.setdefault(_content(claim), index)
        if held != index and claim.key is None:
            found[index] = IdenticalClaim(index, first=held)
    digests = {i: content_digest(claim) for i, claim in enumerate(recorded) if claim is not None}
    live = _live(conn, digests.values())
    for index, digest in digests.items():
        content = _content(recorded[index])
        for seq, state in live.get(digest, ()):
            if _plain(opened(seq)) == content:
                found[index] = IdenticalClaim(index, seq=seq, state=state)
                break
    return tuple(found[index] for index in sorted(found))


def _content(claim: Claim | None) -> bytes:
    assert claim is not None  # noqa: S101  # the caller asks for those that are there
    return _plain(events.to_data(claim))


def _plain(data: Mapping[str, Any]) -> bytes:
    """What a claim says, in one spelling, without what it is called."""
    kept = {name: value for name, value in data.items() if name != "key"}
    return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)


def _live(conn: Connection, digests: Iterable[str]) -> dict[str, list[tuple[int, str]]]:
    """Map digests to the versions of claims that have them and count or await review."""
    version, content = s.version.c, s.claim_version.c
    joined = s.claim_version.join(s.version, version.event_id == content.event_id)
    query = (
        sa.select(content.said, content.seq, version.state)
        .select_from(joined)
        .where(version.state.in_(_LIVE))
        .order_by(content.seq)
    )
    found: dict[str, list[tuple[int, str]]] = {}
    for digest, seq, state in select_in(conn, query, content.said, sorted(digests)):
        found.setdefault(digest, []).append((seq, state))
    return found
