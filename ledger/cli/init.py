"""`init`: a new ledger, its keys on disk, and the memory of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from ledger import api, database_url
from ledger.cli import output
from ledger.cli.key_files import log_keys_for, make_directory, new_key, remember
from ledger.cli.options import argument, option
from ledger.cli.output import Line
from ledger.cli.session import Session, known_ledgers, session_of, standing
from ledger.cli.settings import Settings
from ledger.errors import BadKey, Conflict, InputError


def init(
    ctx: typer.Context,
    origin: Annotated[
        str,
        argument(
            "ORIGIN",
            "The ledger's public name, like a URL without https://: example.com/compliance.",
        ),
    ],
    *,
    review: Annotated[
        Literal["four-eyes", "none"],
        option(
            "--review",
            None,
            "four-eyes: what one actor records counts once another has approved it."
            " none: it counts at once.",
        ),
    ] = "four-eyes",
    timezone: Annotated[
        str, option("--timezone", "ZONE", "IANA zone whose days the ledger counts.")
    ] = "UTC",
) -> None:
    """Make a new ledger: its founder's key, its two log keys and its first two entries.

    The founder is the actor named with --as. Nothing is ever overwritten, and a ledger whose origin
    this machine knows is not made again.
    """
    session = session_of(ctx)
    made = make_ledger(session, origin, review=review, timezone=timezone)
    output.lines(made_lines(made))


_FIRST_CLAIM: Final = 6  # after two entries of the founding, and two for each actor enrolled
REVIEW: Final = {"four-eyes": "four_eyes", "none": "none"}


@dataclass(frozen=True, slots=True)
class Made:
    """A ledger that was just made."""

    settings: Settings
    policy: api.Policy
    actor: str
    founder: str  # key id
    key_path: Path
    known: api.KnownLedgers


def make_ledger(
    session: Session, origin: str, *, review: Literal["four-eyes", "none"], timezone: str
) -> Made:
    """Make keys where there are none, the ledger, and the memory of it.

    Raises:
        Conflict: this machine knows a ledger of this origin, or the database exists.
        InputError: no founder was named, or an origin or zone that cannot be used.
    """
    from ledger.api.creating import create_ledger
    from ledger.clock import SystemClock

    where = session.settings
    actor = where.actor
    if not actor:
        raise InputError("who founds the ledger? use --as ACTOR or REGLEDGER_ACTOR")
    known = known_ledgers()
    _refuse_bad(origin)
    _refuse_known(known, origin)
    _refuse_existing(where)
    key_path = where.key_path(actor)
    founder = _founder(session, actor, key_path)
    log_keys = log_keys_for(session, where, origin)
    with (
        create_ledger(
            where.db,
            origin=origin,
            actor=actor,
            signer=founder,
            review=REVIEW[review],  # type: ignore[arg-type]  # exactly the two values it takes
            timezone=timezone,
            clock=SystemClock(),
            log_keys=log_keys,
        ) as ledger,
        standing(ledger),
    ):
        remember(known, ledger, founder.keyid)
        _seal_first(session, where, ledger)
        ledger.verify(known=known)
        return Made(where, ledger.policy, actor, founder.keyid, key_path, known)


def _refuse_bad(origin: str) -> None:
    """Refuse an origin that cannot name a log key, before any file is made."""
    from ledger.log import signed_note

    try:
        signed_note.vkey(origin, signed_note.ED25519, bytes(32))
    except BadKey:
        raise InputError(
            f"{origin!r} is not an origin: it has no blanks and no '+'",
            hint="take a name nobody else uses, such as example.com/compliance",
        ) from None


def _refuse_known(known: api.KnownLedgers, origin: str) -> None:
    """Refuse an origin that this machine knows: two ledgers of one name are a trap."""
    for one in known.by_origin(origin):
        raise Conflict(
            f"this machine knows a ledger of origin {origin} ({one.ledger[:16]}, "
            f"{one.size} entries seen)",
            hint="choose another origin; an existing ledger is opened with --db, never made again",
        )


def _refuse_existing(where: Settings) -> None:
    path = where.db_path
    if path is None:
        return
    if path.exists():
        raise Conflict(
            f"{path} exists already, and is never overwritten", hint="choose another --db"
        )
    make_directory(path.parent if where.db_from == "the default" else where.keys)


def _founder(session: Session, actor: str, path: Path) -> api.Signer:
    have = path.exists() or session.settings.signer_path(actor).exists()
    return session.signer(actor) if have else new_key(session, path)


def _seal_first(session: Session, where: Settings, ledger: api.Ledger) -> None:
    """Seal a ledger that was just made, with the keys that were made for it."""
    origin = ledger.policy.origin
    signers = session.log_signers(origin, ask=True, where=where)
    if signers is not None:
        ledger.checkpoints.seal(signers, where.log_state_path(origin))


def made_lines(made: Made) -> Iterator[Line]:
    """Yield what was made, and the commands that usually come next."""
    policy, where = made.policy, made.settings
    yield (f"Made the ledger {policy.origin}",)
    yield (f"  ledger id       {policy.ledger}",)
    yield (f"  database        {database_url.without_secrets(where.db)}",)
    yield (f"  founder         {made.actor}, key {made.founder}",)
    yield (f"  keys            {where.keys}",)
    yield (f"  review          {policy.review}",)
    yield ("",)
    yield ("Keep a copy of the keys, and write down the ledger id: whoever wants to verify the",)
    yield ("ledger elsewhere needs it for `regledger trust`.",)
    yield ("",)
    yield ("Next",)
    steps = (
        _four_eyes_steps(made.actor) if policy.review == "four_eyes" else _plain_steps(made.actor)
    )
    for step in steps:
        yield (f"  {step}",)


def _four_eyes_steps(founder: str) -> tuple[str, ...]:
    """Return the first steps of three people; they run once the template is filled in."""
    recorder, reviewer = [name for name in ("sana", "omar", "lena") if name != founder][:2]
    steps = ["# each person makes a key and a request; the administrator enrols it"]
    for name, role in ((recorder, "recorder"), (reviewer, "reviewer")):
        steps += [
            f"regledger key new {name}",
            f"regledger key request {name} > {name}.json",
            f"regledger actor enroll {name}.json --role {role} --as {founder}",
        ]
    return (
        *steps,
        "# then content is recorded by one and approved by another",
        "regledger record --template norm > claims.yaml  # then fill it in",
        f"regledger record claims.yaml --as {recorder}",
        "regledger review list",
        f"regledger review approve @{_FIRST_CLAIM} --as {reviewer}",
    )


def _plain_steps(actor: str) -> tuple[str, ...]:
    return (
        "regledger record --template norm > claims.yaml  # then fill it in",
        f"regledger record claims.yaml --as {actor}",
        "regledger status",
    )
