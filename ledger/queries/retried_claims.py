"""Find claims whose content is recorded already.

A key makes an import idempotent; a claim without a key is recognised by its content alone. Two
claims are identical if all their members but ``key`` are equal, erasable values included; these
are compared as opened, since each recording salts them again. A digest of the members that can
never be erased finds the few entries that have to be opened.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain import events
from ledger.domain.claims import Claim
from ledger.projections.claim_content import content_digest
from ledger.store import schema as s
from ledger.store.in_lists import select_in

_LIVE: Final = ("counting", "pending")
Open = Callable[[int], Mapping[str, Any]]  # seq -> the opened content of a claim


@dataclass(frozen=True, slots=True)
class IdenticalClaim:
    """A claim among those given (``index``, from 0) whose content is there already.

    It stands in entry ``seq``, which is counting or pending (``state``), or in the earlier claim
    ``first`` among those given.
    """

    index: int
    seq: int | None = None
    state: str = ""
    first: int | None = None

    @property
    def words(self) -> str:
        """A sentence that names the earlier claim, by its entry or its place among those given."""
        if self.seq is None:
            return f"says exactly what claim {(self.first or 0) + 1} says"
        became = "counts" if self.state == "counting" else "awaits review"
        return f"says exactly what @{self.seq} says, which {became}"


def find_identical(
    conn: Connection, claims: Sequence[Claim], recorded: Sequence[Claim | None], opened: Open
) -> tuple[IdenticalClaim, ...]:
    """Return the claims without a key whose content is there already, in the order given.

    ``recorded`` holds each claim as it would be recorded, None where no recorded claim can be
    identical: it has a key, or refers to a claim that is new itself.
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
    assert claim is not None  # noqa: S101  # the caller passes only claims that are there
    return _plain(events.to_data(claim))


def _plain(data: Mapping[str, Any]) -> bytes:
    """Return a claim's members without its key, in one spelling."""
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
