"""From a payload somebody means to record to a signed event, ready to append.

Everything slow happens here, before any lock: validation is done, values that may have to be
erased are replaced by their digests, the canonical bytes are made and signed.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeVar, get_args, get_origin

import uuid6
from pydantic import BaseModel, ValidationError

from ledger.clock import Clock, stamp
from ledger.domain import events, validation_messages
from ledger.domain.claims import Claim, Lifecycle, Norm
from ledger.errors import InputError, PassphraseInText, RuleViolation, UnknownId
from ledger.log.disclosure import Disclosure, conceal
from ledger.log.entry import ZERO, Event, SignedEvent, sign_event
from ledger.log.keys import Signer

KEY_REF = "key:"
M = TypeVar("M", bound=BaseModel)
_SALT_BYTES = 16  # 128 bits, RFC 9901 section 4.2.1


@dataclass(frozen=True, slots=True)
class Draft:
    """A signed event with what the rules and the store need beside its bytes."""

    signed: SignedEvent
    payload: events.EventData
    disclosures: tuple[Disclosure, ...]

    @property
    def id(self) -> str:
        """The event id, a UUIDv7."""
        return self.signed.event.id


@dataclass(frozen=True, slots=True)
class Drafter:
    """Signs payloads as one actor of one ledger."""

    ledger: str
    actor: str
    signer: Signer
    clock: Clock

    def draft(self, payload: events.EventData, *, event_id: str | None = None) -> Draft:
        """Return the signed event of this payload.

        Raises InputError where the payload breaks the limits of the log's JSON, PassphraseInText
        where a text in it is what opened the signer's key.
        """
        name = events.TYPE_OF[type(payload)]
        data, disclosures = conceal(
            events.to_data(payload), events.redactable_paths(name), salts=_salt
        )
        event = Event(
            actor=self.actor,
            data=data,
            id=event_id or new_id(),
            ledger=self.ledger,
            made_at=stamp(self.clock.now()),
            type=name,
            version=events.LATEST[name],
        )
        signed = sign_event(event, self.signer)
        for field, text in _texts(payload, ""):  # only now: a device may ask for its PIN to sign
            if self.signer.opened_by(text):
                raise PassphraseInText(field)
        return Draft(signed, payload, tuple(disclosures))


def build(model: type[M], **fields: Any) -> M:
    """Return a payload of these fields, without those that are None.

    Raises InputError that says everything that is wrong with them.
    """
    try:
        return model.model_validate({k: v for k, v in fields.items() if v is not None})
    except ValidationError as error:
        found = validation_messages.explain_errors(error, model)
        said = "; ".join(": ".join(filter(None, (p.field, p.message))) for p in found)
        raise InputError(said, hint=next((p.hint for p in found if p.hint), "")) from None


def founding(actor: str, signer: Signer, clock: Clock) -> Drafter:
    """Return the drafter of ``ledger.created``, which can't name its own ledger yet."""
    return Drafter(ZERO, actor, signer, clock)


def new_id() -> str:
    """Return a new event id (UUIDv7, RFC 9562 section 5.7)."""
    return str(uuid6.uuid7())


def _salt() -> bytes:
    return secrets.token_bytes(_SALT_BYTES)


def _texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield (path, text) of every text in a payload that somebody may have typed."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, BaseModel):
        for name in _typed(type(value)):
            yield from _texts(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, tuple):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{path}[{number}]")


@cache
def _typed(model: type[BaseModel]) -> tuple[str, ...]:
    """Name the members that can hold any text: a word chosen from a list is no secret."""
    return tuple(n for n, field in model.model_fields.items() if not _chosen(field.annotation))


def _chosen(kind: object) -> bool:
    if get_origin(kind) is Literal or kind is type(None):
        return True
    inner = [one for one in get_args(kind) if one is not ...]
    return bool(inner) and all(map(_chosen, inner))


# --- references by key ---------------------------------------------------------------------------


def references(claim: Claim) -> tuple[str, ...]:
    """Return the ``key:`` references of a claim, without the prefix."""
    found = []
    if isinstance(claim, Lifecycle):
        found.append(claim.target)
    if isinstance(claim, Norm):
        found += [o.claim for o in claim.overrides]
    return tuple(ref.removeprefix(KEY_REF) for ref in found if ref.startswith(KEY_REF))


def settle(claim: Claim, ids: Mapping[str, str]) -> Claim:
    """Return the claim with each ``key:<slug>`` replaced by the claim id it stands for.

    Raises UnknownId for a key that neither the file nor the ledger has.
    """
    if not references(claim):
        return claim
    if isinstance(claim, Lifecycle):
        return claim.model_copy(update={"target": _settled(claim.target, ids)})
    norm = claim
    assert isinstance(norm, Norm)  # noqa: S101  # only these two kinds refer to claims
    overrides = tuple(
        o.model_copy(update={"claim": _settled(o.claim, ids)}) for o in norm.overrides
    )
    return norm.model_copy(update={"overrides": overrides})


def _settled(ref: str, ids: Mapping[str, str]) -> str:
    if not ref.startswith(KEY_REF):
        return ref
    slug = ref.removeprefix(KEY_REF)
    if slug not in ids:
        raise UnknownId("claim key", slug)
    return ids[slug]


def in_order(claims: Iterable[tuple[str, Claim]]) -> Sequence[tuple[str, Claim]]:
    """Return (id, claim) so that what refers comes after what it refers to, else as given.

    Raises RuleViolation where claims of one file refer to each other in a circle.
    """
    waiting = list(claims)
    keys = {claim.key for _, claim in waiting if claim.key}
    done: list[tuple[str, Claim]] = []
    placed: set[str] = set()
    while waiting:
        left = []
        for event_id, claim in waiting:
            if (set(references(claim)) & keys) - placed - {claim.key}:
                left.append((event_id, claim))
                continue
            done.append((event_id, claim))
            placed.add(claim.key or "")
        if len(left) == len(waiting):
            names = ", ".join(sorted(claim.key or "?" for _, claim in left))
            raise RuleViolation("acyclic", f"these claims refer to each other in a circle: {names}")
        waiting = left
    return done
