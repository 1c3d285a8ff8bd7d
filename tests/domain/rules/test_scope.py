"""An act must bear somewhere on its target."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.claims import Claim
from ledger.domain.rules.scope import apart
from ledger.errors import RuleViolation
from tests.domain.stage import Stage, act, norm
from tests.domain.worlds import taxonomy

WORLD = taxonomy()


@pytest.mark.parametrize(
    ("target", "bears", "field"),
    [
        ({}, {}, ""),
        ({}, {"activity": "va"}, ""),
        ({}, {"activity": "va.exchange.fiat"}, ""),
        ({}, {"activity": None, "addressees": ["bank"], "jurisdiction": "PK-KP"}, ""),
        ({}, {"activity": "va.custody"}, "activity"),
        ({"activity": "va.new"}, {"activity": "va.custody"}, ""),
        ({}, {"jurisdiction": "DE"}, "jurisdiction"),
        ({}, {"jurisdiction": None, "issuer": "PK.SBP"}, ""),
        ({"jurisdiction": "PK-KP"}, {}, ""),
        ({"jurisdiction": "DE"}, {"jurisdiction": "EU"}, ""),
        ({"jurisdiction": "EU", "force": "supranational"}, {"jurisdiction": "DE"}, ""),
        ({"jurisdiction": "EU", "force": "supranational"}, {"jurisdiction": "PK"}, "jurisdiction"),
        ({"jurisdiction": "EU", "force": "primary"}, {"jurisdiction": "DE"}, "jurisdiction"),
        ({"addressees": ["bank"]}, {"addressees": ["psp", "bank"]}, ""),
        ({"addressees": ["bank"]}, {"addressees": ["issuer"]}, "addressees"),
        ({"addressees": ["bank"]}, {"addressees": ["org:nobody"]}, "addressees"),
        ({"addressees": ["any", "bank"]}, {"addressees": ["issuer"]}, ""),
    ],
)
def test_where_an_act_and_its_target_meet(
    target: dict[str, Any], bears: dict[str, Any], field: str
) -> None:
    """They meet where one lies on the other's path, in all three parts; what is absent is open."""
    found: Any = act("repeal", "instrument:x", **bears)
    assert apart(found, norm(**target), WORLD) == field


def test_an_organisation_of_two_classes_joins_them() -> None:
    """Where some organisation held both classes, an act for one meets a rule for the other."""
    from ledger.domain.definitions import Body, DatedClass

    both = (DatedClass(actor_class="issuer"), DatedClass(actor_class="miner"))
    world = WORLD.with_definition(Body(id="two", name="Two", jurisdiction="PK", classes=both))
    found: Any = act("repeal", "instrument:x", addressees=["issuer"])
    for addressees in (["miner"], ["org:two"]):
        assert apart(found, norm(addressees=addressees), world) == ""
    assert apart(found, norm(addressees=["state"]), world) == "addressees"


def refused(stage: Stage, claim: Claim) -> str:
    """How the rules refuse it."""
    with pytest.raises(RuleViolation) as caught:
        stage.record(claim)
    assert caught.value.rule == "scope"
    return caught.value.message


def test_an_act_that_bears_nowhere_is_refused() -> None:
    """The refusal names the field and both values; one norm of an instrument is enough."""
    stage = Stage()
    ban = stage.record(norm(instrument={"id": "i"}))
    said = refused(stage, act("repeal", ban, activity="va.custody"))
    assert "its activity is va.custody, that of the target va.exchange" in said
    refused(stage, act("repeal", "instrument:i", activity="va.custody"))
    stage.record(norm(instrument={"id": "i"}, activity="va.custody"))
    stage.record(act("repeal", "instrument:i", activity="va.custody"))


def test_an_act_upon_an_act_bears_on_what_that_acts_upon() -> None:
    """What the act between leaves open is told by the norm at the end."""
    stage = Stage()
    ban = stage.record(norm())
    stay = stage.record(act("suspend", ban, activity=None))
    stage.record(act("lift", stay, activity="va"))
    refused(stage, act("lift", stay, activity="va.custody"))
    narrow = stage.record(act("suspend", ban, activity=None, addressees=["bank"]))
    refused(stage, act("lift", narrow, addressees=["vasp"]))
