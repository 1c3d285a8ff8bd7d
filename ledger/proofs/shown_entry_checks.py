"""Checking one entry when it is shown: bytes, signature, chain links, inclusion.

``regledger verify`` checks the whole log. These checks need only the neighbouring entries, the
stored hashes and the newest checkpoint: an entry that passes may still break a rule, an entry that
fails breaks the log.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.errors import NotCompleted, NotVerified, RegledgerError
from ledger.log.entry import ZERO, Entry, check_signature, decode_entry
from ledger.log.merkle import leaf_hash
from ledger.projections.entry_columns import derive_columns
from ledger.projections.stored_state import enrolled_keys
from ledger.proofs.inclusion import prove
from ledger.store import raw_rows
from ledger.store.log_store import Connection, LogStore
from ledger.verify.entry_checks import RawEntry, check_entry
from ledger.verify.report import FailedCheck


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """The signature of an entry, checked when it is read. ``fault`` is empty where it holds."""

    keyid: str
    scheme: str
    actor: str  # whom the key was enrolled for; empty where no such key is enrolled
    from_seq: int | None
    to_seq: int | None
    compromised_since: str | None
    fault: str


def faults_at(store: LogStore, conn: Connection, seq: int) -> tuple[FailedCheck, ...]:
    """Return the checks that entry ``seq`` fails; empty where all hold.

    A fault without seq may be that of another entry: one wrong hash spoils all proofs.
    Raises BrokenChain where there is no such entry, BadEntry where it is not bytes.
    """
    data = store.bytes_at(conn, seq)
    try:
        entry = decode_entry(data, at=seq)
    except NotVerified as error:
        return (FailedCheck(seq, error.layer, error.message),)
    texts = {digest: text for _, digest, text in raw_rows.disclosure_rows(conn, seq, seq + 1)}
    wrong = [*check_entry(RawEntry.of(seq, data, texts)).wrong]
    signature, inclusion = check_signature_of(conn, entry).fault, included(store, conn, seq)[1]
    wrong += [("signature", signature)] if signature else []
    wrong += _unchained(conn, seq, entry)
    found = [FailedCheck(seq, layer, message) for layer, message in wrong]
    return (*found, FailedCheck(None, "tree", inclusion)) if inclusion else tuple(found)


def _unchained(conn: Connection, seq: int, entry: Entry) -> Iterator[tuple[str, str]]:
    """Compare an entry with its own row, and with the entries before and after it."""
    rows = raw_rows.entry_rows(conn, seq - 1, seq + 2)
    row, made = rows[seq], derive_columns(entry)
    if entry.seq != seq:
        yield "seq", f"the entry says seq {entry.seq}"
    if row.leaf_hash != entry.leaf_hash:
        yield "leaf", "the stored leaf hash is not that of the bytes"
    other = [name for name in raw_rows.DERIVED if getattr(row, name) != getattr(made, name)]
    if other:
        yield "columns", f"columns differ from the bytes: {', '.join(other)}"
    before, after = rows.get(seq - 1), rows.get(seq + 1)
    if entry.prev != (before.leaf_hash.hex() if before is not None else ZERO):
        yield "prev", "it does not continue the entry before it"
    # Where the next entry was changed itself, its ``prev`` means nothing.
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
    key = enrolled_keys(conn).get(keyid)
    if key is None:
        return SignatureCheck(keyid, "", "", None, None, None, "no such key was ever enrolled")
    fault = ""
    if key.actor != entry.signed.event.actor:
        fault = f"the key is that of {key.actor}"
    elif seq < key.from_seq or (key.to_seq is not None and seq > key.to_seq):
        fault = "the key was not in force here"
    try:
        check_signature(entry.signed, key.public_key, scheme=key.scheme)
    except RegledgerError as error:
        fault = error.message
    return SignatureCheck(
        keyid, key.scheme, key.actor, key.from_seq, key.to_seq, key.compromised_since, fault
    )


def included(store: LogStore, conn: Connection, seq: int) -> tuple[int | None, str]:
    """Return (size, "") of the checkpoint that an entry is proved to stand in.

    (None, why) where the proof fails, (None, "") where no checkpoint covers the entry yet.
    """
    try:
        return prove(store, conn, seq).checkpoint.size, ""
    except NotCompleted:
        return None, ""
    except RegledgerError as error:
        return None, error.message
