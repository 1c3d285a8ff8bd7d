"""Turning a payload into a signed event, ready to append.

Everything slow happens here, before any lock: validation is done, values that may have to be
erased are replaced by their digests, the canonical bytes are made and signed.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin

import uuid6
from pydantic import BaseModel, ValidationError

from ledger.clock import Clock, stamp
from ledger.domain import event_models, events, validation_messages
from ledger.errors import InputError, PassphraseInText
from ledger.log.disclosure import Disclosure, conceal_within
from ledger.log.entry import Event, SignedEvent, sign_event
from ledger.log.keys import Signer, key_proof
from ledger.projections.claim_content import digest_of_content

M = TypeVar("M", bound=BaseModel)
_salt = partial(secrets.token_bytes, 16)  # 128 bits, RFC 9901 section 4.2.1


class SignedDraft(NamedTuple):
    """A signed event with what the rules and the store need beside its bytes."""

    signed: SignedEvent
    payload: events.EventData
    disclosures: tuple[Disclosure, ...]
    said: str | None = None  # the content digest of a claim

    @property
    def id(self) -> str:
        """The event id, a UUIDv7."""
        return self.signed.event.id


@dataclass(frozen=True, slots=True)
class EventSigner:
    """Signs events as one actor of one ledger, whose id is ``ledger``."""

    ledger: str
    actor: str
    signer: Signer
    clock: Clock

    def sign(self, payload: events.EventData, *, event_id: str | None = None) -> SignedDraft:
        """Return the signed event of this payload.

        Raises InputError where the payload breaks the limits of the log's JSON, PassphraseInText
        where a text in it is what opened the signer's key.
        """
        name = events.TYPE_OF[type(payload)]
        data = events.to_data(payload)
        disclosures = conceal_within(data, events.redactable_paths(name), salts=_salt)
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
        if self.signer.has_secret:  # only now: a device may ask for its PIN to sign
            self._check_texts(payload)
        return SignedDraft(signed, payload, tuple(disclosures), _said(payload, data))

    def _check_texts(self, payload: events.EventData) -> None:
        """Raise PassphraseInText where a text is what opened the signer's key."""
        if self.signer.opened_by("\n".join(_strings(events.to_data(payload), []))):
            for field, text in _texts(payload, ""):  # leaves out words chosen from a list
                if self.signer.opened_by(text):
                    raise PassphraseInText(field)


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


def key_request(signer: Signer, actor: str, ledger: str) -> dict[str, str]:
    """Return what ``Actors.enroll`` needs: a public key, and the proof that its owner holds it.

    ``ledger`` is the id of the ledger for which the request is made.
    """
    return {
        "actor": actor,
        "ledger": ledger,
        "proof": key_proof(signer, actor=actor, ledger=ledger),
        "public_key": signer.public_key,
        "scheme": signer.scheme,
    }


def new_id() -> str:
    """Return a new event id (UUIDv7, RFC 9562 section 5.7)."""
    return str(uuid6.uuid7())


def _said(payload: events.EventData, data: dict[str, Any]) -> str | None:
    """Return the content digest of the claim that a payload carries, from its data."""
    if isinstance(payload, event_models.ClaimRecorded):
        return digest_of_content(data["claim"])
    if isinstance(payload, event_models.ClaimCorrected):
        return digest_of_content(data["content"])
    return None


def _strings(value: dict[str, Any] | list[Any], found: list[str]) -> list[str]:
    """Add every text that stands in JSON values to those found."""
    for one in value.values() if type(value) is dict else value:
        if type(one) is str:
            found.append(one)
        elif isinstance(one, (dict, list)):  # the union takes longer
            _strings(one, found)
    return found


def _texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield (path, text) of every text in a payload that a person may have typed."""
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
    """Return the members that can hold any text: a word chosen from a list is no secret."""
    return tuple(n for n, field in model.model_fields.items() if not _chosen(field.annotation))


def _chosen(kind: object) -> bool:
    if get_origin(kind) is Literal or kind is type(None):
        return True
    inner = [one for one in get_args(kind) if one is not ...]
    return bool(inner) and all(map(_chosen, inner))
