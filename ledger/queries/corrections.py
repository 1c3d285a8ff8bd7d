"""Claims corrected in a range of the log: which version replaced which."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain.place_words import place_words
from ledger.store import schema as s


@dataclass(frozen=True, slots=True)
class Correction:
    """A version of a claim and the version that replaced it, by their entries.

    ``counts_from`` is the entry from which the newer version counts; ``jurisdiction`` and
    ``activity`` are those of the newer version, None of an act that bears where its target does.
    """

    claim: str
    key: str | None
    old_seq: int
    new_seq: int
    counts_from: int
    jurisdiction: str | None
    activity: str | None

    @property
    def place(self) -> str:
        """Where the claim bears, in words: ``PK va.exchange``."""
        return place_words(self.jurisdiction, self.activity)


def corrections(conn: Connection, start: int, stop: int) -> list[Correction]:
    """Return the corrections that came to count at seqs in [start, stop), in that order."""
    new, old, said, key = s.version.c, s.version.alias("old"), s.claim_version.c, s.claim_key.c
    query = (
        sa.select(
            said.claim_id,
            key.key,
            old.c.seq.label("old_seq"),
            new.seq,
            new.counts_from,
            said.jurisdiction,
            said.activity,
        )
        .select_from(
            s.version.join(old, old.c.digest == new.supersedes)
            .join(s.claim_version, said.event_id == new.event_id)
            .outerjoin(s.claim_key, key.claim_id == said.claim_id)
        )
        .where(new.counts_from >= start, new.counts_from < stop, ~new.retracts)
        .order_by(new.counts_from, new.seq)
    )
    return [Correction(*row) for row in conn.execute(query)]
