"""The taxonomy: look-ups, definitions, ranges of days, and refusals that name the nearest ids."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger.domain.definitions import (
    DEFAULT_ORDER,
    Activity,
    ActorClass,
    Body,
    DatedClass,
    Definition,
    Force,
    Jurisdiction,
    Membership,
    Profile,
)
from ledger.domain.taxonomy import Taxonomy
from ledger.errors import InputError, UnknownId

DAY = date(2024, 1, 1)
ITEMS: tuple[Definition | ActorClass, ...] = (
    Activity(id="va.exchange.fiat", name="Against money", parent="va.exchange"),
    Activity(id="va", name="Virtual assets", regime="assets"),
    Activity(id="va.exchange", name="Exchange", parent="va"),
    Activity(id="va.custody", name="Custody", parent="va"),
    Activity(id="state", name="The state's own"),
    ActorClass(id="bank", name="Banks"),
    ActorClass(id="vasp", name="Service providers"),
    Jurisdiction(id="PK", name="Pakistan"),
    Jurisdiction(id="PK-KP", name="Khyber Pakhtunkhwa", kind="subdivision"),
    Jurisdiction(id="GB", name="United Kingdom"),
    Jurisdiction(
        id="EU",
        name="European Union",
        kind="supranational",
        members=(Membership(jurisdiction="GB", since=date(1973, 1, 1), until=date(2020, 1, 31)),),
    ),
    Body(
        id="acme",
        name="Acme Ltd",
        jurisdiction="PK",
        classes=(
            DatedClass(actor_class="bank", until=date(2023, 12, 31)),
            DatedClass(actor_class="vasp", since=date(2023, 6, 1)),
        ),
    ),
)
TAXONOMY = Taxonomy.of(ITEMS)


def test_activities_form_trees() -> None:
    """Ancestors begin with the activity; descendants leave it out; unknown ids stand alone."""
    assert TAXONOMY.ancestors("va.exchange.fiat") == ("va.exchange.fiat", "va.exchange", "va")
    assert TAXONOMY.children("va") == ("va.custody", "va.exchange")
    assert TAXONOMY.descendants("va") == ("va.custody", "va.exchange", "va.exchange.fiat")
    assert TAXONOMY.descendants("va.custody") == ()
    assert TAXONOMY.ancestors("nowhere") == ("nowhere",)


def test_home_regime_is_the_roots() -> None:
    """The root gives the regime; a root that names none is its own regime."""
    assert TAXONOMY.home_regime("va.exchange.fiat") == "assets"
    assert TAXONOMY.home_regime("state") == "state"


def test_jurisdiction_path() -> None:
    """A part leads to what it is part of, defined or told by its ISO 3166-2 code alone."""
    assert TAXONOMY.jurisdiction_path("PK-KP") == ("PK-KP", "PK")
    assert TAXONOMY.jurisdiction_path("PK") == ("PK",)
    assert TAXONOMY.jurisdiction_path("DE-BY") == ("DE-BY", "DE")


def test_memberships_end_with_their_last_day() -> None:
    """The last day of a membership belongs to it; parts are members with the whole."""
    last = date(2020, 1, 31)
    assert TAXONOMY.unions_of("GB", last) == ("EU",)
    assert TAXONOMY.unions_of("GB-SCT", last) == ("EU",)
    assert TAXONOMY.unions_of("GB", last + timedelta(days=1)) == ()
    assert TAXONOMY.unions_of("GB", date(1972, 12, 31)) == ()


@given(day=st.dates())
def test_classes_of_a_day(day: date) -> None:
    """An organisation has exactly the classes whose range holds the day, under either spelling."""
    expected = {"bank"} if day <= date(2023, 12, 31) else set()
    expected |= {"vasp"} if day >= date(2023, 6, 1) else set()
    assert TAXONOMY.classes_of("org:acme", day) == TAXONOMY.classes_of("acme", day) == expected
    assert TAXONOMY.classes_of("org:nobody", day) == frozenset()


def test_who_holds_a_class_holds_those_above_it() -> None:
    """The dots of a class lead up; an organisation of a narrow class has the wider ones too."""
    classes = [ActorClass(id=i, name=i) for i in ("vasp", "vasp.new", "vasp.new.small", "vaspx")]
    held = (DatedClass(actor_class="vasp.new.small"),)
    body = Body(id="acme", name="Acme", jurisdiction="PK", classes=held)
    made = Taxonomy.of([*classes, Jurisdiction(id="PK", name="Pakistan"), body])
    assert made.class_path("vasp.new.small") == ("vasp.new.small", "vasp.new", "vasp")
    assert made.class_path("vasp.unknown") == ("vasp.unknown",)
    assert made.classes_below("vasp") == ("vasp.new", "vasp.new.small")
    assert made.classes_below("vasp.new.small") == ()
    assert made.classes_of("acme", DAY) == {"vasp", "vasp.new", "vasp.new.small"}
    grown = made.with_definition(ActorClass(id="vasp.old", name="Old"))
    assert grown.classes_below("vasp") == ("vasp.new", "vasp.new.small", "vasp.old")


@pytest.mark.parametrize("name", ["any.bank", "bank.", ".bank", "a..b", "Bank"])
def test_what_is_no_class(name: str) -> None:
    """Everybody is `any`, so nothing stands below it; the dots of a class stand between words."""
    with pytest.raises(ValidationError):
        ActorClass(id=name, name="A class")


def test_a_higher_force_has_a_higher_rank() -> None:
    """The default order ranks from constitutional down."""
    ranks = [TAXONOMY.rank(force, "PK") for force in DEFAULT_ORDER]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == len(ranks)


def test_the_nearest_profile_applies() -> None:
    """A jurisdiction's profile holds for it and its parts, and for nobody else."""
    order: tuple[Force, ...] = ("supranational", "constitutional", *DEFAULT_ORDER[2:])
    changed = TAXONOMY.with_definition(Profile(jurisdiction="PK", order=order))
    assert changed.profile_of("PK-KP") == "PK"
    assert changed.profile_of("GB") == "*"
    assert changed.rank("supranational", "PK-KP") > changed.rank("constitutional", "PK-KP")
    assert changed.rank("supranational", "GB") < changed.rank("constitutional", "GB")
    assert TAXONOMY.rank("supranational", "PK") < TAXONOMY.rank("constitutional", "PK")


