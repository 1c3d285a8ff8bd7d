"""What a verification found: failed checks while it runs, and the report at its end."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ledger.errors import BadKey, NotVerified, RegledgerError, RuleViolation, StoreBusy
from ledger.json_values import members

MAX_FAULTS: Final = 100  # enough to see the pattern; the first bad seq is always among them
_MAX_LISTED: Final = 1000  # files or lines that prove nothing
_LISTED: Final = 5  # of these in words
_ENDED: Final = f"early, with {MAX_FAULTS} faults: what came after them was not checked"
_CHAIN_LAYERS: Final = ("seq", "prev", "recorded_at", "ledger")


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """One failed check. ``layer`` is a stable machine code."""

    seq: int | None
    layer: str
    message: str


@dataclass(slots=True)
class Findings:
    """What one verification has found so far; bounded, whatever the log holds."""

    faults: list[FailedCheck] = field(default_factory=list)
    unauthenticated: list[str] = field(default_factory=list)
    disclosures: dict[str, int] = field(default_factory=lambda: {"open": 0, "missing": 0})
    evidence: dict[str, int] = field(default_factory=lambda: {"present": 0, "missing": 0})
    checkpoints: int = 0
    sealed: int = 0  # the size of the largest checkpoint that held
    signed_by: set[str] = field(default_factory=set)  # vkeys of the log that signed that one
    cosignatures: int = 0
    witnessed: int = 0  # the size of the largest checkpoint that meets the policy given
    suspect: int | None = None  # how many versions count on the word of a compromised key
    time_stamps: dict[str, int] = field(default_factory=lambda: {"verified": 0, "unchecked": 0})

    def full(self) -> bool:
        """Return whether so much is wrong that the verification ends."""
        return len(self.faults) >= MAX_FAULTS

    def add(self, seq: int | None, layer: str, message: str) -> None:
        """Add a failed check."""
        if not self.full():
            self.faults.append(FailedCheck(seq, layer, message))

    def take(self, faults: Iterable[FailedCheck]) -> None:
        """Add failed checks that were found aside."""
        for fault in faults:
            self.add(fault.seq, fault.layer, fault.message)

    @contextmanager
    def aside(self) -> Iterator[list[FailedCheck]]:
        """Yield an empty list that takes the failed checks found within the block.

        What reading ahead finds is added in the order of the log, however far ahead it was read.
        """
        before, self.faults = self.faults, []
        try:
            yield self.faults
        finally:
            self.faults = before

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Add a fault where the database cannot be read. Raises StoreBusy where it is busy.

        A value of another type than its column's, where the database is known to be damaged, ends
        the block and nothing else: no check is made for it.
        """
        try:
            yield
        except StoreBusy:
            raise
        except RegledgerError as error:
            self.add(None, "storage", error.message)
        except (AttributeError, OverflowError, TypeError, ValueError) as error:
            if not any(one.layer == "storage" for one in self.faults):
                raise
            self.add(None, "storage", f"a value of another type ended a check: {error}")

    def add_error(self, seq: int | None, error: RegledgerError, layer: str = "") -> None:
        """Add an error as a fault; without ``layer``, in the layer that it belongs to."""
        self.add(seq, layer or getattr(error, "what", "") or layer_of(error), error.message)

    def add_unproved(self, what: str) -> None:
        """Add a file or line that is harmless and proves nothing."""
        if len(self.unauthenticated) < _MAX_LISTED:
            self.unauthenticated.append(what)

    def in_order(self) -> tuple[FailedCheck, ...]:
        """Return the faults by seq, the chain's layers first, each once."""
        order = {layer: i for i, layer in enumerate(_CHAIN_LAYERS)}
        return tuple(
            sorted(
                dict.fromkeys(self.faults),
                key=lambda f: (f.seq is None, f.seq or 0, order.get(f.layer, len(order)), f.layer),
            )
        )


