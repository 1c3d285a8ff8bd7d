"""The last verification on this machine, recalled when a ledger is opened."""

from __future__ import annotations

from ledger import api
from ledger.errors import RegledgerError
from tui.app_config import AppConfig
from tui.log_health import LogState


def recall(config: AppConfig, book: api.Ledger, before: LogState) -> LogState:
    """Return how a ledger stands that is seen for the first time, or again and shorter.

    ``before`` is how things stood when it was seen last. For a worker.
    """
    size = book.size
    try:
        memory, contradiction = (
            book.checkpoints.remembered(config.known_ledgers())
            if config.known_ledgers
            else (None, "")
        )
    except RegledgerError:  # the memory cannot be read: the integrity screen says so
        memory, contradiction = None, ""
    if memory is not None and contradiction:
        return _broken(memory.ledger, size, memory.size, contradiction)
    if before.ledger == book.policy.ledger and size < (before.size or 0):
        words = f"the log has {size} entries, and had {before.size} while it was open here"
        return _broken(before.ledger, size, before.size or 0, words)
    if memory is None or not memory.size:
        return LogState(ledger=book.policy.ledger)
    return LogState(
        ledger=memory.ledger,
        verified=memory.size,
        verified_at=memory.verified_at,
        authenticated=memory.trusted,
    )


def _broken(ledger: str, size: int, known: int, why: str) -> LogState:
    """Return where a log is too short, the first entry that is missing is the first bad one."""
    return LogState(ledger=ledger, broken=size if size < known else -1, why=why)
