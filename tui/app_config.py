"""The configuration of the application: how to open the ledger, its keys and the user's files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ledger import api, user_dirs


def _no_keys() -> Sequence[str]:
    return ()


def _working_directory() -> Path:
    try:
        return Path.cwd()
    except OSError:  # removed meanwhile: the user names another when exporting
        return Path()


@dataclass(frozen=True, slots=True)
class AppConfig:
    """How to get at the ledger and its people.

    ``open`` opens the ledger and raises what :func:`ledger.open_ledger` raises; it is called in a
    thread, and again after the database was lost. ``signer`` opens the key of an actor with a
    passphrase, None for a key that needs none; it raises WrongPassphrase or BadKey. ``seal`` is
    called after something was recorded: it seals where the log keys are at hand.
    ``known_ledgers`` is the memory that verification uses. ``command`` is how this ledger is named
    on the command line.
    """

    name: str  # what the status line calls the ledger before it is open
    open: Callable[[], api.Ledger]
    command: tuple[str, ...] = ("regledger",)
    keys: Callable[[], Sequence[str]] = _no_keys  # actors whose keys are here
    signer: Callable[[str, bytes | None], api.Signer] | None = None  # None: nothing can be signed
    actor: str | None = None
    seal: Callable[[api.Ledger], None] | None = None
    known_ledgers: Callable[[], api.KnownLedgers] | None = None
    config_directory: Path = field(default_factory=user_dirs.config)
    state_directory: Path = field(default_factory=user_dirs.state)
    exports: Path = field(default_factory=_working_directory)

    @property
    def can_sign(self) -> bool:
        """Return whether anything can be recorded or reviewed here."""
        return self.signer is not None