def layer_of(error: RegledgerError) -> str:
    """Return the machine code of the check that an error belongs to."""
    if isinstance(error, BadKey) or (isinstance(error, RuleViolation) and error.rule == "key"):
        return "key"
    return error.layer if isinstance(error, NotVerified) else "rules"


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What verification found. ``faults`` are in order of seq; empty means sound.

    ``sealed`` is the size of the largest checkpoint that held, 0 where there is none: the entries
    from there on are *unsealed*. ``since`` is the size from which on signatures were checked.
    ``last`` says that it was to go on from the last good verification here, and ``read_from`` from
    which entry on it did: nothing before was read again, 0 where everything was.
    ``unauthenticated`` names files and signature lines that were there and prove nothing.
    ``behind`` is the number of entries sealed on this machine, where a published copy has fewer: it
    was not brought up to date since, or somebody serves an old one. 0 otherwise.
    """

    ledger: str
    origin: str
    founder: str  # hex key id of the key that signed the first entry
    log_keys: tuple[str, ...]
    size: int
    root: str
    authenticated: bool
    how: str  # what the authentication rests on, in words
    faults: tuple[FailedCheck, ...]
    disclosures: Mapping[str, int]  # how many are open, and how many missing
    simulated: bool = False
    place: str = ""  # of a published log
    checkpoints: int = 0
    sealed: int = 0
    signed_by: tuple[str, ...] = ()  # log keys (vkey) that signed the checkpoint of that size
    cosignatures: int = 0
    witnessed: int = 0  # size of the largest checkpoint that meets the policy given
    suspect: int | None = None  # counting on a compromised key's word; None: not looked at
    time_stamps: Mapping[str, int] = field(default_factory=dict)
    evidence: Mapping[str, int] = field(default_factory=dict)
    unauthenticated: tuple[str, ...] = ()
    since: int = 0
    last: bool = False
    read_from: int = 0
    behind: int = 0

    @property
    def sound(self) -> bool:
        """Return whether every check held."""
        return not self.faults

    @property
    def unsealed(self) -> int:
        """Return how many entries at the end no checkpoint covers."""
        return self.size - self.sealed

    @property
    def first_bad_seq(self) -> int | None:
        """Return the smallest seq at which a check failed, or None."""
        return min((f.seq for f in self.faults if f.seq is not None), default=None)

    @property
    def tone(self) -> Literal["good", "bad", "open"]:
        """Return the colour of the verdict: verified, not verified, or consistent only."""
        if self.faults or not self.size:
            return "bad"
        return "good" if self.authenticated else "open"

    @property
    def verdict(self) -> str:
        """Return the result in a few words."""
        if not self.size:
            return "NOT VERIFIED: there is nothing to verify"
        if self.faults:
            first = self.first_bad_seq
            where = f"first bad entry @{first}" if first is not None else "not tied to one entry"
            return f"NOT VERIFIED: {where}"
        if self.authenticated:
            from_on = f"on from @{self.read_from}, verified here before: "
            return f"VERIFIED: {from_on if self.read_from else 'all '}{self.size} entries"
        return "consistent, NOT AUTHENTICATED"

    def summary(self) -> list[tuple[str, str]]:
        """Return what was checked and what it rests on, as (name, words); untrusted text."""
        lines = [
            ("place", self.place),
            ("origin", self.origin),
            ("ledger id", self.ledger),
            ("entries", str(self.size)),
            ("root", self.root),
            ("ended", _ENDED if len(self.faults) >= MAX_FAULTS else ""),
            ("since", self._since()),
            ("sealed", self._sealed()),
            ("behind", self._behind()),
            ("cosigned", self._cosigned()),
            ("time-stamps", _counts(self.time_stamps)),
            ("trust", self.how),
            ("suspect", self._suspect()),
            ("disclosures", _counts(self.disclosures)),
            ("evidence", _counts(self.evidence)),
            ("unproved", _named(self.unauthenticated)),
        ]
        return [(name, words) for name, words in lines if words]

    def _since(self) -> str:
        if self.read_from:
            return (
                f"@{self.read_from}: what is before it was verified here earlier, and its entries, "
                "files, time-stamps and views were not read again; neither the status view was "
                "compared, nor did the database check itself"
            )
        if self.last:
            return "the beginning: no state is remembered here that this log continues"
        words = f"@{self.since}: signatures before it were not looked at again"
        more = "" if self.place else ", nor was the status view compared"
        return f"{words}{more}" if self.since else ""

    def _sealed(self) -> str:
        if not self.checkpoints and not self.sealed:
            return "no checkpoint is kept here"
        checked = f"{self.checkpoints} checkpoint{'' if self.checkpoints == 1 else 's'} checked"
        left = f"; {self.unsealed} unsealed: their order rests on the database alone"
        return f"{self.sealed} entries, {checked}{left if self.unsealed else ''}"

    def _behind(self) -> str:
        if not self.behind:
            return ""
        return (
            f"this copy ends at {self.size} entries, {self.behind} were sealed on this machine; "
            "that these continue it was not compared: publish again, or ask who serves an older "
            "copy"
        )

    def _suspect(self) -> str:
        words = "recorded or approved with a key after it was compromised, and not reviewed anew"
        return f"{self.suspect} that count were {words}" if self.suspect else ""

    def _cosigned(self) -> str:
        words = f"up to {self.witnessed} entries as the policy asks"
        left = f"; the last {self.size - self.witnessed} by nobody"
        return (words + left if self.witnessed < self.size else words) if self.witnessed else ""

    def to_value(self) -> dict[str, Any]:
        """Return JSON values, schema ``regledger/verify/v1``."""
        return {
            "schema": "regledger/verify/v1",
            **members(self, "sound", "authenticated", "how"),
            "place": self.place or None,
            **members(self, "ledger", "origin", "founder", "size", "root", "since", "read_from"),
            **members(self, "first_bad_seq", "faults", "checkpoints", "sealed", "unsealed"),
            **members(self, "signed_by", "cosignatures", "witnessed", "suspect", "time_stamps"),
            **members(self, "disclosures", "evidence", "unauthenticated", "simulated", "behind"),
        }


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {state}" for state, n in counts.items()) if any(counts.values()) else ""


def _named(files: Sequence[str]) -> str:
    more = f" and {len(files) - _LISTED} more" if len(files) > _LISTED else ""
    return "; ".join(files[:_LISTED]) + more
