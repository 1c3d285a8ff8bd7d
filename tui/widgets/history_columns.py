"""The columns of the history: how wide each is in a list of some width, and what it is called."""

from __future__ import annotations

from typing import Final, NamedTuple

from ledger.text import shorten

WIDE: Final = 96  # cells from which a line tells the time of day and the state in a word
_SLIM: Final = 70  # cells below which it does not tell who
_SHORT: Final = {
    "ledger.created": "ledger",
    "taxonomy.adopted": "taxonomy",
    "policy.changed": "policy",
    "log.keys_changed": "log keys",
    "actor.key_rotated": "new key",
    "actor.key_revoked": "key revoked",
    "actor.role_granted": "role given",
    "actor.role_revoked": "role taken",
    "body.defined": "body",
    "activity.defined": "activity",
    "jurisdiction.defined": "place",
    "profile.defined": "profile",
}


class Columns(NamedTuple):
    """How many cells each column takes; 0 where it is left out."""

    time: int
    actor: int
    kind: int
    state: int

    @classmethod
    def of(cls, width: int) -> Columns:
        """The columns of a list so wide."""
        if width >= WIDE:
            return cls(time=7, actor=13, kind=13, state=12)
        return cls(time=0, actor=10 if width >= _SLIM else 0, kind=10, state=2)

    def used(self, digits: int) -> int:
        """Cells before what an entry is about."""
        return 1 + digits + 1 + 11 + sum(self)


def short_type(kind: str) -> str:
    """The type of an event in a word or two."""
    return _SHORT.get(kind) or kind.rpartition(".")[2].replace("_", " ")


def column_names(total: int, width: int) -> str:
    """The line above the list: what its columns are."""
    digits = max(5, len(str(max(0, total - 1))))
    columns = Columns.of(width)
    when = "recorded (UTC)" if columns.time else "recorded"
    head = f" {'seq':>{digits}} {when:<{11 + columns.time}}{'by'[: columns.actor]:<{columns.actor}}"
    state = "state" if columns.time else ""
    return shorten(f"{head}{'what':<{columns.kind}}{state:<{columns.state}}about", width)
