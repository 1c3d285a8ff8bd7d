"""`history`: what was recorded, when and by whom."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import output
from ledger.cli.entry_lines import history_item
from ledger.cli.options import MOST, Activity, JsonOption, Jurisdiction, KnownAt
from ledger.cli.output import Line
from ledger.cli.session import session_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ledger.api.answers import HistoryItem

if TYPE_CHECKING:
    from ledger.api.answers import HistoryItem


def history(
    ctx: typer.Context,
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="TEXT",
            help="Only entries that show this text, whatever its case, accents, quotes or dashes.",
        ),
    ] = None,
    *,
    jurisdiction: Jurisdiction = None,
    activity: Activity = None,
    by: Annotated[str | None, typer.Option("--by", metavar="ACTOR", help="Who signed.")] = None,
    event_type: Annotated[
        str | None,
        typer.Option("--type", metavar="TYPE", help="Such as claim.corrected, claim, corrected."),
    ] = None,
    force: Annotated[
        str | None,
        typer.Option("--force", metavar="FORCE", help="Claims of this force, such as primary."),
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help="What became of it: pending, counting, superseded, rejected or withdrawn.",
        ),
    ] = None,
    flagged: Annotated[
        bool,
        typer.Option(
            "--flagged", help="Awaiting review, or rejected, withdrawn, disputed or retracted."
        ),
    ] = False,
    after: Annotated[
        str | None,
        typer.Option(
            "--after", metavar="POINT", help="After this entry (@42) or day (2025-07-08)."
        ),
    ] = None,
    before: Annotated[
        str | None,
        typer.Option("--before", metavar="POINT", help="Before this entry or day."),
    ] = None,
    known_at: KnownAt = None,
    limit: Annotated[
        int | None,
        typer.Option("-n", "--limit", min=1, max=MOST, help="At most so many. Default: all."),
    ] = None,
    oldest_first: Annotated[
        bool, typer.Option("--oldest-first", help="In the order of the log.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List what was recorded, newest first; every filter given must hold."""
    said = {
        "text": text,
        "jurisdiction": jurisdiction,
        "activity": activity,
        "actor": by,
        "type": event_type,
        "force": force,
        "state": state,
        "flagged": "yes" if flagged else None,
        "after": after,
        "before": before,
        "known_at": known_at,
    }
    with session_of(ctx).ledger() as ledger:
        only = ledger.entries.filter_of(
            {name: word for name, word in said.items() if word is not None}
        )
        notes = ledger.point(known_at=known_at).notes
        found = islice(ledger.history(only, newest_first=not oldest_first), limit)
        if as_json:
            output.value(history_value(found, notes))
        else:
            output.remarks(notes)
            output.lines(history_lines(found))


def history_lines(items: Iterable[HistoryItem]) -> Iterator[Line]:
    """Yield two lines for each entry: when, what and by whom; then in words."""
    for item in items:
        yield from history_item(item)


def history_value(items: Iterable[HistoryItem], notes: Sequence[str]) -> dict[str, Any]:
    """Return entries as JSON."""
    entries = [item.to_value() for item in items]
    return {"schema": "regledger/history/v1", "notes": list(notes), "entries": entries}
