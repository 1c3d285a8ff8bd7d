"""The session of one run: the ledger, the actor who signs, and the passphrase of their key."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ledger import api
from ledger.cli import output, settings
from ledger.cli.settings import Settings
from ledger.errors import BadKey, Conflict, InputError, RegledgerError, WrongPassphrase

if TYPE_CHECKING:
    import typer

    from ledger.log.checkpoint import LogSigner

K = TypeVar("K")
_LONGEST_PASSPHRASE = 4096  # bytes read from a descriptor
_VARIABLE = "REGLEDGER_PASSPHRASE"
_ELSEWHERE = ".signer"  # a file that names a key kept elsewhere
_NEW_VARIABLE = "REGLEDGER_NEW_PASSPHRASE"
_ASKED_NEW = (
    f"use a terminal, the second line of --passphrase-fd N, or the variable {_NEW_VARIABLE}"
)
_ASKED = "use a terminal, --passphrase-fd N or the variable REGLEDGER_PASSPHRASE"


@dataclass(slots=True)
class Session:
    """The options before the command, and the ledger, keys and passphrase that they name."""

    db: str | None = None
    actor: str | None = None
    passphrase_fd: int | None = None
    accept_clock: bool = False
    _passphrase: bytes | None = field(default=None, repr=False)
    _new_passphrase: bytes | None = field(default=None, repr=False)

    @property
    def settings(self) -> Settings:
        """The settings of this run."""
        return settings.resolve(db=self.db, actor=self.actor)

    @contextmanager
    def ledger(self) -> Iterator[api.Ledger]:
        """Open the ledger for one command.

        Raises:
            NoLedger, SchemaMismatch: as :func:`ledger.open_ledger`.
            Conflict: it is not the ledger that the settings pin.
        """
        with self.opened() as ledger, standing(ledger):
            yield ledger
            self._seal_growth(ledger)
            _note_behind(ledger)

    @contextmanager
    def signing(self) -> Iterator[tuple[api.Ledger, api.Signer, str]]:
        """Open the ledger, and the key of the actor who signs, whose name comes last.

        Raises what :meth:`ledger`, :meth:`acting` and :meth:`signer` raise.
        """
        with self.ledger() as ledger:
            actor = self.acting()
            yield ledger, self.signer(actor), actor

    def opened(self) -> api.Ledger:
        """Open the ledger; raises what :meth:`ledger` raises. The caller closes it."""
        # the database stack: only who needs it pays
        from ledger.api.opening import open_ledger
        from ledger.verify.rollback_memory import RollbackMemory

        where = self.settings
        ledger = open_ledger(
            where.db, memory=RollbackMemory(where.log_state_path), accept_clock=self.accept_clock
        )
        try:
            if where.pinned is not None:  # only then: a ledger without views can still be opened
                _check_pinned(ledger.policy, where.pinned)
        except BaseException:
            ledger.close()
            raise
        return ledger

    def log_signers(
        self, origin: str, *, ask: bool, paths: tuple[Path, Path] | None = None
    ) -> tuple[LogSigner, LogSigner] | None:
        """Load both keys of a log; None where they are not at hand.

        ``ask`` for a passphrase if one is needed; else only one that is known is tried. The files
        are those that the settings of this run name, unless ``paths`` are given.

        Raises:
            BadKey: a file that is no key. WrongPassphrase: asked for, and it does not open.
        """
        from ledger.log.checkpoint import log_signers
        from ledger.log.keys import load_private

        files = paths or self.settings.log_key_paths(origin)
        if not all(path.exists() for path in files):
            return None
        try:
            classic, quantum = (self.unlock(path, load_private, ask=ask) for path in files)
        except WrongPassphrase:
            if not ask:
                return None
            raise
        return log_signers(
            origin,
            classic,  # type: ignore[arg-type]  # a file of the wrong kind gives a foreign vkey
            quantum,  # type: ignore[arg-type]
        )

    def _seal_growth(self, ledger: api.Ledger) -> None:
        """Seal what a command appended, where both log keys are at hand without asking."""
        try:
            self.seal_growth(ledger)
        except RegledgerError as error:  # what was recorded stands; only the seal is missing
            output.note(f"not sealed: {error.message}")
            if error.hint:
                output.note(f"  {error.hint}")

    def seal_growth(self, ledger: api.Ledger) -> None:
        """Seal what was appended. Raises RegledgerError, after all was recorded."""
        if ledger.appended:
            self.seal(ledger)

    def seal(self, ledger: api.Ledger, *, ask: bool = False, where: Settings | None = None) -> bool:
        """Seal the log; return False where its keys are not at hand, as :meth:`log_signers` does.

        The keys are where the settings of this run say, or ``where``.
        """
        origin, where = ledger.policy.origin, where or self.settings
        signers = self.log_signers(origin, ask=ask, paths=where.log_key_paths(origin))
        if signers is not None:
            ledger.checkpoints.seal(signers, where.log_state_path(origin))
        return signers is not None

    def acting(self) -> str:
        """Return the actor who signs: the one named, else the owner of the only key there is.

        Raises InputError: no actor was named and there is not exactly one key.
        """
        where = self.settings
        if where.actor:
            return where.actor
        owners = key_owners(where.keys)
        if len(owners) == 1:
            return owners[0]
        have = f"keys here: {', '.join(owners)}" if owners else f"there is no key in {where.keys}"
        raise InputError("who signs? use --as ACTOR or REGLEDGER_ACTOR", hint=have)

    def signer(self, actor: str | None = None) -> api.Signer:
        """Open the key of the actor who signs, with their passphrase if it has one.

        Raises:
            BadKey: there is no key, or a file that is none. WrongPassphrase: it does not open.
        """
        path = self.key_file(actor or self.acting())
        if path.suffix == _ELSEWHERE:
            from ledger.signers import open_signer

            return open_signer(path, self.secret_of(path))
        from ledger.log.keys import load_signer

        return self.unlock(path, load_signer)

    def signer_with(self, actor: str, passphrase: bytes | None) -> api.Signer:
        """Open the key of an actor with this passphrase (None: without), without asking.

        Raises as :meth:`signer`; WrongPassphrase also where one is needed and none was given.
        """
        path = self.key_file(actor)
        if path.suffix != _ELSEWHERE:
            from ledger.log.keys import load_signer

            return load_signer(path, passphrase)
        from ledger.signers import open_signer

        def secret(_what: str) -> str:
            if passphrase is None:
                raise WrongPassphrase(path.name)
            return os.fsdecode(passphrase)

        return open_signer(path, secret)

    def key_file(self, slug: str) -> Path:
        """Return the key file of an actor, or the one that names a key elsewhere. Raises BadKey."""
        path, elsewhere = self.settings.key_path(slug), self.settings.signer_path(slug)
        if path.exists() and elsewhere.exists():
            raise BadKey(
                f"{slug} has two keys in {path.parent}: {path.name} and {elsewhere.name}",
                hint="move away the one that is not in use",
            )
        if not path.exists() and not elsewhere.exists():
            raise BadKey(
                f"there is no key of {slug} in {path.parent}",
                hint=f"make one with `regledger key new {slug}`, or set REGLEDGER_KEYS",
            )
        return path if path.exists() else elsewhere

    def secret_of(self, path: Path) -> Callable[[str], str]:
        """Return the function by which a signer asks for its PIN or passphrase, which it names."""
        return lambda what: os.fsdecode(self.passphrase(f"{path.name}: {what}"))

    def unlock(self, path: Path, load: Callable[[Path, bytes | None], K], *, ask: bool = True) -> K:
        """Read a key file with ``load``, and a passphrase only if the file needs one.

        Without ``ask`` only a passphrase that is known is tried. Raises what ``load`` raises.
        """
        try:
            return load(path, None)
        except WrongPassphrase:
            known = None if ask else self._known_passphrase()
            return load(path, self.passphrase(f"Passphrase of {path.name}") if ask else known)

    def passphrase(self, prompt: str, *, again: bool = False) -> bytes:
        """Return the passphrase: from the descriptor, the environment, or typed. Never an argument.

        ``again`` asks for it twice, for a new key. Raises InputError where there is none, it is
        empty, or the two differ.
        """
        if self._passphrase is None:
            self._passphrase = self._read_passphrase(prompt, again=again)
        if not self._passphrase:
            raise InputError("the passphrase is empty", hint=_ASKED)
        return self._passphrase

    @property
    def told(self) -> bool:
        """Whether the passphrase comes from a descriptor or the environment: nobody is asked."""
        return self.passphrase_fd is not None or _VARIABLE in os.environ

    def of_another(self, actor: str) -> Session:
        """Return the session in which another person is asked for a passphrase of their own.

        It is this one where nobody is asked.
        """
        if self.told:
            return self
        return Session(db=self.db, actor=actor, accept_clock=self.accept_clock)

    def new_passphrase(self, name: str) -> bytes:
        """Return the passphrase that a key file is to have; asked for once in a run.

        It is the second line of the descriptor, else that of REGLEDGER_NEW_PASSPHRASE, else it is
        typed twice. Raises InputError where there is none, it is empty, or the two differ.
        """
        if self._new_passphrase is None:
            told = os.environ.get(_NEW_VARIABLE)
            if self.passphrase_fd is not None:
                if self._passphrase is None:  # the file needed none: its line is there all the same
                    self._passphrase = _from_descriptor(self.passphrase_fd)
                self._new_passphrase = _from_descriptor(self.passphrase_fd)
            elif told is not None:
                self._new_passphrase = os.fsencode(told)
            elif not sys.stdin.isatty():
                raise InputError("a new passphrase is needed", hint=_ASKED_NEW)
            else:
                self._new_passphrase = _typed(f"New passphrase of {name}", again=True)
        if not self._new_passphrase:
            raise InputError("the new passphrase is empty", hint=_ASKED_NEW)
        return self._new_passphrase

    def _known_passphrase(self) -> bytes | None:
        """Return the passphrase given already or in the environment, without asking."""
        told = os.environ.get(_VARIABLE)
        if self._passphrase is None and self.passphrase_fd is None and told:
            return os.fsencode(told)
        return self._passphrase

    def _read_passphrase(self, prompt: str, *, again: bool) -> bytes:
        if self.passphrase_fd is not None:
            return _from_descriptor(self.passphrase_fd)
        told = os.environ.get(_VARIABLE)
        if told is not None:
            return os.fsencode(told)
        if not sys.stdin.isatty():
            raise InputError("a passphrase is needed, and nobody is here to ask", hint=_ASKED)
        return _typed(prompt, again=again)


@contextmanager
def standing(ledger: api.Ledger) -> Iterator[None]:
    """Note what is appended in this block for the output, also where it ends with an error."""
    try:
        yield
    finally:
        seqs = ", ".join(
            f"@{part.start} to @{part[-1]}" if len(part) > 1 else f"@{part.start}"
            for part in ledger.appended
        )
        if seqs:
            output.stands(f"recorded as {seqs}")


def _note_behind(ledger: api.Ledger) -> None:
    """Say that the status view was left behind by what was appended."""
    behind = ledger.projections.standing().behind if ledger.appended else 0
    if behind:
        entries = "1 entry" if behind == 1 else f"{behind:,} entries"
        output.note(
            f"the status view is {entries} behind the log; "
            "`regledger db follow` brings it to the head"
        )


def session_of(ctx: typer.Context) -> Session:
    """Return the session of this run."""
    found = ctx.find_object(Session)
    return found if found is not None else Session()


def known_ledgers() -> api.KnownLedgers:
    """Return this machine's memory of ledgers."""
    from ledger.verify.known_ledgers import KnownLedgers

    return KnownLedgers()


