"""An explanation under headings, the claims it names by short numbers, and its flags."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.errors import RegledgerError, UnknownId

if TYPE_CHECKING:
    from ledger.domain.resolve.explain import Explanation

# The parts of an explanation in the order in which they are read, each with its heading.
HEADINGS: Final = {
    "basis": "What it rests on",
    "candidates": "What became of each rule",
    "acts": "What acts did",
    "losers": "What was beaten, and by which rule",
    "recognition": "Recognition",
    "beside": "Kept beside it",
    "flags": "Flags",
    "change": "What comes next",
}
CLAIMS_NAMED: Final = "The claims named here"
_ID: Final = re.compile(
    r"(?<=\[)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?=\])"
)
_NOTE: Final = re.compile(r"Note \(([a-z_:]+)\): (.*)", re.DOTALL)
# Flags whose sentence tells more than the glossary.
_OWN_WORDS: Final = frozenset(
    {"walked_back", "pending", "actors_differ", "children_differ", "places_differ"}
)


class NamedClaim(NamedTuple):
    """A claim that an explanation names: its number there, its entry, its key or ``""``."""

    number: int
    seq: int
    key: str


def named_claims(
    explanation: Explanation, find: Callable[[str], tuple[int, str]]
) -> dict[str, NamedClaim]:
    """Number the claims that an explanation names, in the order of their first mention.

    Args:
        explanation: whose texts hold claim ids in brackets.
        find: returns seq and key of a claim id; raises UnknownId where a statement only holds
            something that looks like an id.
    """
    found: dict[str, NamedClaim] = {}
    for claim in dict.fromkeys(_ID.findall(explanation.text)):
        with suppress(UnknownId):
            found[claim] = NamedClaim(len(found) + 1, *find(claim))
    return found


def cited(text: str, named: Mapping[str, NamedClaim]) -> str:
    """Return a sentence with numbers in place of claim ids."""
    return _ID.sub(lambda m: str(named[m[0]].number) if m[0] in named else m[0], text)


def flags_explained(explanation: Explanation, *, whole: bool = False) -> list[tuple[str, str]]:
    """Return each flag with its sentence, or with its whole paragraph of the glossary."""
    from ledger.domain.glossary import lookup

    found = []
    for sentence in explanation.flags:
        match = _NOTE.fullmatch(sentence)
        flag, words = (match[1], match[2]) if match else ("note", sentence)
        if match and whole and flag.partition(":")[0] not in _OWN_WORDS:
            with suppress(RegledgerError):
                words = lookup(flag)
        found.append((flag, words))
    return found


def awaiting(count: int) -> str:
    """Return how many claims await review that would bear on an answer."""
    many = "1 claim awaits" if count == 1 else f"{count} claims await"
    return f"{many} review that would bear on this"
