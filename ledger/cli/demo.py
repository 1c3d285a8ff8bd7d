"""`demo`: the sample ledger, its board, one reason, one difference, and that it verifies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from ledger.cli import output
from ledger.cli.answer_lines import heading
from ledger.cli.diff import diff_lines
from ledger.cli.exit_codes import ExitCode
from ledger.cli.key_files import remember
from ledger.cli.options import option
from ledger.cli.session import session_of, standing
from ledger.cli.settings import resolve
from ledger.cli.status import board_lines
from ledger.cli.verify_lines import verify_lines
from ledger.cli.why import named_claims, why_lines
from ledger.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ledger.api.answers import VerifyReport
    from ledger.cli.output import Line
    from ledger.cli.session import Session
    from ledger.demo import Sample

DATABASE: Final = "demo.db"
# The day of the first clearances: under a framework as known today, lapsed as known then, because
# the extension of the ordinance was recorded only five weeks later.
WHY_DAY: Final = "2025-12-12"
CELL: Final = ("PK", "va.exchange", "vasp")
DAYS: Final = ("2025-07-07", "2025-07-08")


def demo(
    ctx: typer.Context,
    *,
    as_of: Annotated[
        str | None, option("--as-of", "DAY", "The day of the `why`. Default: 2025-12-12.")
    ] = None,
) -> None:
    """Build the sample ledger, show what it says, and verify it.

    Pakistan and crypto-assets, 2018 to 2026, as three actors recorded and reviewed it under a
    simulated clock. It is written to --db, or else to ./demo.db, and replaces only a sample.
    """
    if not run(session_of(ctx), why_day=as_of).sound:
        raise typer.Exit(ExitCode.NOT_VERIFIED)


def run(session: Session, *, why_day: str | None) -> VerifyReport:
    """Build the sample and show it; return what verifying it found."""
    from pathlib import Path

    from ledger.demo import build
    from ledger.verify.known_ledgers import KnownLedgers

    where = resolve(db=session.db, actor=None, default_db=Path(DATABASE))
    database = where.db_path
    if database is None:
        raise InputError("the sample is made in an SQLite file", hint="give --db demo.db")
    known = KnownLedgers()
    sample = build(database, database.with_name(f"{database.name}.keys"))
    with sample.ledger as ledger, standing(ledger):
        if sample.replaced is not None:
            known.forget(sample.replaced)
        remember(known, ledger, sample.founder)
        names = {place.id: place.name for place in ledger.taxonomy.jurisdictions.values()}
        _section("Board: the status of everything, for anybody", board_lines(ledger.board(), names))
        jurisdiction, activity, actor = CELL
        answer = ledger.status(jurisdiction, activity, actor=actor, as_of=why_day or WHY_DAY)
        _section("Why: one status explained", why_lines(answer, named_claims(ledger, answer)))
        _section("Diff: the day the ordinance took effect", diff_lines(ledger.diff(*DAYS)))
        with output.progress("verifying") as report:
            found = ledger.verify(progress=report, known=known)
        _section("Integrity", verify_lines(found))
    _section("What next", _next_lines(database, sample))
    return found


def _section(title: str, lines: Iterable[Line]) -> None:
    rule = "═" if output.unicode() else "="
    output.line(*heading(f"{rule * 3} {title} {rule * max(3, 70 - len(title))}"))
    output.lines(lines)
    output.line()


def _next_lines(database: Path, sample: Sample) -> list[Line]:
    name = database.name if database.parent == database.cwd() else str(database)
    keys = database.with_name(f"{database.name}.keys")
    actors = ", ".join(sample.keys)
    return [
        (f"The sample ledger: {name}",),
        (f"keys of {actors}: {keys}",),
        ("passphrase of every key: demo",),
        ("",),
        (f"  export REGLEDGER_DB={name}",),
        ("  regledger tui",),
        ("  regledger status -j PK -a va.exchange",),
        ("  # the same day as it was known on that day: the extension was recorded later",),
        (f"  regledger status -j PK -a va.exchange --as-of {WHY_DAY} --known-at {WHY_DAY}",),
        ("  regledger history extension",),
        ("  regledger show pk-va-law-2025-exchange",),
        ("  regledger review list",),
        ("  regledger verify",),
        ("  regledger help undetermined",),
    ]
