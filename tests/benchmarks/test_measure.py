"""The arithmetic of the benchmarks: figures, ratios, goals and the table. Nothing is measured."""

from __future__ import annotations

import re
from math import inf

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import measure, table
from benchmarks.measure import Goal, Line, Spent


def line(**members: object) -> Line:
    """A line of rates with three rounds on both sides, changed in some members."""
    given = {
        "what": "record",
        "unit": "/s",
        "ours": {"cpu": [10.0, 30.0, 20.0], "wall": [5.0, 5.0, 5.0]},
        "floor": {"cpu": [20.0, 30.0, 80.0], "wall": [10.0, 20.0, 40.0]},
        "goal": Goal(">=", 0.5),
        **members,
    }
    return Line(**given)  # type: ignore[arg-type]


def test_a_ratio_is_the_median_of_the_ratios_of_the_rounds() -> None:
    """Rounds are paired: the ratio of the medians would be another."""
    assert line().ratios() == [0.5, 1.0, 0.25]
    assert line().ratio() == 0.5
    assert line().ratio("wall") == 0.25
    assert line().median == 20.0


def test_rounds_that_do_not_pair_give_the_ratio_of_the_medians() -> None:
    """One figure beside several has the median of those beside it."""
    assert line(ours={"cpu": [15.0]}).ratios() == [0.5]
    assert line(floor={}).ratio() is None


@pytest.mark.parametrize(
    ("goal", "by", "said"),
    [
        (Goal(">=", 0.5), "cpu", "yes"),
        (Goal(">=", 0.5), "wall", "NO"),
        (Goal("<=", 20, of="ours"), "cpu", "yes"),
        (Goal("<=", 19, of="ours"), "cpu", "NO"),
        (None, "cpu", "CPU"),
    ],
)
def test_a_goal_is_held_by_the_clock_of_its_line(goal: Goal | None, by: str, said: str) -> None:
    """The same figures meet a goal by one clock and miss it by the other."""
    assert table.row(line(goal=goal, by=by)).split("  ")[-1] == said


def test_a_goal_about_a_ratio_is_open_where_nothing_stands_beside() -> None:
    """A peer that is not installed neither meets a goal nor misses it."""
    assert line(floor={}).met is None


def test_rates_count_cpu_time_as_shared_by_the_cores_that_were_used() -> None:
    """Two cores at work halve their CPU time; a floor that ran on one counts twice."""
    taken = [Spent(wall=2.0, cpu=4.0)]
    assert measure.rates(8, taken) == {"cpu": [2.0], "wall": [4.0]}
    assert measure.rates(8, taken, cores=2) == {"cpu": [4.0], "wall": [4.0]}
    assert measure.rates(8, taken, cores=2, of_one=True) == {"cpu": [4.0], "wall": [8.0]}


def test_times_are_of_one_thing() -> None:
    """Milliseconds by default, and divided by how many things were done."""
    taken = [Spent(wall=3.0, cpu=1.0)]
    assert measure.times(taken) == {"cpu": [1000.0], "wall": [3000.0]}
    assert measure.times(taken, each=2, per=1) == {"cpu": [0.5], "wall": [1.5]}


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_a_percentile_is_not_exceeded_by_that_share(values: list[float], share: float) -> None:
    """It is one of the values, and no smaller one will do."""
    found = measure.percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)
    if share > 0:
        assert sum(value < found for value in values) < max(1.0, share * len(values) + 0.5)


def test_both_sides_run_equally_often_and_take_turns_to_begin() -> None:
    """No side always runs on the warmer machine."""
    ran: list[str] = []
    pair = measure.interleaved(
        lambda: ran.append("ours"), lambda: ran.append("floor"), rounds=3, patience_s=inf
    )
    assert ran == ["ours", "floor", "floor", "ours", "ours", "floor"]
    assert len(pair.ours) == len(pair.floor) == 3


def test_without_patience_everything_runs_once() -> None:
    """A run that must end soon still has a figure for each side."""
    ran: list[str] = []
    measure.interleaved(lambda: ran.append("a"), lambda: ran.append("b"), patience_s=0)
    assert ran == ["a", "b"]
    assert len(measure.repeated(lambda: ran.append("c"), 5, 0)) == 1


def test_a_line_survives_its_json() -> None:
    """What is kept in a file is what was measured, and the goal with it."""
    for one in (line(), line(goal=None, floor={}, note="alone", more={"p50": 1})):
        kept = orjson.loads(orjson.dumps(one.to_value()))
        assert Line.from_value(kept) == one
        assert kept["met"] is one.met


def test_the_table_shows_median_spread_and_both_ratios() -> None:
    """The same cells in a row for whoever waits, for a terminal and in Markdown; notes below."""
    one = line(note="the floor is bare")
    cells = ["record", "20/s", "10 - 30", "30/s", "0.5", "0.25", ">= 0.5", "CPU", "yes"]
    assert table.row(one) == "  ".join(cells)
    aligned = table.plain([one]).splitlines()
    assert re.split(r"  +", aligned[2]) == cells
    assert aligned[-1] == "* record: the floor is bare"
    text = table.markdown([one]).splitlines()
    assert text[2] == "| " + " | ".join(cells) + " |"
    assert text[-1] == "- record: the floor is bare."


def test_the_table_says_what_is_missed_and_what_has_no_figure() -> None:
    """NO stands out; a dash stands for nothing."""
    missed = line(goal=Goal("<=", 10, of="ours"), unit="ms")
    assert "<= 10 ms" in table.row(missed)
    assert table.row(missed).endswith("NO")
    alone = Line("memory", "MB", {"bytes": [1234.5]}, by="bytes")
    row = table.markdown([alone]).splitlines()[2]
    assert row == "| memory | 1,234 MB | - | - | - | - | - | bytes | - |"
