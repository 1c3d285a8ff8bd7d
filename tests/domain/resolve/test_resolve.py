"""What matches, when a norm is in force, and what acts do to it: rule by rule."""

from __future__ import annotations

import pytest

from tests.domain.worlds import BAN, ENDING, act, ask, instrument, norm, status

# --- what matches --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "matches"), [("PK", True), ("PK-KP", True), ("DE", False), ("EU", False)]
)
def test_a_claim_matches_its_place_and_what_is_below_it(place: str, *, matches: bool) -> None:
    """A federal rule binds the province; a rule of the province does not bind the federation."""
    assert (ask([BAN], "2024-06-01", place=place).status == "prohibited") is matches
    provincial = norm("p", "prohibit", "2024-01-01", jurisdiction="PK-KP")
    assert ask([provincial], "2024-06-01").status == "undetermined"
    assert ask([provincial], "2024-06-01", place="PK-KP").status == "prohibited"


@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("1972-12-31", "undetermined"),
        ("1973-01-01", "prohibited"),
        ("2020-01-31", "prohibited"),
        ("2020-02-01", "undetermined"),
    ],
)
def test_union_law_matches_members_while_they_are_members(day: str, status: str) -> None:
    """Both the first and the last day of a membership belong to it."""
    law = norm("eu", "prohibit", "1960-01-01", jurisdiction="EU", force="supranational")
    found = ask([law], day, place="GB")
    assert found.status == status
    assert found.reason == (None if status == "prohibited" else "no_claims")


def test_only_supranational_force_reaches_members() -> None:
    """A union's act of another force binds nobody but the union."""
    law = norm("eu", "prohibit", "1960-01-01", jurisdiction="EU")
    assert ask([law], "2000-01-01", place="DE").reason == "no_claims"
    assert ask([law], "2000-01-01", place="EU").status == "prohibited"


@pytest.mark.parametrize(
    ("activity", "matches"),
    [("va", False), ("va.exchange", True), ("va.exchange.fiat", True), ("va.mining", False)],
)
def test_a_claim_matches_its_activity_and_what_is_below_it(activity: str, *, matches: bool) -> None:
    """Never its parent: nothing is aggregated upwards."""
    law = norm("law", "prohibit", "2024-01-01", activity="va.exchange")
    found = ask([law], "2024-06-01", activity)
    assert (found.status == "prohibited") is matches
    assert ("children_differ" in found.flags) is (activity == "va")


@pytest.mark.parametrize(
    ("actor", "day", "matches"),
    [
        ("any", "2024-03-01", False),
        ("vasp", "2024-03-01", True),
        ("bank", "2024-03-01", False),
        ("org:acme", "2023-12-31", False),
        ("org:acme", "2024-01-01", True),
        ("org:acme", "2024-06-30", True),
        ("org:acme", "2024-07-01", False),
    ],
)
def test_an_organisation_has_its_classes_on_their_days(
    actor: str, day: str, *, matches: bool
) -> None:
    """A rule for a class binds whoever has the class that day."""
    law = norm("law", "prohibit", "2020-01-01", addressees=["vasp"])
    assert (ask([law], day, actor=actor).status == "prohibited") is matches


def test_asking_for_anybody_tells_which_classes_differ() -> None:
    """Rules for a class do not show in the answer for any, but the answer names the class."""
    found = ask([norm("b", "prohibit", "2020-01-01", addressees=["bank", "emi"])], "2024-01-01")
    assert found.status == "undetermined"
    assert found.actors == (("bank", "prohibited"), ("emi", "prohibited"))
    assert "actors_differ" in found.flags
    assert ask([BAN], "2024-06-01").actors == ()


def test_the_nearer_addressee_wins() -> None:
    """An organisation before its class, a class before everybody."""
    everybody = norm("any", "prohibit", "2020-01-01")
    vasps = norm("vasps", "authorise", "2020-01-01", addressees=["any", "vasp"])
    acme = norm("acme", "permit", "2020-01-01", addressees=["org:acme"], regime="va")
    claims = [everybody, vasps, acme]
    assert ask(claims, "2024-03-01").flags.count("contested:tie") == 1
    assert ask(claims, "2024-03-01", actor="vasp").status == "under_framework"
    found = ask(claims, "2024-03-01", actor="org:acme")
    assert (found.status, found.losers[0].rule) == ("legal", "lex_specialis_addressee")


