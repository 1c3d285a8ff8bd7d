"""`key`: private keys on this machine, and the request by which one is enrolled."""

from typing import Annotated

import typer

from ledger.cli import making, output
from ledger.cli.layout import table
from ledger.cli.options import JsonOption
from ledger.cli.session import key_owners, session_of

app = typer.Typer(help="Private keys on this machine.", rich_markup_mode=None)
Owner = Annotated[str, typer.Argument(metavar="ACTOR", help="Whose key, e.g. sana.malik.")]


@app.command("new")
def new(ctx: typer.Context, actor: Owner) -> None:
    """Make a key for an actor, encrypted with a passphrase. Never overwrites one."""
    session = session_of(ctx)
    path = session.settings.key_path(actor)
    signer = making.new_key(session, path)
    output.line(f"made {path}")
    output.line(f"key id {signer.keyid}")


@app.command("list")
def list_keys(ctx: typer.Context, *, as_json: JsonOption = False) -> None:
    """List the keys on this machine."""
    where = session_of(ctx).settings
    owners = key_owners(where.keys)
    paths = [str(where.keys / f"{owner}.pem") for owner in owners]
    if as_json:
        found = [{"actor": o, "path": p} for o, p in zip(owners, paths, strict=True)]
        output.value({"schema": "regledger/keys/v1", "directory": str(where.keys), "keys": found})
        return
    if not owners:
        output.line(f"No keys in {where.keys}. `regledger key new ACTOR` makes one.")
    output.lines(table(list(zip(owners, paths, strict=True)), output.columns()))


@app.command("show")
def show(ctx: typer.Context, actor: Owner, *, as_json: JsonOption = False) -> None:
    """Show the public half of a key: its id and the key itself. Asks for the passphrase."""
    signer = session_of(ctx).signer(actor)
    if as_json:
        found = {"actor": actor, "keyid": signer.keyid, "scheme": signer.scheme}
        output.value({"schema": "regledger/key/v1", **found, "public_key": signer.public_key})
        return
    output.line(f"key id      {signer.keyid}")
    output.line(f"scheme      {signer.scheme}")
    output.line(f"public key  {signer.public_key}")


@app.command("request")
def request(
    ctx: typer.Context,
    actor: Owner,
    ledger_id: Annotated[
        str | None,
        typer.Option("--ledger", metavar="ID", help="The ledger's id, if it is not at hand."),
    ] = None,
) -> None:
    """Print a request to enrol a key: the public key, and the proof that the actor holds it.

    Give it to an administrator of the ledger. It is good for this actor in this ledger only.
    """
    session = session_of(ctx)
    if ledger_id is None:
        with session.ledger() as ledger:
            ledger_id = ledger.policy.ledger
    output.value(making.key_request(session.signer(actor), actor, ledger_id))
