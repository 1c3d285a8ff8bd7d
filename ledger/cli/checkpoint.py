"""`checkpoint`: sign the size and root of the log."""

import re
import signal
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import input_files, output, output_files
from ledger.cli.options import JsonOption, Overwrite, option
from ledger.cli.session import Session, session_of
from ledger.errors import BadKey, InputError, NotCompleted
from ledger.json_values import members

if TYPE_CHECKING:
    from ledger.checkpoints.sign import SignedCheckpoint
    from ledger.log.checkpoint import LogSigner

_EVERY = re.compile(r"([1-9][0-9]{0,5})(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def checkpoint(
    ctx: typer.Context,
    *,
    every: Annotated[
        str | None,
        option(
            "--every",
            "TIME",
            "Go on until stopped: look this often (10s, 5m, 1h) and seal what is new.",
        ),
    ] = None,
    last: Annotated[
        str | None,
        option(
            "--from",
            "FILE|PLACE",
            "Where the memory of the last seal was lost or moved: the newest checkpoint that"
            " this log signed, from a file or a published log.",
        ),
    ] = None,
    write: Annotated[
        Path | None, option("-o --output", "FILE", "Also write the signed note there.")
    ] = None,
    overwrite: Overwrite = False,
    as_json: JsonOption = False,
) -> None:
    """Seal the log: sign its size and root with both log keys.

    The seal is what witnesses, time-stamps, proofs and the published log rest on. It is refused if
    it would contradict one that was signed before, as after an older backup was restored.
    """
    session = session_of(ctx)
    pause = _seconds(every) if every else None
    output_files.refuse_existing(write, overwrite=overwrite)
    signers, state = _signers(session)
    if last is not None:
        with session.ledger() as ledger:
            given = ledger.checkpoints.adopt(_note(last), state)
        output.note(f"going on from the checkpoint of {given.size} entries")
    if pause is not None:
        _keep_sealing(partial(_seal, session, signers, state, write=write), pause)
        return
    sealed, fresh = _seal(session, signers, state, write=write)
    _show(sealed, fresh, as_json=as_json)


def _signers(session: Session) -> "tuple[tuple[LogSigner, LogSigner], Path]":
    with session.ledger() as ledger:
        origin, unsealed = ledger.policy.origin, ledger.checkpoints.unsealed
    signers = session.log_signers(origin, ask=True)
    if signers is None:
        names = " and ".join(str(path) for path in session.settings.log_key_paths(origin))
        raise BadKey(
            f"the keys of the log {origin} are not here; {unsealed} entries are unsealed",
            hint=f"sealing needs {names}: run this where the ledger was made",
        )
    return signers, session.settings.log_state_path(origin)


def _seal(
    session: Session, signers: "tuple[LogSigner, LogSigner]", state: Path, *, write: Path | None
) -> "tuple[SignedCheckpoint, int]":
    """Seal once; return the checkpoint, and how many entries no earlier one covered."""
    with session.ledger() as ledger:
        before = ledger.checkpoints.unsealed
        sealed = ledger.checkpoints.seal(signers, state)
        fresh = before - ledger.checkpoints.unsealed
    if sealed.new:
        output.stands(f"sealed {sealed.checkpoint.size} entries")
    if write is not None and not _holds(write, sealed.checkpoint.full):
        # A file that is not to be replaced was refused before: this one was written by this run.
        output_files.content(sealed.checkpoint.full, write, overwrite=True)
    return sealed, fresh


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and input_files.content(path)[0] == data


def _keep_sealing(seal: "Callable[[], tuple[SignedCheckpoint, int]]", pause: int) -> None:
    """Seal what is new until SIGINT or SIGTERM; a database that is away for a while is awaited."""
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    before = {one: signal.signal(one, stop) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        while not stopped.is_set():
            try:
                sealed, fresh = seal()
                if sealed.new:
                    output.line(f"sealed {sealed.checkpoint.size} entries, {fresh} of them new")
                    output.flush()
            except NotCompleted as error:
                output.note(f"waiting: {error.message}")
            stopped.wait(pause)
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _show(sealed: "SignedCheckpoint", fresh: int, *, as_json: bool) -> None:
    held = sealed.checkpoint
    value = {
        "schema": "regledger/checkpoint/v1",
        **members(held, "size", "sealed_at"),
        "new": sealed.new,
        "fresh": fresh,
        "note": held.full.decode(),
    }
    words = f"{held.size} entries were sealed at {held.sealed_at}; 0 are unsealed"
    if sealed.new:
        words = f"sealed {held.size} entries at {held.sealed_at}; {fresh} were unsealed"
    output.show(as_json, value, [(words,)])


def _seconds(text: str) -> int:
    match = _EVERY.fullmatch(text)
    if match is None:
        raise InputError(f"--every {text}: not a time", hint="write 10s, 5m or 1h")
    return int(match[1]) * _SECONDS[match[2]]


def _note(address: str) -> bytes:
    """Read a checkpoint from a file, or the one that a published log shows."""
    from ledger.checkpoints.storage import is_published, open_storage

    if not is_published(address):
        return input_files.content(Path(address))[0]
    with closing(open_storage(address)) as place:
        data = place.read("checkpoint")
    if data is None:
        raise NotCompleted(f"{address} shows no checkpoint")
    return data
