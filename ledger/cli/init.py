"""`init`: a new ledger, its keys on disk, and the memory of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from ledger import api, database_url
from ledger.cli import output
from ledger.cli.columns import paragraph
from ledger.cli.first_people import People, enroll_people, parse_people, signers_of
from ledger.cli.key_files import log_keys_for, make_directory, own_or_new_key, remember
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
    people: Annotated[
        str | None,
        option(
            "--with",
            "ROLE=SLUG,...",
            "Make keys for these people too, and enrol them: recorder=sana,reviewer=omar. A second"
            " administrator is admin=SLUG.",
        ),
    ] = None,
) -> None:
    """Make a new ledger: its founder's key, its two log keys and its first two entries.

    The founder is the actor named with --as. Nothing is ever overwritten, and a ledger whose origin
    this machine knows is not made again. Keys made by --with lie on this machine until each person
    takes theirs.
    """
    session = session_of(ctx)
    made = make_ledger(session, origin, review=review, timezone=timezone, people=people)
    output.lines(made_lines(made))


_CONTENT: Final[tuple[api.Role, ...]] = ("recorder", "reviewer")
_TEMPLATE: Final = "regledger record --template norm > claims.yaml  # then fill it in"
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
    people: People
    size: int  # entries
    one_passphrase: bool  # the same opens all keys that were made


def make_ledger(
    session: Session,
    origin: str,
    *,
    review: Literal["four-eyes", "none"],
    timezone: str,
    people: str | None = None,
) -> Made:
    """Make keys where there are none, the ledger, its people, and the memory of it.

    Raises:
        Conflict: this machine knows a ledger of this origin, the database exists, or two people
            have the same key.
        InputError: no founder was named, or an origin, zone or ``people`` that cannot be used.
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
    enrolled = _people(people, where, actor, four_eyes=review == "four-eyes")
    _refuse_existing(where)
    founder = own_or_new_key(session, actor)
    log_keys = log_keys_for(session, where, origin)
    signers = signers_of(session, enrolled, founder=founder, actor=actor)
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
        enroll_people(ledger, enrolled, signers, founder=founder, actor=actor)
        session.seal(ledger, ask=True, where=where)
        ledger.verify(known=known)
        made = (where, ledger.policy, actor, founder.keyid, where.key_path(actor), known)
        return Made(*made, people=enrolled, size=ledger.size, one_passphrase=session.told)


def _people(text: str | None, where: Settings, founder: str, *, four_eyes: bool) -> People:
    """Return who is to be enrolled; raises InputError before anything is made."""
    found = parse_people(text, founder, four_eyes=four_eyes)
    for slug in found:
        where.key_path(slug)
    return found


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


def made_lines(made: Made) -> Iterator[Line]:
    """Yield what was made, and the commands that usually come next."""
    policy, where = made.policy, made.settings
    yield (f"Made the ledger {policy.origin}",)
    yield (f"  ledger id       {policy.ledger}",)
    yield (f"  database        {database_url.without_secrets(where.db)}",)
    yield (f"  founder         {made.actor}, key {made.founder}",)
    for slug, roles in made.people.items():
        yield (f"  {' and '.join(roles):<14}  {slug}",)
    yield (f"  keys            {where.keys}",)
    yield (f"  review          {policy.review}",)
    yield ("",)
    for advice in _advice(made):
        yield from paragraph(advice)
    yield ("",)
    yield ("Next",)
    for step in _steps(made):
        yield (f"  {step}",)


def _advice(made: Made) -> Iterator[str]:
    yield (
        "Keep a copy of the keys, and write down the ledger id: whoever wants to verify the"
        " ledger elsewhere needs it for `regledger trust`."
    )
    if made.people:
        one = (
            " All of them open with the passphrase that was given;"
            " `regledger key passphrase ACTOR` changes one."
            if made.one_passphrase
            else ""
        )
        hand = "Hand" if made.policy.review == "none" else "Four eyes are two people: hand"
        yield f"{hand} each person the key file with their name, and delete it here.{one}"
    if not any("admin" in roles for roles in made.people.values()):
        yield (
            f"{made.actor} is the only administrator: with that key lost, nobody can be enrolled"
            " any more. Enrol a second one: `regledger key new NAME`, then"
            f" `regledger actor enroll NAME.json --role admin --as {made.actor}`."
        )


def _steps(made: Made) -> tuple[str, ...]:
    """Return the first steps; they run as they stand once the template is filled in."""
    if made.policy.review == "none":
        recorded = f"regledger record claims.yaml --as {made.actor}"
        return (_TEMPLATE, recorded, "regledger status")
    enrolling: list[str] = []
    first = made.size
    spare = iter(
        name for name in ("sana", "omar", "lena") if name not in {made.actor, *made.people}
    )
    held: dict[str, str] = {}
    for role in _CONTENT:
        able = (slug for slug, roles in made.people.items() if role in roles)
        held[role] = next((slug for slug in able if slug not in held.values()), "")
        if not held[role]:
            held[role] = next(spare)
            enrolling += [
                f"regledger key new {held[role]}",
                f"regledger actor enroll {held[role]}.json --role {role} --as {made.actor}",
            ]
            first += 2  # an entry for the actor, and one for the role
    if enrolling:
        enrolling.insert(0, "# each person makes a key, with it a request; an admin enrols it")
        enrolling.append("# then content is recorded by one and approved by another")
    return (
        *enrolling,
        _TEMPLATE,
        f"regledger record claims.yaml --as {held['recorder']}",
        "regledger review list",
        f"regledger review approve @{first} --as {held['reviewer']}",
        "regledger status",
    )
