"""`calendar`: what commences, lapses, falls due and goes stale."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from ledger import api
from ledger.cli import options, output, output_files
from ledger.cli.answer_lines import arrow, heading, point_lines, section, status_piece
from ledger.cli.columns import paragraph, table
from ledger.cli.options import option
from ledger.cli.output import Line, Styled
from ledger.cli.session import session_of
from ledger.errors import InputError
from ledger.wording.calendar import OVERTAKEN, TO_BE_CHECKED, date_recorded
from ledger.wording.claim_card import claim_name

_CHANGES_SHOWN = 3  # cells named below an event; JSON has all
_STALE = "A claim that was not confirmed for so long is stale."
Concerned = Annotated[
    str | None, option("--actor", "CLASS", "What concerns one class. Default: all.")
]
First = Annotated[str | None, option("--from", "DAY", "The first day, YYYY-MM-DD. Default: today.")]
Last = Annotated[
    str | None, option("--to", "DAY", "The last day. Default: a year after the first.")
]
StaleAfter = Annotated[int, option("--stale-after", "DAYS", _STALE, max=options.MOST)]
IcsFile = Annotated[
    Path | None, option("--ics", "FILE", "Write it for a calendar program (RFC 5545); - is stdout.")
]


def calendar(
    ctx: typer.Context,
    *,
    jurisdiction: options.Jurisdiction = None,
    activity: options.Activity = None,
    actor: Concerned = None,
    first: First = None,
    last: Last = None,
    stale_after: StaleAfter = 365,
    as_of: options.AsOf = None,
    known_at: options.KnownAt = None,
    view: options.View = "prudential",
    ics: IcsFile = None,
    overwrite: options.Overwrite = False,
    as_json: options.JsonOption = False,
) -> None:
    """List the days to watch: starts, ends, acts and deadlines, and what should be checked again.

    For each day it says which statuses really change on it. `~` marks a date that is not exact.
    """
    from ledger.api.answers import CalendarScope

    to = _file(ics, as_json=as_json)
    output_files.refuse_existing(to, overwrite=overwrite)
    with session_of(ctx).ledger() as ledger:
        options.require_known(
            ledger.taxonomy, jurisdiction=jurisdiction, activity=activity, actor=actor
        )
        found = ledger.calendar(
            _day(first, "--from"),
            _day(last, "--to"),
            wanted=CalendarScope(jurisdiction, activity, actor, stale_after),
            as_of=as_of,
            known_at=known_at,
            view=view,
        )
    if ics is None:
        output.show(as_json, found.to_value(), calendar_lines(found), notes=found.point.notes)
    else:
        _write(found, to, overwrite=overwrite)


def _file(ics: Path | None, *, as_json: bool) -> Path | None:
    if ics is not None and as_json:
        raise InputError("--ics and --json cannot be had together")
    return None if str(ics) == "-" else ics


def _write(found: "api.Calendar", to: Path | None, *, overwrite: bool) -> None:
    from ledger.export.icalendar import to_ics

    output.remarks(found.point.notes)
    output_files.content(to_ics(found), to, overwrite=overwrite)
    if to is not None:
        output.note(f"wrote {to}")


def _day(text: str | None, option: str) -> date | None:
    from ledger.points import parse_day

    try:
        return None if text is None else parse_day(text)
    except InputError as error:
        raise InputError(f"{option}: {error.message}", hint=error.hint) from None


def calendar_lines(found: "api.Calendar") -> Iterator[Line]:
    """Yield the events by month, then the stale claims."""
    asked = found.window
    yield heading(f"Calendar from {asked.first.isoformat()} to {asked.last.isoformat()}")
    yield from point_lines(found.point, asked.view, simulated=found.simulated)
    if not found.events:
        yield ("",)
        yield ("Nothing that is recorded falls into these days.",)
    month = ""
    for one in found.events:
        if month != one.day.isoformat()[:7]:
            month = one.day.isoformat()[:7]
            yield from section(month)
        yield from _event_lines(one)
    if found.stale:
        yield from section(TO_BE_CHECKED)
        yield from table([_stale_row(one) for one in found.stale])


def _event_lines(one: "api.CalendarEvent") -> Iterator[Line]:
    source = one.source
    mark = "~" if one.uncertain else " "
    if source is None:
        name, where = "", f"{len(one.cells)} cell{'s' * (len(one.cells) != 1)}"
    else:
        name = claim_name(source.key, source.statement)
        where = source.place
    words = " ".join(part for part in (name, one.words) if part)
    words += f": {one.label}" if one.label else ""
    words = f"{words} {date_recorded(one)}".rstrip()
    margin = f" {mark}{one.day.isoformat()}  "
    yield from paragraph(f"{where}: {words}", first=margin, indent=" " * 14)
    if not one.stands:
        yield (" " * 14, Styled(OVERTAKEN, "yellow"))
    changes = [change for change in one.status_changes if change.changes_status]
    for change in changes[:_CHANGES_SHOWN]:
        cell = change.cell
        where = f"{cell.jurisdiction} {cell.activity} for {cell.actor}: "
        before, after = status_piece(change.before), status_piece(change.after)
        yield (" " * 14, where, before, f" {arrow()} ", after)
    if len(changes) > _CHANGES_SHOWN:
        more = len(changes) - _CHANGES_SHOWN
        yield (f"{' ' * 14}and {more} more cell{'s' * (more != 1)}",)


def _stale_row(one: "api.StaleClaim") -> Sequence[str]:
    return (
        f"  @{one.source.seq}",
        one.confirmed.isoformat(),
        f"{one.source.place}: {claim_name(one.source.key, one.source.statement)}: {one.words}",
    )
