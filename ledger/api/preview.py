"""``ledger.preview``: what an act would bring about, and what a form needs; nothing here writes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypedDict, Unpack

import orjson

from ledger.api.doubts import Doubt, doubts_about
from ledger.api.entries import Entries
from ledger.api.key_references import key_references, replace_keys
from ledger.api.opened_ledger import OpenLedger
from ledger.api.recorder import Recorder
from ledger.domain.claims import Claim
from ledger.domain.resolve.cells_spoken_of import cells_of
from ledger.domain.resolve.facts import Cell
from ledger.domain.resolve.status_values import View
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import ANY
from ledger.queries.diff import CellChange, DiffInput, compare_cells
from ledger.queries.retried_claims import IdenticalClaim
from ledger.queries.vocabulary import Vocabulary, vocabulary
from ledger.wording.claim_card import claim_name


class LookedAt(TypedDict, total=False):
    """From where a preview is looked at; what is missing: today, prudential, every actor class."""

    actor: str
    as_of: str | None
    view: View


class Preview:
    """Questions to ask before recording, correcting, retracting or reviewing."""

    def __init__(self, base: OpenLedger, recorder: Recorder, entries: Entries) -> None:
        self._base = base
        self._recorder = recorder
        self._entries = entries

    def record(self, claims: Sequence[Claim], **looked: Unpack[LookedAt]) -> tuple[CellChange, ...]:
        """Return what would change in status if all these claims counted.

        Here and below the statuses are those of the day, the view and the actor class looked at.

        Raises Conflict, UnknownId or RuleViolation for claims that refer to none, to each other in
        a circle, or have a key that is taken.
        """
        _, fresh = self._recorder.sort_out(claims)
        return self._if_counted(dict(fresh), **looked)

    def doubts(self, claims: Sequence[Claim]) -> tuple[Doubt, ...]:
        """Return what to look at again before these claims are recorded.

        These are dates that are probably others, acts that would have no effect, and rules that
        beat others or lose to them in a way that surprises. Raises what :meth:`record` raises.
        """
        _, fresh = self._recorder.sort_out(claims)
        return doubts_about(self._base, claims, fresh)

    def doubts_of_correction(self, ref: str, content: Claim) -> tuple[Doubt, ...]:
        """Return what to look at again before a claim is given this content; raises as below."""
        claim_id, settled = self._settled(ref, content)
        return doubts_about(self._base, [content], [(claim_id, settled)])

    def review(self, refs: Sequence[str], **looked: Unpack[LookedAt]) -> tuple[CellChange, ...]:
        """Return what would change in status if these events were approved.

        Definitions are left out: they change no status by themselves. Raises UnknownId where
        nothing has that name, InputError for what is not reviewed.
        """
        changed: dict[str, Claim | None] = {}
        with self._base.references() as found:
            for version in [found.reviewable(ref) for ref in refs]:
                claim_id = version.subject.removeprefix("claim:")
                if claim_id != version.subject:
                    content = None if version.retracts else found.state.claim_of(version.event)
                    changed[claim_id] = content
        return self._if_counted(changed, **looked)

    def correction(
        self, ref: str, content: Claim, **looked: Unpack[LookedAt]
    ) -> tuple[CellChange, ...]:
        """Return what would change in status if a claim had this content.

        Raises what ``Ledger.correct`` raises for a claim that cannot be corrected.
        """
        claim_id, settled = self._settled(ref, content)
        return self._if_counted({claim_id: settled}, **looked)

    def retraction(self, ref: str, **looked: Unpack[LookedAt]) -> tuple[CellChange, ...]:
        """Return what would change in status without a claim; raises as above."""
        with self._base.references() as refs:
            claim_id, _ = refs.claim(ref)
        return self._if_counted({claim_id: None}, **looked)

    def rehearse(
        self, claims: Sequence[Claim], *, actor: str | None = None, again: bool = False
    ) -> None:
        """Raise what ``Ledger.record`` would raise, and record nothing. Needs no key."""
        self._recorder.rehearse(claims, actor=actor, again=again)

    def rehearse_correction(
        self, ref: str, content: Claim, *, reason_code: str, comment: str | None = None
    ) -> None:
        """Raise what ``Ledger.correct`` would raise, and record nothing. Needs no key."""
        fields = {"content": content, "reason_code": reason_code, "comment": comment}
        self._recorder.rehearse_on_claim("claim.corrected", ref, **fields)

    def recorded_as(self, claims: Sequence[Claim]) -> tuple[list[tuple[int, str]], list[int]]:
        """Return (seq, state) of each claim that is recorded, and the indices of the others.

        Raises what :meth:`record` raises, Conflict for a key that is recorded with other content.
        """
        return self._recorder.recorded_as(claims)

    def identical(self, claims: Sequence[Claim]) -> tuple[IdenticalClaim, ...]:
        """Return the claims without a key that say exactly what another claim says already."""
        return self._recorder.identical(claims)

    def vocabulary(self) -> Vocabulary:
        """Return the ids that claims may name now, for completion."""
        known = self._base.taxonomy
        with self._base.store.reading() as conn:
            return vocabulary(conn, known)

    def content_of(self, ref: str) -> tuple[str, dict[str, Any], bool]:
        """Return (name, content, whole) of the claim ``ref`` names: what counts, else what waits.

        The name is its key, or its sentence where it has none; not ``whole`` where values were
        erased.
        Raises UnknownId, InputError for what is no claim, RuleViolation for a retracted claim.
        """
        with self._base.references() as refs:
            _, version = refs.claim(ref)
        shown = self._entries.show(version.event)
        said = shown.opened["content" if version.type == "claim.corrected" else "claim"]
        content: dict[str, Any] = orjson.loads(orjson.dumps(said))
        return claim_name(content.get("key"), content["statement"]), content, not shown.withheld

    def replaced_by(self, ref: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Return (old, new) content of a correction; None for an event that is none.

        The old content is that which the correction names, whatever has become of it since. Raises
        what ``Ledger.show`` raises.
        """
        shown = self._entries.show(ref)
        if shown.item.type != "claim.corrected":
            return None
        before = self._entries.show(shown.opened["supersedes"]).opened
        old = before.get("content") or before["claim"]
        found: list[dict[str, Any]] = orjson.loads(orjson.dumps([old, shown.opened["content"]]))
        return found[0], found[1]

    def _settled(self, ref: str, content: Claim) -> tuple[str, Claim]:
        """Return the id of a claim and its new content, with ids in place of keys."""
        with self._base.references() as refs:
            claim_id, _ = refs.claim(ref)
            return claim_id, replace_keys(content, refs.claim_ids(key_references(content)))

    def _if_counted(
        self,
        changed: Mapping[str, Claim | None],
        *,
        actor: str = ANY,
        as_of: str | None = None,
        view: View = "prudential",
    ) -> tuple[CellChange, ...]:
        """Compare statuses with those if claims had other content, or (None) did not count.

        For :data:`ANY` they are those of every actor class that claims speak of.
        """
        if not changed:
            return ()
        point = self._base.point()  # what is recorded counts from today, whatever day is looked at
        before = self._base.facts(point, notes="loaded")
        held = {counted.id: counted for counted in before.claims}
        for n, (claim_id, claim) in enumerate(changed.items()):
            old = held.pop(claim_id, None)
            if claim is not None:
                first = old.seq if old is not None else point.size + n
                held[claim_id] = CountedClaim(claim_id, claim, first, point.size + n, point.day)
        after = replace(
            before,
            claims=tuple(sorted(held.values(), key=lambda counted: counted.seq)),
            pending=tuple(one for one in before.pending if one.id not in changed),
        )
        day = point.day if as_of is None else self._base.point(as_of).day
        span = DiffInput(before, after, (day, day), view, {})
        cells = cells_of(before, after)
        if actor != ANY:
            cells = tuple(sorted({Cell(c.jurisdiction, c.activity, actor) for c in cells}))
        return tuple(compare_cells(cells, span))