def test_a_profile_names_every_force_once() -> None:
    """A profile that leaves a force out, or names one twice, is refused."""
    with pytest.raises(ValidationError, match="report"):
        Profile(jurisdiction="PK", order=tuple(f for f in DEFAULT_ORDER if f != "report"))
    with pytest.raises(ValidationError, match="exactly once"):
        Profile(jurisdiction="*", order=(*DEFAULT_ORDER, "primary"))


@given(order=st.permutations(ITEMS))
def test_the_order_of_definitions_does_not_show(
    order: list[Definition],
) -> None:
    """A taxonomy is the same however its items were listed, iteration included."""
    made = Taxonomy.of(order)
    assert made == TAXONOMY
    assert list(made.activities) == list(TAXONOMY.activities)


def test_defining_one_by_one_gives_the_same_answers() -> None:
    """Look-ups made before a definition do not outlive it."""
    grown = Taxonomy.of([item for item in ITEMS if not isinstance(item, Activity)])
    for item in sorted((i for i in ITEMS if isinstance(i, Activity)), key=lambda a: a.id):
        assert grown.ancestors(item.id) == (item.id,)
        grown = grown.with_definition(item, version="@9")
        assert grown.ancestors(item.id) == TAXONOMY.ancestors(item.id)
    assert grown.version == "@9"
    assert grown.descendants("va") == TAXONOMY.descendants("va")
    assert TAXONOMY.version == "starter"


def test_holds_compares_content() -> None:
    """A definition is held only if every member is the same."""
    assert TAXONOMY.holds(Jurisdiction(id="PK", name="Pakistan"))
    assert not TAXONOMY.holds(Jurisdiction(id="PK", name="Pakistan", kind="supranational"))
    assert not TAXONOMY.holds(Jurisdiction(id="DE", name="Germany"))


