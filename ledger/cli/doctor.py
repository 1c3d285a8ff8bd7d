"""`doctor` and `help`: what is set up, and what a word means."""

from typing import Annotated

import typer

from ledger.cli import output
from ledger.cli.exit_codes import ExitCode
from ledger.cli.options import JsonOption
from ledger.cli.session import session_of


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command()(doctor)
    app.command("help")(explain)


def doctor(ctx: typer.Context, *, as_json: JsonOption = False) -> None:
    """Look at the set-up: what is there, what is wrong, what to do about it.

    Ends with 3 if something is wrong.
    """
    from ledger.cli import checkup

    findings = checkup.examine(session_of(ctx))
    output.show(as_json, checkup.findings_value(findings), checkup.finding_lines(findings))
    if any(one.wrong for one in findings):
        raise typer.Exit(ExitCode.NOT_COMPLETED)


def explain(
    ctx: typer.Context,
    term: Annotated[
        str | None,
        typer.Argument(
            metavar="TERM",
            help="A status, reason, flag, rule, layer of verification or error code.",
        ),
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Explain a word of the output in a paragraph; without one, list the words."""
    from ledger.cli.words import all_lines, all_value, explanation, term_lines

    if term is None:
        output.show(as_json, all_value(), all_lines())
        return
    del ctx
    meaning = explanation(term)
    value = {"schema": "regledger/term/v1", "term": term, "meaning": meaning}
    output.show(as_json, value, term_lines(term, meaning))
