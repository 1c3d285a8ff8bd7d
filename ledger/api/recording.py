"""The verbs that change a ledger: each makes drafts, signs them, and appends them or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from ledger.api.append import Writer
from ledger.api.base import Opened
from ledger.api.event_signing import Draft, Drafter, M, build, in_order, new_id, references, settle
from ledger.api.results import RecordResult
from ledger.domain import events
from ledger.domain.claims import Claim
from ledger.domain.definitions import Definition
from ledger.domain.state_records import Actor, Key, Role, Version
from ledger.errors import AlreadySaid, BadKey, Conflict, InputError, RuleViolation
from ledger.log import disclosure, keys
from ledger.log.entry import decode_entry
from ledger.projections.entry_columns import import_key
from ledger.queries.identical_claims import IdenticalClaim, find_identical
from ledger.queries.signed_by import find_keys

ONE_TRANSACTION = 5000  # claims that go into one transaction
MAX_TARGETS = 256  # events one review may decide on
BATCH = 1000  # claims a transaction where a file is larger; resumable by key


class Recording(Opened):
    """Recording, reviewing, and keeping the actors."""

    # --- claims ----------------------------------------------------------------------------------

    def record(
        self, claims: Sequence[Claim], signer: keys.Signer, *, actor: str, again: bool = False
    ) -> tuple[RecordResult, ...]:
        """Record claims, all or none (up to 5,000; larger files go in batches of 1,000).

        A claim whose ``key`` is recorded already with the same content is left as it is and
        reported as ``already``. References ``key:<slug>`` may name claims of the same call. A claim
        without a key that says exactly what is said already is recorded only with ``again``.

        Raises:
            AlreadySaid: claims without a key that say what counts or awaits review already.
            Conflict: a key is recorded with other content; the message names the fields.
            RuleViolation, UnknownId: the rules refuse one of the claims; nothing was recorded.
        """
        known, fresh = self._sort_out(claims)
        if not again:
            self._refuse_twins(claims)
        drafter = self._drafter(actor, signer)
        step = len(fresh) if len(fresh) <= ONE_TRANSACTION else BATCH
        for start in range(0, len(fresh), max(step, 1)):
            drafts = [
                drafter.draft(events.ClaimRecorded(claim=claim), event_id=event_id)
                for event_id, claim in fresh[start : start + step]
            ]
            known += self._append(drafts)
        self.follow_status()
        return tuple(sorted(known, key=lambda r: r.seq))

    def twins(self, claims: Sequence[Claim]) -> tuple[IdenticalClaim, ...]:
        """Return the claims without a key that say exactly what another one says already."""
        recorded = self._recorded([c.key for c in claims if c.key])
        ids = {key: claim_id for key, (_, claim_id) in recorded.items()}
        fresh = {c.key for c in claims if c.key} - set(recorded)
        unkeyed = [None if c.key or fresh & set(references(c)) else c for c in claims]
        wanted = {ref for c in unkeyed if c for ref in references(c)} - set(ids)
        ids |= self._ids_of(wanted)
        settled = [None if c is None else settle(c, ids) for c in unkeyed]
        with self.store.reading() as conn:
            return find_identical(conn, claims, settled, self._opened_claim)

    def _refuse_twins(self, claims: Sequence[Claim]) -> None:
        if found := self.twins(claims):
            raise AlreadySaid([(f"claim {twin.index + 1}", twin.words) for twin in found])

    def rehearse(
        self, claims: Sequence[Claim], *, actor: str | None = None, again: bool = False
    ) -> None:
        """Raise what :meth:`record` would refuse, record nothing. Needs no key.

        Raises the same errors as :meth:`record`.
        """
        _, fresh = self._sort_out(claims)
        if not again:
            self._refuse_twins(claims)
        slug = actor or self._anybody("recorder")
        signer = _NoSigner(self._key_of(slug))
        drafter = self._drafter(slug, signer)
        drafts = [drafter.draft(events.ClaimRecorded(claim=c), event_id=i) for i, c in fresh]
        self._writer().rehearse(drafts)

    def correct(
        self,
        ref: str,
        content: Claim,
        signer: keys.Signer,
        *,
        actor: str,
        reason_code: str,
        comment: str | None = None,
    ) -> RecordResult:
        """Give a claim new content. Under four eyes the old content counts until approval.

        Raises UnknownId for a claim that does not exist, RuleViolation for a retracted one.
        """
        claim_id, current = self._claim_version(ref)
        ids = self._ids_of(references(content))
        payload = self._payload(
            events.ClaimCorrected,
            claim=claim_id,
            supersedes=current.digest,
            content=settle(content, ids),
            reason_code=reason_code,
            comment=comment,
        )
        return self._one(payload, signer, actor)

    def retract(
        self,
        ref: str,
        signer: keys.Signer,
        *,
        actor: str,
        reason_code: str,
        comment: str | None = None,
    ) -> RecordResult:
        """Take a claim back for good. Under four eyes it counts until approval."""
        claim_id, current = self._claim_version(ref)
        payload = self._payload(
            events.ClaimRetracted,
            claim=claim_id,
            supersedes=current.digest,
            reason_code=reason_code,
            comment=comment,
        )
        return self._one(payload, signer, actor)

    def dispute(
        self,
        ref: str,
        signer: keys.Signer,
        *,
        actor: str,
        reason_code: str,
        comment: str | None = None,
    ) -> RecordResult:
        """Raise a flag on a claim, at once. It changes no status."""
        claim_id, _ = self._claim_version(ref)
        payload = self._payload(
            events.ClaimDisputed, claim=claim_id, reason_code=reason_code, comment=comment
        )
        return self._one(payload, signer, actor)

    def review(
        self,
        refs: Sequence[str],
        decision: str,
        signer: keys.Signer,
        *,
        actor: str,
        reason_code: str | None = None,
        comment: str | None = None,
    ) -> tuple[RecordResult, ...]:
        """Approve, reject or withdraw events, up to 256 in one event of review.

        ``refs`` name events: a seq, an event id, or a claim key (its newest waiting version).
        """
        targets = [self._target(ref) for ref in refs]
        drafter = self._drafter(actor, signer)
        drafts = [
            drafter.draft(
                self._payload(
                    events.EventReviewed,
                    decision=decision,
                    reason_code=reason_code,
                    targets=tuple(targets[i : i + MAX_TARGETS]),
                    comment=comment,
                )
            )
            for i in range(0, len(targets), MAX_TARGETS)
        ]
        if not drafts:
            raise InputError("nothing to review was named", hint="see `regledger review list`")
        results = self._append(drafts)
        self.follow_status()
        return tuple(results)

    # --- definitions, policy ---------------------------------------------------------------------

    def define(
        self, definitions: Sequence[Definition], signer: keys.Signer, *, actor: str
    ) -> tuple[RecordResult, ...]:
        """Define bodies, organisations, activities, jurisdictions or profiles, all or none.

        What is defined with the same content already is left as it is.
        """
        taxonomy = self.taxonomy
        new = [d for d in definitions if not taxonomy.holds(d)]
        drafter = self._drafter(actor, signer)
        results = self._append([drafter.draft(d) for d in new])
        self.follow_status()
        return tuple(results)

    def change_policy(
        self,
        signer: keys.Signer,
        *,
        actor: str,
        review: str | None = None,
        rules: int | None = None,
    ) -> RecordResult:
        """Change the review mode or raise the version of the rules."""
        payload = self._payload(events.PolicyChanged, review=review, rules=rules)
        return self._one(payload, signer, actor)

    def change_log_keys(
        self, signer: keys.Signer, *, actor: str, log_keys: Sequence[str]
    ) -> RecordResult:
        """Name the keys (vkeys) that sign checkpoints from here on, all of them."""
        payload = self._payload(events.LogKeysChanged, log_keys=tuple(log_keys))
        return self._one(payload, signer, actor)

    # --- actors ----------------------------------------------------------------------------------

    def key_request(self, signer: keys.Signer, actor: str) -> dict[str, str]:
        """Return what ``enroll`` needs: the public key and the proof that its owner holds it."""
        ledger = self.policy.ledger
        return {
            "actor": actor,
            "ledger": ledger,
            "scheme": signer.scheme,
            "public_key": signer.public_key,
            "proof": keys.key_proof(signer, actor=actor, ledger=ledger),
        }

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
            self._payload(events.ActorEnrolled, **fields, name=name, contact=contact)
        ]
        payloads += [
            self._payload(events.ActorRoleGranted, actor=fields["actor"], role=role)
            for role in roles
        ]
        drafter = self._drafter(actor, signer)
        results = self._append([drafter.draft(payload) for payload in payloads])
        self.follow_status()
        return results[0]

    def rotate_key(
        self, request: Mapping[str, Any], signer: keys.Signer, *, actor: str
    ) -> RecordResult:
        """Give an enrolled actor the new key of a key request; the old one ends."""
        payload = self._payload(events.ActorKeyRotated, **self._checked_request(request))
        return self._one(payload, signer, actor)

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
        """
        found: Sequence[Key] = self._actor(slug).keys
        if keyid is not None:
            with self.store.reading() as conn:
                found = find_keys(conn, slug)
        held = [k.keyid for k in found if keyid is None or k.keyid.startswith(keyid)]
        if len(held) != 1:
            raise InputError(
                f"{slug} has {len(held)} keys that this names",
                hint="name one: " + ", ".join(k.keyid[:16] for k in found),
            )
        payload = self._payload(
            events.ActorKeyRevoked, keyid=held[0], compromised_since=compromised_since
        )
        return self._one(payload, signer, actor)

    def grant(self, slug: str, role: str, signer: keys.Signer, *, actor: str) -> RecordResult:
        """Give an actor a role."""
        return self._one(
            self._payload(events.ActorRoleGranted, actor=slug, role=role), signer, actor
        )

    def revoke_role(self, slug: str, role: str, signer: keys.Signer, *, actor: str) -> RecordResult:
        """Take a role from an actor."""
        return self._one(
            self._payload(events.ActorRoleRevoked, actor=slug, role=role), signer, actor
        )

    # --- inside ----------------------------------------------------------------------------------

    def _writer(self) -> Writer:
        return Writer(self.store, self.clock, memory=self.memory, accept_clock=self.clock_accepted)

    def _drafter(self, actor: str, signer: keys.Signer) -> Drafter:
        return Drafter(self.policy.ledger, actor, signer, self.clock)

    def _payload(self, model: type[M], **fields: Any) -> M:
        return build(model, **{k: v for k, v in fields.items() if v is not None})

    def _one(self, payload: events.EventData, signer: keys.Signer, actor: str) -> RecordResult:
        (result,) = self._append([self._drafter(actor, signer).draft(payload)])
        self.follow_status()
        return result

    def _append(self, drafts: Sequence[Draft]) -> list[RecordResult]:
        if not drafts:
            return []
        done = self._writer().append(drafts)
        self.grew(done.entries)
        states = self._states([d.id for d in drafts])
        return [
            RecordResult(
                seq=done.seqs[d.id],
                event=d.id,
                digest=d.signed.digest,
                key=import_key(d.payload),
                outcome="already" if d.id in done.already else "recorded",
                state=states.get(d.id, "counting"),
            )
            for d in drafts
        ]

    def _sort_out(
        self, claims: Sequence[Claim]
    ) -> tuple[list[RecordResult], list[tuple[str, Claim]]]:
        """Return what is recorded already, and the rest as (event id, settled claim) in order."""
        own = [c.key for c in claims if c.key]
        twice = sorted({k for k in own if own.count(k) > 1}) if len(set(own)) < len(own) else []
        if twice:
            raise Conflict(f"the same key is used twice: {', '.join(twice)}")
        recorded = self._recorded(own)
        wanted = {ref for c in claims for ref in references(c)} - set(own)
        ids = {k: claim_id for k, (_, claim_id) in recorded.items()} | self._ids_of(wanted)
        fresh = []
        for claim in claims:
            if claim.key in recorded:
                continue
            event_id = new_id()
            fresh.append((event_id, claim))
            if claim.key:
                ids[claim.key] = event_id
        known = [
            self._already(settle(c, ids), *recorded[c.key]) for c in claims if c.key in recorded
        ]
        return known, [(i, settle(c, ids)) for i, c in in_order(fresh)]

    def _already(self, claim: Claim, seq: int, claim_id: str) -> RecordResult:
        """Return the record of a claim that is there already; Conflict if it says otherwise."""
        given = events.to_data(claim)
        held = [self._opened_claim(n) for n in (seq, self._newest_seq(claim_id))]
        if given not in held:
            fields = sorted(
                k for k in given.keys() | held[-1].keys() if given.get(k) != held[-1].get(k)
            )
            raise Conflict(
                f"claim {claim.key!r} is already recorded (entry {seq}) with other content: "
                f"{', '.join(fields)} differ",
                hint=f"to change it, use `regledger correct {claim.key} FILE`",
            )
        event_id, digest, state = self._version_at(seq)
        return RecordResult(seq, event_id, digest, claim.key, "already", state)

    def _opened_claim(self, seq: int) -> dict[str, Any]:
        with self.store.reading() as conn:
            entry = decode_entry(self.store.bytes_at(conn, seq))
            data = entry.signed.event.data
            texts = self.store.disclosures(conn, disclosure.digests_in(data))
        opened, _ = disclosure.reveal(data, texts)
        name = "claim" if entry.signed.event.type == "claim.recorded" else "content"
        found: dict[str, Any] = orjson.loads(orjson.dumps(opened[name]))
        return found

    def _checked_request(self, request: Mapping[str, Any]) -> dict[str, str]:
        wanted = ("actor", "ledger", "scheme", "public_key", "proof")
        if set(request) != set(wanted) or not all(isinstance(request[n], str) for n in wanted):
            raise BadKey(f"a key request has exactly the members {', '.join(wanted)}")
        if request["ledger"] != self.policy.ledger:
            raise BadKey(
                f"this key request was made for ledger {request['ledger'][:16]}, "
                f"this is {self.policy.ledger[:16]}",
                hint="make a new one with `regledger key request` against this ledger",
            )
        fields = {n: request[n] for n in wanted if n != "ledger"}
        keys.check_key_proof(
            fields["proof"],
            actor=fields["actor"],
            ledger=self.policy.ledger,
            scheme=fields["scheme"],
            public_key=fields["public_key"],
        )
        return fields

    def _anybody(self, role: Role) -> str:
        held = [a.slug for a in self.actors() if role in a.roles and a.keys]
        if not held:
            raise RuleViolation("role", f"nobody is enrolled as {role}")
        return held[0]

    def _key_of(self, slug: str) -> str:
        found: Actor = self._actor(slug)
        if not found.keys:
            raise RuleViolation("key", f"{slug} has no key in force")
        return found.keys[-1].keyid

    def _target(self, ref: str) -> dict[str, str]:
        version: Version = self._reviewable(ref)
        return {"event": version.event, "digest": version.digest}


class _NoSigner:
    """Stands in where a rehearsal signs: it names the key and makes no signature."""

    scheme = "ed25519"
    public_key = ""

    def __init__(self, keyid: str) -> None:
        self.keyid = keyid

    def sign(self, payload: bytes) -> bytes:
        """Return 64 zero bytes; a rehearsal is rolled back before anybody could read them."""
        del payload
        return bytes(64)

    def opened_by(self, text: str) -> bool:
        """No: no passphrase is at hand, and nothing is signed."""
        del text
        return False
