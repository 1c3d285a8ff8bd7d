"""What the schools sample answers: a field that the starter taxonomy does not know."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.domain.resolve.facts import Cell
from tests.data.replay import Sample, load, read_starter

# place, activity, actor, day: status, reason, then flags that are set.
ANSWERS = """
ZA    school.lessons         learner         2020-03-17 undetermined not_yet_in_force
ZA    school.nursery         any             2020-03-18 prohibited -
ZA    school.lessons         learner.grade12 2020-05-31 prohibited -
ZA    school.lessons         learner.grade12 2020-06-01 under_framework - contested:declaratory
ZA    school.lessons         any             2020-06-01 prohibited - actors_differ
ZA    school.lessons         learner.grade11 2020-07-06 under_framework -
ZA    school.lessons.public  learner.grade12 2020-07-26 under_framework -
ZA    school.lessons.public  learner.grade12 2020-07-27 prohibited - contested:specialis retroactive
ZA    school.lessons.independent learner.grade12 2020-07-28 under_framework -
ZA    school.lessons.public  learner.grade12 2020-08-03 under_framework -
ZA    school.lessons.public  learner.grade7  2020-08-09 prohibited -
ZA    school.lessons.public  learner.grade7  2020-08-10 under_framework -
ZA    school.lessons.public  any             2020-08-31 undetermined lapsed
IT    school.lessons         any             2020-03-15 prohibited -
IT    school.lessons         any             2020-03-16 prohibited -
IT    school.lessons         any             2020-05-04 undetermined lapsed
IT-75 school.lessons         any             2020-11-05 prohibited -
IT-75 school.lessons         any             2020-11-06 under_framework -
IT-75 school.lessons         learner.upper   2020-11-06 prohibited -
IT-75 school.lessons         any             2020-12-04 undetermined lapsed
US-NY school.lessons         learner         2020-04-01 prohibited -
US-NY school.lessons         learner         2020-06-26 prohibited -
US-NY school.lessons         learner         2020-06-27 undetermined lapsed
DE    school.lessons         learner         2021-05-01 under_framework - children_differ
DE    school.lessons.hotspot learner         2021-05-01 prohibited - actors_differ
DE    school.lessons.hotspot learner.final   2021-05-01 under_framework -
DE    school.lessons.hotspot learner         2021-07-01 undetermined lapsed
"""


@pytest.fixture(scope="module")
def schools() -> Sample:
    """The schools sample."""
    return load("schools")


@pytest.mark.parametrize("line", ANSWERS.strip().splitlines())
def test_the_law_of_a_day(schools: Sample, line: str) -> None:
    """By rules alone, as known at the end, each place answers what its sources say."""
    place, activity, actor, day, status, reason, *flags = line.split()
    answer = schools.ask(Cell(place, activity, actor), day)
    assert (answer.status, answer.reason or "-") == (status, reason)
    assert all(any(held.startswith(flag) for held in answer.flags) for flag in flags)


def test_the_gazette_came_after_the_announcement(schools: Sample) -> None:
    """On 29 July the second closure was a speech; later it had been a rule from the 27th on."""
    cell = Cell("ZA", "school.lessons.public", "learner.grade12")
    then = schools.ask(cell, "2020-07-28", date(2020, 7, 29))
    assert (then.status, "contested:declaratory" in then.flags) == ("under_framework", True)
    assert schools.ask(cell, "2020-07-28", date(2020, 8, 10)).status == "prohibited"


def test_nothing_of_the_field_is_in_the_starter_taxonomy(schools: Sample) -> None:
    """Its activities and classes come from events of the sample alone."""
    starter = read_starter()
    for section in ("activities", "actor_classes"):
        known = {item["id"] for item in starter[section]}
        defined = {item["id"] for file in schools.defined for item in file[section]}
        assert not known & defined
    assert {
        claim["activity"].partition(".")[0] for _, claim in schools.versions if "activity" in claim
    } == {"school"}
