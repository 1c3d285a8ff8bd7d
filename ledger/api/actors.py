"""``ledger.actors``: who may act, with which keys and roles, and what each key signed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ledger import points
from ledger.api.answers import RecordResult, SignedBy
from ledger.api.event_signing import build, key_request
from ledger.api.opened_ledger import OpenLedger
from ledger.api.recorder import Recorder
from ledger.clock import parse_stamp
from ledger.domain import event_models, events
from ledger.domain.state_records import Actor, Key, Role
from ledger.errors import BadKey, InputError, UnknownId
from ledger.log import keys
from ledger.queries.resolve_reference import near
from ledger.queries.signed_by import SignedItem, signed_page

_PAGE = 256
_REQUEST = ("actor", "ledger", "scheme", "public_key", "proof")


class Actors:
    """The actors of a ledger. What changes them is an event: it raises what ``record`` raises."""

    def __init__(self, base: OpenLedger, recorder: Recorder) -> None:
        self._base = base
        self._recorder = recorder

    def all(self) -> tuple[Actor, ...]:
        """Return all actors ever enrolled, with the keys and roles in force, by slug."""
        return self._base.actors()

    def key_request(self, signer: keys.Signer, actor: str) -> dict[str, str]:
        """Return the key request of an actor for this ledger; see :func:`key_request`."""
        return key_request(signer, actor, self._base.policy.ledger)

    def enroll(
        self,
        request: Mapping[str, Any],
        signer: keys.Signer,
        *,
        actor: str,
        roles: Iterable[Role] = (),
        name: str | None = None,
        contact: str | None = None,
    ) -> RecordResult:
        """Enrol an actor with the key of a key request, and grant the roles, in one transaction.

        Raises BadKey for a request that is malformed, of another ledger, or without proof.
        """
        fields = self._checked_request(request)
        payloads: list[events.EventData] = [
            build(event_models.ActorEnrolled, **fields, name=name, contact=contact)
        ]
        payloads += [
            build(event_models.ActorRoleGranted, actor=fields["actor"], role=role) for role in roles
        ]
        return self._recorder.append(payloads, signer, actor)[0]

    def rotate_key(
        self, request: Mapping[str, Any], signer: keys.Signer, *, actor: str
    ) -> RecordResult:
        """Give an enrolled actor the new key of a key request; the old key ends.

        Raises BadKey for a request that is malformed, of another ledger, or without proof.
        """
        payload = build(event_models.ActorKeyRotated, **self._checked_request(request))
        return self._recorder.one(payload, signer, actor)

    def revoke_key(
        self,
        slug: str,
        signer: keys.Signer,
        *,
        actor: str,
        keyid: str | None = None,
        compromised_since: str | None = None,
    ) -> RecordResult:
        """End a key. ``compromised_since`` (a stamp) marks what it signed since as suspect.

        A key that ended already is named by its id, to say since when it was not safe.

        Raises UnknownId for an actor that is not enrolled, InputError where not exactly one key is
        named.
        """
        with self._base.references() as refs:
            found: Sequence[Key] = refs.actor(slug).keys if keyid is None else refs.keys(slug)
        held = [k.keyid for k in found if keyid is None or k.keyid.startswith(keyid)]
        if len(held) != 1:
            raise InputError(
                f"{slug} has {len(held)} keys that this names",
                hint="name one: " + ", ".join(k.keyid[:16] for k in found),
            )
        payload = build(
            event_models.ActorKeyRevoked, keyid=held[0], compromised_since=compromised_since
        )
        return self._recorder.one(payload, signer, actor)

    def grant(self, slug: str, role: str, signer: keys.Signer, *, actor: str) -> RecordResult:
        """Give an actor a role."""
        return self._recorder.one(
            build(event_models.ActorRoleGranted, actor=slug, role=role), signer, actor
        )

    def revoke_role(self, slug: str, role: str, signer: keys.Signer, *, actor: str) -> RecordResult:
        """Take a role from an actor."""
        return self._recorder.one(
            build(event_models.ActorRoleRevoked, actor=slug, role=role), signer, actor
        )

    def _checked_request(self, request: Mapping[str, Any]) -> dict[str, str]:
        if set(request) != set(_REQUEST) or not all(isinstance(request[n], str) for n in _REQUEST):
            raise BadKey(f"a key request has exactly the members {', '.join(_REQUEST)}")
        ledger = self._base.policy.ledger
        if request["ledger"] != ledger:
            raise BadKey(
                f"this key request was made for ledger {request['ledger'][:16]}, "
                f"this is {ledger[:16]}",
                hint="make a new one with `regledger key request` against this ledger",
            )
        fields = {n: request[n] for n in _REQUEST if n != "ledger"}
        keys.check_key_proof(
            fields["proof"],
            actor=fields["actor"],
            ledger=ledger,
            scheme=fields["scheme"],
            public_key=fields["public_key"],
        )
        return fields

    def signed_by(self, name: str, *, since: str | None = None) -> SignedBy:
        """Return what a key signed, or all keys an actor has or had, and whether it still counts.

        Args:
            name: an actor, or a key id or the start of one.
            since: a recorded_at stamp or ``@SEQ``; by default the time since which a key is said to
                be compromised, and everything where it is not.

        Raises UnknownId where no actor and no key has that name; InputError where it is the start
        of several key ids, or for a ``since`` of another form.
        """
        first = None if since is None else self._first(since)
        with self._base.references() as refs:
            found = refs.keys(name)
        if not found:
            raise UnknownId("actor or key", name, near(name, [a.slug for a in self.all()]))
        if found[0].actor != name and len(found) > 1:
            raise InputError(
                f"{name!r} is the start of {len(found)} key ids", hint="give more of it"
            )
        start, stamp = (0, since) if first is None else (first, "")
        items = (i for key in found for i in self._signed(key, start=start, since=stamp))
        return SignedBy(tuple(found), since, items)

    def _first(self, since: str) -> int | None:
        """Return the entry that ``@SEQ`` names; None for a stamp, InputError for another text."""
        found = points.parse_entry(since) if since.startswith("@") else None
        if found is None:
            parse_stamp(since)
        return points.last_entry(self._base.store.size()) if found == points.HEAD else found

    def _signed(self, key: Key, *, start: int, since: str | None) -> Iterator[SignedItem]:
        stamp = key.compromised_since or "" if since is None else since
        size = self._base.store.size()
        while start < size:
            with self._base.store.reading() as conn:
                page, start = signed_page(
                    conn, key, start=start, since=stamp, stop=size, limit=_PAGE
                )
            yield from page
