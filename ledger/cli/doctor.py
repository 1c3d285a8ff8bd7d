"""`doctor`: what is set up."""

import typer

from ledger.cli import output
from ledger.cli.exit_codes import ExitCode
from ledger.cli.options import JsonOption
from ledger.cli.session import session_of


def doctor(ctx: typer.Context, *, as_json: JsonOption = False) -> None:
    """Look at the set-up: what is there, what is wrong, what to do about it.

    Ends with 3 if something is wrong.
    """
    from ledger.cli import doctor_checks

    findings = doctor_checks.examine(session_of(ctx))
    output.show(
        as_json, doctor_checks.findings_value(findings), doctor_checks.finding_lines(findings)
    )
    if any(one.wrong for one in findings):
        raise typer.Exit(ExitCode.NOT_COMPLETED)
