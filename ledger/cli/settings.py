"""Which ledger, which keys: from options, the environment, ``regledger.toml`` and XDG defaults.

The ledger, first match: ``--db``; ``REGLEDGER_DB``; ``db`` in ``./regledger.toml``; ``ledger.db``
in the user's data directory. It is a database URL or the path of an SQLite file.

The keys, first match: ``REGLEDGER_KEYS``; ``keys`` in ``./regledger.toml``; the directory
``<file>.keys`` beside an SQLite file, if it is there (the sample has one); ``keys`` in the user's
data directory.

``ledger`` in ``./regledger.toml`` (or ``REGLEDGER_LEDGER``) pins the origin or the ledger id: a
database of another one is refused before anything is read from it or written to it.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "regledger.toml"
_MEMBERS = frozenset({"db", "keys", "actor", "ledger"})
_URL = re.compile(r"[a-z][a-z0-9+]*://")
_SQLITE = "sqlite:///"
_UNSAFE_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a command works on. ``db_from`` says where the address came from, for `doctor`."""

    db: str  # a database URL
    db_from: str
    keys: Path
    actor: str | None
    pinned: str | None  # origin or ledger id the database must have
    file: Path | None  # the regledger.toml that was read

    @property
    def db_path(self) -> Path | None:
        """The SQLite file, or None for another database."""
        return sqlite_path(self.db)

    def key_path(self, actor: str) -> Path:
        """Where the private key of an actor lies."""
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,62}", actor, re.ASCII):
            raise InputError(
                f"{actor!r} is not the name of an actor",
                hint="small letters, digits, '.', '_' and '-', at most 63, e.g. sana.malik",
            )
        return self.keys / f"{actor}.pem"

    def signer_path(self, actor: str) -> Path:
        """Where it is said instead which service, HSM or card holds the key of an actor."""
        return self.key_path(actor).with_name(f"{actor}.signer")

    def log_key_paths(self, origin: str) -> tuple[Path, Path]:
        """Where the private log keys of an origin lie: Ed25519, ML-DSA-44."""
        name = _UNSAFE_IN_NAMES.sub("_", origin)
        return self.keys / f"{name}.log-ed25519.pem", self.keys / f"{name}.log-mldsa44.pem"

    def log_state_path(self, origin: str) -> Path:
        """Where the last checkpoint that was signed with these keys is remembered."""
        return self.keys / f"{_UNSAFE_IN_NAMES.sub('_', origin)}.log-state"


def resolve(
    *,
    db: str | None,
    actor: str | None,
    default_db: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    directory: Path | None = None,
) -> Settings:
    """Find the ledger, the keys and the actor.

    Args:
        db: the value of ``--db``.
        actor: the value of ``--as``.
        default_db: where to look instead of the user's data directory if nothing else is said.
        environ: the environment.
        directory: where ``regledger.toml`` may lie; the working directory if None.

    Raises:
        InputError: a ``regledger.toml`` that cannot be used.
    """
    here = directory or Path.cwd()
    file = here / FILE
    told = _read(file)
    # First match wins; an empty variable is an unset one.
    choices = (
        (db, "--db", here),
        (environ.get("REGLEDGER_DB"), "REGLEDGER_DB", here),
        (told.get("db"), FILE, file.parent),
        (str(default_db or _data() / "ledger.db"), "the default", here),
    )
    address, source, base = next(choice for choice in choices if choice[0])
    url = to_url(address or "", base)
    return Settings(
        db=url,
        db_from=source,
        keys=_keys(environ.get("REGLEDGER_KEYS"), told.get("keys"), here, url),
        actor=actor or environ.get("REGLEDGER_ACTOR") or told.get("actor"),
        pinned=environ.get("REGLEDGER_LEDGER") or told.get("ledger"),
        file=file if told else None,
    )


def to_url(address: str, base: Path) -> str:
    """A database URL from a URL or the path of an SQLite file."""
    if "\0" in address:
        raise InputError(f"{address!r} is not the address of a ledger")
    if _URL.match(address):
        return address
    path = Path(os.path.abspath(base / Path(address).expanduser()))  # noqa: PTH100  # keep links
    return f"{_SQLITE}{path}"


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite URL, or None."""
    return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None


def _keys(environ: str | None, told: str | None, here: Path, url: str) -> Path:
    chosen = environ or told
    if chosen:
        return here / Path(chosen).expanduser()
    path = sqlite_path(url)
    beside = path.with_name(f"{path.name}.keys") if path else None
    if beside and beside.is_dir():
        return beside
    return _data() / "keys"


def _data() -> Path:
    import platformdirs

    return platformdirs.user_data_path("regledger")


def _read(file: Path) -> dict[str, str]:
    try:
        told = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (
        OSError,
        ValueError,
        RecursionError,
    ) as error:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        raise InputError(f"{file}: {error}") from None
    for name, value in told.items():
        if name not in _MEMBERS:
            known = ", ".join(sorted(_MEMBERS))
            raise InputError(f"{file}: unknown setting {name!r}", hint=f"known are {known}")
        if not isinstance(value, str) or not value:
            raise InputError(f"{file}: {name} is not a text")
    return told
