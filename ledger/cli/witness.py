"""`witness`: cosignatures of checkpoints by third parties, asked for or given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger import api
from ledger.cli import input_files, output, witness_cosign
from ledger.cli.exit_codes import ExitCode
from ledger.cli.options import MOST, JsonOption, argument, flag, option
from ledger.cli.output import Line
from ledger.cli.session import session_of
from ledger.clock import stamp
from ledger.errors import InputError, NotCompleted, NotVerified, QuorumNotMet, RegledgerError

if TYPE_CHECKING:
    import httpx

    from ledger.log.checkpoint import Opened
    from ledger.log.signed_note import Vkey
    from ledger.log.witness_policy import WitnessPolicy

_DEFAULT_PORT = 7380
_LARGEST_POLICY = 1_000_000
_WHOSE = "whose cosignature? give the key of the witness with --witness VKEY"

app = typer.Typer(
    help="Witnesses: third parties that cosign checkpoints, so that a log cannot show different"
    " people different histories.",
    rich_markup_mode=None,
)
key_app = typer.Typer(help="The key of a witness.", rich_markup_mode=None)
app.add_typer(key_app, name="key")

KeyFile = Annotated[Path, option("--key", "FILE", "The witness' private key.")]
Logs = Annotated[
    list[str],
    option(
        "--log",
        "VKEY",
        "A key of a log it knows; may be repeated. Every key given of a log must have signed.",
    ),
]
EnrollAs = Annotated[
    str | None,
    option(
        "--enroll-as", "NAME", "The name of a key made elsewhere that has never cosigned anything."
    ),
]
WitnessKeys = Annotated[
    list[str] | None, option("--witness", "VKEY", "The key of a witness; may be repeated.")
]
PolicyFile = Annotated[
    Path | None,
    option("--policy", "FILE", "Witnesses and the quorum that is wanted, as a C2SP tlog-policy."),
]

Size = Annotated[
    int | None, option("--size", "N", "Of which checkpoint. Default: the newest.", min=0, max=MOST)
]


@dataclass(slots=True)
class _Request:
    """The witnesses known, the quorum that is wanted, and who did not answer."""

    keys: list[Vkey]
    policy: WitnessPolicy | None
    refused: list[tuple[str, RegledgerError]] = field(default_factory=list)


@app.command("request")
def request(
    ctx: typer.Context,
    url: Annotated[str | None, argument("URL", "The witness. Default: all in the policy.")] = None,
    *,
    witness: WitnessKeys = None,
    policy: PolicyFile = None,
    as_json: JsonOption = False,
) -> None:
    """Send the newest checkpoint to witnesses, and keep the cosignatures that verify.

    Give one URL with the key of its witness, or a policy: then every witness in it with an address
    is asked. Ends with 3 if one did not cosign, with 1 if the policy's quorum is not met.
    """
    from ledger.checkpoints import http

    wanted = _requested(witness, policy)
    asked = _whom(url, wanted)
    with session_of(ctx).ledger() as ledger, http.Client() as client:
        for address, keys in asked:
            _ask(ledger, client, address=address, keys=keys, wanted=wanted)
        opened = ledger.checkpoints.witnessed(wanted.keys)
    _report(opened, wanted, as_json=as_json)


@app.command("add")
def add(
    ctx: typer.Context,
    file: Annotated[Path, argument("FILE", "Lines of a witness who works offline.")],
    *,
    witness: WitnessKeys = None,
    size: Size = None,
    as_json: JsonOption = False,
) -> None:
    """Keep cosignatures that a witness made with `witness cosign`, if they verify."""
    wanted = _requested(witness, None)
    if not wanted.keys:
        raise InputError(_WHOSE)
    lines, _ = input_files.content(file, most=_LARGEST_POLICY)
    with session_of(ctx).ledger() as ledger:
        ledger.checkpoints.add_cosignatures(lines, wanted.keys, size=size)
        output.stands("the cosignatures were kept")
        found = ledger.checkpoints.witnessed(wanted.keys, size=size)
    _report(found, wanted, as_json=as_json)


@app.command("list")
def list_cosignatures(
    ctx: typer.Context,
    *,
    witness: WitnessKeys = None,
    policy: PolicyFile = None,
    size: Size = None,
    as_json: JsonOption = False,
) -> None:
    """Show who cosigned a checkpoint; only those whose key is given are checked.

    Ends with 1 if a policy is given and its quorum is not met.
    """
    wanted = _requested(witness, policy)
    with session_of(ctx).ledger() as ledger:
        opened = ledger.checkpoints.witnessed(wanted.keys, size=size)
    _report(opened, wanted, as_json=as_json)


@key_app.command("new")
def new_key(
    ctx: typer.Context,
    name: Annotated[str, argument("NAME", "Its name for ever, e.g. example.org/witness.")],
    *,
    to: Annotated[Path | None, option("-o --output", "FILE", "Default: among the keys.")] = None,
    quantum: Annotated[
        bool, flag("--ml-dsa", "A post-quantum key, ML-DSA-44, instead of Ed25519.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a key for a witness on this machine, and print its public half (vkey)."""
    path, vkey = witness_cosign.new_key(session_of(ctx), name, to, quantum=quantum)
    value = {"schema": "regledger/witness-key/v1", "path": str(path), "vkey": str(vkey)}
    output.show(as_json, value, [(str(vkey),)])
    output.note(f"made {path}; what it cosigns is remembered in {witness_cosign.memory().path}")