def test_unknown_ids_come_with_the_nearest() -> None:
    """An unknown id is refused with kind, value and the known ids that look or sound like it."""
    with pytest.raises(UnknownId) as caught:
        TAXONOMY.require("activity", "va.exchagne")
    assert (caught.value.kind, caught.value.value) == ("activity", "va.exchagne")
    assert caught.value.nearest[0] == "va.exchange"
    assert "did you mean va.exchange" in caught.value.hint
    with pytest.raises(UnknownId) as caught:
        TAXONOMY.require("jurisdiction", "Pakistan")
    assert caught.value.nearest == ("PK",)
    with pytest.raises(UnknownId) as caught:
        TAXONOMY.require("body", "acmee")
    assert caught.value.nearest == ("acme",)
    with pytest.raises(UnknownId) as caught:
        TAXONOMY.require_addressee("banks")
    assert (caught.value.kind, caught.value.nearest) == ("actor class", ("bank",))
    with pytest.raises(UnknownId) as caught:
        TAXONOMY.require_addressee("org:zzz")
    assert (caught.value.kind, caught.value.nearest) == ("body", ())
    TAXONOMY.require_addressee("any")
    TAXONOMY.require_addressee("org:acme")
    TAXONOMY.require("actor class", "bank")
    assert TAXONOMY.actor_classes["bank"].name == "Banks"


def test_other_codes_of_a_country_lead_to_its_own() -> None:
    """UK is what people write for GB; a code that leads to nothing known is spelt as others are."""
    assert TAXONOMY.nearest("jurisdiction", "UK") == ("GB",)
    assert TAXONOMY.nearest("jurisdiction", "uk") == ("GB",)
    assert "GR" not in TAXONOMY.nearest("jurisdiction", "EL")
    with pytest.raises(UnknownId) as caught:
        TAXONOMY.require("jurisdiction", "US-NY")
    assert caught.value.message == "jurisdiction 'US-NY' (New York) is not defined"
    assert "regledger define jurisdiction US-NY" in caught.value.hint


def test_a_short_code_with_one_wrong_letter_has_near_ones() -> None:
    """Half of a two-letter code is enough, in either case; half of a longer id is not."""
    assert TAXONOMY.nearest("jurisdiction", "PX") == ("PK",)
    assert TAXONOMY.nearest("jurisdiction", "px") == ("PK",)
    assert TAXONOMY.nearest("body", "acxxxx") == ()


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (Activity(id="x.y", name="x", parent="x"), "activity"),
        (Jurisdiction(id="DE-BY", name="Bavaria", parent="DE"), "jurisdiction"),
        (
            Jurisdiction(id="GC", name="Gulf", members=(Membership(jurisdiction="QA", since=DAY),)),
            "jurisdiction",
        ),
        (Body(id="b", name="b", jurisdiction="QA"), "jurisdiction"),
        (Body(id="b", name="b", jurisdiction="PK", parent="a"), "body"),
        (
            Body(id="b", name="b", jurisdiction="PK", classes=(DatedClass(actor_class="emi"),)),
            "actor class",
        ),
        (Profile(jurisdiction="QA"), "jurisdiction"),
        (ActorClass(id="emi.small", name="Small"), "actor class"),
    ],
)
def test_definitions_refer_to_what_is_there(item: Definition, kind: str) -> None:
    """A parent, member, class or place that is not defined is refused."""
    with pytest.raises(UnknownId) as caught:
        TAXONOMY.check(item)
    assert caught.value.kind == kind


def test_nothing_is_above_itself() -> None:
    """Parents that form a circle are refused."""
    with pytest.raises(InputError, match="above itself"):
        Taxonomy.of(
            [Activity(id="a", name="a", parent="b"), Activity(id="b", name="b", parent="a")]
        )
    with pytest.raises(InputError, match="defined twice"):
        Taxonomy.of([Activity(id="a", name="a"), Activity(id="a", name="b")])


@pytest.mark.parametrize("text", ["2024", "2024-01-01T00:00:00", "01.02.2024", "2024-02-30", 7])
def test_days_have_one_spelling(text: object) -> None:
    """The days of memberships and classes are YYYY-MM-DD and exist."""
    with pytest.raises(ValidationError):
        DatedClass.model_validate({"actor_class": "bank", "since": text})


def test_ranges_run_forwards() -> None:
    """A range that ends before it starts is refused."""
    with pytest.raises(ValidationError, match="until"):
        DatedClass(actor_class="bank", since=DAY, until=DAY - timedelta(days=1))
    assert DatedClass(actor_class="bank", since=DAY, until=DAY).holds(DAY)
