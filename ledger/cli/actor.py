"""`actor`: who may do what in the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from ledger import api
from ledger.cli import input_files, output
from ledger.cli.entry_lines import history_item, result_lines
from ledger.cli.options import JsonOption, argument, option
from ledger.cli.output import Line, Styled
from ledger.cli.session import session_of
from ledger.errors import InputError
from ledger.json_values import members

_KEY = ("keyid", "scheme", "public_key", "from_seq", "to_seq", "compromised_since")
app = typer.Typer(help="Who may do what in the ledger.", rich_markup_mode=None)


class RoleName(StrEnum):
    """The roles an actor can have."""

    ADMIN = "admin"
    RECORDER = "recorder"
    REVIEWER = "reviewer"


Slug = Annotated[str, argument("ACTOR", "An enrolled actor.")]
RoleArgument = Annotated[RoleName, typer.Argument(help="The role.")]
Request = Annotated[
    Path, argument("FILE", "A request made by `regledger key request`; - for stdin.")
]


@app.command("list")
def list_actors(ctx: typer.Context, *, as_json: JsonOption = False) -> None:
    """List the actors with their roles and keys."""
    with session_of(ctx).ledger() as ledger:
        found = ledger.actors.all()
    value = {"schema": "regledger/actors/v1", "actors": [actor_value(a) for a in found]}
    output.show(as_json, value, actor_lines(found))


@app.command("enroll")
def enroll(
    ctx: typer.Context,
    request: Request,
    *,
    role: Annotated[list[RoleName], option("--role", None, "May be given several times.")],
    name: Annotated[
        str | None, option("--name", None, "A name. Kept so that it can be erased.")
    ] = None,
    contact: Annotated[
        str | None, option("--contact", None, "How to reach them. Likewise.")
    ] = None,
) -> None:
    """Enrol an actor with the key of a request. For administrators."""
    wanted = input_files.request(request)
    roles = cast("list[api.Role]", [one.value for one in role])
    with session_of(ctx).signing() as (ledger, signer, actor):
        result = ledger.actors.enroll(
            wanted, signer, actor=actor, roles=roles, name=name, contact=contact
        )
    output.lines(result_lines([result]))


@app.command("rotate-key")
def rotate_key(ctx: typer.Context, request: Request) -> None:
    """Give an actor the key of a new request in place of the old one."""
    wanted = input_files.request(request)
    with session_of(ctx).signing() as (ledger, signer, actor):
        result = ledger.actors.rotate_key(wanted, signer, actor=actor)
    output.lines(result_lines([result]))


@app.command("grant")
def grant(ctx: typer.Context, actor: Slug, role: RoleArgument) -> None:
    """Give an actor a role. For administrators."""
    with session_of(ctx).signing() as (ledger, signer, by):
        result = ledger.actors.grant(actor, role, signer, actor=by)
    output.lines(result_lines([result]))


@app.command("revoke")
def revoke(
    ctx: typer.Context,
    actor: Slug,
    *,
    role: Annotated[RoleName | None, option("--role", None, "The role to take away.")] = None,
    key: Annotated[
        str | None, option("--key", "KEYID", "The key to close for good, or an old one.")
    ] = None,
    compromised_since: Annotated[
        str | None,
        option(
            "--compromised-since",
            "TIME",
            "With --key: from when on somebody else may have signed with it. What was recorded"
            " since stays valid and is flagged suspect_key until it is reviewed anew.",
        ),
    ] = None,
) -> None:
    """Take a role or a key from an actor. For administrators."""
    if (role is None) == (key is None):
        raise InputError("give either --role or --key")
    with session_of(ctx).signing() as (ledger, signer, by):
        if role is not None:
            result = ledger.actors.revoke_role(actor, role, signer, actor=by)
        else:
            result = ledger.actors.revoke_key(
                actor, signer, actor=by, keyid=key, compromised_since=compromised_since
            )
    output.lines(result_lines([result]))


@app.command("signed")
def signed(
    ctx: typer.Context,
    name: Annotated[str, argument("ACTOR|KEYID", "An actor, or a key id or its start.")],
    *,
    since: Annotated[
        str | None,
        option(
            "--since",
            "TIME|@SEQ",
            "Only from then on. Default: since the key is said to be compromised, else all.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List what a key signed, and what of it still counts: to review after a compromise."""
    with session_of(ctx).ledger() as ledger:
        found = ledger.actors.signed_by(name, since=since)
        if as_json:
            output.value(_signed_value(found))
        else:
            output.lines(_signed_lines(found))


def _signed_value(found: api.SignedBy) -> dict[str, object]:
    entries = list(found.entries)
    tally = Counter(word for one in entries for word in _words(one))
    return {
        "schema": "regledger/signed/v1",
        "since": found.since,
        "keys": [{"actor": key.actor, **key_value(key)} for key in found.keys],
        "entries": [one.to_value() for one in entries],
        "total": len(entries),
        "counting": tally["counts"],
        "suspect": tally["suspect"],
    }


def _signed_lines(found: api.SignedBy) -> Iterator[Line]:
    """The keys, each entry with what became of it, and how many there were."""
    for key in found.keys:
        yield (Styled(f"key {key.keyid}", "bold"), f"  {key.scheme} of {key.actor}")
        start = found.since or key.compromised_since
        looked_at = f"since {start}" if start else "from its beginning"
        yield (f"    {_in_force(key)}; looked at {looked_at}",)
    tally: Counter[str] = Counter()
    for one in found.entries:
        words = _words(one)
        tally.update(["total", *words])
        head, *rest = history_item(one.item)
        mark = Styled("suspect", "yellow") if one.suspect else ""
        yield (*head, f"  {words[0]}  ", mark)
        yield from rest
    said = [f"{tally['counts']} count", f"{tally['counts not']} count not"]
    said += [f"{tally['stands']} stand as they are", f"{tally['suspect']} suspect"]
    yield (f"{tally['total']} signed: {', '.join(said)}",)


def _words(one: api.SignedItem) -> list[str]:
    """Return whether the entry counts now, and "suspect" where its key was compromised."""
    worth = {True: "counts", False: "counts not", None: "stands"}[one.counts]
    return [worth, "suspect"] if one.suspect else [worth]


def _in_force(key: api.Key) -> str:
    end = "in force" if key.to_seq is None else f"closed @{key.to_seq}"
    since = f", compromised since {key.compromised_since}" if key.compromised_since else ""
    return f"from @{key.from_seq}, {end}{since}"


def actor_value(actor: api.Actor) -> dict[str, Any]:
    """An actor as JSON."""
    return {
        "actor": actor.slug,
        "enrolled_seq": actor.enrolled_seq,
        "roles": sorted(actor.roles),
        "keys": [key_value(key) for key in actor.keys],
    }


def key_value(key: api.Key) -> dict[str, Any]:
    """A key of an actor as JSON."""
    return members(key, *_KEY)


def actor_lines(actors: Sequence[api.Actor]) -> Iterator[Line]:
    """Actors with their roles and keys."""
    for actor in actors:
        roles = ", ".join(sorted(actor.roles)) or "no role"
        yield (Styled(actor.slug, "bold"), f"  {roles}  (enrolled @{actor.enrolled_seq})")
        for key in actor.keys:
            ended = f", closed @{key.to_seq}" if key.to_seq is not None else ""
            suspect = f", suspect since {key.compromised_since}" if key.compromised_since else ""
            yield (f"  key {key.keyid}  from @{key.from_seq}{ended}{suspect}",)
