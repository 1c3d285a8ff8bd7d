"""Every type and version of event, and the one accepted spelling of its ``data``.

The newest models are in :mod:`ledger.domain.event_models`. Members that are None and lists that are
empty are left out, everything else is written, defaults too. :func:`parse` refuses any other
spelling, so that all readers of a log understand it alike.

When a type changes, its next version gets a model of its own and the old version an entry in
:data:`UPCASTERS`, which turns its data into those of the next version; old events are never
rewritten. A type or version unknown to this program is kept as :class:`Unknown`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from unicodedata import is_normalized

import orjson
from pydantic import ValidationError

from ledger.domain import event_models as models
from ledger.domain.claims import ClaimBase
from ledger.domain.definitions import (
    Activity,
    ActorClass,
    Body,
    Definition,
    Jurisdiction,
    Profile,
)
from ledger.domain.field_types import REPLAY, Value
from ledger.domain.validation_messages import explain_errors
from ledger.errors import BadEntry, RegledgerError

EventData = models.LedgerEvent | models.ActorEvent | Definition | models.ClaimEvent


@dataclass(frozen=True, slots=True)
class Unknown:
    """An event of a type or version unknown to this program; still part of the chain."""

    type: str
    version: int
    data: Mapping[str, Any]


Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

EVENTS: Mapping[tuple[str, int], type[EventData]] = {
    ("ledger.created", 1): models.LedgerCreated,
    ("taxonomy.adopted", 1): models.TaxonomyAdopted,
    ("policy.changed", 1): models.PolicyChanged,
    ("log.keys_changed", 1): models.LogKeysChanged,
    ("actor.enrolled", 1): models.ActorEnrolled,
    ("actor.key_rotated", 1): models.ActorKeyRotated,
    ("actor.key_revoked", 1): models.ActorKeyRevoked,
    ("actor.role_granted", 1): models.ActorRoleGranted,
    ("actor.role_revoked", 1): models.ActorRoleRevoked,
    ("body.defined", 1): Body,
    ("activity.defined", 1): Activity,
    ("actor_class.defined", 1): ActorClass,
    ("jurisdiction.defined", 1): Jurisdiction,
    ("profile.defined", 1): Profile,
    ("claim.recorded", 1): models.ClaimRecorded,
    ("claim.corrected", 1): models.ClaimCorrected,
    ("claim.retracted", 1): models.ClaimRetracted,
    ("claim.disputed", 1): models.ClaimDisputed,
    ("event.reviewed", 1): models.EventReviewed,
}
UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}


class Registry(NamedTuple):
    """Models by type and version, and the upcasters from one version to the next."""

    events: Mapping[tuple[str, int], type[EventData]] = EVENTS
    upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS


CURRENT = Registry()


def latest_versions(registry: Registry = CURRENT) -> dict[str, int]:
    """Return the newest version of each type: the version that is written."""
    latest: dict[str, int] = {}
    for type_, version in registry.events:
        latest[type_] = max(version, latest.get(type_, 0))
    return latest


def check_upcasters(registry: Registry = CURRENT) -> None:
    """Check that every old version can be read. Raises RegledgerError naming the gap."""
    latest = latest_versions(registry)
    for type_, newest in latest.items():
        for version in range(1, newest):
            if (type_, version) not in registry.events:
                raise RegledgerError(f"{type_} has no model of version {version}")
            if (type_, version) not in registry.upcasters:
                raise RegledgerError(f"{type_} version {version} has no upcaster")
    for type_, version in registry.upcasters:
        if not 1 <= version < latest.get(type_, 0):
            raise RegledgerError(f"the upcaster of {type_} version {version} leads nowhere")


check_upcasters()
LATEST = latest_versions()
TYPE_OF: Mapping[type, str] = {model: type_ for (type_, _), model in EVENTS.items()}


def parse(
    type: str,  # noqa: A002  # the event's word, and the name callers use
    version: int,
    data: Mapping[str, Any],
    *,
    registry: Registry = CURRENT,
    spelled: bool = False,
) -> EventData | Unknown:
    """Read the data of a recorded event as the newest version of its type.

    ``spelled``: their spelling was compared before. Raises BadEntry for data that do not fit the
    model of their version, or that :func:`to_data` would spell in another way.
    """
    model = registry.events.get((type, version))
    if model is None:
        return Unknown(type, version, data)
    found = _read(type, model, data)
    if not spelled and to_data(found) != data:
        raise BadEntry(f"data of {type} are not in their one accepted spelling")
    if (type, version) not in registry.upcasters:
        return found
    lifted = dict(data)
    while (type, version) in registry.upcasters:
        lifted = registry.upcasters[type, version](lifted)
        version += 1
    return _read(type, registry.events[type, version], lifted)


def read_exactly(
    type: str,  # noqa: A002  # as in parse
    version: int,
    data: bytes,
) -> tuple[EventData, dict[str, Any]] | None:
    """Read the bytes of a recorded event's data in one step; return them parsed as well.

    None where they are of an older or unknown version, or not the canonical JSON of the one
    accepted spelling: :func:`ledger.log.canonical.decode` and :func:`parse` say what is wrong.
    """
    model = EVENTS.get((type, version))
    if model is None or (type, version) in UPCASTERS:
        return None
    try:
        found = model.model_validate(orjson.loads(data), context=REPLAY)
    except ValueError:  # no JSON, or not what the model asks for
        return None
    # Models have canonical names and numbers only, and nest less deeply than is allowed. Text in
    # NFC remains: where all bytes are in NFC, each text is.
    value = to_data(found)
    if orjson.dumps(value, option=orjson.OPT_SORT_KEYS) != data:
        return None
    return (found, value) if data.isascii() or is_normalized("NFC", data.decode()) else None


def _read(type_: str, model: type[EventData], data: Mapping[str, Any]) -> EventData:
    try:
        return model.model_validate(data, context=REPLAY)
    except ValidationError as error:
        said = "; ".join(
            f"{problem.field}: {problem.message}" for problem in explain_errors(error, model)
        )
        raise BadEntry(f"data of {type_}: {said}") from None


def to_data(payload: Value) -> dict[str, Any]:
    """Return the data of an event as JSON values, without None and empty lists."""
    dumped: dict[str, Any] = payload.model_dump(mode="json", by_alias=True, exclude_none=True)
    _drop_empty(dumped)
    return dumped


def _drop_empty(value: dict[str, Any]) -> None:
    empty = []
    for name, member in value.items():
        kind = type(member)
        if kind is str:  # most members are
            continue
        if kind is dict:
            _drop_empty(member)
        elif kind is list:
            for one in member:
                if type(one) is dict:
                    _drop_empty(one)
            if not member:
                empty.append(name)
    for name in empty:
        del value[name]


class NewKey(NamedTuple):
    """A key that an event brings in; its proof of possession is None only for the founder's."""

    actor: str
    scheme: str
    public_key: str
    proof: str | None


def new_key(payload: EventData | Unknown) -> NewKey | None:
    """Return the key an event brings in; the caller computes its id and checks the proof."""
    if isinstance(payload, models.LedgerCreated):
        return NewKey(payload.admin.actor, payload.admin.scheme, payload.admin.public_key, None)
    if isinstance(payload, models.ActorEnrolled | models.ActorKeyRotated):
        return NewKey(payload.actor, payload.scheme, payload.public_key, payload.proof)
    return None


def redactable_paths(type_: str) -> tuple[tuple[str, ...], ...]:
    """Return the paths of members written as disclosures; ``*`` stands for each list item."""
    return _REDACTABLE.get(type_, ())


_COMMENT = (("comment",),)
_REDACTABLE: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "claim.recorded": tuple(("claim", *path) for path in ClaimBase.redactable),
    "claim.corrected": (*(("content", *path) for path in ClaimBase.redactable), *_COMMENT),
    "claim.retracted": _COMMENT,
    "claim.disputed": _COMMENT,
    "event.reviewed": _COMMENT,
    "actor.enrolled": (("name",), ("contact",)),
}
