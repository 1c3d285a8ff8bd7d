"""Settings: ledger, keys and actor, from options, environment, ``regledger.toml`` and defaults.

The ledger, first match: ``--db``; ``REGLEDGER_DB``; ``db`` in ``./regledger.toml``; ``ledger.db``
in the user's data directory. It is a database URL or the path of an SQLite file, which is taken as
it stands (:mod:`ledger.database_url`). An empty variable is an unset one; an empty option is
refused.

The keys, first match: ``REGLEDGER_KEYS``; ``keys`` in ``./regledger.toml``; the directory
``<file>.keys`` beside an SQLite file, if it is there (the sample has one); ``keys`` in the user's
data directory.

``ledger`` in ``./regledger.toml`` (or ``REGLEDGER_LEDGER``) pins the origin or the ledger id: a
database of another one is refused before anything is read from it or written to it.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ledger import database_url, user_dirs
from ledger.errors import InputError, NotCompleted

FILE = "regledger.toml"
LOG_KEYS = (".log-ed25519", ".log-mldsa44")  # how the names of a log's two keys end
_MEMBERS = frozenset({"db", "keys", "actor", "ledger"})
_UNSAFE_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Settings:
    """The ledger, keys and actor of a command. ``db_from`` names the source of the address."""

    db: str  # a database URL
    db_from: str
    key_directory: Path | None  # None: nothing was said, and this user has no home
    actor: str | None
    pinned: str | None  # origin or ledger id the database must have
    file: Path | None  # the regledger.toml that was read

    @property
    def db_path(self) -> Path | None:
        """The SQLite file, or None for another database."""
        return database_url.sqlite_file(self.db)

    @property
    def name(self) -> str:
        """The ledger's name for people: without its directory, or without a password."""
        return (
            self.db_path.name
            if self.db_path
            else database_url.without_secrets(self.db).rpartition("@")[2]
        )

    @property
    def keys(self) -> Path:
        """The directory of keys. Raises NotCompleted where none is set and the user has no home."""
        return self.key_directory or user_dirs.data() / "keys"

    def key_path(self, actor: str) -> Path:
        """Return the path of the private key of an actor.

        Raises InputError for what is no slug, or names the key of a log.
        """
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,62}", actor, re.ASCII):
            raise InputError(
                f"{actor!r} is not the name of an actor",
                hint="small letters, digits, '.', '_' and '-', at most 63, e.g. sana.malik",
            )
        if actor.endswith(LOG_KEYS):
            raise InputError(
                f"{actor!r} would name a key of a log, not of an actor",
                hint=f"choose a name that does not end in {' or '.join(LOG_KEYS)}",
            )
        return self.keys / f"{actor}.pem"

    def signer_path(self, actor: str) -> Path:
        """Return the path of the file that names the service, HSM or card with an actor's key."""
        return self.key_path(actor).with_name(f"{actor}.signer")

    def log_key_paths(self, origin: str) -> tuple[Path, Path]:
        """Return the paths of the private log keys of an origin: Ed25519, ML-DSA-44."""
        name = _UNSAFE_IN_NAMES.sub("_", origin)
        classic, quantum = (self.keys / f"{name}{ending}.pem" for ending in LOG_KEYS)
        return classic, quantum

    def log_state_path(self, origin: str) -> Path:
        """Return the path of the file with the last checkpoint signed with these keys."""
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
        InputError: an option that is empty, or a ``regledger.toml`` that cannot be used.
        NotCompleted: no directory to look from: there is no home, or the working one is gone.
    """
    for option, value in (("--db", db), ("--as", actor)):
        if value == "":
            raise InputError(f"{option} is empty", hint="is the variable set that should fill it?")
    here = directory or _working()
    told = _read(here / FILE) if here else {}
    chosen, source = _choose(
        (db, "--db"), (environ.get("REGLEDGER_DB"), "REGLEDGER_DB"), (told.get("db"), FILE)
    )
    url = to_url(chosen or str(default_db or user_dirs.data() / "ledger.db"), here)
    return Settings(
        db=url,
        db_from=source,
        key_directory=_keys(environ.get("REGLEDGER_KEYS") or told.get("keys"), here, url),
        actor=actor or environ.get("REGLEDGER_ACTOR") or told.get("actor"),
        pinned=environ.get("REGLEDGER_LEDGER") or told.get("ledger"),
        file=here / FILE if here and told else None,
    )


def to_url(text: str, base: Path | None) -> str:
    """Return the database URL of a URL or the path of an SQLite file, relative to a directory.

    Raises:
        InputError: a path that names nobody's home, or has a NUL in it.
        NotCompleted: a relative path, and there is no directory.
    """
    if "\0" in text:
        raise InputError(f"{text!r} is not the address of a ledger")
    if not database_url.is_url(text):
        return database_url.file_url(_absolute(text, base))
    path = database_url.sqlite_file(text)
    if path is None or path.is_absolute() or not path.name:
        return text
    _, mark, query = text.partition("?")
    return database_url.file_url(_absolute(str(path), base, expand=False)) + mark + query


def _absolute(text: str, base: Path | None, *, expand: bool = True) -> Path:
    try:
        path = Path(text).expanduser() if expand else Path(text)
    except RuntimeError as error:  # ~nobody, or no home at all
        raise InputError(f"{text}: {error}", hint="write the whole path") from None
    if base is None and not path.is_absolute():
        raise NotCompleted(
            f"{text} cannot be found: the working directory is gone",
            hint="go to a directory that is there, or write the whole path",
        )
    return Path(os.path.abspath((base or Path("/")) / path))  # noqa: PTH100  # keep links


def _choose(*choices: tuple[str | None, str]) -> tuple[str | None, str]:
    """Return the first choice that is set; an empty variable counts as unset."""
    return next((choice for choice in choices if choice[0]), (None, "the default"))


def _working() -> Path | None:
    """Return the working directory, None where it was removed meanwhile."""
    try:
        return Path.cwd()
    except OSError:
        return None


def _keys(chosen: str | None, here: Path | None, url: str) -> Path | None:
    if chosen:
        return _absolute(chosen, here)
    path = database_url.sqlite_file(url)
    beside = path.with_name(f"{path.name}.keys") if path else None
    if beside and os.path.isdir(beside):  # noqa: PTH112  # False for a name that is too long
        return beside
    try:
        return user_dirs.data() / "keys"
    except NotCompleted:  # said by whoever needs a key
        return None


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
