"""Every error this library raises, in one tree.

::

    RegledgerError
    ├── InputError          what was given is wrong                  (exit 2)
    │   ├── UnknownId         an id nobody defined, with the nearest known ones
    │   ├── BadDate           not a date this project reads
    │   ├── BadClaimsFile     every problem of one file, never only the first
    │   ├── PassphraseInText  a text to be signed that opens the key that signs it
    │   └── BadKey            a key file or key request that cannot be used
    │       └── WrongPassphrase
    ├── NotVerified         bytes that do not prove what they claim  (exit 1)
    │   ├── NotCanonical      JSON in another spelling than the one accepted
    │   ├── BadEntry          an entry or event that breaks the format
    │   ├── BrokenChain       seq, prev or time do not continue the log
    │   ├── BadSignature      a signature that does not verify
    │   ├── BadProof          a Merkle proof or tree that does not add up
    │   ├── BadDisclosure     a disclosure that does not match its digest
    │   ├── BadNote           a signed note or signature line of another form
    │   ├── BadCheckpoint     a checkpoint nobody signed as it should be signed
    │   ├── BadTile           a published tile, bundle or path of another form
    │   ├── TooLong           a published file of more bytes than its kind can have
    │   ├── QuorumNotMet      too few witnesses vouch for a checkpoint
    │   ├── BadTimeStamp      a time-stamp token that does not verify
    │   └── BadEvidence       bytes that are not those the log names
    ├── Refused             well formed, but not allowed             (exit 4)
    │   ├── RuleViolation     the ledger's rules forbid this event now
    │   ├── Conflict          something else is already recorded there
    │   │   └── AlreadySaid     a claim without a key that is recorded already
    │   ├── WouldFork         a checkpoint that contradicts one already signed
    │   └── RolledBack        an older copy of a log that this machine has seen further
    └── NotCompleted        absent, unreachable, busy                (exit 3)
        ├── NoLedger          nothing here to open
        ├── SchemaMismatch    a database of another version
        ├── StoreBusy         somebody else held the lock too long
        ├── CommitUnknown     the database did not say whether it recorded
        ├── Unreachable       a place or service that does not answer
        └── WitnessRefused    a witness that gave no cosignature

Each class carries its facts as attributes and builds its message from them; ``hint`` says what to
do next. ``code`` is stable and machine readable: scripts may compare it, and ``regledger help
CODE`` explains it. No foreign exception crosses the edge of the library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


class RegledgerError(Exception):
    """Base of every error raised on purpose."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


# --- what was given is wrong ---------------------------------------------------------------------


class InputError(RegledgerError):
    """Something the caller gave cannot be used as it stands."""

    code = "bad_input"


class UnknownId(InputError):
    """An id that is not defined at this point of the log."""

    code = "unknown_id"

    def __init__(self, kind: str, value: str, nearest: Sequence[str] = ()) -> None:
        self.kind, self.value, self.nearest = kind, value, tuple(nearest)
        mean = f"did you mean {', '.join(self.nearest)}?" if self.nearest else ""
        super().__init__(f"unknown {kind} {value!r}", hint=mean)


class BadDate(InputError):
    """Text that is not a date in one of the accepted EDTF forms."""

    code = "bad_date"

    def __init__(self, text: str, reason: str) -> None:
        self.text, self.reason = text, reason
        super().__init__(
            f"{text!r} is not a date: {reason}",
            hint="write 2025-07-08, 2025-07, 2025, 2025-07-08~ or [2026-03-04..2026-03-07]",
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one claims file. ``line`` counts from 1; 0 means the file as a whole."""

    file: str
    line: int
    field: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        """One line as compilers print it: ``file:line: field: message (hint)``."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        field = f"{self.field}: " if self.field else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{where}: {field}{self.message}{hint}"


class BadClaimsFile(InputError):
    """A claims file with at least one problem. Nothing of it was recorded."""

    code = "bad_claims_file"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = f"{len(self.problems)} problem{'s' if len(self.problems) != 1 else ''}"
        lines = "\n".join(f"  {p}" for p in self.problems)
        super().__init__(f"{count}, nothing was recorded:\n{lines}")


class PassphraseInText(InputError):
    """A text to be signed that is the passphrase of the key that signs. It is not repeated here."""

    code = "passphrase_in_text"

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(
            f"{field}: this is the passphrase of the key that signs; nothing was recorded",
            hint="leave it out: what is signed can be read by everybody, for ever. If it was seen "
            "on a screen or in a shell's history, give the actor a new key",
        )


class BadKey(InputError):
    """A key, key file or key request that cannot be used."""

    code = "bad_key"


class WrongPassphrase(BadKey):
    """The passphrase does not open the key file."""

    code = "wrong_passphrase"

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"wrong passphrase for {path}")


