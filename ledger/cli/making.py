"""What `init` does beyond calling ``create_ledger``: keys on disk, and the memory of the ledger."""

from __future__ import annotations

import platform
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from ledger import database_url
from ledger.cli import output
from ledger.cli.session import standing
from ledger.cli.settings import Settings
from ledger.errors import BadKey, Conflict, InputError, NotCompleted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.api.ledger import Ledger
    from ledger.cli.output import Line
    from ledger.cli.session import Session
    from ledger.domain.state_records import Policy
    from ledger.log.keys import Signer
    from ledger.verify.known_ledgers import KnownLedgers

_FIRST_CLAIM: Final = 6  # after two entries of the founding, and two for each actor enrolled
REVIEW: Final = {"four-eyes": "four_eyes", "none": "none"}


@dataclass(frozen=True, slots=True)
class Made:
    """A ledger that was just made."""

    settings: Settings
    policy: Policy
    actor: str
    founder: str  # key id
    key_path: Path
    known: KnownLedgers


def make_ledger(
    session: Session, origin: str, *, review: Literal["four-eyes", "none"], timezone: str
) -> Made:
    """Make keys where there are none, the ledger, and the memory of it.

    Raises:
        Conflict: this machine knows a ledger of this origin, or the database exists.
        InputError: no founder was named, or an origin or zone that cannot be used.
    """
    from ledger.api.ledger import create_ledger
    from ledger.clock import SystemClock
    from ledger.verify.known_ledgers import KnownLedgers

    where = session.settings
    actor = where.actor
    if not actor:
        raise InputError("who founds the ledger? use --as ACTOR or REGLEDGER_ACTOR")
    known = KnownLedgers()
    _refuse_bad(origin)
    refuse_known(known, origin)
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
        seal_first(session, where, ledger)
        ledger.verify(known=known)
        return Made(where, ledger.policy, actor, founder.keyid, key_path, known)


def _refuse_bad(origin: str) -> None:
    """Refuse an origin that cannot name a log key, before any file is made."""
    from ledger.log import note

    try:
        note.vkey(origin, note.ED25519, bytes(32))
    except BadKey:
        raise InputError(
            f"{origin!r} is not an origin: it has no blanks and no '+'",
            hint="take a name nobody else uses, such as example.com/compliance",
        ) from None


def refuse_known(known: KnownLedgers, origin: str) -> None:
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


def make_directory(path: Path) -> None:
    """Make a directory for its owner only, if it is not there."""
    from ledger import files

    try:
        files.make_directory(path)
    except OSError as error:
        raise NotCompleted(f"{path} cannot be made: {error.strerror}") from None


def _founder(session: Session, actor: str, path: Path) -> Signer:
    have = path.exists() or session.settings.signer_path(actor).exists()
    return session.signer(actor) if have else new_key(session, path)


def new_key(session: Session, path: Path, *, p256: bool = False) -> Signer:
    """Make an actor's key file, Ed25519 unless P-256 is wanted, encrypted with a passphrase."""
    from ledger.log.keys import KeySigner, generate, generate_p256, save_private

    if path.exists():
        raise Conflict(f"{path} exists already, and is never overwritten")
    make_directory(path.parent)
    key = generate_p256() if p256 else generate()
    secret = session.passphrase(f"New passphrase for {path.name}", again=True)
    save_private(path, key, secret)
    output.stands(f"made {path}")
    return KeySigner(key, secret)


def key_request(signer: Signer, actor: str, ledger_id: str) -> dict[str, str]:
    """The request by which this key can be enrolled for this actor, in this ledger only."""
    from ledger.log.keys import key_proof

    return {
        "actor": actor,
        "ledger": ledger_id,
        "proof": key_proof(signer, actor=actor, ledger=ledger_id),
        "public_key": signer.public_key,
        "scheme": signer.scheme,
    }


def log_keys_for(session: Session, where: Settings, origin: str) -> tuple[str, str]:
    """The two log keys of a new ledger as vkeys; the private ones are kept beside the actors'.

    Keys that a broken-off `init` left behind are used, if the passphrase opens them.
    """
    from ledger.log import keys, note

    classic_path, quantum_path = where.log_key_paths(origin)
    make_directory(where.keys)
    for path, generate in ((classic_path, keys.generate), (quantum_path, keys.generate_mldsa44)):
        if not path.exists():
            secret = session.passphrase(f"New passphrase for {path.name}", again=True)
            keys.save_private(path, generate(), secret)
    secret = session.passphrase(f"Passphrase of {classic_path.name}")
    raw = [
        keys.load_private(path, secret).public_key().public_bytes_raw()
        for path in (classic_path, quantum_path)
    ]
    return (
        note.vkey(origin, note.ED25519, raw[0]),
        note.vkey(origin, note.COSIGNATURE_MLDSA44, raw[1]),
    )


def seal_first(session: Session, where: Settings, ledger: Ledger) -> None:
    """Seal a ledger that was just made, with the keys that were made for it."""
    origin = ledger.policy.origin
    signers = session.log_signers(origin, ask=True, where=where)
    if signers is not None:
        ledger.seal(signers, where.log_state_path(origin))


def remember(known: KnownLedgers, ledger: Ledger, founder: str) -> None:
    """Remember a ledger made here as trusted; verifying it then remembers its size and root."""
    from ledger.log.merkle import EMPTY_ROOT
    from ledger.verify.known_ledgers import KnownLedger

    policy = ledger.policy
    known.remember(
        KnownLedger(
            ledger=policy.ledger,
            origin=policy.origin,
            founder=founder,
            log_keys=policy.log_keys,
            size=0,
            root=EMPTY_ROOT.hex(),
            trusted=True,
        )
    )


def made_lines(made: Made) -> Iterator[Line]:
    """What was made, and the commands that usually come next."""
    policy, where = made.policy, made.settings
    yield (f"Made the ledger {policy.origin}",)
    yield (f"  ledger id       {policy.ledger}",)
    yield (f"  database        {database_url.shown(where.db)}",)
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
    """The first steps of three people; they run as printed, once the template is filled in."""
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


def versions() -> dict[str, str]:
    """The versions that an answer or a fault may depend on."""
    from importlib.metadata import version

    return {
        "regledger": version("regledger"),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in ("sqlalchemy", "cryptography", "pydantic", "orjson")},
    }
