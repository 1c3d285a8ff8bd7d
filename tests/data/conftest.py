"""Fixtures: the starter taxonomy and the samples, read once."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.demo import NAMES
from ledger.domain.taxonomy import Taxonomy
from tests.data.replay import Sample, load, read_starter


@pytest.fixture(scope="session")
def starter() -> dict[str, Any]:
    """The starter taxonomy as it stands in its file."""
    return read_starter()


@pytest.fixture(scope="session", params=NAMES)
def sample(request: pytest.FixtureRequest) -> Sample:
    """Each sample in turn."""
    return load(request.param)


@pytest.fixture(scope="session")
def pakistan() -> Sample:
    """The sample that `demo` builds where none is named."""
    return load("pakistan")


@pytest.fixture(scope="session")
def taxonomy(pakistan: Sample) -> Taxonomy:
    """The starter taxonomy with the bodies of the Pakistan sample."""
    return pakistan.taxonomy
