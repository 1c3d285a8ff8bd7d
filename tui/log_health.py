"""The state of the log as a whole, shown by the status line of every screen."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogState:
    """How far the log reaches, what was verified, and what is wrong."""

    ledger: str = ""  # its id; empty before it is open
    size: int | None = None  # entries; None before
    verified: int | None = None  # size that was verified here and still agrees; None: none was
    verified_at: str = ""  # when: a stamp
    authenticated: bool = False  # whether that log is known to be the right one
    broken: int | None = None  # first bad seq, -1 where the fault has none
    bad: frozenset[int] = frozenset()  # every entry that is known not to hold
    why: str = ""  # how it was found that the log is broken, where verifying did not find it
    lost: str = ""  # why the ledger cannot be reached
    waiting: int = 0  # events that await review
    notes: tuple[str, ...] = ()  # what to know about the point that is looked from
