"""`diff`: two points compared."""

from collections.abc import Iterator
from typing import Annotated

import typer

from ledger import api
from ledger.cli import options, output
from ledger.cli.answer_lines import heading, known_words
from ledger.cli.change_lines import change_lines
from ledger.cli.exit_codes import ExitCode
from ledger.cli.options import argument, flag, option
from ledger.cli.output import Line
from ledger.cli.session import session_of
from ledger.wording.changes import NOTHING_DIFFERS, grouped

PointText = Annotated[
    str, argument("POINT", "DAY (as known today), @42 (today, as known up to entry 42), or DAY@42.")
]


def diff(
    ctx: typer.Context,
    before: PointText,
    after: PointText,
    *,
    jurisdiction: options.Jurisdiction = None,
    activity: options.Activity = None,
    actor: Annotated[
        str | None, option("--actor", "CLASS", "For one class of actor. Default: all.")
    ] = None,
    view: options.View = "prudential",
    exit_code: Annotated[
        bool, flag("--exit-code", "End with 10 where a status differs, else with 0.")
    ] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Show which statuses differ between two points, and what changed each of them.

    Passing time: something began or ended. New knowledge: something was recorded or reviewed.
    """
    with session_of(ctx).ledger() as ledger:
        options.require_known(
            ledger.taxonomy, jurisdiction=jurisdiction, activity=activity, actor=actor
        )
        found = ledger.diff(
            before, after, actor=actor, jurisdiction=jurisdiction, activity=activity, view=view
        )
    output.show(as_json, found.to_value(), diff_lines(found), notes=found.notes)
    if exit_code and found.changes:
        raise typer.Exit(ExitCode.CHANGES)


def diff_lines(diff: "api.Diff") -> Iterator[Line]:
    """Yield every cell that differs between two points, with what changed it."""
    yield heading(f"From {diff.a} to {diff.b}, {diff.view} view")
    if diff.a.size == diff.b.size:
        yield (f"both {known_words(diff.a)}",)
    else:
        yield (f"before: {known_words(diff.a)}",)
        yield (f"after:  {known_words(diff.b)}",)
    if not diff.changes:
        yield ("",)
        yield (NOTHING_DIFFERS,)
        return
    for group in grouped(diff.changes):
        yield ("",)
        yield from change_lines(group, diff.items)
    yield ("",)
    count = len(diff.changes)
    yield (f"{count} cell{'s differ' if count != 1 else ' differs'}.",)
