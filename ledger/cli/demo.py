"""`demo`: a sample ledger, its board, one reason, one difference, and that it verifies."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ledger import api
from ledger.cli import output
from ledger.cli.answer_lines import heading
from ledger.cli.columns import table
from ledger.cli.diff import diff_lines
from ledger.cli.exit_codes import ExitCode
from ledger.cli.key_files import remember
from ledger.cli.options import argument, flag, option
from ledger.cli.output import Line
from ledger.cli.session import Session, known_ledgers, session_of, standing
from ledger.cli.settings import resolve
from ledger.cli.status import board_lines
from ledger.cli.verify_lines import verify_lines
from ledger.cli.why import why_lines
from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.demo import Sample, Tour

_FIRST: Final = "pakistan"  # of ``ledger.demo.NAMES``, which --help must not import


def demo(
    ctx: typer.Context,
    *,
    name: Annotated[
        str, argument("NAME", "pakistan, world or schools.", show_default=False)
    ] = _FIRST,
    as_of: Annotated[
        str | None, option("--as-of", "DAY", "The day of the `why`. Default: the sample's.")
    ] = None,
    list_them: Annotated[bool, flag("--list", "List the samples and what each is about.")] = False,
) -> None:
    """Build a sample ledger, show what it says, and verify it.

    By default pakistan: Pakistan and crypto-assets, 2018 to 2026, as three actors recorded and
    reviewed it under a simulated clock. It is written to --db, or else to ./demo.db (another sample
    to ./demo-NAME.db), and replaces only a sample.
    """
    if list_them:
        from ledger.demo import titles

        output.lines(table((f"  {known}", title) for known, title in titles().items()))
    elif not run(session_of(ctx), name, why_day=as_of).sound:
        raise typer.Exit(ExitCode.NOT_VERIFIED)


def run(session: Session, name: str, *, why_day: str | None) -> "api.VerifyReport":
    """Build a sample and show it; return what verifying it found."""
    from ledger.demo import build

    default = Path("demo.db" if name == _FIRST else f"demo-{name}.db")
    database = resolve(db=session.db, actor=None, default_db=default).db_path
    if database is None:
        raise InputError("the sample is made in an SQLite file", hint="give --db demo.db")
    known = known_ledgers()
    sample = build(database, database.with_name(f"{database.name}.keys"), name)
    with sample.ledger as ledger, standing(ledger):
        if sample.replaced is not None:
            known.forget(sample.replaced)
        remember(known, ledger, sample.founder)
        _show(ledger, sample.tour, why_day)
        with output.progress("verifying") as report:
            found = ledger.verify(progress=report, known=known)
        _section("Integrity", verify_lines(found))
    _section("What next", _next_lines(database, sample))
    return found


def _show(ledger: "api.Ledger", tour: "Tour", why_day: str | None) -> None:
    places = {place.id: place.name for place in ledger.taxonomy.jurisdictions.values()}
    _section("Board: the status of everything, for anybody", board_lines(ledger.board(), places))
    jurisdiction, activity, actor = tour.cell
    answer = ledger.status(jurisdiction, activity, actor=actor, as_of=why_day or tour.day)
    _section("Why: one status explained", why_lines(answer))
    _section(f"Diff: {tour.diff_title}", diff_lines(ledger.diff(*tour.diff)))


def _section(title: str, lines: Iterable[Line]) -> None:
    rule = "═" if output.unicode() else "="
    output.line(*heading(f"{rule * 3} {title} {rule * max(3, 70 - len(title))}"))
    output.lines(lines)
    output.line()


def _next_lines(database: Path, sample: "Sample") -> list[Line]:
    name = database.name if database.parent == database.cwd() else str(database)
    keys = database.with_name(f"{database.name}.keys")
    actors = ", ".join(sample.keys)
    return [
        (f"The sample ledger: {name}",),
        (f"keys of {actors}: {keys}",),
        ("passphrase of every key: demo",),
        ("",),
        (f"  export REGLEDGER_DB={name}",),
        *((f"  {command}",) for command in ("regledger tui", *sample.tour.commands)),
    ]
