"""Ids that narrow a question: refused with the nearest known ones instead of finding nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.domain.taxonomy import Taxonomy
    from ledger.views.history import Filter


def require(
    taxonomy: Taxonomy,
    *,
    jurisdiction: str | None = None,
    activity: str | None = None,
    actor: str | None = None,
) -> None:
    """Raise UnknownId for an id that the ledger does not know."""
    if jurisdiction is not None:
        taxonomy.require_jurisdiction(jurisdiction)
    if activity is not None:
        taxonomy.require_activity(activity)
    if actor is not None:
        taxonomy.require_addressee(actor)


def filter_of(
    taxonomy: Taxonomy,
    *,
    jurisdiction: str | None,
    activity: str | None,
    actor: str | None,
    type: str | None,  # noqa: A002  # as the filter calls it
    text: str | None,
) -> Filter:
    """What of the log to look at.

    Raises:
        UnknownId: a jurisdiction or activity that the ledger does not know.
    """
    from ledger.views.history import Filter

    require(taxonomy, jurisdiction=jurisdiction, activity=activity)
    return Filter(jurisdiction=jurisdiction, activity=activity, actor=actor, type=type, text=text)
