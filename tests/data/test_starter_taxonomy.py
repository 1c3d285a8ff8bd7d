"""The starter taxonomy: complete, consistent, small enough for one log entry, codes of ISO."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, get_args

import orjson
import pycountry
import pytest

from ledger.domain.definitions import Force
from ledger.places import part_of_country

if TYPE_CHECKING:
    from ledger.domain.definitions import Jurisdiction
    from ledger.domain.taxonomy import Taxonomy

VASP_SERVICES = {"va.exchange.fiat", "va.exchange.crypto", "va.transfer", "va.custody", "va.offer"}
MEMBERS_NOW = 27


def test_it_has_exactly_the_documented_parts(starter: dict[str, Any]) -> None:
    """The file has the five members the ledger adopts at its birth and nothing else."""
    assert set(starter) == {"name", "activities", "actor_classes", "jurisdictions", "profiles"}


@pytest.mark.parametrize("shelf", ["activities", "actor_classes", "jurisdictions"])
def test_ids_are_unique(starter: dict[str, Any], shelf: str) -> None:
    """No id stands for two things."""
    ids = [item["id"] for item in starter[shelf]]
    assert len(set(ids)) == len(ids)


def test_parents_stand_before_their_children_and_in_their_names(starter: dict[str, Any]) -> None:
    """An activity's parent is its id without the last part, and is defined above it."""
    seen: set[str] = set()
    for activity in starter["activities"]:
        parent = activity["id"].rpartition(".")[0] or None
        assert activity.get("parent") == parent
        assert parent is None or parent in seen
        seen.add(activity["id"])


def test_roots_and_only_roots_name_a_home_regime(starter: dict[str, Any]) -> None:
    """The home regime is given once, by the root."""
    for activity in starter["activities"]:
        assert ("regime" in activity) == ("parent" not in activity), activity["id"]


def test_every_activity_says_what_it_is(starter: dict[str, Any]) -> None:
    """Every activity has a definition in a sentence; leaves of the virtual asset tree cite one."""
    for activity in starter["activities"]:
        assert len(activity["definition"]) > len(activity["name"]), activity["id"]
        if activity["id"].startswith("va"):
            assert "Source: " in activity["definition"], activity["id"]


def test_the_five_services_are_there(taxonomy: Taxonomy) -> None:
    """The services that make a virtual asset service provider all have an activity of their own."""
    assert set(taxonomy.activities) >= VASP_SERVICES
    assert all(taxonomy.ancestors(item)[-1] == "va" for item in VASP_SERVICES)


def test_the_profile_ranks_every_force_once(starter: dict[str, Any]) -> None:
    """The default ladder holds each force exactly once, the constitution on top."""
    default, pakistan = starter["profiles"]
    assert (default["jurisdiction"], pakistan["jurisdiction"]) == ("*", "PK")
    assert default["order"] == pakistan["order"]
    assert sorted(default["order"]) == sorted(get_args(Force))
    assert default["order"][0] == "constitutional"


def test_only_ordinances_of_pakistan_are_temporary(taxonomy: Taxonomy) -> None:
    """An ordinance of Pakistan or a part of it ends by itself; one of Hong Kong is an act."""
    assert taxonomy.temporary("PK") == taxonomy.temporary("PK-SD") == ("ordinance",)
    assert taxonomy.temporary("HK") == ()


def test_jurisdictions_bear_iso_codes(starter: dict[str, Any]) -> None:
    """Countries are ISO 3166-1 codes, parts of countries ISO 3166-2 codes below their country."""
    parts = {part.code: (part.country_code, part.name) for part in pycountry.subdivisions}
    for place in starter["jurisdictions"]:
        if place["kind"] == "subdivision":
            assert parts[place["id"]] == (place["parent"], place["name"])


def test_every_country_is_there(starter: dict[str, Any]) -> None:
    """All codes of ISO 3166-1, no other, in order, and no two of one name."""
    listed = sorted(country.alpha_2 for country in pycountry.countries)
    found = [place for place in starter["jurisdictions"] if place["kind"] == "country"]
    assert [place["id"] for place in found] == listed
    assert len({place["name"] for place in found}) == len(listed)


def test_the_table_of_parts_is_that_of_iso() -> None:
    """Every part lies in a country or another part; few parts that ISO lists are left out."""
    listed = {part.code: part for part in pycountry.subdivisions}
    left_out = {code for code in listed if part_of_country(code) is None}
    assert all(code[:2] in {"CN", "FI", "FR", "NL", "SH", "US"} for code in left_out)
    assert len(left_out) < 25  # those that are countries of their own in ISO 3166-1
    for code in listed.keys() - left_out:
        part = part_of_country(code)
        assert part is not None
        assert part.name
        assert part.parent == (listed[code].parent_code or listed[code].country_code)
    assert part_of_country("US-NY") == ("US-NY", "US", "New York")
    assert part_of_country("US") is None


def test_all_parts_of_pakistan_are_there(taxonomy: Taxonomy) -> None:
    """No province or territory that ISO lists for Pakistan is missing."""
    listed = {part.code for part in pycountry.subdivisions if part.country_code == "PK"}
    assert listed == {place for place in taxonomy.jurisdictions if place.startswith("PK-")}


def test_the_union_has_its_members_of_each_time(taxonomy: Taxonomy) -> None:
    """The Union has 6, 9, 12, 15, 25, 27, 28 and again 27 members, and one left at a known day."""
    union = taxonomy.jurisdictions["EU"]
    counts = {year: _members(union, date(year, 12, 31)) for year in (1958, 1973, 1986, 1995)}
    assert {year: len(found) for year, found in counts.items()} == {
        1958: 6,
        1973: 9,
        1986: 12,
        1995: 15,
    }
    assert len(_members(union, date(2004, 5, 1))) == 25
    assert len(_members(union, date(2007, 1, 1))) == 27
    assert len(_members(union, date(2013, 7, 1))) == 28
    assert "GB" in _members(union, date(2020, 12, 31))  # Withdrawal Agreement, articles 126, 127
    assert len(_members(union, date(2021, 1, 1))) == MEMBERS_NOW
    assert taxonomy.unions_of("GB", date(2021, 1, 1)) == ()


def test_it_fits_into_one_log_entry(starter: dict[str, Any]) -> None:
    """The whole taxonomy goes into one entry of at most 65,535 bytes, with room to grow."""
    assert len(orjson.dumps(starter)) < 40_000


def _members(union: Jurisdiction, day: date) -> set[str]:
    return {member.jurisdiction for member in union.members if member.holds(day)}
