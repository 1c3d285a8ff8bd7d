"""`key`: private keys on this machine, and the request by which one is enrolled."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from ledger import api
from ledger.cli import input_files, key_files, output, output_files
from ledger.cli.columns import table
from ledger.cli.options import JsonOption, argument, flag, option
from ledger.cli.session import Session, key_owners, session_of
from ledger.errors import Conflict, InputError, RegledgerError
from ledger.json_values import members

app = typer.Typer(help="Private keys on this machine.", rich_markup_mode=None)
_LABELS = {"keyid": "key id", "scheme": "scheme", "public_key": "public key"}
Owner = Annotated[str, argument("ACTOR", "Whose key, e.g. sana.malik.")]
Scheme = Literal["ed25519", "ecdsa-sha2-nistp256"]


@app.command("new")
def new(
    ctx: typer.Context,
    actor: Owner,
    *,
    scheme: Annotated[
        Scheme, option("--scheme", None, "ECDSA on P-256 is for who must use what NIST approves.")
    ] = "ed25519",
    request_file: Annotated[
        Path | None,
        option("--request", "FILE", "Where to write the request. Default: ACTOR.json, here."),
    ] = None,
) -> None:
    """Make a key for an actor, encrypted with a passphrase, and a request to enrol it.

    The request is for the ledger of this run, where there is one; `key request` makes one for
    another. Neither a key nor a file is ever overwritten.
    """
    session = session_of(ctx)
    path = session.settings.key_path(actor)
    _refuse_second(session.settings.signer_path(actor))
    to = request_file or Path(f"{actor}.json")
    if request_file is not None:
        output_files.refuse_existing(to, overwrite=False)
    signer = key_files.new_key(session, path, p256=scheme != "ed25519")
    output.line(f"made {path}")
    output.line(f"key id {signer.keyid}")
    try:
        steps = _request_beside(session, signer, actor, to)
    except RegledgerError as error:  # the key was made all the same
        output.note(f"no request was written: {error.message}")
        steps = [
            f"regledger key request {actor} --ledger ID > {to}    # the id: `regledger doctor`",
            f"regledger actor enroll {to} --role ROLE",
        ]
    _next(steps)


def _request_beside(session: Session, signer: "api.Signer", actor: str, to: Path) -> list[str]:
    """Write the request for the ledger of this run, and return what to do with it.

    Raises what opening the ledger raises, Conflict where the file is there already.
    """
    with session.opened() as ledger:
        found = ledger.actors.key_request(signer, actor)
        enrolled = any(one.slug == actor for one in ledger.actors.all())
        origin = ledger.policy.origin
    data = f"{json.dumps(found, indent=2)}\n".encode()
    output_files.content(data, to, overwrite=False)
    output.line(f"request {to}, for {origin}")
    if enrolled:
        return [f"regledger actor rotate-key {to}    # in place of the old key"]
    return [f"regledger actor enroll {to} --role ROLE    # recorder, reviewer or admin"]


def _next(steps: list[str]) -> None:
    output.line("")
    output.line("Next")
    for step in steps:
        output.line(f"  {step}")


@app.command("passphrase")
def passphrase(
    ctx: typer.Context,
    actor: Annotated[str | None, argument("[ACTOR]", "Whose key, e.g. sana.malik.")] = None,
    *,
    log_keys: Annotated[
        bool, flag("--log-keys", "The two keys of the log, instead of an actor's.")
    ] = False,
) -> None:
    """Change the passphrase of a key file; the key stays the same.

    The new one is asked for twice; off a terminal it is the second line of --passphrase-fd, or
    REGLEDGER_NEW_PASSPHRASE.
    """
    if log_keys == (actor is not None):
        raise InputError("give either ACTOR or --log-keys")
    session = session_of(ctx)
    where = session.settings
    if actor is None:
        with session.opened() as ledger:
            paths: tuple[Path, ...] = where.log_key_paths(ledger.policy.origin)
    else:
        paths = (session.key_file(actor),)
    if paths[0].suffix != ".pem":
        raise Conflict(
            f"{paths[0]} names a key that is kept elsewhere: its secret is changed there"
        )
    key_files.change_passphrase(session, paths)
    for path in paths:
        output.line(f"changed the passphrase of {path}")


@app.command("import-signer")
def import_signer(
    ctx: typer.Context,
    actor: Owner,
    uri: Annotated[
        str,
        argument(
            "URI",
            "Where the key is: awskms:ID, gcpkms:NAME, azurekms:..., hsm:ID?label=TOKEN,"
            " hv:NAME, or file2:PATH for a plain key file.",
        ),
    ],
    *,
    public_key: Annotated[
        Path | None,
        option(
            "--public-key",
            "FILE",
            "The public key in PEM; - for stdin. Else it is fetched, where that can be done.",
        ),
    ] = None,
) -> None:
    """Let an actor sign with a key in a service, an HSM or a card, named by its URI.

    Needs the extra `kms`. The key must be Ed25519 or ECDSA on P-256; it signs once, as a trial.
    The URI and the public key are kept where a key file would be. Never overwrites one.
    """
    from ledger import signers

    session = session_of(ctx)
    where = session.settings
    path = where.signer_path(actor)
    _refuse_second(where.key_path(actor))
    _refuse_second(path)
    pem = input_files.content(public_key)[0] if public_key is not None else None
    signer = signers.import_signer(uri, pem, session.secret_of(path))
    key_files.make_directory(path.parent)
    signers.write_signer(path, signer)
    output.stands(f"made {path}")
    output.line(f"made {path}")
    output.line(f"key id {signer.keyid}")
    output.line(f"scheme {signer.scheme}")
    _next(
        [
            f"regledger key request {actor} > {actor}.json",
            f"regledger actor enroll {actor}.json --role ROLE    # somebody new, or",
            f"regledger actor rotate-key {actor}.json            # in place of the old key",
        ]
    )


def _refuse_second(path: Path) -> None:
    if path.exists():
        raise Conflict(
            f"{path} is there already, and an actor signs with one key",
            hint="to change keys, keep the new one elsewhere (REGLEDGER_KEYS=DIRECTORY) until"
            " `regledger actor rotate-key` is done, signed with the old one",
        )


@app.command("list")
def list_keys(ctx: typer.Context, *, as_json: JsonOption = False) -> None:
    """List the keys on this machine: files, and signers that are somewhere else."""
    from ledger import signers

    where = session_of(ctx).settings
    owners = key_owners(where.keys)
    found = [
        {
            "actor": owner,
            "path": str(path),
            "uri": signers.read_signer(path)[0] if path.suffix == ".signer" else None,
        }
        for owner in owners
        for path in (where.keys / f"{owner}.pem", where.keys / f"{owner}.signer")
        if path.exists()
    ]
    value = {"schema": "regledger/keys/v1", "directory": str(where.keys), "keys": found}
    rows = table(
        (str(one["actor"]), " -> ".join(filter(None, (one["path"], one["uri"])))) for one in found
    )
    none = (f"No keys in {where.keys}. `regledger key new ACTOR` makes one.",)
    output.show(as_json, value, rows or [none])


@app.command("show")
def show(ctx: typer.Context, actor: Owner, *, as_json: JsonOption = False) -> None:
    """Show the public half of a key: its id and the key itself. Asks for the passphrase."""
    signer = session_of(ctx).signer(actor)
    found = members(signer, "keyid", "scheme", "public_key")
    lines = [(f"{label:<12}{found[name]}",) for name, label in _LABELS.items()]
    output.show(as_json, {"schema": "regledger/key/v1", "actor": actor, **found}, lines)


@app.command("request")
def request(
    ctx: typer.Context,
    actor: Owner,
    ledger_id: Annotated[
        str | None, option("--ledger", "ID", "The ledger's id, if it is not at hand.")
    ] = None,
) -> None:
    """Print a request to enrol a key: the public key, and the proof that the actor holds it.

    Give it to an administrator of the ledger. It is good for this actor in this ledger only.
    """
    from ledger.api.event_signing import key_request

    session = session_of(ctx)
    if ledger_id is None:
        with session.ledger() as ledger:
            ledger_id = ledger.policy.ledger
    output.value(key_request(session.signer(actor), actor, ledger_id))
