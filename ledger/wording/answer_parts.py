"""The parts of an answer in the order in which they are read.

They say what it rests on, what became of the rules, which acts had no effect, what is promised or
under way, and where it is otherwise. The sentences are those of the explanation. What is
unremarkable (rules that ended long before, acts that did what the state of a rule tells already, or
nothing) is put together in a line, so that a page stays short. Texts hold claim ids in brackets;
:func:`ledger.wording.explanations.cited` puts entries in their place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.wording.entries import REASON_WORDS
from ledger.wording.explanations import NamedClaim, flags_explained
from ledger.wording.statuses import STATUSES

if TYPE_CHECKING:
    from ledger.domain.resolve.candidates_and_acts import ActOutcomes, CandidateStates
    from ledger.domain.resolve.explain import Explanation
    from ledger.domain.resolve.resolve import Resolution
    from ledger.queries.disputes import Dispute

# By the name of each part, its heading; in this order.
HEADINGS: Final = {
    "basis": "What it rests on",
    "candidates": "What became of the rules",
    "acts": "What acts did",
    "losers": "What was beaten, and by which rule",
    "position": "Decisions that stand for it",
    "commitments": "Commitments, which are no rules",
    "pending": "Under way",
    "recognition": "Recognition",
    "actors": "Different for",
    "children": "Different for activities below",
    "places": "Different in places within",
    "flags": "Flags",
    "change": "What comes next",
}
# Flags that parts of their own tell.
_TOLD: Final = frozenset(
    {"pending", "commitment", "actors_differ", "children_differ", "places_differ"}
)
# By the rule that decided, who won; every rule that can beat a claim stands here.
BEATEN: Final = {
    "override": "Overridden by {}, which says that it prevails (override)",
    "lex_superior": "Beaten by {}, of higher force (lex_superior)",
    "lex_specialis_activity": "Beaten by {}, about the nearer activity (lex_specialis_activity)",
    "lex_specialis_addressee": (
        "Beaten by {}, which addresses the actor more nearly (lex_specialis_addressee)"
    ),
    "lex_specialis_place": "Beaten by {}, made for the nearer place (lex_specialis_place)",
    "lex_posterior": "Beaten by {}, made later (lex_posterior)",
    "enabling_instrument": "Beaten by {}, under which it was made (enabling_instrument)",
    "stricter_in_tie": "Nothing decides against {}, which is stricter (stricter_in_tie)",
    "stricter_regime": "Beside {}, which is stricter in another regime (stricter_regime)",
    "permit_outside_home_regime": (
        "A permission of another regime than the one that governs the activity"
        " (permit_outside_home_regime)"
    ),
    "walked_back": "Walked back by {}: the same body said otherwise later",
    "overtaken": "Overtaken by {}, made later",
}
# Why what was beaten is a basis all the same.
_JOINT: Final = "; a joint statement: for another body that made it, it stands and is a basis"
_STILL: Final = {"walked_back": _JOINT, "overtaken": _JOINT}
_STILL_RULES: Final = "; it is a basis all the same, as imprecise dates or other regimes leave it"
_NOBODY: Final[Mapping[str, NamedClaim]] = MappingProxyType({})
_OVER: Final = frozenset({"ended", "annulled"})
_SHOWN = 3  # rules that are over, told in a sentence where no rule decides
_QUIET: Final = {
    "not_yet": "Not due yet",
    "nothing_to_do": "Changed nothing",
    "took_effect": "Took effect",
}


class Said(NamedTuple):
    """A line of a part: a flag, a status or ``""``, and what is said with it."""

    label: str
    text: str
    below: bool = False  # whether it belongs to the line above it


class Part(NamedTuple):
    """Lines under a heading. ``name`` is one of ``HEADINGS``."""

    name: str
    lines: tuple[Said, ...]

    @property
    def heading(self) -> str:
        """The title of the part."""
        return HEADINGS[self.name]


def parts(
    found: Resolution,
    told: Explanation,
    *,
    named: Mapping[str, NamedClaim] = _NOBODY,
    disputes: Sequence[Dispute] = (),
    whole: bool = False,
) -> Iterator[Part]:
    """Yield the parts of an answer that have anything to say.

    Args:
        found: the answer.
        told: its explanation.
        named: the claims that the explanation names, by id.
        disputes: those of claims that bear on the answer.
        whole: whether a flag comes with the whole paragraph of the glossary.
    """
    stands = len(found.position)
    lines = {
        "basis": _said(told.basis),
        "candidates": _said(_rules(found.candidates, _status(found, told)[0], found.reason)),
        "acts": _said(_acts(found.acts, _status(found, told)[1], found.candidates)),
        "losers": [*beaten(found, told, named)],
        "position": _said(told.beside[:stands]),
        "commitments": _said(told.beside[stands:]),
        "pending": _said(pending(found, told, "status")),
        "recognition": _said(_recognition(found, told)),
        **{name: differing(getattr(found, name)) for name in ("actors", "children", "places")},
        "flags": [*_flags(told, disputes, whole=whole)],
        "change": _said(told.change),
    }
    for name in HEADINGS:
        if lines[name]:
            yield Part(name, tuple(lines[name]))


def _of_recognition(found: Resolution, told: Explanation) -> tuple[list[str], list[str]]:
    """Return the sentences about rules of recognition and about the acts that bear on these."""
    norms = {one.claim for one in found.recognition_candidates}
    acts = {one.act for one in found.recognition_acts} - {one.act for one in found.acts}
    every_norm = norms | {one.claim for one in found.candidates}
    every_act = acts | {one.act for one in found.acts}
    return (
        [one for one in told.candidates if _about(one, every_norm) in norms],
        [one for one in told.acts if _about(one, every_act) in acts],
    )


def _status(found: Resolution, told: Explanation) -> tuple[list[str], list[str]]:
    """Return the other sentences about rules and about acts."""
    norms, acts = _of_recognition(found, told)
    return (
        [one for one in told.candidates if one not in norms],
        [one for one in told.acts if one not in acts],
    )


def pending(found: Resolution, told: Explanation, about: str) -> Iterator[str]:
    """Yield the live proposals about the status, or about the recognition."""
    sentences = [words for flag, words in flags_explained(told) if flag == "pending"]
    for one, sentence in zip(found.pending, sentences, strict=True):
        if one.about == about:
            yield sentence[0].upper() + sentence[1:]


def beaten(found: Resolution, told: Explanation, named: Mapping[str, NamedClaim]) -> Iterator[Said]:
    """Yield each rule with the claim that won by it, below it what lost, each in a short line."""
    groups: dict[tuple[str, str | None], list[tuple[str, str]]] = {}
    for lost, sentence in zip(found.losers, told.losers, strict=True):
        groups.setdefault((lost.rule, lost.winner), []).append((sentence, lost.claim))
    still = {*found.basis, *found.recognition_basis}
    for (rule, winner), sentences in groups.items():
        sentence, claim = sentences[0]
        rest = sentence.removeprefix(_subject(sentence, claim))
        by = _subject(rest, winner).removeprefix(" yields to ") if winner else ""
        yield Said("", BEATEN.get(rule, f"Beaten by {{}} ({rule})").format(by) + ":")
        for said, one in sentences:
            why = _STILL.get(rule, _STILL_RULES) if one in still else ""
            yield Said("", _loser(said, one, named) + why, below=True)


def _loser(sentence: str, claim: str, named: Mapping[str, NamedClaim]) -> str:
    """Return the name of what lost, with its day before its entry."""
    name = _uncapped(_subject(sentence, claim)).removeprefix("the ").removesuffix(f" [{claim}]")
    day = named[claim].day if claim in named else ""
    return f"{name}, {day} [{claim}]" if day else f"{name} [{claim}]"


def _flags(told: Explanation, disputes: Sequence[Dispute], *, whole: bool) -> Iterator[Said]:
    """Yield flags with what they mean; below *disputed* who disputes which claim, and why."""
    for flag, words in flags_explained(told, whole=whole):
        if flag not in _TOLD:
            yield Said(flag, words)
            if flag == "disputed":
                yield from (Said("", dispute_words(one), below=True) for one in disputes)


def dispute_words(one: Dispute) -> str:
    """Return who disputes which claim, when, and why."""
    why = REASON_WORDS.get(one.reason_code, one.reason_code)
    comment = f": “{one.comment}”" if one.comment else ""
    return f"{one.actor} disputes {one.about} on {one.day} ({why}){comment} [{one.event}]"


def _recognition(found: Resolution, told: Explanation) -> Iterator[str]:
    norms, acts = _of_recognition(found, told)
    reason = "undetermined" if found.recognition in {None, "undetermined"} else None
    yield from told.recognition
    yield from _rules(found.recognition_candidates, norms, reason)
    yield from _acts(found.recognition_acts, acts, found.recognition_candidates)
    yield from pending(found, told, "recognition")


def _rules(
    candidates: Sequence[CandidateStates], sentences: Sequence[str], reason: str | None
) -> Iterator[str]:
    """Yield sentences about rules; those over are put together, but the last where none decides."""
    by_id = {one.claim: one for one in candidates}
    over: list[tuple[str, str, str]] = []
    for sentence in sentences:
        candidate = by_id.get(_about(sentence, by_id))
        if candidate is not None and {one.state for one in candidate.states} <= _OVER:
            last = max(str(one.latest or one.day or "") for one in candidate.states)
            over.append((last, sentence, candidate.claim))
        else:
            yield sentence
    over.sort(reverse=True)
    shown = _SHOWN if reason is not None else 0
    yield from (sentence for _, sentence, _ in over[:shown])
    before = [
        f"{_uncapped(_subject(said, claim))} (until {day})" for day, said, claim in over[shown:]
    ]
    yield from _together("Ended before" if shown else "Ended", before)


def _acts(
    found: Sequence[ActOutcomes], sentences: Sequence[str], candidates: Sequence[CandidateStates]
) -> Iterator[str]:
    """Yield sentences about acts; those that did nothing remarkable are put together."""
    causes = {one.by for candidate in candidates for one in candidate.states}
    outcomes = {one.act: one.outcomes for one in found}
    quiet: dict[str, list[str]] = {}
    for sentence in sentences:
        act = _about(sentence, outcomes)
        did = outcomes.get(act, ())
        if len(did) != 1 or did[0] not in _QUIET:
            yield sentence
        elif act not in causes:
            quiet.setdefault(did[0], []).append(_uncapped(_subject(sentence, act)))
    for outcome, words in _QUIET.items():
        yield from _together(words, quiet.get(outcome, []))


def _together(words: str, claims: list[str]) -> Iterator[str]:
    if claims:
        yield f"{words}: {'; '.join(claims)}."


def _subject(sentence: str, claim: str) -> str:
    """Return what a sentence about a claim is about, up to and including the claim's id."""
    return "".join(sentence.partition(f"[{claim}]")[:2])


def _about(sentence: str, claims: Collection[str]) -> str:
    """Return which of these claims a sentence names first, "" for none.

    A title may hold brackets of its own.
    """
    named = ((sentence.find(f"[{claim}]"), claim) for claim in claims)
    return min((one for one in named if one[0] >= 0), default=(0, ""))[1]


def _uncapped(subject: str) -> str:
    return f"the {subject.removeprefix('The ')}" if subject.startswith("The ") else subject


def _said(sentences: Iterable[str]) -> list[Said]:
    return [Said("", one) for one in sentences]


def differing(others: Iterable[tuple[str, str]]) -> list[Said]:
    """Return each other status with the ids that have it, in the order of the statuses.

    An id that has the status of the one above it goes without saying.
    """
    of = dict(others)
    ids: dict[str, list[str]] = {}
    for one, status in of.items():
        if of.get(one.rpartition(".")[0]) != status:
            ids.setdefault(status, []).append(one)
    return [Said(status, ", ".join(ids[status])) for status in STATUSES if status in ids]
