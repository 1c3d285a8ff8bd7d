"""An explanation: the claims it names by their entries, and its flags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.errors import RegledgerError
from ledger.wording.claim_card import claim_name

if TYPE_CHECKING:
    from ledger.domain.claims import Claim
    from ledger.domain.resolve.explain import Explanation
    from ledger.domain.state_records import CountedClaim

CLAIMS_NAMED: Final = "The claims named here"
_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ID: Final = re.compile(rf"(?<=\[){_UUID}(?=\])")
_REFERENCE: Final = re.compile(rf"\[({_UUID})\]([,.:;)]*\s?)")
_NOTE: Final = re.compile(r"Note \(([a-z_:]+)\): (.*)", re.DOTALL)
# Flags whose sentence tells more than the glossary.
_OWN_WORDS: Final = frozenset({"walked_back", "pending"})


class NamedClaim(NamedTuple):
    """A claim that an explanation names: its entry, its key or ``""``, and the day of it."""

    seq: int
    key: str
    day: str = ""  # when it was said or made, as its source gives it (EDTF)
    said: str = ""  # its statement

    @property
    def name(self) -> str:
        """What it is called."""
        return claim_name(self.key, self.said)


def named_claims(text: str, claims: Mapping[str, CountedClaim]) -> dict[str, NamedClaim]:
    """Return those of these claims that a text names in brackets, in the order of the log."""
    named = (claims[one] for one in set(_ID.findall(text)) if one in claims)
    ordered = sorted(named, key=lambda counted: counted.seq)
    return {
        one.id: NamedClaim(one.seq, one.claim.key or "", _day(one.claim), one.claim.statement)
        for one in ordered
    }


def _day(claim: Claim) -> str:
    days = (getattr(claim, name, None) for name in ("uttered_at", "made", "published"))
    return next((str(day) for day in days if day), "")


def cited(text: str, named: Mapping[str, NamedClaim]) -> str:
    """Return a sentence with entries in place of claim ids: ``[@31]``."""
    return _ID.sub(lambda m: f"@{named[m[0]].seq}" if m[0] in named else m[0], text)


def in_pieces(text: str, named: Mapping[str, NamedClaim]) -> Iterator[tuple[str, int | None]]:
    """Yield a sentence in pieces: text, and references such as ``[@31]`` with their entries.

    What ends a sentence or a clause stays with the reference before it.
    """
    at = 0
    for found in _REFERENCE.finditer(text):
        if found[1] in named:
            seq = named[found[1]].seq
            yield text[at : found.start()], None
            yield f"[@{seq}]{found[2]}", seq
            at = found.end()
    yield text[at:], None


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


def kept(notes: int) -> str:
    """Return how many notes there are about a cell of which nothing else is recorded."""
    return "1 note is kept" if notes == 1 else f"{notes} notes are kept"


def only_for(actors: Iterable[str]) -> str:
    """Return of whom claims speak in a cell that says nothing for the actor asked for."""
    return f"claims speak only of {', '.join(actors)}"
