"""The ids and words that a person may need: listed by kind, and explained one by one.

The names of defined places, bodies and activities are untrusted text: whoever shows them makes them
harmless first.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.domain.claim_words import CLAIM_WORDS
from ledger.domain.glossary import GLOSSARY, lookup
from ledger.errors import UnknownId

if TYPE_CHECKING:
    from ledger.domain.definitions import Body, Jurisdiction
    from ledger.domain.taxonomy import Taxonomy

# By the word after `list`, what one item of it is called; in the order of `--help`.
LISTS: Final = {
    "activities": "activity",
    "classes": "actor class",
    "places": "place",
    "bodies": "body",
    "regimes": "regime",
    "kinds": "kind of claim",
    "forces": "force",
    "effects": "effect",
    "acts": "act",
    "outcomes": "outcome",
    "stages": "stage",
    "instruments": "instrument",
    "keys": "claim key",
}
_RECORDED: Final = {
    "instruments": "named by claims: `regledger history --text {}`",
    "keys": "`regledger show {}`",
}
_CODE: Final = 2  # letters: a code such as PS is near to every short word


class Word(NamedTuple):
    """An id or a word: its name, where it has one, and what else there is to say of it."""

    id: str
    name: str
    about: str


def words_of(
    kind: str, known: Taxonomy, recorded: Mapping[str, Sequence[str]] | None = None
) -> Iterator[Word]:
    """Yield the words of one of ``LISTS``, as this taxonomy has them.

    ``recorded`` holds the ids that only claims give: of ``instruments``, and ``keys``.
    """
    item = LISTS[kind]
    if kind in _RECORDED:
        for name in (recorded or {}).get(kind, ()):
            yield Word(name, "", _RECORDED[kind].format(name))
    elif item in CLAIM_WORDS:
        yield from (Word(word, "", about) for word, about in CLAIM_WORDS[item].items())
    elif kind == "activities":
        for one in known.activities.values():
            regime = known.home_regime(one.id)
            yield Word(one.id, one.name, f"regime {regime}" if regime else "")
    elif kind == "classes":
        yield from (Word(one.id, one.name, "") for one in known.actor_classes.values())
    elif kind == "places":
        yield from (Word(one.id, one.name, _place(one)) for one in known.jurisdictions.values())
    elif kind == "bodies":
        yield from (Word(one.id, one.name, _body(one)) for one in known.bodies.values())
    else:
        yield from _regimes(known)


def found(words: Iterable[Word], text: str) -> list[Word]:
    """Return those of these words that show a text, in any case."""
    sought = text.casefold()
    return [word for word in words if any(sought in part.casefold() for part in word)]


def meanings(
    term: str,
    known: Taxonomy,
    fields: Mapping[str, str],
    recorded: Mapping[str, Sequence[str]] | None = None,
) -> list[tuple[str, str]]:
    """Return what a word means: pairs of what it is ("force", "" in the glossary) and a paragraph.

    ``fields`` are the fields of a claims file with their meanings; ``recorded`` is as for
    :func:`words_of`. Case does not matter, but where ids differ by it alone; blanks and hyphens
    count as underscores, but in ids. Raises UnknownId with the nearest words.
    """
    wanted = re.sub(r"[\s-]", "_", term.strip().lower())
    told = _in_glossary(term)
    for group, words in CLAIM_WORDS.items():
        if wanted in words:
            told.append((group, words[wanted]))
    if wanted in fields:
        told.append(("field of a claim", fields[wanted]))
    told += _defined(term.strip(), known, recorded)
    if not told:
        raise UnknownId("term", term, difflib.get_close_matches(wanted, _all(known, fields), n=3))
    return told


def _in_glossary(term: str) -> list[tuple[str, str]]:
    try:
        return [("", lookup(term))]
    except UnknownId:
        return []


def _defined(
    term: str, known: Taxonomy, recorded: Mapping[str, Sequence[str]] | None
) -> Iterator[tuple[str, str]]:
    plain = term.casefold()
    for kind in ("activities", "classes", "places", "bodies", "regimes", *_RECORDED):
        for word in words_of(kind, known, recorded):
            if plain and plain in (word.id.casefold(), word.name.casefold()):
                yield LISTS[kind], _sentence(kind, word, known)


def _sentence(kind: str, word: Word, known: Taxonomy) -> str:
    parts = [f"{word.id}: {word.name}" if word.name else word.id]
    parts += [word.about] if word.about else []
    if kind == "activities":
        one = known.activities[word.id]
        parts += [f"part of {one.parent}"] if one.parent else []
        below = ", ".join(known.children(word.id))
        parts += [f"below it {below}"] if below else []
        return f"{'; '.join(parts)}. {one.definition or ''}".rstrip()
    if kind == "classes" and (above := known.actor_classes[word.id].parent):
        parts.append(f"one kind of {above}")
    return f"{'; '.join(parts)}."


def _place(one: Jurisdiction) -> str:
    within = f" of {one.parent}" if one.parent else ""
    members = ", ".join(dict.fromkeys(member.jurisdiction for member in one.members))
    return f"{one.kind}{within}" + (f": {members}" if members else "")


def _body(one: Body) -> str:
    classes = ", ".join(dict.fromkeys(dated.actor_class for dated in one.classes))
    within = f", part of {one.parent}" if one.parent else ""
    return f"in {one.jurisdiction}{within}" + (f", {classes}" if classes else "")


def _regimes(known: Taxonomy) -> Iterator[Word]:
    of: dict[str, list[str]] = {}
    for one in known.activities.values():
        if one.regime:
            of.setdefault(one.regime, []).append(one.id)
    for regime in sorted(of):
        yield Word(regime, "", f"the field of law of {', '.join(of[regime])} and what lies below")


def _all(known: Taxonomy, fields: Mapping[str, str]) -> list[str]:
    ids = [word.id for kind in LISTS for word in words_of(kind, known)]
    return sorted({*GLOSSARY, *fields, *(one.lower() for one in ids if len(one) > _CODE)})
