"""Tools of a forger: change entries, chain them anew, seal them as a dishonest operator would."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ledger.log.checkpoint import Checkpoint, seal
from ledger.log.encodings import pae, to_b64
from ledger.log.entry import PAYLOAD_TYPE, ZERO, decode_entry
from ledger.log.merkle import leaf_hash, root
from ledger.log.tiles import bundle_path, decode_bundle, encode_bundle, encode_tile, tile_path
from tests.vectors.people import ORIGIN, RECORDER, SEALED_AT, LogKeys, event_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ledger.log.entry import Entry
    from ledger.log.keys import Signer

Changed = dict[str, bytes | None]  # path -> new bytes, None where the file is removed
LATER: Final = "2024-01-01T09:10:00.000000Z"
BUNDLE: Final = bundle_path(0, 12)
TEXTS: Final = "disclosures/000"
TILE: Final = tile_path(0, 0, 12)


@dataclass(frozen=True)
class Row:
    """What an entry holds besides its place: the event's bytes, its signature, its time."""

    event: bytes
    keyid: str
    sig: str
    at: str = LATER


def _row(entry: Entry) -> Row:
    signature = entry.signed.signature
    sig = to_b64(signature.sig)
    return Row(entry.signed.payload, signature.keyid, sig, entry.recorded_at)


def spell(value: Any) -> bytes:
    """Canonical JSON, without refusing what is beyond its limits."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def signed(event: Mapping[str, Any], signer: Signer) -> Row:
    """Sign an event, whatever it says."""
    data = spell(event)
    return Row(data, signer.keyid, to_b64(signer.sign(pae(PAYLOAD_TYPE, data))))


@dataclass(frozen=True)
class Book:
    """The good log, and the keys that sealed it."""

    files: Mapping[str, bytes]
    keys: LogKeys

    @property
    def entries(self) -> list[bytes]:
        """Its entries."""
        return decode_bundle(self.files[BUNDLE], 12)

    @property
    def rows(self) -> list[Row]:
        """Its entries without their places."""
        return [_row(decode_entry(data)) for data in self.entries]

    @property
    def ledger(self) -> str:
        """Its ledger id."""
        return decode_entry(self.entries[0]).signed.digest

    def target(self, seq: int) -> dict[str, str]:
        """One of its events as others name it."""
        found = decode_entry(self.entries[seq]).signed
        return {"event": found.event.id, "digest": found.digest}

    def data(self, seq: int) -> dict[str, Any]:
        """The data of one of its events."""
        return decode_entry(self.entries[seq]).signed.event.data

    def say(
        self,
        kind: str,
        data: Mapping[str, Any],
        *,
        by: str = "recorder",
        signer: Signer = RECORDER,
        **other: Any,
    ) -> Row:
        """Sign one more event; ``other`` replaces members of it."""
        event = {
            "actor": by,
            "data": data,
            "id": event_id(0x100),
            "ledger": self.ledger,
            "made_at": LATER,
            "type": kind,
            "version": 1,
        }
        return signed({**event, **other}, signer)

    def dispute(self, **other: Any) -> Row:
        """Sign that claim 7 is disputed: harmless, if it is signed as it should be."""
        claim = self.target(7)["event"]
        return self.say("claim.disputed", {"claim": claim, "reason_code": "other"}, **other)


def chain(
    rows: Sequence[Row], edits: Mapping[int, Callable[[bytes], bytes]] | None = None
) -> list[bytes]:
    """Number and chain the rows; an edit changes the bytes of an entry before the next one."""
    entries: list[bytes] = []
    prev = ZERO
    for seq, row in enumerate(rows):
        entry = b'{"event":%b%b' % (
            row.event,
            f',"format":1,"prev":"{prev}","recorded_at":"{row.at}","seq":{seq},"signatures":'
            f'[{{"keyid":"{row.keyid}","sig":"{row.sig}"}}]}}'.encode(),
        )
        entry = (edits or {}).get(seq, bytes)(entry)
        entries.append(entry)
        prev = leaf_hash(entry).hex()
    return entries


def outside(book: Book, change: Callable[[list[bytes]], None]) -> Changed:
    """Somebody who holds no key changes the bundle of entries, and nothing else."""
    entries = book.entries
    change(entries)
    return {BUNDLE: b"".join(len(e).to_bytes(2, "big") + e for e in entries)}


def resealed(book: Book, entries: Sequence[bytes], keys: LogKeys | None = None) -> Changed:
    """Whoever holds the log's keys publishes these entries: all that is beside them fits."""
    size = len(entries)
    leaves = [leaf_hash(data) for data in entries]
    note = sealed(Checkpoint(ORIGIN, size, root(leaves)), keys or book.keys)
    changed: Changed = {} if size == 12 else {BUNDLE: None, TILE: None}
    return {
        **changed,
        bundle_path(0, size): encode_bundle(entries),
        tile_path(0, 0, size): encode_tile(leaves),
        "checkpoint": note,
        **_texts(book, entries),
    }


def _texts(book: Book, entries: Sequence[bytes]) -> Changed:
    """The disclosed texts, each at the entry that has its digest now."""
    old = book.files[TEXTS]
    lines = [json.loads(line) for line in old.splitlines()]
    made = [
        {**line, "seq": seq}
        for seq, entry in enumerate(entries)
        for line in sorted(lines, key=lambda line: str(line["digest"]))
        if line["digest"].encode() in entry
    ]
    new = b"".join(spell(line) + b"\n" for line in made)
    return {} if new == old else {TEXTS: new}


def sealed(checkpoint: Checkpoint, keys: LogKeys) -> bytes:
    """Sign a checkpoint with both keys."""
    return seal(checkpoint, keys, at=SEALED_AT).encode()


def put(seq: int, old: bytes, new: bytes) -> Callable[[list[bytes]], None]:
    """Return a change of one entry that replaces the first ``old`` in it, which must be there."""

    def change(entries: list[bytes]) -> None:
        entries[seq] = edit(old, new)(entries[seq])

    return change


def edit(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """Return what replaces the first ``old``."""

    def change(data: bytes) -> bytes:
        if old not in data:
            raise ValueError(f"{old!r} is not in the entry to be forged")
        return data.replace(old, new, 1)

    return change


def moved(row: Row, at: str) -> Row:
    """The row at another time."""
    return replace(row, at=at)