# --- bytes that do not prove what they claim -----------------------------------------------------


class NotVerified(RegledgerError):
    """Evidence that does not hold. ``layer`` names the check that failed, ``seq`` the entry."""

    code = "not_verified"
    layer: ClassVar[str] = "log"

    def __init__(self, message: str, *, seq: int | None = None, hint: str = "") -> None:
        self.seq = seq
        where = f"entry {seq}: " if seq is not None else ""
        super().__init__(f"{where}{message}", hint=hint)


class NotCanonical(NotVerified):
    """JSON that is not the one accepted spelling of its value (RFC 8785 under our limits)."""

    code = "not_canonical"
    layer = "canonical"


class BadEntry(NotVerified):
    """An entry or event with a missing, extra or malformed member."""

    code = "bad_entry"
    layer = "format"


class BrokenChain(NotVerified):
    """An entry that does not continue the one before it: ``what`` is seq, prev or recorded_at."""

    code = "broken_chain"

    def __init__(self, seq: int, what: str, expected: object, found: object) -> None:
        self.what, self.expected, self.found = what, expected, found
        super().__init__(f"{what} is {found}, expected {expected}", seq=seq)


class BadSignature(NotVerified):
    """A signature that does not verify, or by a key that may not sign here."""

    code = "bad_signature"
    layer = "signature"


class BadProof(NotVerified):
    """A Merkle proof, root or stored tree node that does not add up."""

    code = "bad_proof"
    layer = "tree"


class BadDisclosure(NotVerified):
    """A disclosed text that does not belong to any digest in the log, or is malformed."""

    code = "bad_disclosure"
    layer = "disclosure"


class BadNote(NotVerified):
    """A signed note, or a signature line, that is not in the one accepted form."""

    code = "bad_note"
    layer = "checkpoint"


class BadCheckpoint(NotVerified):
    """A checkpoint that its log did not sign with every key in force, or of another log."""

    code = "bad_checkpoint"
    layer = "checkpoint"


class BadTile(NotVerified):
    """A published tile or entry bundle, or the path of one, that is not in its one form."""

    code = "bad_tile"
    layer = "tiles"


class TooLong(NotVerified):
    """A published file of more bytes than one of its kind can have."""

    code = "too_long"
    layer = "tiles"

    def __init__(self, address: str, most: int) -> None:
        self.address, self.most = address, most
        super().__init__(f"{address} has more than {most:,} bytes")


class QuorumNotMet(NotVerified):
    """A checkpoint that fewer witnesses cosigned than the policy asks for."""

    code = "quorum_not_met"
    layer = "cosignature"


class BadTimeStamp(NotVerified):
    """A time-stamp token that does not verify, or speaks of other bytes."""

    code = "bad_time_stamp"
    layer = "time_stamp"


class BadEvidence(NotVerified):
    """A captured file whose bytes are not those that the log names."""

    code = "bad_evidence"
    layer = "evidence"


# --- well formed, but not allowed ----------------------------------------------------------------


class Refused(RegledgerError):
    """The request is clear, and the ledger says no."""

    code = "refused"


class RuleViolation(Refused):
    """An event the ledger's rules forbid at this point. ``rule`` is the stable name of the rule."""

    code = "rule_violation"

    def __init__(self, rule: str, message: str, *, hint: str = "") -> None:
        self.rule = rule
        super().__init__(message, hint=hint)


class Conflict(Refused):
    """Something else is already recorded under this id, key or place."""

    code = "conflict"


