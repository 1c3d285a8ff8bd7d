"""Fixtures: the starter taxonomy and the sample, read once."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.definitions import Activity, ActorClass, Body, Jurisdiction, Profile
from ledger.domain.taxonomy import Taxonomy
from tests.data.replay import Sample, merged, read_starter, read_yaml


@pytest.fixture(scope="session")
def starter() -> dict[str, Any]:
    """The starter taxonomy as it stands in its file."""
    return read_starter()


@pytest.fixture(scope="session")
def sample() -> Sample:
    """The script of the sample and the claims files it names."""
    script = read_yaml("script.yaml")
    names = {s["file"] for s in script["steps"] if s["do"] in {"record", "correct"}}
    return Sample(script, {name: merged(name) for name in names})


@pytest.fixture(scope="session")
def bodies() -> list[Body]:
    """The bodies of the sample, in file order."""
    return [Body.model_validate(body) for body in read_yaml("bodies.yaml")["bodies"]]


@pytest.fixture(scope="session")
def taxonomy(starter: dict[str, Any], bodies: list[Body]) -> Taxonomy:
    """The starter taxonomy with the sample's bodies."""
    return Taxonomy.of(
        [
            *(Activity.model_validate(item) for item in starter["activities"]),
            *(ActorClass.model_validate(item) for item in starter["actor_classes"]),
            *(Jurisdiction.model_validate(item) for item in starter["jurisdictions"]),
            *bodies,
            *(Profile.model_validate(item) for item in starter["profiles"]),
        ]
    )
