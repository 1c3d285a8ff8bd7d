"""Small worlds for tests of the domain: a taxonomy, and short ways to make claims and facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from ledger.domain.claims import CLAIM
from ledger.domain.definitions import (
    Activity,
    ActorClass,
    Body,
    DatedClass,
    Jurisdiction,
    Membership,
    Profile,
)
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.resolve import Resolution, resolve
from ledger.domain.resolve.status_values import View
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import Taxonomy

VA = (
    "va",
    "va.deal",
    "va.exchange",
    "va.exchange.fiat",
    "va.custody",
    "va.stablecoin",
    "va.stablecoin.issue",
    "va.mining",
    "va.tax",
)
CLASSES = ("public", "bank", "emi", "psp", "exchange_co", "vasp", "issuer", "miner", "state")
REPORT = {"url": "https://example.org/a", "publisher": "Example", "title": "A report"}
LONG_AGO = date(1990, 1, 1)


def taxonomy() -> Taxonomy:
    """PK with a province, DE in the EU since 1958, UK in it until 2020; a few bodies."""
    activities = [
        Activity(id=a, name=a, parent=a.rpartition(".")[0] or None, regime=_home(a)) for a in VA
    ]
    activities += [
        Activity(id="recognition", name="Recognition"),
        Activity(id="recognition.tender", name="Legal tender", parent="recognition"),
    ]
    return Taxonomy.of(
        [
            *activities,
            *(ActorClass(id=c, name=c) for c in ("any", *CLASSES)),
            Jurisdiction(id="PK", name="Pakistan"),
            Jurisdiction(id="PK-KP", name="Khyber", kind="subdivision", parent="PK"),
            Jurisdiction(id="DE", name="Germany"),
            Jurisdiction(id="GB", name="Britain"),
            Jurisdiction(
                id="EU",
                name="Union",
                kind="supranational",
                members=(
                    Membership(jurisdiction="DE", since=date(1958, 1, 1)),
                    Membership(jurisdiction="GB", since=date(1973, 1, 1), until=date(2020, 1, 31)),
                ),
            ),
            Body(id="PK.SBP", name="State Bank", jurisdiction="PK"),
            Body(id="PK.MOF", name="Ministry of Finance", jurisdiction="PK"),
            Body(
                id="acme",
                name="Acme",
                jurisdiction="PK",
                classes=(
                    DatedClass(actor_class="vasp", since=date(2024, 1, 1), until=date(2024, 6, 30)),
                ),
            ),
            Profile(jurisdiction="*"),
        ]
    )


def _home(activity: str) -> str | None:
    return "va" if activity == "va" else None


TAXONOMY = taxonomy()


def counted(claim_id: str, *, on: date = LONG_AGO, seq: int = 0, **fields: Any) -> CountedClaim:
    """A claim of these fields, recorded ``on`` that day; PK, ``va`` and one report by default."""
    whole = {
        "jurisdiction": "PK",
        "activity": "va",
        "statement": f"What {claim_id} says.",
        "reports": [REPORT],
        **fields,
    }
    claim = CLAIM.validate_python(whole)
    return CountedClaim(id=claim_id, claim=claim, seq=seq, counted_seq=seq, counted_on=on)


def norm(claim_id: str, effect: str, since: str | None = None, **fields: Any) -> CountedClaim:
    """A norm, primary unless said otherwise."""
    whole = {"force": "primary", **fields}
    if since is not None:
        whole["effective_from"] = since
    return counted(claim_id, kind="norm", effect=effect, **whole)


def act(claim_id: str, what: str, target: str, at: str, **fields: Any) -> CountedClaim:
    """A lifecycle act, primary unless said otherwise."""
    whole = {"force": "primary", **fields}
    return counted(claim_id, kind="lifecycle", act=what, target=target, at=at, **whole)


def said(claim_id: str, asserts: str | None, day: str, **fields: Any) -> CountedClaim:
    """A declaration, official unless said otherwise."""
    whole = {"force": "official", **fields}
    if asserts is not None:
        whole["asserts"] = asserts
    return counted(claim_id, kind="declaration", uttered_at=day, **whole)


def proposal(claim_id: str, stage: str, day: str, **fields: Any) -> CountedClaim:
    """A proposal, official unless said otherwise."""
    return counted(
        claim_id, kind="proposal", stage=stage, uttered_at=day, **{"force": "official", **fields}
    )


def instrument(name: str) -> dict[str, str]:
    """An instrument of this id."""
    return {"id": name, "title": f"The {name}"}


def facts(
    *claims: CountedClaim, pending: Sequence[CountedClaim] = (), world: Taxonomy = TAXONOMY
) -> Facts:
    """Facts of these claims."""
    return Facts(
        claims=claims, pending=pending, taxonomy=world, size=len(claims), head="0" * 64, rules=1
    )


def ask(
    found: Facts | Sequence[CountedClaim],
    day: str,
    activity: str = "va",
    *,
    actor: str = "any",
    place: str = "PK",
    view: View = "prudential",
) -> Resolution:
    """The resolution of a cell on a day written YYYY-MM-DD."""
    known = found if isinstance(found, Facts) else facts(*found)
    cell = Cell(place, activity, actor)
    return resolve(cell, day=date.fromisoformat(day), view=view, facts=known)


BAN = norm("ban", "prohibit", "2024-01-01", made="2024-01-01", instrument=instrument("LAW"))
ENDING = norm("ban", "prohibit", "2024-01-01", effective_to="2024-04-30")


def status(claims: list[CountedClaim], *days: str) -> list[str]:
    """The statuses on some days of 2024 (MM-DD), reasons in place of undetermined."""
    found = [ask(claims, f"2024-{day}", view="normative") for day in days]
    return [one.reason or one.status for one in found]
