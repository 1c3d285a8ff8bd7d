"""Signing events and appending them: all of a call, or nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from ledger.api.answers import RecordResult
from ledger.api.append import Writer
from ledger.api.event_signing import EventSigner, SignedDraft, build, new_id
from ledger.api.key_references import in_reference_order, key_references, replace_keys
from ledger.api.opened_ledger import OpenLedger
from ledger.domain import event_models, events
from ledger.domain.claims import Claim
from ledger.domain.state_records import Role, Version
from ledger.errors import AlreadyRecorded, Conflict, InputError, RuleViolation
from ledger.garbage_collection import seldom_collected
from ledger.log import keys
from ledger.projections.entry_columns import import_key
from ledger.queries.pending import is_stale, waiting_on
from ledger.queries.resolve_reference import References
from ledger.queries.retried_claims import IdenticalClaim, find_identical

ONE_TRANSACTION = 5000  # claims that go into one transaction
BATCH = 1000  # claims a transaction where a file is larger; resumable by key
_TARGETS = 256  # events one review may decide on
_OnClaim = event_models.ClaimCorrected | event_models.ClaimRetracted | event_models.ClaimDisputed
_ON_CLAIM: Mapping[str, type[_OnClaim]] = {
    "claim.corrected": event_models.ClaimCorrected,
    "claim.retracted": event_models.ClaimRetracted,
    "claim.disputed": event_models.ClaimDisputed,
}
_Claims = list[tuple[str, Claim]]


class Recorder:
    """Signs and appends events to one ledger."""

    def __init__(self, base: OpenLedger) -> None:
        self._base = base
        self._writer = Writer(base)

    def forget(self) -> None:
        """Read the state again for the next append: the tables were written by other means."""
        self._writer.forget()

    def one(self, payload: events.EventData, signer: keys.Signer, actor: str) -> RecordResult:
        """Append one event; raises what :meth:`append` raises."""
        (result,) = self.append([payload], signer, actor)
        return result

    def append(
        self, payloads: Sequence[events.EventData], signer: keys.Signer, actor: str
    ) -> tuple[RecordResult, ...]:
        """Append events, all or none.

        Raises what :meth:`ledger.api.append.Writer.append` raises, and PassphraseInText.
        """
        event_signer = self._event_signer(actor, signer)
        results = self._append([event_signer.sign(payload) for payload in payloads])
        self._base.follow_status()
        return tuple(results)

    def on_claim(
        self, event_type: str, ref: str, signer: keys.Signer, actor: str, **fields: Any
    ) -> RecordResult:
        """Append an event of this type about the claim that ``ref`` names.

        Raises UnknownId for a claim that does not exist, InputError for what is no claim,
        RuleViolation for a retracted claim, Conflict for a correction that changes nothing or waits
        already, and what :meth:`append` raises.
        """
        return self.one(self._about_claim(event_type, ref, fields), signer, actor)

    def rehearse_on_claim(self, event_type: str, ref: str, **fields: Any) -> None:
        """Raise what :meth:`on_claim` would raise, and record nothing."""
        payload = self._about_claim(event_type, ref, fields)
        slug, keyid = self._stand_in(None)
        self._writer.rehearse([self._event_signer(slug, _NoSigner(keyid)).sign(payload)])

    def _about_claim(self, event_type: str, ref: str, fields: dict[str, Any]) -> _OnClaim:
        """Return the event of this type about the claim that ``ref`` names."""
        with self._base.references() as refs:
            claim_id, current = refs.claim(ref)
            if (content := fields.get("content")) is not None:
                fields["content"] = replace_keys(content, refs.claim_ids(key_references(content)))
                _refuse_unchanged(refs, current, fields["content"])
            _refuse_twin(refs, claim_id, event_type, fields.get("content"))
        model = _ON_CLAIM[event_type]
        if "supersedes" in model.model_fields:
            fields["supersedes"] = current.digest
        return build(model, claim=claim_id, **fields)

    def change_policy(self, signer: keys.Signer, actor: str, **fields: Any) -> RecordResult:
        """Append a change of the policy; see ``Ledger.change_policy``."""
        return self.one(build(event_models.PolicyChanged, **fields), signer, actor)

    def review(
        self, refs: Sequence[str], signer: keys.Signer, actor: str, **fields: Any
    ) -> tuple[RecordResult, ...]:
        """Append reviews of the events that ``refs`` name; see ``Ledger.review``."""
        with self._base.references() as found:
            versions = [found.reviewable(ref) for ref in refs]
        if not versions:
            raise InputError("nothing to review was named", hint="see `regledger review list`")
        targets = [{"event": one.event, "digest": one.digest} for one in versions]
        parts = [tuple(targets[i : i + _TARGETS]) for i in range(0, len(targets), _TARGETS)]
        payloads = [build(event_models.EventReviewed, targets=part, **fields) for part in parts]
        return self.append(payloads, signer, actor)

    def record(
        self, claims: Sequence[Claim], signer: keys.Signer, *, actor: str, again: bool
    ) -> tuple[RecordResult, ...]:
        """Record claims; see ``Ledger.record``."""
        known, fresh = self.sort_out(claims)
        if not again:
            self._refuse_identical(claims)
        event_signer = self._event_signer(actor, signer)
        step = len(fresh) if len(fresh) <= ONE_TRANSACTION else BATCH
        for start in range(0, len(fresh), max(step, 1)):
            with seldom_collected():  # what is made of a batch lives to its end
                drafts = [
                    event_signer.sign(event_models.ClaimRecorded(claim=claim), event_id=event_id)
                    for event_id, claim in fresh[start : start + step]
                ]
                known += self._append(drafts)
        self._base.follow_status()
        return tuple(sorted(known, key=lambda r: r.seq))

    def rehearse(self, claims: Sequence[Claim], *, actor: str | None, again: bool) -> None:
        """Raise what :meth:`record` would raise, and record nothing."""
        _, fresh = self.sort_out(claims)
        if not again:
            self._refuse_identical(claims)
        slug, keyid = self._stand_in(actor)
        event_signer = self._event_signer(slug, _NoSigner(keyid))
        drafts = [
            event_signer.sign(event_models.ClaimRecorded(claim=c), event_id=i) for i, c in fresh
        ]
        self._writer.rehearse(drafts)

    def identical(self, claims: Sequence[Claim]) -> tuple[IdenticalClaim, ...]:
        """Return the claims without a key that say exactly what another one says already."""
        if all(claim.key for claim in claims):
            return ()
        with self._base.store.reading() as conn:
            refs = References(self._base.store, conn)
            recorded = refs.recorded([c.key for c in claims if c.key])
            ids = {key: claim_id for key, (_, claim_id) in recorded.items()}
            fresh = {c.key for c in claims if c.key} - set(recorded)
            unkeyed = [None if c.key or fresh & set(key_references(c)) else c for c in claims]
            ids |= refs.claim_ids({r for c in unkeyed if c for r in key_references(c)} - set(ids))
            settled = [None if c is None else replace_keys(c, ids) for c in unkeyed]
            return find_identical(conn, claims, settled, refs.content_at)

    def recorded_as(self, claims: Sequence[Claim]) -> tuple[list[tuple[int, str]], list[int]]:
        """Return where claims are recorded: (seq, state) of each, and the indices of the others.

        A claim without a key is recognised by its content. Raises what :meth:`sort_out` raises,
        Conflict for a key that is recorded with other content.
        """
        known, _ = self.sort_out(claims)
        by_key = {one.key: (one.seq, one.state) for one in known}
        twins = {one.index: one for one in self.identical(claims) if one.seq is not None}
        found: list[tuple[int, str]] = []
        missing: list[int] = []
        for index, claim in enumerate(claims):
            twin = twins.get(index)
            if claim.key in by_key:
                found.append(by_key[claim.key])
            elif twin is not None and twin.seq is not None:
                found.append((twin.seq, twin.state))
            else:
                missing.append(index)
        return found, missing

    def sort_out(self, claims: Sequence[Claim]) -> tuple[list[RecordResult], _Claims]:
        """Return what is recorded already, and the rest as (event id, claim) in order.

        Raises Conflict for a key used twice or recorded with other content, UnknownId for a
        reference to no claim, RuleViolation for references in a circle.
        """
        own = [c.key for c in claims if c.key]
        twice = sorted({k for k in own if own.count(k) > 1}) if len(set(own)) < len(own) else []
        if twice:
            raise Conflict(f"the same key is used twice: {', '.join(twice)}")
        named = {ref for c in claims for ref in key_references(c)} - set(own)
        fresh: _Claims = []
        with self._base.references() as refs:
            found = refs.recorded([*own, *named])
            ids = {k: claim_id for k, (_, claim_id) in found.items()}
            ids |= refs.claim_ids(named - found.keys())  # says what is unknown
            recorded = {k: found[k] for k in own if k in found}
            for claim in claims:
                if claim.key not in recorded:
                    event_id = new_id()
                    fresh.append((event_id, claim))
                    if claim.key:
                        ids[claim.key] = event_id
            known = [
                self._already(refs, replace_keys(c, ids), *recorded[c.key])
                for c in claims
                if c.key in recorded
            ]
        return known, [(i, replace_keys(c, ids)) for i, c in in_reference_order(fresh)]

    def _append(self, drafts: Sequence[SignedDraft]) -> list[RecordResult]:
        if not drafts:
            return []
        done = self._writer.append(drafts)
        self._base.note_appended(done.entries)
        return [
            RecordResult(
                seq=done.seqs[d.id],
                event=d.id,
                digest=d.signed.digest,
                key=import_key(d.payload),
                outcome="already" if d.id in done.already else "recorded",
                state=done.states.get(d.id, "counting"),
            )
            for d in drafts
        ]

    def _event_signer(self, actor: str, signer: keys.Signer) -> EventSigner:
        return EventSigner(self._base.ledger, actor, signer, self._base.clock)

    def _refuse_identical(self, claims: Sequence[Claim]) -> None:
        if found := self.identical(claims):
            raise AlreadyRecorded([(f"claim {twin.index + 1}", twin.words) for twin in found])

    def _already(self, refs: References, claim: Claim, seq: int, claim_id: str) -> RecordResult:
        """Return the record of a claim that is there already; Conflict if it says otherwise."""
        given = events.to_data(claim)
        held = [refs.content_at(n) for n in (seq, refs.newest_content(claim_id))]
        if given not in held:
            fields = sorted(
                k for k in given.keys() | held[-1].keys() if given.get(k) != held[-1].get(k)
            )
            raise Conflict(
                f"claim {claim.key!r} is already recorded (entry {seq}) with other content: "
                f"{', '.join(fields)} differ",
                hint=f"to change it, use `regledger correct {claim.key} FILE`",
            )
        event_id, digest, state = refs.version_at(seq)
        return RecordResult(seq, event_id, digest, claim.key, "already", state)

    def _stand_in(self, slug: str | None) -> tuple[str, str]:
        """Return (actor, key id): of this actor, by default of the first who may record."""
        with self._base.references() as refs:
            role: Role = "recorder"
            held = [a for a in refs.state.actors() if role in a.roles and a.keys]
            if slug is None and not held:
                raise RuleViolation("role", f"nobody is enrolled as {role}")
            found = held[0] if slug is None else refs.actor(slug)
        if not found.keys:
            raise RuleViolation("key", f"{found.slug} has no key in force")
        return found.slug, found.keys[-1].keyid


def _refuse_unchanged(refs: References, current: Version, content: Claim) -> None:
    """Raise Conflict where a correction says what the claim says."""
    if not current.retracts and refs.content_at(current.seq) == events.to_data(content):
        raise Conflict(f"@{current.seq} says exactly this already; a correction changes something")


def _refuse_twin(refs: References, claim_id: str, event_type: str, content: Claim | None) -> None:
    """Raise Conflict where the same correction, or a retraction, of a claim awaits review."""
    for item in waiting_on(refs.conn, claim_id):
        if item.type != event_type:
            continue
        if content is None or refs.content_at(item.seq) == events.to_data(content):
            withdraw = f"`regledger review withdraw @{item.seq}`"
            hint = f"have it approved, or take it back first: {withdraw}"
            if is_stale(refs.state, item):
                hint = (
                    "what it replaces has changed, so that nobody can approve it any more: first"
                    f" `regledger review reject @{item.seq} --reason CODE`, or, as"
                    f" {item.actor}, {withdraw}"
                )
            raise Conflict(
                f"@{item.seq} by {item.actor} says exactly this already, and awaits review",
                hint=hint,
            )


class _NoSigner:
    """Name a key and make no signature: what a rehearsal signs with."""

    scheme = "ed25519"
    public_key = ""
    has_secret = False

    def __init__(self, keyid: str) -> None:
        self.keyid = keyid

    def sign(self, payload: bytes) -> bytes:
        """Return 64 zero bytes; a rehearsal is rolled back before it could be read."""
        del payload
        return bytes(64)

    def opened_by(self, text: str) -> bool:
        """No: no passphrase is at hand, and nothing is signed."""
        del text
        return False
