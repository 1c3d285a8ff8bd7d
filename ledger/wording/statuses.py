"""Statuses, flags, reasons and recognition: the words and symbols for them.

A status is a symbol and a word; the word says it all, the symbol is found at a glance. Whoever
shows it adds a colour, which never carries meaning alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from ledger.domain.resolve.resolve import Resolution


class StatusWords(NamedTuple):
    """How a status is said. ``ascii`` stands in where an encoding lacks the symbol."""

    symbol: str
    ascii: str
    word: str
    short: str  # at most ten characters


STATUSES: Final = {
    "legal": StatusWords("✔", "+", "legal", "legal"),
    "under_framework": StatusWords("◆", "#", "under framework", "framework"),
    "prohibited": StatusWords("✖", "x", "prohibited", "prohibited"),
    "undetermined": StatusWords("?", "?", "undetermined", "undeterm."),
}
NOTHING_SAID: Final = StatusWords("·", ".", "nothing said", "nothing")
DECLARED: Final = "declared, not law"

# One character each, and the words that go with it wherever there is room. The order is the order
# in which a cell shows them: what must never look like law comes first.
FLAGS: Final = {
    "declared": "d",
    "contested": "!",
    "pending": "+",
    "uncertain": "~",
    "commitment": "c",
    "differs": "≠",
}
FLAG_WORDS: Final = {
    "declared": DECLARED,
    "contested": "contested",
    "pending": "pending",
    "uncertain": "uncertain dates",
    "commitment": "commitment",
    "differs": "others differ",
}
FLAG_MEANINGS: Final = {
    "contested": "contested: rules or statements contradict each other",
    "pending": "a proposal is under way, or claims await review",
    "uncertain": "imprecise dates leave more than one status possible",
    "commitment": "commitment: a body has said what it will do or allot, which is no rule",
    "differs": "some kinds of actor, organisations, or places within it have another status",
    "declared": "declared: an office holder or body said so, no rule does",
}
# Why no rule decides, in two or three words; the glossary has the sentences.
REASONS: Final = {
    "suspended": "suspended",
    "outside_regime": "outside its regime",
    "lapsed": "lapsed",
    "not_yet_in_force": "not yet in force",
    "statements_only": "only statements",
    "proposals_only": "only proposals",
    "commitments_only": "only commitments",
    "no_claims": "nothing decides",
}
# Flags about the ledger more than about the law, and from when on they are said once for all.
COMMON: Final = ("late_recorded", "low_evidence")
_FEWEST: Final = 4  # answers
_REST: Final = 0.2  # of the answers may lack such a flag
RECOGNITIONS: Final = {
    "recognised": "recognised",
    "not_recognised": "not recognised",
    "undetermined": "recognition open",
}


def marks_of(flags: Iterable[str], basis_kind: str) -> tuple[str, ...]:
    """Return which of ``FLAGS`` the flags of an answer amount to, in their order."""
    plain = {flag.removeprefix("recognition:") for flag in flags}
    given = {
        "declared": basis_kind == "declared",
        "contested": any(flag.startswith("contested") for flag in plain),
        "pending": bool(plain & {"pending", "awaiting_review"}),
        "uncertain": any(flag.startswith("date_") for flag in plain),
        "commitment": "commitment" in plain,
        "differs": bool(plain & {"actors_differ", "places_differ"}),
    }
    return tuple(name for name in FLAGS if given[name])


def common_flags(cells: Sequence[Resolution]) -> dict[str, list[Resolution]]:
    """Return the flags that nearly every answer of a board has, with the answers that lack them.

    Answers that rest on nothing have no such flag and are not counted. A ledger that was filled
    from what is long known is late everywhere: said once, it leaves the rows to what differs.
    """
    based = [one for one in cells if one.basis]
    found: dict[str, list[Resolution]] = {}
    for flag in COMMON:
        without = [one for one in based if flag not in one.flags]
        if len(based) >= _FEWEST and len(without) <= len(based) * _REST:
            found[flag] = without
    return found


def meanings(flags: Iterable[str]) -> dict[str, str]:
    """Return each flag with the first sentence of what it means.

    A flag loses the id it may carry: ``walked_back:0197...`` becomes ``walked_back``.
    """
    from ledger.domain.glossary import short

    return {flag: short(flag) for flag in map(without_id, flags)}


def without_id(flag: str) -> str:
    """Return a flag without the id it may carry."""
    return flag.partition(":")[0] if flag.startswith("walked_back:") else flag


def recognition_words(found: Resolution) -> str:
    """Return the line of recognition, with *declared* where no norm fills it."""
    declared = found.recognition_kind == "declared"
    return f"{found.recognition} (declared)" if declared else str(found.recognition)


def in_brackets(found: Resolution) -> str:
    """Return what stands behind a status in one line: declared or why, and recognition."""
    declared = "declared" if found.basis_kind == "declared" else found.reason
    recognition = f"recognition {found.recognition}" if found.recognition else ""
    words = ", ".join(part for part in (declared, recognition) if part)
    return f" ({words})" if words else ""
