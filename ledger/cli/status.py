"""`status` and `why`: the answer, and the reasons."""

from typing import Annotated

import typer

from ledger.cli import output, selecting
from ledger.cli.board import board_lines, status_lines
from ledger.cli.options import (
    Activity,
    ActorClass,
    AsOf,
    JsonOption,
    Jurisdiction,
    KnownAt,
    View,
)
from ledger.cli.reasons import named_claims, why_lines, why_value
from ledger.cli.session import session_of


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command()(status)
    app.command()(why)


def status(
    ctx: typer.Context,
    *,
    jurisdiction: Jurisdiction = None,
    activity: Activity = None,
    actor: ActorClass = "any",
    as_of: AsOf = None,
    known_at: KnownAt = None,
    view: View = "prudential",
    as_json: JsonOption = False,
) -> None:
    """Show the status of everything, or of one activity in one place.

    With both -j and -a the answer is one cell: for the actor asked for, then every class of actor
    whose status differs. Otherwise it is the board.
    """
    with session_of(ctx).ledger() as ledger:
        if jurisdiction and activity:
            answer = ledger.status(
                jurisdiction, activity, actor=actor, as_of=as_of, known_at=known_at, view=view
            )
            output.show(as_json, answer.to_value(), status_lines(answer), notes=answer.point.notes)
            return
        taxonomy = ledger.taxonomy
        selecting.require(taxonomy, jurisdiction=jurisdiction, activity=activity, actor=actor)
        board = ledger.board(
            jurisdiction=jurisdiction,
            activity=activity,
            actor=actor,
            as_of=as_of,
            known_at=known_at,
            view=view,
        )
        names = {place.id: place.name for place in taxonomy.jurisdictions.values()}
    output.show(as_json, board.to_value(), board_lines(board, names), notes=board.point.notes)


def why(
    ctx: typer.Context,
    jurisdiction: Annotated[str, typer.Argument(metavar="JURISDICTION", help="Such as PK.")],
    activity: Annotated[str, typer.Argument(metavar="ACTIVITY", help="Such as va.exchange.")],
    *,
    actor: ActorClass = "any",
    as_of: AsOf = None,
    known_at: KnownAt = None,
    view: View = "prudential",
    as_json: JsonOption = False,
) -> None:
    """Explain a status: its basis, what was beaten by which rule, its flags, what comes next."""
    with session_of(ctx).ledger() as ledger:
        answer = ledger.status(
            jurisdiction, activity, actor=actor, as_of=as_of, known_at=known_at, view=view
        )
        named = named_claims(ledger, answer)
    value, lines = why_value(answer, named), why_lines(answer, named)
    output.show(as_json, value, lines, notes=answer.point.notes)
