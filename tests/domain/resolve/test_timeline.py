"""Timelines: one sweep for both views, held against naive ones; cells alike share one."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.domain.resolve.claims_on_cell import claims_on_cell
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.intervals import Steps, turns
from ledger.domain.resolve.scenario import Outlines, Scenario
from ledger.domain.resolve.timeline import next_change, timeline, timelines
from tests.domain.resolve.small_world import TAXONOMY
from tests.domain.resolve.timeline_comparison import compare, main
from tests.domain.worlds import act, norm, said
from tests.examples import share

QUICK, SLOW = 60, 2_600  # ledgers; the latter have more than 20,000 cells


def facts(*claims: object) -> Facts:
    """The facts of these claims."""
    return Facts(claims, (), TAXONOMY, size=1, head="00", rules=1)  # type: ignore[arg-type]


def test_timelines_of_random_ledgers_are_the_naive_ones() -> None:
    """Segments of both views, the next change, and since when; over all cells spoken of."""
    for seed in range(share(QUICK)):
        assert compare(seed)[1] is None


@pytest.mark.slow
def test_many_timelines_of_random_ledgers_are_the_naive_ones() -> None:
    """The same over more than 20,000 cells."""
    assert main(["--runs", str(SLOW), "--seed", str(QUICK)]) == 0


def test_cells_with_the_same_claims_share_one_timeline() -> None:
    """A class that no claim names has the timeline of any; one that is named has its own."""
    known = facts(
        norm("a", "prohibit", "2024-01-01"),
        norm("b", "authorise", "2024-02-01", addressees=["bank"]),
    )
    anybody, bank, vasp = (Cell("PK", "va.exchange", actor) for actor in ("any", "bank", "vasp"))
    assert timelines(vasp, known) is timelines(anybody, known)
    assert timelines(bank, known) is not timelines(anybody, known)


def test_an_act_for_one_class_tells_its_timeline_apart() -> None:
    """The claims that match are the same; one act bears on one of the cells only."""
    known = facts(
        norm("a", "prohibit", "2024-01-01"),
        act("x", "suspend", "a", "2024-02-01", addressees=["bank"], activity=None),
    )
    anybody, bank = (Cell("PK", "va.exchange", actor) for actor in ("any", "bank"))
    assert [s.reason for s in timeline(bank, known)] == ["not_yet_in_force", None, "suspended"]
    assert [s.reason for s in timeline(anybody, known)] == ["not_yet_in_force", None]


def test_both_views_are_one_object_where_no_declaration_tells_them_apart() -> None:
    """A declared prohibition shows in the prudential view alone."""
    cell = Cell("PK", "va.exchange", "any")
    alike = timelines(cell, facts(norm("a", "prohibit", "2024-01-01")))
    assert alike.prudential is alike.normative
    apart = timelines(cell, facts(said("s", "prohibited", "2024-01-05")))
    assert [s.status for s in apart.prudential] == ["undetermined", "prohibited"]
    assert [s.status for s in apart.normative] == ["undetermined", "undetermined"]


def test_a_sweep_works_out_each_stretch_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """For both views together, however many days the claims name."""
    asked: list[int] = []
    worked_out = Scenario._outlines

    def counted(self: Scenario, mask: int) -> Outlines:
        asked.append(mask)
        return worked_out(self, mask)

    monkeypatch.setattr(Scenario, "_outlines", counted)
    many = [norm(f"n{i}", "prohibit", f"2024-01-{i + 1:02}") for i in range(20)]
    cell = Cell("PK", "va.exchange", "any")
    found = timelines(cell, facts(*many))
    assert len(asked) == 21
    assert [s.from_day for s in found.normative] == [None, date(2024, 1, 1)]


def test_stretches_cover_the_calendar_and_no_more() -> None:
    """What turns before the first day or after the last one makes no stretch of its own."""
    last = date.max.toordinal()
    steps = Steps([*turns([(0, 4)], 1), *turns([(3, last + 1)], 2), *turns([(9, 8)], 4)])
    assert list(steps.stretches()) == [(1, 1), (3, 3), (5, 2)]
    assert steps.first_days() == [1, 3, 5]


def test_the_next_change_is_looked_for_from_the_day_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was before the day is not worked out, however much has changed by then."""
    asked: list[int] = []
    worked_out = Scenario._outlines

    def counted(self: Scenario, mask: int) -> Outlines:
        asked.append(mask)
        return worked_out(self, mask)

    monkeypatch.setattr(Scenario, "_outlines", counted)
    many = [norm(f"n{i}", "prohibit", f"2024-01-{i + 1:02}") for i in range(20)]
    found = next_change(Cell("PK", "va.exchange", "any"), facts(*many), date(2024, 1, 18))
    assert found == date(2024, 1, 19)
    assert len(asked) == 2


def test_cells_with_the_same_claims_share_one_answer() -> None:
    """A day and a view are answered once for all of them; a class that is named has its own."""
    known = facts(
        norm("a", "prohibit", "2024-01-01"),
        norm("b", "authorise", "2024-02-01", addressees=["bank"]),
    )
    anybody, bank, vasp = (
        claims_on_cell(Cell("PK", "va.exchange", actor), known) for actor in ("any", "bank", "vasp")
    )
    day = date(2024, 3, 1)
    assert vasp.answer(day, "prudential") is anybody.answer(day, "prudential")
    assert bank.answer(day, "prudential") is not anybody.answer(day, "prudential")
