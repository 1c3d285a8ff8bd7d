"""`verify`: does the log hold, and is it the one you mean?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger import api
from ledger.cli import input_files, output
from ledger.cli.exit_codes import ExitCode
from ledger.cli.options import JobsOption, JsonOption, argument, flag, option
from ledger.cli.session import known_ledgers, session_of
from ledger.cli.verify_lines import verify_lines
from ledger.errors import InputError, NoLedger, NotVerified, Unreachable

if TYPE_CHECKING:
    from ledger.verify.signed_notes import VerifyOptions

_LAST = "last"


def verify(
    ctx: typer.Context,
    place: Annotated[
        str | None,
        argument(
            "[DIR|URL]",
            "A published log: a directory, https://... or s3://... Default: the database.",
        ),
    ] = None,
    *,
    since: Annotated[
        str | None,
        option(
            "--since",
            "FILE|last",
            "A checkpoint you kept: the log must continue it, and signatures are checked"
            " only from there on. Or 'last': go on from the last good verification on this"
            " machine; older entries, files and views are not read again.",
        ),
    ] = None,
    policy: Annotated[
        Path | None, option("--policy", "FILE", "Witnesses that must have cosigned (tlog-policy).")
    ] = None,
    anchor: Annotated[
        str | None,
        option(
            "--trust",
            "ID|FINGERPRINT|VKEY",
            "The ledger must be the one of this id, founder's key or log key.",
        ),
    ] = None,
    tsa_root: Annotated[
        Path | None,
        option(
            "--tsa-root", "FILE", "Certificates (PEM) of time-stamp authorities that you trust."
        ),
    ] = None,
    allow_unauthenticated: Annotated[
        bool,
        flag(
            "--allow-unauthenticated",
            "End with 0 also where this machine was never told to trust the ledger.",
        ),
    ] = False,
    jobs: JobsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check everything: bytes, chain, signatures, keys, rules, tree, checkpoints and the rest.

    Ends with 0 if the log is sound and this machine trusts it; 1 with the first bad entry and every
    layer that fails; 3 if it is sound but unknown here (`regledger trust`).

    With --since last, an old entry that was changed while the hashes stored beside it were not is
    not noticed: verify everything from time to time.
    """
    from ledger.verify.known_ledgers import anchor_of
    from ledger.verify.signed_notes import VerifyOptions

    roots = input_files.roots(tsa_root)  # before anything else is read
    options = VerifyOptions(
        policy=input_files.policy(policy),
        since=input_files.content(Path(since))[0] if since and since != _LAST else None,
        tsa_roots=roots,
        jobs=jobs,
        last=since == _LAST,
    )
    named = anchor_of(anchor) if anchor is not None else None
    found = _database(ctx, options, named) if place is None else _place(ctx, place, options, named)
    output.show(as_json, found.to_value(), verify_lines(found))
    if not found.sound or not found.size:
        raise typer.Exit(ExitCode.NOT_VERIFIED)
    if not found.authenticated and not allow_unauthenticated:
        raise typer.Exit(ExitCode.NOT_COMPLETED)


def _database(
    ctx: typer.Context, options: "VerifyOptions", anchor: str | None
) -> "api.VerifyReport":
    try:
        with session_of(ctx).ledger() as ledger, output.progress("verifying") as report:
            return ledger.verify(
                progress=report, known=known_ledgers(), anchor=anchor, options=options
            )
    except NoLedger as error:
        if not error.malformed:
            raise  # nothing there: not completed. Something that is no ledger: not verified
        raise NotVerified(error.message) from None


def _place(
    ctx: typer.Context, address: str, options: "VerifyOptions", anchor: str | None
) -> "api.VerifyReport":
    from ledger.checkpoints.storage import is_published, open_storage
    from ledger.clock import SystemClock, stamp
    from ledger.verify.rollback_memory import RollbackMemory
    from ledger.verify.verify import LedgerTrust, verify_published

    if not is_published(address):
        if Path(address).exists() or "://" in address:
            raise InputError(
                f"{address} is not a directory or address of a published log",
                hint="name a database with --db",
            )
        raise Unreachable(address, "there is nothing there")
    place = open_storage(address)
    try:
        with output.progress("verifying") as report:
            memory = RollbackMemory(session_of(ctx).settings.log_state_path)
            trust = LedgerTrust(known_ledgers(), anchor, stamp(SystemClock().now()), memory)
            return verify_published(place, options=options, trust=trust, progress=report)
    finally:
        place.close()
