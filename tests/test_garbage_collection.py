"""The collector's thresholds come back, however blocks overlap."""

from __future__ import annotations

import gc

import pytest

from ledger.garbage_collection import seldom_collected


def test_thresholds_are_raised_within_and_come_back_after_the_last_block() -> None:
    """Blocks of two threads may overlap: the first to leave does not end the other's."""
    before = gc.get_threshold()
    first, second = seldom_collected(), seldom_collected()
    with first:
        second.__enter__()
        assert gc.get_threshold()[0] > before[0]
    assert gc.get_threshold()[0] > before[0]
    second.__exit__(None, None, None)
    assert gc.get_threshold() == before


def test_an_error_within_restores_them() -> None:
    """What the caller had set stays its own."""
    before = gc.get_threshold()
    with pytest.raises(LookupError), seldom_collected():
        raise LookupError
    assert gc.get_threshold() == before
