"""What verification found, as a value: for people and for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One failed check. ``layer`` is a stable machine code."""

    seq: int | None
    layer: str
    message: str

    def to_value(self) -> dict[str, Any]:
        """JSON values."""
        return {"seq": self.seq, "layer": self.layer, "message": self.message}


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What verification found. ``faults`` are in order of seq; empty means sound."""

    ledger: str
    origin: str
    founder: str  # hex key id of the key that signed the first entry
    log_keys: tuple[str, ...]
    size: int
    root: str
    authenticated: bool
    how: str  # what the authentication rests on, in words
    faults: tuple[Fault, ...]
    disclosures: Mapping[str, int]  # how many are open, and how many missing
    simulated: bool = False

    @property
    def sound(self) -> bool:
        """Whether every check held."""
        return not self.faults

    @property
    def first_bad_seq(self) -> int | None:
        """The smallest seq at which a check failed, or None."""
        return min((f.seq for f in self.faults if f.seq is not None), default=None)

    def to_value(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "schema": "regledger/verify/v1",
            "sound": self.sound,
            "authenticated": self.authenticated,
            "how": self.how,
            "ledger": self.ledger,
            "origin": self.origin,
            "founder": self.founder,
            "size": self.size,
            "root": self.root,
            "first_bad_seq": self.first_bad_seq,
            "faults": [f.to_value() for f in self.faults],
            "disclosures": dict(self.disclosures),
            "simulated": self.simulated,
        }
