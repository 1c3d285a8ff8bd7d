"""Ids that narrow a question: refused with the nearest known ones instead of finding nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.domain.taxonomy import Taxonomy


def require(
    taxonomy: Taxonomy,
    *,
    jurisdiction: str | None = None,
    activity: str | None = None,
    actor: str | None = None,
) -> None:
    """Raise UnknownId for an id that the ledger does not know."""
    if jurisdiction is not None:
        taxonomy.require("jurisdiction", jurisdiction)
    if activity is not None:
        taxonomy.require("activity", activity)
    if actor is not None:
        taxonomy.require_addressee(actor)
