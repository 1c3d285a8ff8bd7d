"""`db`: the schema, and the views that are made from the log."""

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli import output
from ledger.cli.columns import table
from ledger.cli.exit_codes import ExitCode
from ledger.cli.options import JobsOption, JsonOption
from ledger.cli.session import session_of
from ledger.points import format_size

app = typer.Typer(
    help="The database: its schema, and the views made from the log.", rich_markup_mode=None
)


@app.command("upgrade")
def upgrade(ctx: typer.Context) -> None:
    """Bring an older database to the schema of this program. Entries are not touched.

    A SQLite file is moved to the journal that is fastest among those that lose nothing here.
    """
    from ledger.store import journal_mode, migrate
    from ledger.store.engine import make_engine

    engine = make_engine(session_of(ctx).settings.db)
    try:
        revision = migrate.upgrade(engine)
        output.stands("the database was upgraded")
        output.line(f"the schema is at revision {revision}")
        if (durable := journal_mode.move_over(engine)) is not None:
            output.line(f"durability  {durable}")
    finally:
        engine.dispose()


@app.command("backup")
def backup(ctx: typer.Context, file: Annotated[Path, typer.Argument(help="A new file.")]) -> None:
    """Copy a SQLite ledger as it is at one moment, while others read and write it.

    A copy of the file alone may lack what lies in the journal beside it.
    """
    from ledger.store import backup
    from ledger.store.engine import make_engine
    from ledger.store.log_store import LogStore

    engine = make_engine(session_of(ctx).settings.db)
    try:
        backup.back_up(engine, file)
    finally:
        engine.dispose()
    output.stands(f"the database was copied to {file}")
    copy = LogStore.open(str(file))
    output.line(f"{copy.size()} entries are in {file}")
    copy.close()


@app.command("check")
def check(ctx: typer.Context, *, as_json: JsonOption = False) -> None:
    """Compare the database with what this program makes, and have it check itself.

    Every table, column, index and guard must be defined as this version defines it, and every
    index must hold what its table holds. Ends with 1 if something is wrong.
    """
    from ledger.store import migrate
    from ledger.store.engine import make_engine

    engine = make_engine(session_of(ctx).settings.db)
    try:
        flaws = migrate.check(engine)
    finally:
        engine.dispose()
    found = {
        "schema": "regledger/db-check/v1",
        "differences": [{"layer": one.layer, "message": one.message} for one in flaws],
    }
    words = [(one.message,) for one in flaws] or [("The database is as it should be.",)]
    output.show(as_json, found, words)
    if flaws:
        raise typer.Exit(ExitCode.NOT_VERIFIED)


@app.command("rebuild")
def rebuild(ctx: typer.Context, *, as_json: JsonOption = False) -> None:
    """Make every view anew from the entries, and say whether it differed."""
    with session_of(ctx).ledger() as ledger, output.progress("rebuilding") as report:
        views = ledger.projections.rebuild(progress=report)
    output.stands("the views were rebuilt")
    found = [
        {"view": name, "before": before, "after": after, "differed": before != after}
        for name, (before, after) in views.items()
    ]
    rows = [
        (name, "differed, now right" if before != after else "unchanged", after)
        for name, (before, after) in views.items()
    ]
    value = {"schema": "regledger/rebuild/v1", "views": found}
    output.show(as_json, value, table(rows))


@app.command("follow")
def follow(ctx: typer.Context, *, jobs: JobsOption = None, as_json: JsonOption = False) -> None:
    """Bring the status view to the head of the log, with all cores.

    A command that appends lets the view follow only where that is little work. Answers are right
    all the same: what the view lacks is worked out for each question. Others may append meanwhile.
    """
    with session_of(ctx).ledger() as ledger, output.progress("places") as report:
        before = ledger.projections.standing()
        after = ledger.projections.catch_up(jobs=jobs, progress=report)
    output.stands("the status view follows the log")
    value = {
        "schema": "regledger/follow/v1",
        "before": before.position,
        "position": after.position,
        "size": after.size,
    }
    words = (
        f"The status view is at the head: {format_size(after.size)}."
        if not after.behind
        else f"The status view stands at {after.position} of {format_size(after.size)}: "
        "another process moved it meanwhile."
    )
    output.show(as_json, value, [(words,)])
