"""Every published log among the vectors: how it is made, and what a verifier must say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.vectors.forging import Changed


@dataclass(frozen=True)
class Verdict:
    """What a verifier says: exit status, first bad seq, the layers that fail there.

    Where no seq is named, ``layers`` are all that fail.
    """

    exit: int = 0
    seq: int | None = None
    layers: tuple[str, ...] = ()

    def to_value(self) -> dict[str, Any]:
        """JSON values."""
        if not self.exit:
            return {"exit": 0}
        return {"exit": self.exit, "seq": self.seq, "layers": list(self.layers)}


HOLDS = Verdict()


def bad(seq: int | None, *layers: str) -> Verdict:
    """Refused: exit 1."""
    return Verdict(1, seq, tuple(sorted(layers)))


@dataclass(frozen=True)
class Case:
    """One published log: what was done to the good one, and what each verifier says.

    ``full`` is `regledger verify`, ``single`` the one-file verifier; ``kept`` is the first again,
    for an auditor who kept the checkpoint of the good log.
    """

    name: str
    what: str
    changed: Changed
    full: Verdict
    single: Verdict
    kept: Verdict | None = None
    blind: str = ""  # why the one-file verifier cannot see it

    def to_value(self) -> dict[str, Any]:
        """JSON values."""
        value: dict[str, Any] = {
            "what": self.what,
            "removed": sorted(path for path, data in self.changed.items() if data is None),
            "regledger": self.full.to_value(),
            "one_file": self.single.to_value(),
        }
        if self.kept is not None:
            value["regledger_since_good"] = self.kept.to_value()
        if self.blind:
            value["one_file_cannot_see"] = self.blind
        return value
