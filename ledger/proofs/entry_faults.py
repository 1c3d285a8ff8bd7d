"""One entry, checked as it is shown: its bytes, its signature, its links in the chain, its seal.

``verify`` checks the whole log. Whoever opens one entry is told at once what of it can be told from
its surroundings: the entries beside it, the hashes stored for it, and the newest checkpoint. What
holds here may still break a rule; what does not hold here breaks the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ledger.errors import NotCompleted, NotVerified, RegledgerError
from ledger.log.entry import ZERO, check_signature, decode_entry
from ledger.log.merkle import leaf_hash
from ledger.projections.entry_columns import derive_columns
from ledger.proofs.inclusion import prove
from ledger.store import schema as s
from ledger.verify.entry_checks import PageToCheck, check_page
from ledger.verify.report import FailedCheck

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

    from ledger.log.entry import Entry
    from ledger.store.log_store import LogStore

_COLUMNS = ("prev", "event_id", "event_digest", "type", "actor", "recorded_at", "claim_key")


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """The signature of an entry, checked now. ``fault`` is empty where it holds."""

    keyid: str
    scheme: str
    actor: str  # whom the key was enrolled for; empty where no such key is enrolled
    from_seq: int | None
    to_seq: int | None
    compromised_since: str | None
    fault: str


def faults_at(store: LogStore, conn: Connection, seq: int) -> tuple[FailedCheck, ...]:
    """Return everything that does not hold about entry ``seq``; empty where it all does.

    A fault without seq may be that of another entry: one wrong hash spoils the proofs of all.
    Raises BrokenChain where there is no such entry.
    """
    data = store.bytes_at(conn, seq)
    try:
        entry = decode_entry(data, at=seq)
    except NotVerified as error:
        return (FailedCheck(seq, error.layer, error.message),)
    d = s.disclosure.c
    texts = conn.execute(sa.select(d.digest, d.text).where(d.seq == seq)).all()
    (checked,) = check_page(PageToCheck(seq, [data], {seq: {row[0]: row[1] for row in texts}}, {}))
    wrong = [*checked.wrong] if checked is not None else []
    signature, inclusion = check_signature_of(conn, entry).fault, included(store, conn, seq)[1]
    wrong += [("signature", signature)] if signature else []
    wrong += _unchained(conn, seq, entry)
    found = [FailedCheck(seq, layer, message) for layer, message in wrong]
    return (*found, FailedCheck(None, "tree", inclusion)) if inclusion else tuple(found)


def _unchained(conn: Connection, seq: int, entry: Entry) -> Iterator[tuple[str, str]]:
    """Hold an entry against its own row, and against the entries before and after it."""
    e = s.entry.c
    near = sa.select(s.entry).where(e.seq >= seq - 1, e.seq <= seq + 1)
    rows = {row.seq: row for row in conn.execute(near)}
    row, made = rows[seq], derive_columns(entry)
    if entry.seq != seq:
        yield "seq", f"the entry says seq {entry.seq}"
    if row.leaf_hash != entry.leaf_hash:
        yield "leaf", "the stored leaf hash is not that of the bytes"
    other = [name for name in _COLUMNS if getattr(row, name) != getattr(made, name)]
    if other:
        yield "columns", f"columns differ from the bytes: {', '.join(other)}"
    before, after = rows.get(seq - 1), rows.get(seq + 1)
    if entry.prev != (before.leaf_hash.hex() if before is not None else ZERO):
        yield "prev", "it does not continue the entry before it"
    # Where the next entry was changed itself, what it says of this one means nothing.
    if after is not None and after.leaf_hash == leaf_hash(after.bytes):
        try:
            continued = decode_entry(after.bytes).prev == entry.leaf_hash.hex()
        except NotVerified:
            continued = True
        if not continued:
            yield "prev", f"the entry after it, @{seq + 1}, continues other bytes than these"


def check_signature_of(conn: Connection, entry: Entry) -> SignatureCheck:
    """Check the signature of an entry with the key that is enrolled under its id."""
    keyid, seq = entry.signed.signature.keyid, entry.seq
    key = s.actor_key.c
    row = conn.execute(sa.select(s.actor_key).where(key.keyid == keyid)).first()
    if row is None:
        return SignatureCheck(keyid, "", "", None, None, None, "no such key was ever enrolled")
    fault = ""
    if row.actor != entry.signed.event.actor:
        fault = f"the key is that of {row.actor}"
    elif seq < row.from_seq or (row.to_seq is not None and seq > row.to_seq):
        fault = "the key was not in force here"
    try:
        check_signature(entry.signed, row.public_key, scheme=row.scheme)
    except RegledgerError as error:
        fault = error.message
    return SignatureCheck(
        keyid, row.scheme, row.actor, row.from_seq, row.to_seq, row.compromised_since, fault
    )


def included(store: LogStore, conn: Connection, seq: int) -> tuple[int | None, str]:
    """Return the size of the checkpoint that an entry is proved to stand in, and why it is not.

    (None, "") where no checkpoint covers it yet.
    """
    try:
        return prove(store, conn, seq).checkpoint.size, ""
    except NotCompleted:
        return None, ""
    except RegledgerError as error:
        return None, error.message
