"""Imprecise dates: the choices, their number, and how they are merged."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.edtf_dates import parse
from ledger.domain.resolve.imprecise_dates import DateChoices, date_choices, imprecise_texts
from ledger.domain.state_records import CountedClaim
from tests.domain.resolve.small_world import on
from tests.domain.worlds import act, ask, counted, instrument, norm, proposal, said

ORDER = ["prohibited", "under_framework", "undetermined", "legal"]


def day(number: int) -> str:
    """A day of the small world, as text."""
    return on(number).isoformat()


@st.composite
def dates(draw: st.DrawFn) -> str:
    """A day, or one of a few."""
    first = draw(st.integers(5, 40))
    last = first + draw(st.integers(1, 8))
    return draw(st.sampled_from([day(first), f"[{day(first)}..{day(last)}]"]))


@st.composite
def worlds(draw: st.DrawFn) -> list[CountedClaim]:
    """Up to three norms with imprecise ends, and up to two imprecise repeals or suspensions."""
    out: list[CountedClaim] = []
    for i in range(draw(st.integers(1, 3))):
        fields: dict[str, Any] = {"made": day(i), "regime": draw(st.sampled_from(["va", "aml"]))}
        effect = draw(st.sampled_from(["prohibit", "authorise", "permit"]))
        out.append(norm(f"n{i}", effect, draw(dates()), **fields))
    for i in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from(["repeal", "suspend", "revive"]))
        out.append(act(f"x{i}", kind, "n0", draw(dates())))
    return out


def fixed(claims: list[CountedClaim]) -> list[list[CountedClaim]]:
    """The worlds in which every imprecise date is one of its ends."""
    slots = []
    for c in claims:
        name = "effective_from" if c.claim.kind == "norm" else "at"
        days = parse(getattr(c.claim, name))
        ends = dict.fromkeys((days.earliest, days.latest))
        slots.append([(c, name, end.isoformat()) for end in ends if end])
    return [
        [
            counted(c.id, **{**c.claim.model_dump(exclude_none=True), name: text})
            for c, name, text in chosen
        ]
        for chosen in product(*slots)
    ]


@given(worlds(), st.integers(0, 55))
def test_the_answer_is_the_strictest_of_all_fixed_worlds(
    world: list[CountedClaim], number: int
) -> None:
    """Each imprecise date at either end, in every combination, as worlds of precise dates."""
    found = ask(world, day(number), view="normative")
    expected = [ask(w, day(number), view="normative") for w in fixed(world)]
    occurring = sorted({e.status for e in expected}, key=ORDER.index)
    assert found.status == occurring[0]
    assert found.possible == (tuple(occurring) if len(occurring) > 1 else ())
    assert ("date_uncertain" in found.flags) is (len(occurring) > 1)
    same = [e for e in expected if e.status == found.status]
    assert found.basis == tuple(sorted({claim for e in same for claim in e.basis}))


def months(count: int) -> list[CountedClaim]:
    """Norms that start some time in June."""
    return [norm(f"n{i}", "authorise", "2024-06") for i in range(count)]


def choices(norms: list[CountedClaim]) -> DateChoices:
    """The choices of day that these norms ask for."""
    return date_choices(imprecise_texts(one, made=False) for one in norms)


def test_up_to_six_texts_are_tried_in_every_combination() -> None:
    """64 choices for six, two for seven."""
    assert len(choices(months(6)).choices) == 64
    seven = choices(months(7))
    assert (len(seven.choices), seven.beyond) == (2, True)


def test_beyond_six_the_flag_is_always_set() -> None:
    """Even where both extremes agree."""
    assert "date_uncertain" not in ask(months(6), "2025-01-01").flags
    found = ask(months(7), "2025-01-01")
    assert "date_uncertain" in found.flags
    assert found.possible == ("under_framework",)


def test_one_text_of_one_instrument_moves_together() -> None:
    """Two norms of one law that starts in June start on the same day; of two laws they may not."""
    clause = [{"claim": "soft", "provision": "1"}]

    def world(first: str, second: str) -> list[CountedClaim]:
        hard = norm("hard", "permit", "2024-06", instrument={"id": first}, overrides=clause)
        return [hard, norm("soft", "prohibit", "2024-06", instrument={"id": second})]

    assert ask(world("L", "L"), "2024-06-15").possible == ("undetermined", "legal")
    assert ask(world("L", "M"), "2024-06-15").possible == ("prohibited", "undetermined", "legal")


def test_marks_of_doubt_add_no_days() -> None:
    """An approximate day is one day, flagged."""
    found = ask([norm("n", "prohibit", "2024-06-10~")], "2024-06-10")
    assert found.status == "prohibited"
    assert "date_approximate" in found.flags
    assert found.possible == ()
    assert "date_approximate" not in ask([norm("n", "prohibit", "2024-06-10")], "2024-06-10").flags


def test_the_prudential_view_is_taken_under_each_choice() -> None:
    """Where the licence may have ended, the declared ban counts where it has."""
    licence = norm("licence", "authorise", "2020-01-01", effective_to="2024-06")
    ban = said("ban", "prohibited", "2024-06-01", issuer="PK.SBP")
    found = ask([licence, ban], "2024-06-15")
    assert (found.status, found.possible) == ("prohibited", ("prohibited", "under_framework"))
    assert (found.basis_kind, found.basis) == ("declared", ("ban",))


def test_an_unsure_start_of_a_year_without_an_end_is_read_as_open() -> None:
    """[a..] may never begin, [..b] may always have been."""
    found = ask([norm("n", "prohibit", "[2024-06-01..]")], "2030-01-01")
    assert found.possible == ("prohibited", "undetermined")
    found = ask([norm("n", "prohibit", "[..2024-06-01]")], "1990-01-01")
    assert found.possible == ("prohibited", "undetermined")
    assert ask([norm("n", "prohibit", "[..2024-06-01]")], "2024-06-01").possible == ()


@pytest.mark.parametrize(
    ("made", "works"),
    [("2024-04", True), ("2024-05", False), ("[2024-04-25..2024-05-02]", False)],
)
def test_an_extension_must_surely_have_been_made_in_time(made: str, *, works: bool) -> None:
    """Made by the day after the last day, however its date is read, in every run alike."""
    claims = [
        norm("n", "prohibit", "2024-01-01", effective_to="2024-04-29"),
        act("x", "extend", "n", "2024-04-30", made=made, until="2024-12-31"),
    ]
    found = ask(claims, "2024-06-01")
    assert (found.status == "prohibited") is works
    assert ("extension_after_expiry" in found.flags) is not works
    assert found.possible == ()


def test_imprecise_statements_vary_too() -> None:
    """A ban declared some time in June may or may not have been declared by mid June."""
    found = ask([said("ban", "prohibited", "2024-06")], "2024-06-15")
    assert (found.status, found.possible) == ("prohibited", ("prohibited", "undetermined"))
    assert ask([proposal("bill", "tabled", "2024-06")], "2024-06-15").reason == "proposals_only"


def test_dates_that_no_run_reads_do_not_count() -> None:
    """Years of making beside precise starts leave nothing uncertain."""
    claims = [norm(f"n{i}", "prohibit", "2024-06-10", made="2024") for i in range(9)]
    assert "date_uncertain" not in ask(claims, "2024-07-01").flags


def test_the_day_a_norm_was_made_varies_where_a_statement_may_be_overtaken() -> None:
    """Made some time in June, by mid June it may have overtaken what was said in March."""
    law = norm("law", "permit", "2030-01-01", made="2024-06")
    ban = said("ban", "prohibited", "2024-03-01", issuer="PK.SBP")
    assert ask([law, ban], "2024-06-15").possible == ("prohibited", "undetermined")
    assert ask([law, ban], "2024-06-30").status == "undetermined"


def test_the_day_a_norm_was_made_does_not_vary_where_it_overtakes_nothing() -> None:
    """A sixth text beside five is the last that is tried: one more would leave all uncertain."""
    bill = proposal("bill", "idea", "2024-02")
    for made, uncertain in (("2024-02", False), ("[2024-03-01..2024-03-02]", True)):
        waiting = norm("waiting", "permit", made=made, commencement="pending")
        found = ask([*months(5), bill, waiting], "2025-01-01")
        assert ("date_uncertain" in found.flags) is uncertain


@pytest.mark.parametrize(("force", "needed"), [("delegated", False), ("primary", True)])
def test_what_gives_power_over_another_target_is_not_read(force: str, *, needed: bool) -> None:
    """An order under a power commences a whole text; only here it may need none."""
    claims = [
        norm(
            *("granting", "authorise", "2024-01-31"),
            activity="va.exchange",
            instrument=instrument("I0"),
        ),
        act(
            *("stay", "suspend", "granting", "2024-03-18"),
            activity="va.exchange",
            made="2024-03-01~",
            force="judicial",
        ),
        norm(
            *("here", "prohibit", "2024-01-31"),
            force=force,
            instrument=instrument("I2"),
            enabling_instrument=None if needed else "elsewhere",
        ),
        norm(
            *("other", "authorise", "2024-01-17"),
            activity="va.custody",
            instrument=instrument("I2"),
        ),
        act(
            *("start", "commence", "instrument:I2", "2024-02-19"),
            force="delegated",
            enabling_instrument="I0",
        ),
    ]
    assert ("date_approximate" in ask(claims, "2024-03-01").flags) is needed


def test_a_basis_that_may_be_declared_only_is_called_declared() -> None:
    """The ban may have ended; in that run the same answer rests on a declaration."""
    ban = norm("norm", "prohibit", "2020-01-01", effective_to="2024-06")
    word = said("word", "prohibited", "2024-03-01", issuer="PK.SBP")
    found = ask([ban, word], "2024-06-15")
    assert (found.status, found.possible) == ("prohibited", ())
    assert (found.basis_kind, found.basis) == ("declared", ("norm", "word"))
