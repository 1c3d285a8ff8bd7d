"""The models of definitions: activities, actor classes, jurisdictions, bodies, profiles.

Memberships and dated classes hold on calendar days; ``until`` is the last day, inclusive, and a
missing end is open. An organisation is a body; claims address it as ``org:<id>``.
"""

from collections.abc import Mapping
from datetime import date
from typing import Literal, Self, get_args

from pydantic import field_validator, model_validator

from ledger.domain.field_types import (
    ActivityId,
    BodyId,
    ClassId,
    Day,
    JurisdictionId,
    Line,
    Name,
    PlaceOrAll,
    Slug,
    Value,
)

Force = Literal[
    "constitutional",
    "supranational",
    "primary",
    "delegated",
    "supervisory",
    "individual",
    "institutional",
    "official",
    "report",
    "judicial",
]
DEFAULT_ORDER: tuple[Force, ...] = get_args(Force)  # high to low
EVERYWHERE = "*"


class Activity(Value):
    """An activity that rules speak of. ``regime`` (on roots) is the home regime of all below."""

    id: ActivityId
    name: Name
    parent: ActivityId | None = None
    regime: Slug | None = None
    definition: Line | None = None


class ActorClass(Value):
    """A kind of actor that rules address: bank, issuer, public ...

    Dots lead to narrower kinds: who is a ``vasp.registered`` is a ``vasp``.
    """

    id: ClassId
    name: Name

    @field_validator("id")
    @classmethod
    def _not_below_any(cls, name: str) -> str:
        if name.startswith("any."):
            raise ValueError("everybody is any: a class stands beside it, without a dot")
        return name

    @property
    def parent(self) -> str | None:
        """The class right above, None for one at the top."""
        return self.id.rpartition(".")[0] or None


class _Dated(Value):
    """A range of days; ``until`` is the last one."""

    since: Day | None = None
    until: Day | None = None

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.since and self.until and self.until < self.since:
            raise ValueError("until: the last day is before the first (since)")
        return self

    def holds(self, day: date) -> bool:
        """Return whether the range holds this day."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


class Membership(_Dated):
    """A jurisdiction that belongs to a union on some days."""

    jurisdiction: JurisdictionId


class DatedClass(_Dated):
    """An actor class that an organisation has on some days."""

    actor_class: ClassId


class Jurisdiction(Value):
    """A place with its own law: a country, a part of one, or a union of several."""

    id: JurisdictionId
    name: Name
    kind: Literal["country", "subdivision", "supranational"] = "country"
    parent: JurisdictionId | None = None
    members: tuple[Membership, ...] = ()


class Body(Value):
    """A public body or an organisation, with the actor classes it has had."""

    id: BodyId
    name: Name
    jurisdiction: JurisdictionId
    parent: BodyId | None = None
    classes: tuple[DatedClass, ...] = ()


class Profile(Value):
    """The ladder of force, high to low, of one jurisdiction or of all (``*``).

    ``temporary`` are the types of instrument that have the force of an act and end by themselves,
    such as the ordinances of Pakistan (Constitution, article 89): a norm of such an instrument
    carries its last day.
    """

    jurisdiction: PlaceOrAll
    order: tuple[Force, ...] = DEFAULT_ORDER
    temporary: tuple[Slug, ...] = ()

    @field_validator("order")
    @classmethod
    def _every_force_once(cls, order: tuple[Force, ...]) -> tuple[Force, ...]:
        if sorted(order) != sorted(DEFAULT_ORDER):
            missing = ", ".join(sorted(set(DEFAULT_ORDER) - set(order)))
            raise ValueError(f"names each force exactly once (missing: {missing or 'none'})")
        return order


Definition = Activity | ActorClass | Jurisdiction | Body | Profile
# The kind of each: the first part of the type of its event and of its subject, ``body:PK.SBP``.
KIND_OF: Mapping[type[Definition], str] = {
    Activity: "activity",
    ActorClass: "actor_class",
    Jurisdiction: "jurisdiction",
    Body: "body",
    Profile: "profile",
}


def id_of(item: Definition) -> str:
    """Return what a definition is known by: its id, or the jurisdiction of a profile."""
    return item.jurisdiction if isinstance(item, Profile) else item.id


def subject_of_definition(item: Definition) -> str:
    """Return the subject of a definition's versions, such as ``body:PK.SBP``."""
    return f"{KIND_OF[type(item)]}:{id_of(item)}"
