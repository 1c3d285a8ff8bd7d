"""`log`: the log in its order, as it grows, and its exact bytes."""

import contextlib
from collections.abc import Iterable
from typing import Annotated

import typer

from ledger import api
from ledger.cli import output, output_files
from ledger.cli.entry_lines import history_item
from ledger.cli.options import MOST, JsonOption, OutputFile, Overwrite, flag, option
from ledger.cli.session import session_of
from ledger.json_values import members

_POLL_S = 0.5
app = typer.Typer(
    help="The log as it grows, and its exact bytes.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


@app.callback()
def log(
    ctx: typer.Context,
    *,
    follow: Annotated[
        bool, flag("-f --follow", "Go on as others append, until interrupted.")
    ] = False,
    after: Annotated[
        int | None, option("--after", "SEQ", "Only entries after this one. Default: all.", max=MOST)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print the log in its order, one entry after the other; with --json one object per line."""
    if ctx.invoked_subcommand is not None:
        return
    start = -1 if after is None else after
    with session_of(ctx).ledger() as ledger:
        if not follow:
            _print_log(ledger.history(after_seq=start, newest_first=False), as_json=as_json)
            return
        with contextlib.suppress(KeyboardInterrupt):  # the way to end it, and no error
            _print_log(ledger.entries.follow(start, poll_s=_POLL_S), as_json=as_json)


def _print_log(items: Iterable["api.HistoryItem"], *, as_json: bool) -> None:
    """Print entries as they come, until there are no more or nobody reads them."""
    for item in items:
        if as_json:
            value = {"schema": "regledger/history-item/v1", **members(item)}
            output.value(value, one_line=True)
        else:
            output.lines(history_item(item))
            output.flush()
        if output.closed():
            return


@app.command("export")
def export(ctx: typer.Context, *, to: OutputFile = None, overwrite: Overwrite = False) -> None:
    """Write the exact bytes of every entry, one per line, in order: what the hashes are made of."""
    output_files.refuse_terminal(to, "the exact bytes")
    output_files.refuse_existing(to, overwrite=overwrite)
    with session_of(ctx).ledger() as ledger:
        count = output_files.lines(ledger.entries.export(), to, overwrite=overwrite)
    if to is not None:
        output.note(f"wrote {count} entries to {to}")
