"""Every error this library raises, in one tree.

::

    RegledgerError
    ├── InputError          a value from the caller is wrong         (exit 2)
    │   ├── UnknownId         an undefined id, with the nearest known ones
    │   ├── BadDate           not a date this project reads
    │   ├── BadClaimsFile     every problem of one file, never only the first
    │   ├── PassphraseInText  a text to be signed that opens the key that signs it
    │   └── BadKey            a key file or key request that cannot be used
    │       └── WrongPassphrase
    ├── NotVerified         bytes that prove nothing                 (exit 1)
    │   ├── NotCanonical      JSON that is not in its canonical spelling
    │   ├── BadEntry          an entry or event that breaks the format
    │   ├── BrokenChain       seq, prev or time do not continue the log
    │   ├── BadSignature      a signature that does not verify
    │   ├── BadProof          a Merkle proof or tree that does not add up
    │   ├── BadDisclosure     a disclosure that does not match its digest
    │   ├── BadNote           a signed note or signature line of another form
    │   ├── BadCheckpoint     a checkpoint without the signatures of its log
    │   ├── BadTile           a published tile, bundle or path of another form
    │   ├── TooLong           a published file of more bytes than its kind can have
    │   ├── QuorumNotMet      too few witnesses vouch for a checkpoint
    │   ├── BadTimeStamp      a time-stamp token that does not verify
    │   └── BadEvidence       bytes that are not those the log names
    ├── Refused             well formed, but not allowed             (exit 4)
    │   ├── RuleViolation     the ledger's rules forbid this event now
    │   ├── Conflict          something else is already recorded there
    │   │   └── AlreadyRecorded  a claim without a key that is recorded already
    │   ├── WouldFork         a checkpoint that contradicts one already signed
    │   └── RolledBack        an older copy of a log that this machine has seen further
    └── NotCompleted        absent, unreachable, busy                (exit 3)
        ├── NoLedger          nothing here to open
        ├── SchemaMismatch    a database of another version
        ├── OtherVersion      a log of another version
        ├── StoreBusy         another writer held the lock too long
        ├── CommitUnknown     the database did not say whether it recorded
        ├── Unreachable       a place or service that does not answer
        └── WitnessRefused    a witness that gave no cosignature

Each class carries its facts as attributes and builds its message from them; ``hint`` says what to
do next. ``code`` is stable and machine readable: scripts may compare it, and ``regledger help
CODE`` explains it. No foreign exception crosses the edge of the library.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ledger.places import part_of_country


class RegledgerError(Exception):
    """Base of every error raised on purpose. Subclasses give their ``code`` when they are made."""

    code: ClassVar[str] = "error"

    def __init_subclass__(cls, *, code: str) -> None:
        super().__init_subclass__()
        cls.code = code

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(RegledgerError, code="bad_input"):
    """A value from the caller that cannot be used as it stands."""


class UnknownId(InputError, code="unknown_id"):
    """An id that is not defined at this point of the log."""

    def __init__(
        self, kind: str, value: str, nearest: Sequence[str] = (), *, pending: int | None = None
    ) -> None:
        """``pending`` is the seq of a definition of it that awaits review."""
        self.kind, self.value, self.nearest, self.pending = kind, value, tuple(nearest), pending
        if pending is not None:
            message = f"{kind} {value!r} is pending at @{pending}"
            hint = "it counts once that is approved: see `regledger review list`"
        elif kind == "jurisdiction" and (part := part_of_country(value)) is not None:
            message = f"jurisdiction {value!r} ({part.name}) is not defined"
            hint = f"define it: `regledger define jurisdiction {value}`"
        else:
            message = f"unknown {kind} {value!r}"
            hint = f"did you mean {', '.join(self.nearest)}?" if self.nearest else ""
        super().__init__(message, hint=hint)


class BadDate(InputError, code="bad_date"):
    """Text that is not a date in one of the accepted EDTF forms."""

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
        """Return one line as compilers print it: ``file:line: field: message (hint)``."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        field = f"{self.field}: " if self.field else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{where}: {field}{self.message}{hint}"


