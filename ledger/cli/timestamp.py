"""`timestamp`: an authority's word for when a checkpoint existed (RFC 3161)."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ledger import api
from ledger.cli import input_files, output, output_files
from ledger.cli.columns import table
from ledger.cli.options import MOST, JsonOption, Overwrite, argument, option
from ledger.cli.session import session_of

_HELP = {"-h", "--help"}
_LARGEST_CA = 4 * 1024 * 1024  # bytes: the roots of a whole operating system have 250,000


class _AddressFirst(TyperGroup):
    """`timestamp URL` is short for `timestamp request URL`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command in front where an address or an option of it stands first."""
        if args and args[0] not in self.commands and args[0] not in _HELP:
            args = ["request", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_AddressFirst,
    help="Time-stamps of checkpoints by an authority (RFC 3161). `timestamp URL` is short for"
    " `timestamp request URL`.",
    rich_markup_mode=None,
)
CaOption = Annotated[
    Path | None,
    option(
        "--ca",
        "FILE",
        "Root certificates in PEM to check the time-stamp with. Without, its signature is"
        " not checked.",
    ),
]


@app.command("request")
def request(
    ctx: typer.Context,
    url: Annotated[str, argument("URL", "The time-stamp authority.")],
    *,
    ca: CaOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have the newest checkpoint time-stamped, and keep the time-stamp with it.

    The authority gets a SHA-256 and nothing else.
    """
    from ledger.checkpoints import http

    roots = _roots(ca)
    with session_of(ctx).ledger() as ledger, http.Client() as client:
        stamped = ledger.checkpoints.time_stamp(url, http=client, roots=roots)
    output.stands(f"the checkpoint of {stamped.size} entries was time-stamped")
    value = {"schema": "regledger/time-stamp/v1", **stamped.to_value()}
    output.show(as_json, value, [(_sentence(stamped),)])
    if not stamped.checked:
        output.warn("its signature was not checked: give the authority's root with --ca")


@app.command("list")
def list_stamps(ctx: typer.Context, *, ca: CaOption = None, as_json: JsonOption = False) -> None:
    """List the time-stamps at hand; with --ca each is checked, offline."""
    roots = _roots(ca)
    with session_of(ctx).ledger() as ledger:
        found = ledger.checkpoints.time_stamps(roots=roots)
    stamps = [one.to_value() for one in found]
    rows = table(
        (
            f"size {one.size}",
            f"#{one.number}",
            f"{one.token.gen_time:%Y-%m-%d %H:%M:%S} UTC",
            "checked" if one.checked else "not checked",
            one.token.authority,
        )
        for one in found
    )
    none = ("No time-stamps. `regledger timestamp URL` asks an authority for one.",)
    value = {"schema": "regledger/time-stamps/v1", "time_stamps": stamps}
    output.show(as_json, value, rows or [none])
    if found and roots is None and not as_json:
        output.note("their signatures were not checked: give the authority's root with --ca")


@app.command("export")
def export(
    ctx: typer.Context,
    size: Annotated[int, argument("SIZE", "Of the checkpoint.", min=0, max=MOST)],
    *,
    to: Annotated[Path, option("-o --output", "FILE", "Where to write it, x.tsr.")],
    note: Annotated[
        Path | None, option("--note", "FILE", "Also write the checkpoint it is over.")
    ] = None,
    number: Annotated[
        int, option("--number", "N", "Which one, if there are several.", min=0, max=MOST)
    ] = 0,
    overwrite: Overwrite = False,
) -> None:
    """Write a time-stamp as it came, for other programs.

    With --note, `openssl ts -verify -data NOTE -in FILE -CAfile CA.pem` checks it.
    """
    output_files.refuse_existing(to, note, overwrite=overwrite)
    with session_of(ctx).ledger() as ledger:
        sealed, response = ledger.checkpoints.time_stamp_files(size, number)
    output_files.content(response, to, overwrite=overwrite)
    if note is not None:
        output_files.content(sealed, note, overwrite=overwrite)


def _sentence(one: "api.TimeStamp") -> str:
    token = one.token
    return (
        f"The checkpoint of size {one.size} existed by {token.gen_time:%Y-%m-%d %H:%M:%S} UTC"
        f" (+- {token.accuracy.total_seconds():g} s), says {token.authority or 'the authority'}."
    )


def _roots(path: Path | None) -> bytes | None:
    if path is None:
        return None
    return input_files.content(path, most=_LARGEST_CA)[0]