class AlreadySaid(Conflict):
    """Claims without a key that say exactly what another one says already.

    ``twins``: for each where it was given (``claim 3``, ``a.yaml:7``) and what says the same.
    """

    code = "already_said"

    def __init__(self, twins: Sequence[tuple[str, str]]) -> None:
        self.twins = tuple(f"{where}: {words}" for where, words in twins)
        lines = "".join(f"\n  {twin}" for twin in self.twins)
        super().__init__(
            f"said already, nothing was recorded:{lines}",
            hint="correct what differs, or record it once more with --again",
        )


class WouldFork(Refused):
    """A checkpoint that would contradict one that was signed or published before."""

    code = "would_fork"


class RolledBack(Refused):
    """A log that is shorter than this machine has sealed or verified it, or another."""

    code = "rolled_back"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"nothing was added: {reason}",
            hint="bring back the newer database; what is added to an older copy would show two "
            "histories to two people. `regledger doctor` says what is remembered, and where",
        )


# --- absent, unreachable, busy -------------------------------------------------------------------


class NotCompleted(RegledgerError):
    """The work could not be done here and now; nothing was decided about its content."""

    code = "not_completed"


class NoLedger(NotCompleted):
    """There is no ledger at this address. ``malformed``: there is something, but not a ledger."""

    code = "no_ledger"

    def __init__(
        self, url: str, reason: str = "there is no ledger there", *, malformed: bool = False
    ) -> None:
        self.url, self.malformed = url, malformed
        super().__init__(f"{url}: {reason}", hint="make one with `regledger init` or `demo`")


class SchemaMismatch(NotCompleted):
    """The database schema is older or newer than this program's, or tables of it are missing.

    ``relation`` says which: ``older``, ``newer`` or ``damaged``. Revisions are numbered in order,
    so one this program does not carry is newer; ``found`` is no revision where tables are missing.
    """

    code = "schema_mismatch"
    MISSING_TABLES: ClassVar[str] = "with missing tables"

    def __init__(self, found: str, expected: str) -> None:
        self.found, self.expected = found, expected
        if found == self.MISSING_TABLES:
            self.relation = "damaged"
            message = "the database is damaged: tables of the ledger are missing"
            hint = "keep the file, and restore a backup; `regledger db check` lists what is missing"
        elif _older(found, expected):
            self.relation = "older"
            message = f"the database has schema {found}, older than this program's {expected}"
            hint = "run `regledger db upgrade`"
        else:
            self.relation = "newer"
            message = f"the database has schema {found}, newer than this program's {expected}"
            hint = "install a newer regledger; `regledger db upgrade` of this one cannot help"
        super().__init__(message, hint=hint)


def _older(found: str, expected: str) -> bool:
    if found == "base":  # the name of what is before the first revision
        return True
    return found.isdecimal() and expected.isdecimal() and int(found) < int(expected)


class StoreBusy(NotCompleted):
    """Another writer held the database longer than we were willing to wait."""

    code = "store_busy"

    def __init__(self, waited_s: float) -> None:
        self.waited_s = waited_s
        super().__init__(
            f"another writer held the database for {waited_s:.0f} s", hint="try again in a moment"
        )


class CommitUnknown(NotCompleted):
    """The connection was lost, or the disk failed, during a commit: it may have happened or not."""

    code = "commit_unknown"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"the database did not say whether it recorded this: {reason}",
            hint="run the same command again: what is recorded already is recognised by its id",
        )


class Unreachable(NotCompleted):
    """A directory, store or service that cannot be read or written just now."""

    code = "unreachable"

    def __init__(self, address: str, reason: str, *, hint: str = "") -> None:
        self.address, self.reason = address, reason
        super().__init__(f"{address}: {reason}", hint=hint)


class WitnessRefused(NotCompleted):
    """A witness answered, but not with a cosignature. ``status`` is that of HTTP."""

    code = "witness_refused"

    def __init__(self, address: str, status: int, reason: str, *, hint: str = "") -> None:
        self.address, self.status, self.reason = address, status, reason
        super().__init__(f"{address} answered {status}: {reason}", hint=hint)
