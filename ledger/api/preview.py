"""What would be if something counted, and what a form needs to ask for it: nothing here writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from ledger.api.event_signing import references, settle
from ledger.api.reading import Asking
from ledger.domain.claims import Claim
from ledger.domain.resolve.claimed_cells import cells_of
from ledger.domain.resolve.facts import Facts
from ledger.domain.state_records import CountedClaim
from ledger.queries.diff import CellChange, DiffInput, compare_cells
from ledger.store import schema as s

_OFFERED = 5000  # instruments and claim keys that a form completes from


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a form completes ids from: (id, name) pairs, and ids alone where there is no name.

    ``instruments`` and ``keys`` are those of the newest claims, at most 5,000 of each.
    """

    jurisdictions: tuple[tuple[str, str], ...]
    activities: tuple[tuple[str, str], ...]
    actor_classes: tuple[tuple[str, str], ...]
    bodies: tuple[tuple[str, str], ...]
    regimes: tuple[str, ...]
    instruments: tuple[str, ...]
    keys: tuple[str, ...]


class Foreseeing(Asking):
    """Questions of those who are about to record, correct, retract or review."""

    def vocabulary(self) -> Vocabulary:
        """Return the ids that claims may name now, for completion."""
        known = self.taxonomy
        column = s.claim_version.c
        named = (
            sa.select(column.instrument)
            .where(column.instrument.is_not(None))
            .group_by(column.instrument)
            .order_by(sa.func.max(column.seq).desc())
        )
        newest = sa.select(s.claim_key.c.key).order_by(s.claim_key.c.claim_id.desc())
        with self.store.reading() as conn:
            instruments = conn.execute(named.limit(_OFFERED)).scalars().all()
            keys = conn.execute(newest.limit(_OFFERED)).scalars().all()
        return Vocabulary(
            jurisdictions=tuple((one.id, one.name) for one in known.jurisdictions.values()),
            activities=tuple((one.id, one.name) for one in known.activities.values()),
            actor_classes=tuple((one.id, one.name) for one in known.actor_classes.values()),
            bodies=tuple((one.id, one.name) for one in known.bodies.values()),
            regimes=tuple(sorted({a.regime for a in known.activities.values() if a.regime})),
            instruments=tuple(instruments),
            keys=tuple(keys),
        )

    def content_of(self, ref: str) -> tuple[str, dict[str, Any], bool]:
        """Return (name, content, whole) of the claim ``ref`` names: what counts, else what waits.

        The name is its key, or its id where it has none; not ``whole`` where values were erased.
        Raises UnknownId, InputError for what is no claim, RuleViolation for a retracted one.
        """
        claim_id, version = self._claim_version(ref)
        shown = self.show(version.event)
        told = shown.opened["content" if version.type == "claim.corrected" else "claim"]
        content: dict[str, Any] = orjson.loads(orjson.dumps(told))
        return str(content.get("key", claim_id)), content, not shown.withheld

    def replaced_by(self, ref: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Return (old, new) content of a correction; None for an event that is none.

        The old one is that which the correction names, whatever has become of it since.
        """
        shown = self.show(ref)
        if shown.item.type != "claim.corrected":
            return None
        before = self.show(shown.opened["supersedes"]).opened
        old = before.get("content") or before["claim"]
        found: list[dict[str, Any]] = orjson.loads(orjson.dumps([old, shown.opened["content"]]))
        return found[0], found[1]

    def preview_review(self, refs: Sequence[str]) -> tuple[CellChange, ...]:
        """Return what would change in status today if these events were approved.

        Definitions are left out: they change no status by themselves. Raises UnknownId for what
        nothing has as a name, InputError for what is not reviewed.
        """
        versions = [self._reviewable(ref) for ref in refs]
        changed: dict[str, Claim | None] = {}
        with self.store.reading() as conn:
            state = self.state(conn)
            for version in versions:
                claim_id = version.subject.removeprefix("claim:")
                if claim_id != version.subject:
                    content = None if version.retracts else state.claim_of(version.event)
                    changed[claim_id] = content
        return self._if_counted(changed)

    def preview_correction(self, ref: str, content: Claim) -> tuple[CellChange, ...]:
        """Return what would change in status today if a claim had this content.

        Raises what :meth:`correct` raises for a claim that cannot be corrected.
        """
        claim_id, _ = self._claim_version(ref)
        return self._if_counted({claim_id: settle(content, self._ids_of(references(content)))})

    def preview_retraction(self, ref: str) -> tuple[CellChange, ...]:
        """Return what would change in status today without a claim; raises as above."""
        claim_id, _ = self._claim_version(ref)
        return self._if_counted({claim_id: None})

    def _if_counted(self, changed: Mapping[str, Claim | None]) -> tuple[CellChange, ...]:
        """Compare today's statuses with those if claims had other content, or (None) did not count.

        The changes are told in the prudential view.
        """
        if not changed:
            return ()
        point = self.point()
        before = self.everything(point)
        held = {counted.id: counted for counted in before.claims}
        for n, (claim_id, claim) in enumerate(changed.items()):
            old = held.pop(claim_id, None)
            if claim is not None:
                first = old.seq if old is not None else point.size + n
                held[claim_id] = CountedClaim(claim_id, claim, first, point.size + n, point.day)
        after = Facts(
            claims=tuple(sorted(held.values(), key=lambda counted: counted.seq)),
            pending=tuple(one for one in before.pending if one.id not in changed),
            taxonomy=before.taxonomy,
            size=before.size,
            head=before.head,
            rules=before.rules,
        )
        span = DiffInput(before, after, (point.day, point.day), "prudential", {})
        return tuple(compare_cells(cells_of(before, after), span))
