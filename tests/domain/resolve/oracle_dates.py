"""The naive resolver: the imprecise date texts that a rule reads for a cell, and the runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from ledger.domain.edtf_dates import parse
from tests.domain.resolve.oracle_force import acting, resting
from tests.domain.resolve.oracle_scope import (
    carried,
    in_place,
    norms_aimed_at,
    outranks,
    powers,
)
from tests.domain.resolve.oracle_statements import SPOKEN, line_of
from tests.domain.resolve.oracle_world import Text, World, matches, owner, surely_before

MOST = 6  # texts that vary independently
ALL, EXTREMES = "all", "extremes"
DECIDING = ("constitutional", "supranational", "primary", "delegated", "supervisory")
STATEMENTS = ("declaration", "proposal")


def candidates(w: World, line: str) -> list[str]:
    """The matching norms of a line, of a force that decides."""
    return [
        i
        for i in w.ids("norm")
        if line_of(w.claims[i]) == line and matches(w, i) and w.claims[i].force in DECIDING
    ]


def read(w: World, line: str, *, orderings: bool = False) -> set[Text]:
    """Every date text that some rule reads for a line of the cell, or that orders things."""
    norms, acts = _closure(w, candidates(w, line))
    found = {(n, t) for n in norms for t in _norm_texts(w, n)}
    found |= {(a, t) for a, aim in acts for t in _act_texts(w, a, aim)}
    said = _statements(w, line)
    found |= {(i, w.claims[i].uttered_at) for i in said if w.claims[i].uttered_at}
    for norm in candidates(w, line):
        made = w.claims[norm].made
        if any(
            surely_before(w.claims[i].uttered_at, made)
            for i in said
            if w.claims[i].kind == "proposal" or w.claims[i].force in SPOKEN
        ):
            found.add((norm, made))
    if orderings:
        claims = {*norms, *(act for act, _ in acts)}
        found |= {(i, w.claims[i].made) for i in claims if w.claims[i].made}
        found |= {(i, w.claims[i].until) for i, _ in acts if w.claims[i].until}
    return {(owner(w, claim), text) for claim, text in found}


def _closure(w: World, norms: Sequence[str]) -> tuple[set[str], set[tuple[str, str]]]:
    """Norms with what they rest on, the acts upon these, and what empowers those acts."""
    known: set[str] = set()
    acts: set[tuple[str, str]] = set()
    todo = set(norms)
    while todo - known:
        known |= set(resting(w, todo))
        acts |= set(acting(w, known))
        todo = {n for act, aim in acts for n in _powers(w, act, aim)}
    return known, acts


def _asks_power(w: World, act: str, aim: str) -> bool:
    """Whether an act's power depends on what is in force when it is made."""
    a = w.claims[act]
    if a.enabling_instrument is None or outranks(w, act, aim) or not in_place(w, act, aim):
        return False
    if w.claims[aim].force == "judicial" or not carried(w, act, aim):
        return False
    norms = [aim] if w.claims[aim].kind == "norm" else norms_aimed_at(w, aim)
    own = {w.claims[n].instrument.id for n in norms if w.claims[n].instrument}
    return a.enabling_instrument not in own and bool(powers(w, a.enabling_instrument, aim))


def _powers(w: World, act: str, aim: str) -> list[str]:
    enabler = w.claims[act].enabling_instrument
    return powers(w, enabler, aim) if _asks_power(w, act, aim) else []


def _norm_texts(w: World, norm: str) -> list[str]:
    n = w.claims[norm]
    start = [n.effective_from or n.published or n.made, n.applicable_from]
    texts = [n.effective_to] if n.commencement == "pending" else [*start, n.effective_to]
    return [t for t in texts if t]


def _act_texts(w: World, act: str, aim: str) -> list[str]:
    a = w.claims[act]
    texts = [a.at]
    if a.act in ("suspend", "extend", "revive"):
        texts.append(a.until)
    if a.act in ("commence", "postpone") or _asks_power(w, act, aim):
        texts.append(a.made)
    return [t for t in texts if t]


def _statements(w: World, line: str) -> list[str]:
    """The matching statements of a line, and the other stages of their bills."""
    found = [i for i in w.ids(*STATEMENTS) if matches(w, i) and line_of(w.claims[i]) == line]
    bills = {w.claims[i].bill for i in found if w.claims[i].kind == "proposal"} - {None}
    return found + [i for i in w.ids("proposal") if i not in found and w.claims[i].bill in bills]


def answered(w: World, line: str) -> bool:
    """Whether there is something that can give a line a status: else its dates are no matter."""
    return line == "status" or bool(
        candidates(w, line)
        or any(
            matches(w, i) and line_of(w.claims[i]) == line and w.claims[i].force in SPOKEN
            for i in w.ids("declaration")
        )
    )


def runs(w: World, line: str) -> tuple[list[World], bool]:
    """Every choice of days; whether there were too many texts for all of them."""
    texts = sorted((whose, t) for whose, t in read(w, line) if not parse(t).precise)
    if len(texts) > MOST:
        return [replace(w, late=frozenset(c), memo={}) for c in ((), texts)], True
    return [replace(w, late=late, memo={}) for late in _choices(texts)], False


def _choices(texts: Sequence[Text]) -> Iterator[frozenset[Text]]:
    for count in range(len(texts) + 1):
        yield from map(frozenset, combinations(texts, count))