class BadClaimsFile(InputError, code="bad_claims_file"):
    """A claims file with at least one problem. Nothing of it was recorded."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = f"{len(self.problems)} problem{'s' if len(self.problems) != 1 else ''}"
        lines = "\n".join(f"  {p}" for p in self.problems)
        super().__init__(f"{count}, nothing was recorded:\n{lines}")


class PassphraseInText(InputError, code="passphrase_in_text"):
    """A text to be signed that is the passphrase of the key that signs. It is not repeated here."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(
            f"{field}: this is the passphrase of the key that signs; nothing was recorded",
            hint="leave it out: what is signed can be read by everybody, for ever. If it was seen "
            "on a screen or in a shell's history, give the actor a new key",
        )


class BadKey(InputError, code="bad_key"):
    """A key, key file or key request that cannot be used."""


class WrongPassphrase(BadKey, code="wrong_passphrase"):
    """The passphrase does not open the key file."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"wrong passphrase for {path}")


class NotVerified(RegledgerError, code="not_verified"):
    """Evidence that does not hold. ``layer`` names the check that failed, ``seq`` the entry."""

    layer: ClassVar[str] = "log"

    def __init_subclass__(cls, *, code: str, layer: str = "log") -> None:
        super().__init_subclass__(code=code)
        cls.layer = layer

    def __init__(self, message: str, *, seq: int | None = None, hint: str = "") -> None:
        self.seq = seq
        where = f"entry {seq}: " if seq is not None else ""
        super().__init__(f"{where}{message}", hint=hint)


class NotCanonical(NotVerified, code="not_canonical", layer="canonical"):
    """JSON that is not the canonical spelling of its value (RFC 8785 under limits)."""


class BadEntry(NotVerified, code="bad_entry", layer="format"):
    """An entry or event with a missing, extra or malformed member."""


class BrokenChain(NotVerified, code="broken_chain"):
    """An entry that does not continue the one before it: ``what`` is seq, prev or recorded_at."""

    def __init__(self, seq: int, what: str, expected: object, found: object) -> None:
        self.what, self.expected, self.found = what, expected, found
        super().__init__(f"{what} is {found}, expected {expected}", seq=seq)


class BadSignature(NotVerified, code="bad_signature", layer="signature"):
    """A signature that does not verify, or by a key that may not sign here."""


class BadProof(NotVerified, code="bad_proof", layer="tree"):
    """A Merkle proof, root or stored tree node that does not add up."""


class BadDisclosure(NotVerified, code="bad_disclosure", layer="disclosure"):
    """A disclosed text that does not belong to any digest in the log, or is malformed."""


class BadNote(NotVerified, code="bad_note", layer="checkpoint"):
    """A signed note, or a signature line, that is not in the accepted form."""


class BadCheckpoint(NotVerified, code="bad_checkpoint", layer="checkpoint"):
    """A checkpoint that its log did not sign with every key in force, or of another log."""


class BadTile(NotVerified, code="bad_tile", layer="tiles"):
    """A published tile or entry bundle, or the path of one, that is not in the accepted form."""


class TooLong(NotVerified, code="too_long", layer="tiles"):
    """A published file of more bytes than one of its kind can have."""

    def __init__(self, address: str, most: int) -> None:
        self.address, self.most = address, most
        super().__init__(f"{address} has more than {most:,} bytes")


class QuorumNotMet(NotVerified, code="quorum_not_met", layer="cosignature"):
    """A checkpoint that fewer witnesses cosigned than the policy asks for."""


class BadTimeStamp(NotVerified, code="bad_time_stamp", layer="time_stamp"):
    """A time-stamp token that does not verify, or speaks of other bytes."""


class BadEvidence(NotVerified, code="bad_evidence", layer="evidence"):
    """A captured file whose bytes do not have the SHA-256 that the log names."""


class Refused(RegledgerError, code="refused"):
    """A well-formed request that the ledger does not allow."""


class RuleViolation(Refused, code="rule_violation"):
    """An event the ledger's rules forbid at this point. ``rule`` is the stable name of the rule."""

    def __init__(self, rule: str, message: str, *, hint: str = "") -> None:
        self.rule = rule
        super().__init__(message, hint=hint)


class Conflict(Refused, code="conflict"):
    """Something else is already recorded under this id, key or place."""