@app.command("cosign")
def cosign(
    ctx: typer.Context,
    place: Annotated[str, argument("PLACE", "A published log, or the first time its checkpoint.")],
    *,
    key: KeyFile,
    log: Logs,
    enroll_as: EnrollAs = None,
) -> None:
    """Cosign a published log offline: print the line, if the log continues what was seen before."""
    cosigner = witness_cosign.open_cosigner(session_of(ctx), key, log, enroll_as=enroll_as)
    output.text(witness_cosign.cosign(cosigner, place).decode())


@app.command("serve")
def serve(
    ctx: typer.Context,
    *,
    key: KeyFile,
    log: Logs,
    port: Annotated[
        int, option("--port", "N", "On loopback; 0 takes a free.", min=0, max=65535)
    ] = _DEFAULT_PORT,
    enroll_as: EnrollAs = None,
) -> None:
    """Be a witness: answer add-checkpoint requests on loopback, until interrupted."""
    from ledger.witness.server import WitnessServer

    cosigner = witness_cosign.open_cosigner(session_of(ctx), key, log, enroll_as=enroll_as)
    with WitnessServer(cosigner, port=port, report=output.note) as server:
        output.line(server.url)
        output.flush()
        output.note(f"cosigning as {cosigner.vkey.name}; Ctrl-C ends it")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            output.note("ended")


def _requested(witness: Sequence[str] | None, policy: Path | None) -> _Request:
    from ledger.log.signed_note import parse_vkey

    keys = [parse_vkey(text) for text in witness or ()]
    parsed = input_files.policy(policy, most=_LARGEST_POLICY)
    if parsed is None:
        return _Request(keys, None)
    return _Request([*keys, *(k for k in parsed.witness_keys if k not in keys)], parsed)


def _whom(url: str | None, wanted: _Request) -> list[tuple[str, list[Vkey]]]:
    """Return each address to ask, with the keys whose lines are wanted from it."""
    if url is not None:
        if not wanted.keys:
            raise InputError(_WHOSE)
        return [(url, wanted.keys)]
    found: dict[str, list[Vkey]] = {}
    for one in wanted.policy.witnesses if wanted.policy is not None else ():
        if one.url is not None:
            found.setdefault(one.url, []).append(one.vkey)
    if not found:
        raise InputError("which witness? give its URL, or a policy with addresses in it")
    return list(found.items())


def _ask(
    ledger: api.Ledger, http: httpx.Client, *, address: str, keys: Sequence[Vkey], wanted: _Request
) -> None:
    """Ask one of several witnesses; what goes wrong with one is no reason not to ask the next."""
    try:
        ledger.checkpoints.ask_witness(address, keys, http=http)
        output.stands(f"{address} cosigned")
    except (NotCompleted, NotVerified) as error:
        if wanted.policy is None:
            raise
        wanted.refused.append((address, error))


def _report(opened: Opened, wanted: _Request, *, as_json: bool) -> None:
    """Print who cosigned, and end as the policy and the answers want it."""
    missing = _missing(opened, wanted.policy)
    output.show(as_json, _value(opened, wanted, missing), _lines(opened, wanted, missing))
    if missing is not None:
        raise typer.Exit(ExitCode.NOT_VERIFIED)
    if wanted.refused:
        raise typer.Exit(ExitCode.NOT_COMPLETED)


def _missing(opened: Opened, policy: WitnessPolicy | None) -> str | None:
    """Say why the quorum is not met; None where it is, or where no policy was given."""
    from ledger.log.witness_policy import check_quorum

    if policy is None:
        return None
    try:
        check_quorum(policy, opened)
    except QuorumNotMet as error:
        return error.message
    return None


def _value(opened: Opened, wanted: _Request, missing: str | None) -> dict[str, Any]:
    quorum = None if wanted.policy is None else "not_met" if missing else "met"
    return {
        "schema": "regledger/cosignatures/v1",
        "size": opened.checkpoint.size,
        "cosignatures": [
            {"name": one.vkey.name, "key": str(one.vkey), "time": _moment(one.at)}
            for one in opened.cosignatures
        ],
        "refused": [
            {"address": address, "error": error.code, "message": error.message}
            for address, error in wanted.refused
        ],
        "unknown": sorted({line.name for line in opened.unknown}),
        "quorum": quorum,
        "missing": missing,
    }


def _lines(opened: Opened, wanted: _Request, missing: str | None) -> Iterator[Line]:
    yield (f"Checkpoint of size {opened.checkpoint.size}",)
    for one in opened.cosignatures:
        yield (f"  cosigned by {one.vkey.name} at {_moment(one.at)[:19]}Z",)
    for name in sorted({line.name for line in opened.unknown}):
        yield (f"  a line by {name}, not checked: its key was not given (--witness)",)
    if not opened.cosignatures and not opened.unknown:
        yield ("  no cosignature",)
    for _, error in wanted.refused:
        yield (f"  {error.message}",)
    if wanted.policy is not None:
        yield (f"Quorum {'NOT met: ' + missing if missing else 'met'}",)


def _moment(at: int) -> str:
    """Return POSIX seconds as a stamp; as a number where no calendar has them."""
    try:
        return stamp(datetime.fromtimestamp(at, UTC))
    except (OverflowError, ValueError, OSError):
        return str(at)
