"""`policy`: the ledger's own rules."""

from typing import Annotated, Literal

import typer

from ledger.cli import output
from ledger.cli.columns import fields
from ledger.cli.entry_lines import result_lines
from ledger.cli.init import REVIEW
from ledger.cli.options import MOST, JsonOption, flag, option
from ledger.cli.session import session_of
from ledger.errors import InputError
from ledger.json_values import members

_POLICY = ("origin", "ledger", "review", "rules", "clock", "timezone", "log_keys")
app = typer.Typer(help="The ledger's own rules.", rich_markup_mode=None)


@app.command("show")
def show(ctx: typer.Context, *, as_json: JsonOption = False) -> None:
    """Show the rules in force: review, version of the rules, clock, time zone, keys of the log."""
    with session_of(ctx).ledger() as ledger:
        policy = ledger.policy
    rules = members(policy, *_POLICY)
    pairs = [(name, str(rule)) for name, rule in rules.items() if name != "log_keys"]
    pairs += [("log key", key) for key in policy.log_keys]
    output.show(as_json, {"schema": "regledger/policy/v1", **rules}, fields(pairs))


@app.command("change")
def change(
    ctx: typer.Context,
    *,
    review: Annotated[
        Literal["four-eyes", "none"] | None,
        option("--review", None, "Whether what one records must be approved by another."),
    ] = None,
    rules: Annotated[
        int | None, option("--rules", "N", "Raise the version of the rules to this.", max=MOST)
    ] = None,
) -> None:
    """Change the ledger's rules from here on. For administrators."""
    if review is None and rules is None:
        raise InputError("nothing to change: give --review or --rules")
    mode = REVIEW[review] if review else None
    with session_of(ctx).signing() as (ledger, signer, actor):
        result = ledger.change_policy(signer, actor=actor, review=mode, rules=rules)
    output.lines(result_lines([result]))


@app.command("rotate-log-keys")
def rotate_log_keys(
    ctx: typer.Context,
    *,
    lost: Annotated[
        bool, flag("--lost", "The old keys are lost: do not seal the log with them before.")
    ] = False,
) -> None:
    """Give the log two new keys. For administrators.

    The log is sealed with the old keys before, and with the new ones after. The old key files stay,
    under another name. Whoever verifies learns of the new keys from the log itself.
    """
    from ledger.cli import log_key_rotation

    done = log_key_rotation.rotate(session_of(ctx), lost=lost)
    if done.result is None:
        output.line("the log had its new keys already; their files are in place now")
    else:
        output.lines(result_lines([done.result]))
    for key in done.keys:
        output.line(f"  log key  {key}")
