"""The page of figures is made from the results that are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from benchmarks import report
from benchmarks.__main__ import QUESTIONS
from benchmarks.measure import Goal, Line

PAGE = "before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n"


def result(at: str, what: str = "record") -> dict[str, Any]:
    """The JSON of a run with one line."""
    line = Line(what, "/s", {"cpu": [1.0]}, goal=Goal(">=", 2, of="ours"))
    return {
        "size": 1000,
        "at": at,
        "machine": {"python": "Python 3.11"},
        "lines": [{"question": "record", **line.to_value()}],
    }


def test_the_page_shows_the_newest_results() -> None:
    """docs/performance.md is what `python -m benchmarks.report` would write now."""
    page = report.PAGE.read_text(encoding="utf-8")
    assert report.written(page, report.newest(report.RESULTS)) == page


def test_every_question_has_its_part_of_the_page() -> None:
    """No line of a run is lost on the way to the page."""
    shown = [question for part in report._PARTS.values() for question in part]
    assert sorted(shown) == sorted(QUESTIONS)


def test_the_results_of_the_newest_day_are_shown_in_their_order(tmp_path: Path) -> None:
    """Runs of one day stand one after the other, older days not at all."""
    run = tmp_path / "bench.json"
    kept = tmp_path / "results"
    names = []
    days = ["2026-01-02T03:04:05+00:00"] * 11 + ["2025-12-31T00:00:00+00:00"]
    for number, at in enumerate(days):
        run.write_bytes(orjson.dumps(result(at, f"record {number}")))
        names.append(report.keep(run, kept).name)
    assert names[:2] == ["2026-01-02.json", "2026-01-02.2.json"]
    assert names[-1] == "2025-12-31.json"
    whats = [one["lines"][0]["what"] for one in report.newest(kept)]
    assert whats == [f"record {number}" for number in range(11)]


def test_the_rest_of_the_page_stays_as_it_is() -> None:
    """Figures replace figures, and stand under the day, the size and the machine."""
    page = report.written(PAGE, [result("2026-01-02T03:04:05+00:00")])
    assert page.startswith("before\n<!-- figures -->\n\n## Figures of 2026-01-02, 1,000 claims\n")
    assert page.endswith("<!-- end of figures -->\nafter\n")
    assert "Python 3.11." in page
    assert "### Recording" in page
    assert "### Memory" not in page
    assert "old" not in page
    assert report.written(page, [result("2026-01-02T03:04:05+00:00")]) == page


def test_a_page_without_a_place_for_figures_is_refused() -> None:
    """Nothing is written into a page that was not made for it."""
    with pytest.raises(ValueError, match="no place"):
        report.written("only words\n", [])
