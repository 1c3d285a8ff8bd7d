"""The sample ledgers, each replayed as it was recorded, under a simulated clock.

``script.yaml`` beside the claims of a sample lists the steps, their actors and times; this module
plays them through the public methods of ``Ledger``. Only keys, ids and salts differ from run to
run. The steps are explained at the top of ``data/pakistan/script.yaml``.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import yaml

from ledger import files
from ledger.api.answers import RecordResult
from ledger.api.creating import create_ledger
from ledger.api.ledger import Ledger
from ledger.api.opening import open_ledger
from ledger.clock import SimulatedClock, parse_stamp
from ledger.domain.state_records import Role
from ledger.domain.validation_messages import did_you_mean
from ledger.errors import Conflict, InputError, NoLedger, RegledgerError
from ledger.intake import read_claims, read_definitions
from ledger.log import keys
from ledger.log.checkpoint import LogSigner, log_signers

PASSPHRASE: Final = b"demo"
NAMES: Final = ("pakistan", "world", "schools")
_BESIDE: Final = ("-journal", "-wal", "-shm")  # files SQLite may leave beside a database
_Step = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tour:
    """What to look at in a sample. A day or point is written as a command takes it."""

    cell: tuple[str, str, str]  # jurisdiction, activity, actor of the one status that is explained
    day: str
    diff: tuple[str, str]
    diff_title: str
    commands: tuple[str, ...]  # to try next, or a comment on the one below it


@dataclass(frozen=True, slots=True)
class Sample:
    """The built sample. ``keys`` maps each actor to the key file, all under one passphrase."""

    ledger: Ledger
    clock: SimulatedClock
    founder: str  # key id
    keys: Mapping[str, Path]
    replaced: str | None  # id of the ledger that was there before
    tour: Tour


def titles() -> dict[str, str]:
    """Return the name of every sample with what it is about."""
    return {name: _script(name)["title"] for name in NAMES}


def build(database: Path, key_directory: Path, name: str = "pakistan") -> Sample:
    """Build a sample in an SQLite file, replacing an earlier sample there; return it open.

    Raises:
        InputError: no sample has this name.
        Conflict: something else is there: no ledger, or one whose clock is not simulated.
    """
    script = _script(name)
    replaced = _clear(database, key_directory)
    about = script["ledger"]
    clock = SimulatedClock(parse_stamp(about["at"]))
    files.make_directory(key_directory)
    signers = {slug: _new_key(key_directory / f"{slug}.pem") for slug in script["actors"]}
    founder = next(slug for slug, who in script["actors"].items() if "admin" in who["roles"])
    log_keys = _log_keys(key_directory, about["origin"])
    ledger = create_ledger(
        str(database),
        origin=about["origin"],
        actor=founder,
        signer=signers[founder],
        log_keys=[str(signer.vkey) for signer in log_keys],
        review=about["review"],
        timezone=about["timezone"],
        clock=clock,
        simulated=True,
    )
    try:
        _Replay(ledger, clock, signers, script["actors"], _folder(name)).play(script["steps"])
        state = f"{about['origin'].replace('/', '_')}.log-state"
        ledger.checkpoints.seal(log_keys, key_directory / state)
    except BaseException:
        ledger.close()
        raise
    paths = {slug: key_directory / f"{slug}.pem" for slug in signers}
    tour = _tour(script["show"])
    return Sample(ledger, clock, signers[founder].keyid, paths, replaced, tour)


def _folder(name: str) -> Traversable:
    return resources.files("ledger.data").joinpath(name)


def _script(name: str) -> dict[str, Any]:
    if name not in NAMES:
        hint = did_you_mean(name, NAMES) or f"the samples are {', '.join(NAMES)}"
        raise InputError(f"there is no sample {name!r}", hint=hint)
    text = _folder(name).joinpath("script.yaml").read_text("utf-8")
    script: dict[str, Any] = yaml.safe_load(text)
    return script


def _tour(show: Mapping[str, Any]) -> Tour:
    why, diff = show["why"], show["diff"]
    return Tour(
        cell=(why["jurisdiction"], why["activity"], why["actor"]),
        day=why["as_of"],
        diff=(diff["from"], diff["to"]),
        diff_title=diff["title"],
        commands=tuple(show["next"]),
    )


def _clear(database: Path, key_directory: Path) -> str | None:
    """Remove an earlier sample and its keys; return its ledger id."""
    if not database.exists():
        _remove_keys(key_directory)
        return None
    held = _sample_id(database)
    for suffix in (*_BESIDE, ""):  # a journal left alone would be read with the next file here
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    _remove_keys(key_directory)
    return held


def _sample_id(database: Path) -> str:
    try:
        with open_ledger(str(database)) as ledger:
            if ledger.simulated:
                return ledger.policy.ledger
            origin = ledger.policy.origin
    except NoLedger:
        raise Conflict(
            f"{database} is there and is no ledger", hint="choose another --db"
        ) from None
    except RegledgerError as error:
        raise Conflict(
            f"{database} cannot be told to be a sample: {error.message}", hint="choose another --db"
        ) from None
    raise Conflict(
        f"{database} holds {origin}, whose clock is not simulated: it is never replaced",
        hint="choose another --db",
    )


def _remove_keys(directory: Path) -> None:
    """Remove the keys of an earlier sample; anything that is no key file stays."""
    if directory.is_dir():
        for path in (*directory.glob("*.pem"), *directory.glob("*.log-state*")):
            with contextlib.suppress(OSError):
                path.unlink()


def _new_key(path: Path) -> keys.KeySigner:
    key = keys.generate()
    keys.save_private(path, key, PASSPHRASE)
    return keys.KeySigner(key, PASSPHRASE)


def _log_keys(directory: Path, origin: str) -> tuple[LogSigner, LogSigner]:
    name = origin.replace("/", "_")
    classic, quantum = keys.generate(), keys.generate_mldsa44()
    keys.save_private(directory / f"{name}.log-ed25519.pem", classic, PASSPHRASE)
    keys.save_private(directory / f"{name}.log-mldsa44.pem", quantum, PASSPHRASE)
    return log_signers(origin, classic, quantum)


@dataclass(slots=True)
class _Replay:
    ledger: Ledger
    clock: SimulatedClock
    signers: Mapping[str, keys.KeySigner]
    actors: Mapping[str, Mapping[str, Any]]
    folder: Traversable  # in which the files named by the steps lie
    made: dict[str, list[str]] = field(default_factory=dict)  # step id -> event ids it made

    def play(self, steps: Sequence[_Step]) -> None:
        """Play every step at its time, then let the status view catch up once."""
        self.ledger.projections.defer()
        for step in steps:
            self.clock.set(parse_stamp(step["at"]))
            done = getattr(self, f"_{step['do']}")(step, self.signers[step["by"]])
            events = [result.event for result in done]
            if "id" in step:
                self.made[step["id"]] = events
        self.ledger.projections.catch_up()

    def _enroll(self, step: _Step, signer: keys.Signer) -> Iterator[RecordResult]:
        slug = step["actor"]
        who = self.actors[slug]
        roles: list[Role] = list(who["roles"])
        request = self.ledger.actors.key_request(self.signers[slug], slug)
        yield self.ledger.actors.enroll(
            request, signer, actor=step["by"], roles=roles, name=who["name"]
        )

    def _define(self, step: _Step, signer: keys.Signer) -> Iterable[RecordResult]:
        found = read_definitions(self._bytes(step), name=step["file"])
        return self.ledger.define([d.definition for d in found], signer, actor=step["by"])

    def _record(self, step: _Step, signer: keys.Signer) -> Iterable[RecordResult]:
        found = read_claims(self._bytes(step), name=step["file"])
        return self.ledger.record([p.claim for p in found], signer, actor=step["by"])

    def _correct(self, step: _Step, signer: keys.Signer) -> Iterator[RecordResult]:
        for parsed in read_claims(self._bytes(step), name=step["file"]):
            yield self.ledger.correct(parsed.ref, parsed.claim, signer, **_why(step))

    def _retract(self, step: _Step, signer: keys.Signer) -> Iterator[RecordResult]:
        return (self.ledger.retract(key, signer, **_why(step)) for key in step["keys"])

    def _review(self, step: _Step, signer: keys.Signer) -> Iterable[RecordResult]:
        targets = [event for name in step["of"] for event in self.made[name]]
        return self.ledger.review(targets, step["decision"], signer, **_why(step))

    def _dispute(self, step: _Step, signer: keys.Signer) -> Iterator[RecordResult]:
        return (self.ledger.dispute(key, signer, **_why(step)) for key in step["keys"])

    def _bytes(self, step: _Step) -> bytes:
        return self.folder.joinpath(step["file"]).read_bytes()


def _why(step: _Step) -> dict[str, Any]:
    """Return who acts in a step, and why."""
    return {"actor": step["by"], "reason_code": step.get("reason"), "comment": step.get("comment")}
