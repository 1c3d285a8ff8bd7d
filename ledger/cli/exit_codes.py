"""The one table of exit codes, and which error ends with which of them."""

from enum import IntEnum

from ledger.errors import InputError, NotVerified, Refused, RegledgerError


class ExitCode(IntEnum):
    """The exit code of a command; scripts may rely on it."""

    OK = 0
    """Done, or verified."""
    NOT_VERIFIED = 1
    """Something does not prove what it claims: a fault in the log, a rollback, a fork."""
    USAGE = 2
    """Usage or bad input: nothing was written."""
    NOT_COMPLETED = 3
    """Absent, unreachable, busy, interrupted, or sound but not authenticated."""
    REFUSED = 4
    """The ledger's rules say no, or something else is recorded there: nothing was written."""
    CHANGES = 10
    """There are changes: only of commands that are given --exit-code."""


def of(error: RegledgerError) -> ExitCode:
    """Return the exit code of an error."""
    if isinstance(error, InputError):
        return ExitCode.USAGE
    if isinstance(error, NotVerified):
        return ExitCode.NOT_VERIFIED
    return ExitCode.REFUSED if isinstance(error, Refused) else ExitCode.NOT_COMPLETED
