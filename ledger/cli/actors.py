"""`actor`: who may do what in the ledger."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ledger.cli import output, reading
from ledger.cli.entries import actor_lines, actor_value, result_lines
from ledger.cli.options import JsonOption
from ledger.cli.session import session_of

if TYPE_CHECKING:
    from ledger.domain.records import Role

app = typer.Typer(help="Who may do what in the ledger.", rich_markup_mode=None)


class RoleName(StrEnum):
    """The roles an actor can have."""

    ADMIN = "admin"
    RECORDER = "recorder"
    REVIEWER = "reviewer"


Slug = Annotated[str, typer.Argument(metavar="ACTOR", help="An enrolled actor.")]
RoleArgument = Annotated[RoleName, typer.Argument(help="The role.")]
Request = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="A request made by `regledger key request`; - for stdin."),
]


@app.command("list")
def list_actors(ctx: typer.Context, *, as_json: JsonOption = False) -> None:
    """List the actors with their roles and keys."""
    with session_of(ctx).ledger() as ledger:
        found = ledger.actors()
    if as_json:
        output.value({"schema": "regledger/actors/v1", "actors": [actor_value(a) for a in found]})
        return
    output.lines(actor_lines(found))


@app.command("enroll")
def enroll(
    ctx: typer.Context,
    request: Request,
    *,
    role: Annotated[list[RoleName], typer.Option("--role", help="May be given several times.")],
    name: Annotated[
        str | None, typer.Option("--name", help="A name. Kept so that it can be erased.")
    ] = None,
    contact: Annotated[
        str | None, typer.Option("--contact", help="How to reach them. Likewise.")
    ] = None,
) -> None:
    """Enrol an actor with the key of a request. For administrators."""
    session = session_of(ctx)
    wanted = reading.request(request)
    with session.ledger() as ledger:
        by, roles = session.acting(), cast("list[Role]", [one.value for one in role])
        result = ledger.enroll(
            wanted, session.signer(), actor=by, roles=roles, name=name, contact=contact
        )
    output.lines(result_lines([result]))


@app.command("rotate-key")
def rotate_key(ctx: typer.Context, request: Request) -> None:
    """Give an actor the key of a new request in place of the old one."""
    session = session_of(ctx)
    wanted = reading.request(request)
    with session.ledger() as ledger:
        result = ledger.rotate_key(wanted, session.signer(), actor=session.acting())
    output.lines(result_lines([result]))


@app.command("grant")
def grant(ctx: typer.Context, actor: Slug, role: RoleArgument) -> None:
    """Give an actor a role. For administrators."""
    session = session_of(ctx)
    with session.ledger() as ledger:
        result = ledger.grant(actor, role, session.signer(), actor=session.acting())
    output.lines(result_lines([result]))


@app.command("revoke")
def revoke(
    ctx: typer.Context,
    actor: Slug,
    *,
    role: Annotated[RoleName | None, typer.Option("--role", help="The role to take away.")] = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="KEYID", help="The key to close for good.")
    ] = None,
    compromised_since: Annotated[
        str | None,
        typer.Option(
            "--compromised-since",
            metavar="TIME",
            help="With --key: from when on somebody else may have signed with it. What was recorded"
            " since stays valid and is flagged suspect_key until it is reviewed anew.",
        ),
    ] = None,
) -> None:
    """Take a role or a key from an actor. For administrators."""
    session = session_of(ctx)
    what = reading.one_of("--role", role, "--key", key)
    with session.ledger() as ledger:
        signer, by = session.signer(), session.acting()
        if role is not None:
            result = ledger.revoke_role(actor, role, signer, actor=by)
        else:
            result = ledger.revoke_key(
                actor, signer, actor=by, keyid=what, compromised_since=compromised_since
            )
    output.lines(result_lines([result]))
