"""A worked example of the rules, and short ways to write one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ledger.domain.state_records import CountedClaim
from tests.domain.worlds import act, norm


class Example(NamedTuple):
    """Claims, and asks about them: cell, day, answer."""

    claims: Sequence[CountedClaim]
    asks: Sequence[tuple[str, str, str]]
    view: str = "prudential"


def law(name: str, effect: str, made: str, activity: str = "va", **more: Any) -> CountedClaim:
    """A norm of an instrument of the same name, in force from the day it is made."""
    fields = {"made": made, "instrument": {"id": name.upper()}, "activity": activity, **more}
    return norm(name, effect, **fields)


def repeal(name: str, target: str, at: str, **more: Any) -> CountedClaim:
    """A repeal."""
    return act(name, "repeal", target, at, **{"activity": None, **more})


BAN20 = law("ban", "prohibit", "2020-01-01")
