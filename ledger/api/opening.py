"""Opening a ledger."""

from ledger.api.ledger import Ledger
from ledger.api.opened_ledger import OpenLedger
from ledger.clock import Clock, SystemClock
from ledger.store.log_store import LogStore
from ledger.verify.rollback_memory import RollbackMemory


def open_ledger(
    url: str,
    *,
    clock: Clock | None = None,
    memory: RollbackMemory | None = None,
    accept_clock: bool = False,
) -> Ledger:
    """Open an existing ledger. Never creates anything.

    Args:
        url: a path to a SQLite file, ``sqlite:///path`` or ``postgresql://...``.
        clock: what tells the time; by default that of the system.
        memory: where this machine remembers what it sealed and verified, which every append
            continues; by default beside the database.
        accept_clock: a clock more than 400 days ahead of the log's last entry is right.

    Raises:
        InputError: a malformed address.
        NoLedger: nothing there, or not a ledger.
        SchemaMismatch: a database of an older or newer schema.
    """
    base = OpenLedger(
        url, LogStore.open(url), clock or SystemClock(), memory, accept_clock=accept_clock
    )
    return Ledger(base)
