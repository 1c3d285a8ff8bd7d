"""`history`: what was recorded, when and by whom."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Annotated

import typer

from ledger import api
from ledger.cli import options, output
from ledger.cli.entry_lines import decided_lines, history_item
from ledger.cli.options import argument, flag, option
from ledger.cli.output import Line
from ledger.cli.session import session_of
from ledger.json_values import members

_PAGE = 256  # entries looked at together
_TOLD = 3  # entries told of a review


def history(
    ctx: typer.Context,
    text: Annotated[
        str | None,
        argument(
            "TEXT",
            "Only entries that show this text, whatever its case, accents, quotes or dashes.",
        ),
    ] = None,
    *,
    jurisdiction: options.Jurisdiction = None,
    activity: options.Activity = None,
    by: Annotated[str | None, option("--by", "ACTOR", "Who signed.")] = None,
    event_type: Annotated[
        str | None, option("--type", "TYPE", "Such as claim.corrected, claim, corrected.")
    ] = None,
    force: Annotated[
        str | None, option("--force", "FORCE", "Claims of this force, such as primary.")
    ] = None,
    state: Annotated[
        str | None,
        option(
            "--state",
            "STATE",
            "What became of it: pending, counting, superseded, rejected or withdrawn.",
        ),
    ] = None,
    flagged: Annotated[
        bool, flag("--flagged", "Awaiting review, or rejected, withdrawn, disputed or retracted.")
    ] = False,
    after: Annotated[
        str | None, option("--after", "POINT", "After this entry (@42) or day (2025-07-08).")
    ] = None,
    before: Annotated[str | None, option("--before", "POINT", "Before this entry or day.")] = None,
    known_at: options.KnownAt = None,
    limit: Annotated[
        int | None,
        option("-n --limit", None, "At most so many. Default: all.", min=1, max=options.MOST),
    ] = None,
    oldest_first: Annotated[bool, flag("--oldest-first", "In the order of the log.")] = False,
    as_json: options.JsonOption = False,
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
            entries = [members(item) for item in found]
            schema = "regledger/history/v1"
            output.value({"schema": schema, "notes": list(notes), "entries": entries})
        else:
            output.remarks(notes)
            output.lines(history_lines(found, ledger))


def history_lines(items: "Iterable[api.HistoryItem]", ledger: "api.Ledger") -> Iterator[Line]:
    """Yield the lines of each entry, and below a review those of what it decided."""
    todo = iter(items)
    while page := list(islice(todo, _PAGE)):
        reviews = [item.seq for item in page if item.type == "event.reviewed"]
        decided = ledger.entries.decided_by(reviews, most=_TOLD) if reviews else {}
        for item in page:
            yield from history_item(item)
            yield from decided_lines(*decided.get(item.seq, ((), 0)))
