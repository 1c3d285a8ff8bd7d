"""The replay of the samples: in order of time, four eyes, and every story told."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from tests.data.replay import DATA, MAKES, Sample

ROLES = {
    "enroll": "admin",
    "define": "recorder",
    "record": "recorder",
    "correct": "recorder",
    "retract": "recorder",
    "review": "reviewer",
    "dispute": "reviewer",
}
FIELDS = {
    "enroll": {"actor"},
    "define": {"id", "file"},
    "record": {"id", "file"},
    "correct": {"id", "file", "reason"},
    "retract": {"id", "keys", "reason"},
    "review": {"of", "decision"},
    "dispute": {"keys", "reason"},
}
REASONS = {
    "wrong_date",
    "wrong_activity",
    "wrong_effect",
    "wrong_force",
    "misread_source",
    "duplicate",
    "other",
}
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def test_time_never_goes_back(sample: Sample) -> None:
    """Every step has a full time stamp, later than the one before."""
    stamps = [sample.script["ledger"]["at"], *(step["at"] for step in sample.steps)]
    assert all(STAMP.fullmatch(stamp) for stamp in stamps)
    assert stamps == sorted(set(stamps))


def test_the_ledger_is_simulated_and_needs_four_eyes(sample: Sample) -> None:
    """The sample is made under a simulated clock, which the ledger itself says."""
    ledger = sample.script["ledger"]
    assert ledger["clock"] == "simulated"
    assert ledger["review"] == "four_eyes"


def test_each_step_has_its_fields_and_the_right_actor(sample: Sample) -> None:
    """A step says what its kind needs and nothing else, and is done by who may do it."""
    for step in sample.steps:
        kind = step["do"]
        given = set(step) - {"at", "by", "do"}
        assert FIELDS[kind] <= given <= FIELDS[kind] | {"comment", "reason"}, step
        assert step.get("reason", "other") in REASONS
        assert ROLES[kind] in sample.script["actors"][step["by"]]["roles"]


def test_actors_are_enrolled_before_they_act(sample: Sample) -> None:
    """Nobody but the founder acts before being enrolled, and all are."""
    known = {"admin"}
    for step in sample.steps:
        assert step["by"] in known
        if step["do"] == "enroll":
            known.add(step["actor"])
    assert known == set(sample.script["actors"])


def test_steps_refer_to_what_was_made_before(sample: Sample) -> None:
    """Reviews name earlier steps once; corrections and the like name known claims; one waits."""
    made: dict[str, dict[str, Any]] = {}
    decided: set[str] = set()
    keys: set[str] = set()
    for step in sample.steps:
        if step["do"] in MAKES:
            assert step["id"] not in made
            made[step["id"]] = step
        if step["do"] in {"correct", "retract", "dispute"}:
            assert set(sample.keys(step)) <= keys, step
        keys |= set(sample.keys(step))
        if step["do"] == "review":
            assert set(step["of"]) <= set(made)
            assert not decided & set(step["of"])
            decided |= set(step["of"])
    assert set(made) - decided == {sample.steps[-1]["id"]}


def test_reviews_come_hours_or_a_day_later(sample: Sample) -> None:
    """Nothing is approved in the minute it was recorded, nor left lying for a week."""
    made = {step["id"]: step["at"] for step in sample.of(*MAKES)}
    for review in sample.of("review"):
        for name in review["of"]:
            days = (sample.day(review["at"]) - sample.day(made[name])).days
            assert 0 <= days <= 3
            assert review["at"] > made[name]


def test_a_correction_changes_something_and_keeps_the_key(sample: Sample) -> None:
    """Every corrected claim exists with another content."""
    for step in sample.of("correct"):
        for content in sample.files[step["file"]]:
            assert content != sample.claims[content["key"]]


def test_every_named_file_exists(sample: Sample) -> None:
    """The script names files beside it."""
    for step in sample.of("define", "record", "correct"):
        assert Path(step["file"]).name == step["file"]
        assert (DATA / sample.name / step["file"]).is_file()


def test_the_log_tells_its_stories(pakistan: Sample) -> None:
    """Two corrections, one retraction, one rejection, one dispute and one open review are there."""
    assert len(pakistan.of("correct")) == 2
    assert len(pakistan.of("retract")) == 1
    assert [step["reason"] for step in pakistan.of("review") if step["decision"] == "reject"] == [
        "duplicate"
    ]
    assert len(pakistan.of("dispute")) == 1
    last = pakistan.steps[-1]
    assert last["do"] == "record"


def test_the_first_article_contains_no_law(pakistan: Sample) -> None:
    """What the ledger knows after the first day is talk: no norm, nothing above official force."""
    first = pakistan.counting(date(2025, 6, 9))
    assert {counted.claim.force for counted in first} == {"official", "report"}
    assert not [counted for counted in first if counted.claim.kind in {"norm", "lifecycle"}]


def test_what_counts_changes_from_day_to_day(pakistan: Sample) -> None:
    """Late findings, the correction and the retraction take effect on the days the script says."""
    assert _keys(pakistan, 2025, 6, 9) < _keys(pakistan, 2025, 6, 10)
    release = "pk-sbp-2025-05-30-not-illegal"
    assert release in _keys(pakistan, 2025, 6, 10) - _keys(pakistan, 2025, 6, 9)
    assert _instruments(pakistan, date(2025, 7, 14)) >= {"PK.VAA.2025"}
    assert _instruments(pakistan, date(2025, 7, 15)) & {"PK.VAA.2025", "PK.VAO.2025"} == {
        "PK.VAO.2025"
    }
    extension = "pk-vao-2025-extension"
    assert extension not in _keys(pakistan, 2026, 1, 19)
    assert extension in _keys(pakistan, 2026, 1, 20)
    misreport = "pk-2025-09-03-circular-withdrawn"
    assert misreport in _keys(pakistan, 2025, 9, 8)
    assert misreport not in _keys(pakistan, 2025, 9, 9)
    assert "pk-pvara-sandbox-guidelines-2026" not in _keys(pakistan, 2026, 12, 31)


def _keys(pakistan: Sample, year: int, month: int, day: int) -> set[str]:
    return {counted.id for counted in pakistan.counting(date(year, month, day))}


def _instruments(pakistan: Sample, day: date) -> set[str]:
    return {
        counted.claim.instrument.id
        for counted in pakistan.counting(day)
        if counted.claim.kind == "norm" and counted.claim.instrument
    }
