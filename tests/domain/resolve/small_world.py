"""A small world in which things collide, for random ledgers.

It has three levels of places, a union with members that come and go, organisations with dated
classes, and classes below classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from ledger.domain.definitions import (
    DEFAULT_ORDER,
    Activity,
    ActorClass,
    Body,
    DatedClass,
    Jurisdiction,
    Membership,
    Profile,
)
from ledger.domain.taxonomy import Taxonomy
from tests.domain.worlds import CLASSES

FIRST = date(2024, 1, 1)
HORIZON = 60  # days
ACTIVITIES = ("va", "va.exchange", "va.exchange.fiat", "va.custody")
OTHER_ACTIVITIES = (
    "va.deal", "va.pay", "va.mining", "va.stablecoin", "dc", "dc.ai", "state", "state.reserve",
)  # fmt: skip
ACTORS = ("bank", "vasp", "vasp.registered", "org:ours", "org:other")
PLACES = ("PK", "PK-SD", "PK-SD-K", "PK-PB", "DE", "EU")
BODIES = {
    "PK.SBP": "PK",
    "PK.MOF": "PK",
    "SD.HC": "PK-SD",
    "EU.COM": "EU",
    "GB.TSY": "GB",
}


def on(number: int) -> date:
    """A day of the small world."""
    return FIRST + timedelta(days=number)


def _dated(classes: Sequence[tuple[str, int, int]]) -> tuple[DatedClass, ...]:
    return tuple(DatedClass(actor_class=c, since=on(a), until=on(b)) for c, a, b in classes)


def taxonomy(*, swapped: bool = False) -> Taxonomy:
    """The small world; ``swapped`` ranks supervisory acts of PK above delegated ones."""
    activities = {*ACTIVITIES, *OTHER_ACTIVITIES}
    order = list(DEFAULT_ORDER)
    i, j = order.index("delegated"), order.index("supervisory")
    order[i], order[j] = order[j], order[i]
    profiles = [Profile(jurisdiction="PK", order=tuple(order))] if swapped else []
    members = (
        Membership(jurisdiction="DE"),
        Membership(jurisdiction="PK", since=on(10), until=on(45)),
    )
    places = ("PK", "DE", "GB", "RU")
    parts = ("PK-SD", "PK-SD-K", "PK-PB", "GB-WLS", "RU-DA")
    return Taxonomy.of(
        [
            *(Activity(id=a, name=a, parent=a.rpartition(".")[0] or None) for a in activities),
            *(ActorClass(id=c, name=c) for c in ("any", *CLASSES, "vasp.registered")),
            *(Jurisdiction(id=p, name=p) for p in places),
            *(
                Jurisdiction(id=p, name=p, kind="subdivision", parent=p.rpartition("-")[0])
                for p in parts
            ),
            Jurisdiction(id="EU", name="Union", kind="supranational", members=members),
            *(Body(id=b, name=b, jurisdiction=p) for b, p in BODIES.items()),
            Body(
                id="ours",
                name="Ours",
                jurisdiction="PK",
                classes=_dated([("vasp.registered", 0, 30), ("bank", 0, 60)]),
            ),
            Body(id="other", name="Other", jurisdiction="PK", classes=_dated([("vasp", 20, 60)])),
            Profile(jurisdiction="*"),
            *profiles,
        ]
    )


TAXONOMY = taxonomy()
SWAPPED = taxonomy(swapped=True)