def key_owners(directory: Path) -> list[str]:
    """Return the actors whose keys lie in this directory, without the log keys."""
    if not directory.is_dir():
        return []
    files = [*directory.glob("*.pem"), *directory.glob("*.signer")]
    names = sorted({path.name.removesuffix(path.suffix) for path in files})
    return [name for name in names if not name.endswith(settings.LOG_KEYS)]


def _from_descriptor(number: int) -> bytes:
    """Read the first line; the descriptor stays open for whoever opened it."""
    try:
        with os.fdopen(os.dup(number), "rb", buffering=0) as file:
            data = _first_line(file.read)
    except (OSError, OverflowError, ValueError) as error:
        raise InputError(f"--passphrase-fd {number}: cannot read from it: {error}") from None
    return data


def _first_line(read: Callable[[int], bytes]) -> bytes:
    data = b""
    while b"\n" not in data and len(data) < _LONGEST_PASSPHRASE:
        piece = read(1)  # one byte at a time: the rest is for others
        if not piece:
            break
        data += piece
    return data.removesuffix(b"\n").removesuffix(b"\r")


def _typed(prompt: str, *, again: bool) -> bytes:
    import getpass

    try:
        first = getpass.getpass(f"{prompt}: ")
        if again and getpass.getpass("The same again: ") != first:
            raise InputError("the two passphrases differ")
    except EOFError:
        raise InputError("no passphrase was typed", hint=_ASKED) from None
    return first.encode()


def _check_pinned(policy: api.Policy, pinned: str) -> None:
    if pinned not in {policy.origin, policy.ledger}:
        raise Conflict(
            f"this database holds another ledger: {policy.origin} ({policy.ledger[:16]}), "
            f"expected {pinned}",
            hint=f"check --db; the expectation comes from {settings.FILE} or REGLEDGER_LEDGER",
        )