class AlreadyRecorded(Conflict, code="already_said"):
    """Claims without a key whose content is recorded already.

    ``twins`` (a member of the JSON): for each the place where it was given (``claim 3``,
    ``a.yaml:7``) and a sentence that names the earlier claim.
    """

    def __init__(self, repeats: Sequence[tuple[str, str]]) -> None:
        self.twins = tuple(f"{where}: {words}" for where, words in repeats)
        lines = "".join(f"\n  {repeat}" for repeat in self.twins)
        super().__init__(
            f"said already, nothing was recorded:{lines}",
            hint="correct what differs, or record it once more with --again",
        )


class WouldFork(Refused, code="would_fork"):
    """A checkpoint that would contradict one that was signed or published before."""


class RolledBack(Refused, code="rolled_back"):
    """A log that is shorter than, or differs from, what this machine signed or verified before."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"nothing was added: {reason}",
            hint="bring back the newer database; what is added to an older copy would show two "
            "histories to two people. `regledger doctor` says what is remembered, and where",
        )


class NotCompleted(RegledgerError, code="not_completed"):
    """The work could not be done here and now; nothing was decided about its content."""


class NoLedger(NotCompleted, code="no_ledger"):
    """There is no ledger at this address. ``malformed``: there is something, but not a ledger."""

    def __init__(
        self, url: str, reason: str = "there is no ledger there", *, malformed: bool = False
    ) -> None:
        self.url, self.malformed = url, malformed
        super().__init__(f"{url}: {reason}", hint="make one with `regledger init` or `demo`")


class SchemaMismatch(NotCompleted, code="schema_mismatch"):
    """The database schema is older or newer than this program's, or tables of it are missing.

    ``relation`` says which: ``before`` (made before the first revision this program can upgrade),
    ``older``, ``newer`` or ``damaged``. Revisions are numbered in order, so one this program does
    not carry is newer; ``found`` is no revision where tables are missing.
    """

    MISSING_TABLES: ClassVar[str] = "with missing tables"
    BEFORE: ClassVar[frozenset[str]] = frozenset({"0001", "0002"})

    def __init__(self, found: str, expected: str) -> None:
        self.found, self.expected = found, expected
        if found == self.MISSING_TABLES:
            self.relation = "damaged"
            message = "the database is damaged: tables of the ledger are missing"
            hint = "keep the file, and restore a backup; `regledger db check` lists what is missing"
        elif found in self.BEFORE:
            self.relation = "before"
            message = f"the database has schema {found}, of a ledger made before version 0.1"
            hint = OtherVersion.MAKE_ANEW
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
    if found == "base":  # alembic's name for the state before the first revision
        return True
    return found.isdecimal() and expected.isdecimal() and int(found) < int(expected)


class OtherVersion(NotCompleted, code="other_version"):
    """A log made by another version of this program, whose events this one does not read."""

    MAKE_ANEW: ClassVar[str] = (
        "record its claims in a new ledger (`regledger init`), or read it with the version of "
        "regledger that made it"
    )


class StoreBusy(NotCompleted, code="store_busy"):
    """Another writer held the database for the whole waiting time."""

    def __init__(self, waited_s: float) -> None:
        self.waited_s = waited_s
        super().__init__(
            f"another writer held the database for {waited_s:.0f} s", hint="try again in a moment"
        )


class CommitUnknown(NotCompleted, code="commit_unknown"):
    """The connection was lost, or the disk failed, during a commit: it may have happened or not."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"the database did not say whether it recorded this: {reason}",
            hint="run the same command again: what is recorded already is recognised by its id",
        )


class Unreachable(NotCompleted, code="unreachable"):
    """A directory, store or service that cannot be read or written just now."""

    def __init__(self, address: str, reason: str, *, hint: str = "") -> None:
        self.address, self.reason = address, reason
        super().__init__(f"{address}: {reason}", hint=hint)


class WitnessRefused(NotCompleted, code="witness_refused"):
    """A witness answered, but not with a cosignature. ``status`` is that of HTTP."""

    def __init__(self, address: str, status: int, reason: str, *, hint: str = "") -> None:
        self.address, self.status, self.reason = address, status, reason
        super().__init__(f"{address} answered {status}: {reason}", hint=hint)
