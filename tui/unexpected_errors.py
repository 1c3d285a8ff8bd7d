"""Unexpected exceptions as ledger errors: a failing worker must not end the application."""

from ledger.errors import NotCompleted, RegledgerError
from ledger.text import shorten

_MOST = 160  # cells of what the error says itself


def as_error(error: Exception) -> RegledgerError:
    """Return a ledger error as it is, and any other one as a ledger error that names it.

    For workers: what escapes from one ends a Textual application with a stack trace.
    """
    if isinstance(error, RegledgerError):
        return error
    said = shorten(f"{type(error).__name__}: {error}", _MOST)
    return NotCompleted(
        f"This could not be worked out ({said}).",
        hint="Nothing was changed by looking. `regledger verify` and `regledger doctor` say more.",
    )