# --- when a norm is in force ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dates", "first"),
    [
        ({"effective_from": "2024-03-01"}, "03-01"),
        ({"effective_from": "2024-03-01", "applicable_from": "2024-05-01"}, "05-01"),
        ({"effective_from": "2024-03-01", "applicable_from": "2024-02-01"}, "03-01"),
        ({"effective_from": "2024-03-01", "published": "2024-02-01"}, "03-01"),
        ({"published": "2024-04-01", "made": "2024-02-01"}, "04-01"),
        ({"made": "2024-02-01"}, "02-01"),
        ({"made": "2024-02-01", "applicable_from": "2024-05-01"}, "05-01"),
    ],
)
def test_where_a_start_is_read_from(dates: dict[str, str], first: str) -> None:
    """The later of effective and applicable; without effective_from published, else made."""
    claims = [norm("n", "prohibit", **dates)]
    before = f"{int(first[:2]) - 1:02}-28"
    assert status(claims, before, first) == ["not_yet_in_force", "prohibited"]


def test_only_five_forces_decide() -> None:
    """Rules of lesser force are no candidates, and leave nothing to have lapsed."""
    for force in ("individual", "institutional", "official", "report"):
        found = ask([norm("n", "prohibit", "2024-01-01", force=force)], "2024-06-01")
        assert (found.status, found.reason) == ("undetermined", "no_claims")
    for force in ("constitutional", "supranational", "primary", "supervisory"):
        assert ask([norm("n", "prohibit", "2024-01-01", force=force)], "2024-06-01").status == (
            "prohibited"
        )


def test_a_pending_norm_starts_with_its_commencement() -> None:
    """No date of its own starts it; an act does, and another may postpone it in time."""
    pending = norm("n", "prohibit", "2024-01-01", commencement="pending")
    start = act("start", "commence", "n", "2024-06-01", made="2024-05-01")
    assert status([pending], "05-01") == ["not_yet_in_force"]
    assert status([pending, start], "05-31", "06-01") == ["not_yet_in_force", "prohibited"]
    later = act("later", "postpone", "n", "2024-09-01", made="2024-05-31")
    claims = [pending, start, later]
    assert status(claims, "06-01", "08-31", "09-01") == [*["not_yet_in_force"] * 2, "prohibited"]
    late = act("later", "postpone", "n", "2024-09-01", made="2024-06-01")
    assert status([pending, start, late], "06-01") == ["prohibited"]


@pytest.mark.parametrize("kind", ["repeal", "replace", "annul"])
def test_an_end_cuts_from_its_first_day(kind: str) -> None:
    """The day before still counts."""
    claims = [BAN, act("end", kind, "ban", "2024-05-01")]
    assert status(claims, "04-30", "05-01") == ["prohibited", "lapsed"]


def test_an_act_on_an_instrument_reaches_all_its_norms() -> None:
    """Every norm of the instrument ends, and no other."""
    other = norm("other", "authorise", "2024-01-01", activity="va", instrument=instrument("LAW"))
    third = norm("third", "permit", "2024-01-01", instrument=instrument("ELSE"), regime="va")
    claims = [BAN, other, third, act("end", "repeal", "instrument:LAW", "2024-05-01")]
    assert status(claims, "04-30", "05-01") == ["prohibited", "legal"]


def test_annulled_from_the_start_a_norm_was_never_in_force() -> None:
    """Yet its start has passed: it lapsed. A revival starts anew."""
    never = act("never", "annul", "ban", "2024-05-01", force="judicial", ex_tunc=True)
    assert status([BAN, never], "02-01", "06-01") == ["lapsed", "lapsed"]
    again = act("again", "revive", "ban", "2024-07-01")
    assert status([BAN, never, again], "02-01", "06-30", "07-01") == [
        *["lapsed", "lapsed", "prohibited"]
    ]


def test_an_amendment_changes_no_interval() -> None:
    """The new text is another norm."""
    assert status([BAN, act("a", "amend", "ban", "2024-05-01")], "06-01") == ["prohibited"]


def test_an_extension_in_time_moves_the_last_day_and_never_back() -> None:
    """Made on the day after the last day is still in time."""
    longer = act("x", "extend", "ban", "2024-05-01", made="2024-05-01", until="2024-06-30")
    assert status([ENDING, longer], "04-30", "05-01", "06-30", "07-01") == [
        *["prohibited"] * 3,
        "lapsed",
    ]
    shorter = act("y", "extend", "ban", "2024-03-01", until="2024-03-31")
    assert status([ENDING, shorter], "04-30") == ["prohibited"]
    again = act("z", "extend", "ban", "2024-07-01", made="2024-06-01", until="2024-08-31")
    assert status([ENDING, longer, again], "08-31", "09-01") == ["prohibited", "lapsed"]


