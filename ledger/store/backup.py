"""Copy the file of a ledger as it is at one moment, whatever lies in the journal beside it."""

import tempfile
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from ledger import files
from ledger.errors import Conflict, InputError, NotCompleted
from ledger.sqlite_driver import sqlite3
from ledger.store import journal_mode


def back_up(engine: Engine, target: Path) -> None:
    """Write a copy of a SQLite ledger to a new file, while others read and write.

    The copy is whole and on disk before it has its name; its journal mode is that of the original.

    Raises:
        InputError: the ledger is no file, but on a server.
        Conflict: there is something of that name already.
        NotCompleted: the copy cannot be written.
    """
    if engine.dialect.name != "sqlite":
        raise InputError(
            "only a ledger in a SQLite file is copied to a file",
            hint="a PostgreSQL database is backed up with `pg_dump`",
        )
    target = target.absolute()
    try:
        with tempfile.TemporaryDirectory(prefix=files.PARTIAL, dir=target.parent) as folder:
            part = Path(folder) / "copy.db"
            with (
                journal_mode.outside_transaction(engine) as source,
                closing(sqlite3.connect(part)) as copy,
            ):
                source.backup(copy)
            files.name_new(part, target)
        files.sync_directory(target.parent)
    except FileExistsError:
        raise Conflict(
            f"{target} exists already, and is never overwritten", hint="choose another name"
        ) from None
    except OSError as error:
        raise NotCompleted(f"{target} cannot be written: {error.strerror}") from error
