"""The parts of an answer in the order in which they are read.

They say what it rests on, what became of the rules, which acts had no effect, what is promised or
under way, and where it is otherwise. The sentences are those of the explanation. What is
unremarkable (rules that ended long before, acts that did what the state of a rule tells already, or
nothing) is put together in a line, so that a page stays short. Texts hold claim ids in brackets;
:func:`ledger.wording.explanations.cited` puts entries in their place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.wording.explanations import flags_explained
from ledger.wording.statuses import STATUSES

if TYPE_CHECKING:
    from ledger.domain.resolve.candidates_and_acts import ActOutcomes, CandidateStates
    from ledger.domain.resolve.explain import Explanation
    from ledger.domain.resolve.resolve import Resolution

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


class Part(NamedTuple):
    """Lines under a heading. ``name`` is one of ``HEADINGS``."""

    name: str
    lines: tuple[Said, ...]

    @property
    def heading(self) -> str:
        """The title of the part."""
        return HEADINGS[self.name]


def parts(found: Resolution, told: Explanation, *, whole: bool = False) -> Iterator[Part]:
    """Yield the parts of an answer that have anything to say.

    Args:
        found: the answer.
        told: its explanation.
        whole: whether a flag comes with the whole paragraph of the glossary.
    """
    flags = flags_explained(told, whole=whole)
    stands = len(found.position)
    lines = {
        "basis": _said(told.basis),
        "candidates": _said(_rules(found.candidates, _status(found, told)[0], found.reason)),
        "acts": _said(_acts(found.acts, _status(found, told)[1], found.candidates)),
        "losers": _said(_losers(found, told)),
        "position": _said(told.beside[:stands]),
        "commitments": _said(told.beside[stands:]),
        "pending": _said(pending(found, told, "status")),
        "recognition": _said(_recognition(found, told)),
        **{name: differing(getattr(found, name)) for name in ("actors", "children", "places")},
        "flags": [Said(*one) for one in flags if one[0] not in _TOLD],
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


def _losers(found: Resolution, told: Explanation) -> Iterator[str]:
    """Yield which claims lost; those that lost to the same one by the same rule in one sentence."""
    groups: dict[tuple[str, str | None], list[tuple[str, str]]] = {}
    for lost, sentence in zip(found.losers, told.losers, strict=True):
        groups.setdefault((lost.rule, lost.winner), []).append((sentence, lost.claim))
    for sentences in groups.values():
        subjects = [_subject(*one) for one in sentences]
        rest = sentences[0][0][len(subjects[0]) :]
        more = "".join(f"; {_uncapped(one)}" for one in subjects[1:])
        yield subjects[0] + more + (rest.replace(" yields", " yield", 1) if more else rest)


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
    before = [f"{_uncapped(_subject(said, claim))} ({day})" for day, said, claim in over[shown:]]
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
