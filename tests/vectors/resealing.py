"""Cases that a dishonest operator sealed: entries that were chained and sealed anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.vectors.cases import HOLDS, Case, Verdict, bad
from tests.vectors.forging import Book, Row, chain, resealed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

REWRITTEN = bad(None, "remembered")
NO_MEMORY = "nothing in the log contradicts it; only a checkpoint kept from before does"
NO_RULES = "it replays keys and roles, not the rules about claims"


def resealed_case(  # noqa: PLR0917  # one row of the list of cases
    book: Book,
    name: str,
    what: str,
    entries: Sequence[bytes],
    verdicts: tuple[Verdict, Verdict],
    blind: str = "",
    kept: Verdict | None = None,
) -> Case:
    """A case, and what an auditor says of it who kept the checkpoint of the good log.

    For that one the signatures of the twelve entries need no second look: their root is known.
    """
    if kept is None:
        kept = REWRITTEN if verdicts[0] == HOLDS and entries[:12] != book.entries else verdicts[0]
    changed = resealed(book, entries)
    return Case(f"{name}_resealed", what, changed, *verdicts, kept=kept, blind=blind)


def both(seq: int, layer: str) -> tuple[Verdict, Verdict]:
    """Return the same verdict for both verifiers."""
    return bad(seq, layer), bad(seq, layer)


def appended(book: Book, name: str, what: str, *rows: Row) -> Callable[..., Case]:
    """Return a case of entries after the good ones, but for the verdicts."""

    def case(full: Verdict, single: Verdict, blind: str = "") -> Case:
        return resealed_case(book, name, what, chain([*book.rows, *rows]), (full, single), blind)

    return case
