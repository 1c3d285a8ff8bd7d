"""The status view that followed every append equals one made at once, whatever happened."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import Phase, given
from hypothesis import strategies as st

from ledger.domain.definitions import Body, DatedClass
from ledger.errors import InputError, Refused
from ledger.projections import status
from tests.books import Desk, act, declaration, norm, open_desk
from tests.examples import examples

_STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "norm",
                "below",
                "enabled",
                "act",
                "act_all",
                "say",
                "correct",
                "retract",
                "class",
                "approve",
            ]
        ),
        st.integers(0, 5),
    ),
    min_size=3,
    max_size=9,
)


def _do(desk: Desk, step: str, n: int, keys: list[str]) -> None:
    key = f"k{len(keys)}"
    other = keys[n % len(keys)] if keys else None
    made = {
        "norm": lambda: norm(key=key, instrument={"id": f"X.{n}"}),
        "below": lambda: norm(key=key, activity="va.exchange", effect="authorise"),
        "enabled": lambda: norm(
            key=key,
            activity="va.pay",
            force="delegated",
            enabling_instrument=f"X.{n}",
            instrument={"id": f"Y.{n}"},
        ),
        "act": lambda: act(key=key, target=f"key:{other}", at=f"2024-0{n + 3}-01"),
        "act_all": lambda: act(key=key, target=f"instrument:X.{n}", act="suspend"),
        "say": lambda: declaration(key=key, activity="va"),
    }.get(step)
    if made is not None and not (step == "act" and other is None):
        desk.record(made())
        keys.append(key)
    elif step == "correct" and other:
        desk.book.correct(
            other,
            norm(key=other, instrument={"id": "X.9"}),
            reason_code="other",
            **desk.who("recorder"),
        )
    elif step == "retract" and other:
        desk.book.retract(other, reason_code="other", **desk.who("recorder"))
    elif step == "class":
        body = Body(
            id=f"ORG{n}",
            name="An organisation",
            jurisdiction="PK",
            classes=(DatedClass(actor_class="bank"),),
        )
        desk.book.define([body], **desk.who("recorder"))
    elif step == "approve":
        waiting = [p.item.event for p in desk.book.entries.pending()]
        desk.approve(*waiting[n % len(waiting) :]) if waiting else None


@examples(8, phases=[Phase.generate])
@given(steps=_STEPS, at=st.integers(0, 9))
def test_following_step_by_step_gives_what_one_pass_gives(
    steps: list[tuple[str, int]], at: int
) -> None:
    """Only what an append can have changed is computed again, and nothing is missed.

    From step ``at`` on the view is left behind: the board is the same before and after it follows.
    """
    with tempfile.TemporaryDirectory() as folder:
        desk = open_desk(Path(folder) / "book.db")
        keys: list[str] = []
        for number, (step, n) in enumerate([*steps, ("approve", 0)]):
            if number == at:
                desk.book.projections.defer()
            desk.later(hours=1)
            try:
                _do(desk, step, n, keys)
            except (InputError, Refused):
                continue  # a story may ask for what the rules forbid
        behind = desk.book.cells.board_brief(as_of="2024-06-01")
        desk.book.projections.catch_up()
        assert desk.book.cells.board_brief(as_of="2024-06-01").cells == behind.cells
        with desk.book.store.reading() as conn:
            loader = desk.book.base.loader(conn, desk.book.store.head(conn).size)
            facts = loader.load_all()
            for place in status.claimed_places(conn) | status.stored_places(conn):
                assert not status.wrong_places(conn, [place], status.rows_of(place, facts))
        assert desk.book.verify().faults == ()
        desk.book.close()