def test_an_extension_does_nothing_for_open_and_for_repealed_norms() -> None:
    """An open end stays open, a repeal stays a repeal; neither is flagged as late."""
    x = act("x", "extend", "ban", "2024-03-01", until="2024-04-30")
    assert status([BAN, x], "12-31") == ["prohibited"]
    end = act("end", "repeal", "ban", "2024-02-01")
    found = ask([ENDING, end, x], "2024-03-15")
    assert (found.reason, "extension_after_expiry" in found.flags) == ("lapsed", False)


def test_a_suspended_norm_can_be_extended() -> None:
    """The last day is the one before holes."""
    claims = [
        ENDING,
        act("s", "suspend", "ban", "2024-04-01"),
        act("x", "extend", "ban", "2024-05-01", made="2024-04-30", until="2024-06-30"),
        act("l", "lift", "ban", "2024-06-01"),
    ]
    assert status(claims, "05-31", "06-01", "06-30", "07-01") == [
        *["suspended", "prohibited", "prohibited", "lapsed"]
    ]


def test_suspensions_end_when_lifted_replaced_or_over() -> None:
    """A lift aimed at the norm ends all that have begun, one at a suspension only that one."""
    first = act("s1", "suspend", "ban", "2024-03-01", until="2024-03-31")
    second = act("s2", "suspend", "ban", "2024-03-15")
    assert status([BAN, first], "02-28", "03-01", "03-31", "04-01") == [
        *["prohibited", "suspended", "suspended", "prohibited"]
    ]
    both = [BAN, first, second]
    for kind in ("lift", "repeal", "replace", "annul"):
        one = act("l", kind, "s2", "2024-03-20")
        assert status([*both, one], "03-20", "04-01") == ["suspended", "prohibited"]
    everything = act("l", "lift", "ban", "2024-03-20")
    assert status([*both, everything], "03-19", "03-20") == ["suspended", "prohibited"]
    early = act("l", "lift", "ban", "2024-03-14")
    assert status([*both, early], "03-14", "03-15") == ["prohibited", "suspended"]


def test_acts_of_one_day_have_an_order() -> None:
    """A suspension and its lift on one day leave no hole; a repeal and a revival leave the norm."""
    same = "2024-05-01"
    claims = [BAN, act("a-lift", "lift", "ban", same), act("s", "suspend", "ban", same)]
    assert status(claims, "05-01") == ["prohibited"]
    claims = [BAN, act("a-revive", "revive", "ban", same), act("r", "repeal", "ban", same)]
    assert status(claims, "05-01", "12-01") == ["prohibited", "prohibited"]
    claims = [ENDING, act("a", "repeal", "ban", "2024-05-01")]
    claims.append(act("z", "extend", "ban", "2024-05-01", until="2024-06-30"))
    assert status(claims, "05-01") == ["lapsed"]


def test_of_one_kind_and_day_the_act_made_earlier_goes_first() -> None:
    """The first extension, made in time, makes room for the second."""
    claims = [
        ENDING,
        act("a", "extend", "ban", "2024-05-01", made="2024-06-01", until="2024-08-31"),
        act("b", "extend", "ban", "2024-05-01", made="2024-04-30", until="2024-06-30"),
    ]
    assert status(claims, "08-31", "09-01") == ["prohibited", "lapsed"]


def test_an_extended_suspension_ends_later() -> None:
    """Only where the extension was made in time."""
    hole = act("s", "suspend", "ban", "2024-03-01", until="2024-03-31")
    longer = act("x", "extend", "s", "2024-04-01", until="2024-04-30")
    assert status([BAN, hole, longer], "04-30", "05-01") == ["suspended", "prohibited"]
    late = act("x", "extend", "s", "2024-04-02", until="2024-04-30")
    assert status([BAN, hole, late], "04-15") == ["prohibited"]
    assert "extension_after_expiry" in ask([BAN, hole, late], "2024-04-15").flags


def test_a_revival_is_a_new_interval_that_ends_no_suspension() -> None:
    """From its day to its until, else to the norm's own last day; it can be extended."""
    end = act("end", "repeal", "ban", "2024-02-01")
    hole = act("hole", "suspend", "ban", "2024-02-15", until="2024-03-15")
    back = act("back", "revive", "ban", "2024-03-01")
    claims = [ENDING, end, hole, back]
    days = ("01-31", "02-01", "02-20", "03-01", "03-16", "04-30", "05-01")
    expected = ["prohibited", "lapsed", "lapsed", "suspended", "prohibited", "prohibited", "lapsed"]
    assert status(claims, *days) == expected
    until = act("back", "revive", "ban", "2024-06-01", until="2024-06-30")
    more = act("x", "extend", "ban", "2024-07-01", until="2024-07-31")
    claims = [ENDING, end, until, more]
    assert status(claims, "05-31", "06-01", "07-31", "08-01") == [
        *["lapsed", "prohibited", "prohibited", "lapsed"]
    ]
