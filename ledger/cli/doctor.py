"""`doctor`: what is set up."""

import typer

from ledger.cli import output
from ledger.cli.exit_codes import ExitCode
from ledger.cli.options import JsonOption
from ledger.cli.session import session_of
from ledger.json_values import members


def doctor(ctx: typer.Context, *, as_json: JsonOption = False) -> None:
    """Look at the set-up: what is there, what is wrong, what to do about it.

    Ends with 3 if something is wrong.
    """
    from ledger.cli import doctor_checks

    findings = doctor_checks.examine(session_of(ctx))
    value = {"schema": "regledger/doctor/v1", "findings": [members(one) for one in findings]}
    output.show(as_json, value, doctor_checks.finding_lines(findings))
    if any(one.wrong for one in findings):
        raise typer.Exit(ExitCode.NOT_COMPLETED)
