"""Any set of the norms of one cell, against the conflict of just these norms."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.resolve.conflict import Contenders, conflict
from ledger.domain.resolve.matching import ANYBODY, Nearness
from ledger.domain.resolve.precedence import Contender
from tests.examples import examples

_CONTENDERS = st.lists(
    st.fixed_dictionaries(
        {
            "effect": st.sampled_from(("prohibit", "authorise", "permit")),
            "rank": st.integers(1, 3),
            "regime": st.sampled_from(("va", "banking")),
            "jurisdiction": st.sampled_from(("PK", "PK-KP")),
            "place": st.integers(1, 2),
            "activity": st.integers(1, 2),
            "addressee": st.sampled_from((ANYBODY, Nearness(1, (("bank",),)))),
            "instrument": st.sampled_from((None, None, "I")),
            "enabling": st.sampled_from((None, None, "I")),
            "made_low": st.integers(1, 3),
            "overrides": st.frozensets(st.sampled_from("0123456"), max_size=2),
        }
    ),
    min_size=1,
    max_size=7,
)


def _contender(i: int, values: dict[str, Any]) -> Contender:
    return Contender(
        id=str(i),
        force="primary" if values["rank"] < 3 else "constitutional",
        made_high=values["made_low"],
        **values,
    )


@examples(200)
@given(drawn=_CONTENDERS, home=st.sampled_from(("va", None)), data=st.data())
def test_the_outcome_is_that_of_the_conflict(
    drawn: list[dict[str, Any]], home: str | None, data: st.DataObject
) -> None:
    """Status, basis and what is contested are the same, circles of overrides included."""
    contenders = [_contender(i, values) for i, values in enumerate(drawn)]
    norms = Contenders(contenders, home)
    here = data.draw(st.integers(0, 2 ** len(contenders) - 1))
    expected = conflict([p for i, p in enumerate(contenders) if here >> i & 1], home)
    found = norms.outcome(here)
    assert (found.status, found.basis) == (expected.status, expected.basis)
    assert found.flags == {flag for flag in expected.flags if flag.startswith("contested:")}
    assert norms.verdict(here) == expected
