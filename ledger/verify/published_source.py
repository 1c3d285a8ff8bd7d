"""A published log as a source of entries: a directory, an object store, a web address.

The verifier reads every file at the paths that the size in ``checkpoint`` asks for (C2SP
tlog-tiles), so a missing file is a fault (``tiles``). Where the storage can list its files, it also
checks the others: a partial tile of an earlier size must be a beginning of the tile that replaced
it; files that nothing signed speaks for, such as the page for people, are named unauthenticated.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice

from ledger.checkpoints.publish import CHECKPOINT, POLICY
from ledger.checkpoints.storage import Storage, layer_of
from ledger.errors import (
    BadProof,
    BadTile,
    BrokenChain,
    NotVerified,
    RegledgerError,
    TooLong,
    Unreachable,
)
from ledger.log.canonical import MAX_INT
from ledger.log.checkpoint import open_checkpoint
from ledger.log.merkle import TILE_BITS, TILE_WIDTH, TileHash, hashes_needed, leaf_hash
from ledger.log.tiles import (
    Tile,
    bundle_path,
    decode_bundle,
    decode_tile,
    encode_tile,
    hashes_in_tiles,
    parse_path,
    tile_path,
)
from ledger.log.witness_policy import parse_policy
from ledger.verify.entry_checks import PAGE, CheckedEntry
from ledger.verify.log_pass import StoredPage
from ledger.verify.pass_hashes import PassHashes, last_below
from ledger.verify.published_parts import beginning, disclosed, index_of, joined, parts_of
from ledger.verify.report import Findings
from ledger.verify.signed_notes import SignedNotes, checkpoint_of

_KEPT = 16  # bundles kept for reading single entries
_STAMPS = 16  # time-stamps of one checkpoint looked for, where storage cannot list
_MOST_FILES = 2_000_000  # in a listing: those of 200 million entries
_SEEN = 4096  # captured files looked for, where storage cannot list
_EVIDENCE = re.compile(r"evidence/([0-9a-f]{64})", re.ASCII)
_STAMPED = re.compile(r"timestamps/([1-9][0-9]{0,18})/(note|(?:0|[1-9][0-9]*)\.tsr)", re.ASCII)
_DISCLOSED = re.compile(r"disclosures/((?:x[0-9]{3}/)*[0-9]{3})", re.ASCII)


class PublishedSource:
    """One published log. Failed checks go to the findings.

    Every file that a check rests on is read once; entries that the rules look up are read again,
    and :mod:`ledger.verify.pass_hashes` proves them.
    """

    def __init__(
        self, storage: Storage, found: Findings, notes: SignedNotes, *, since: int = 0
    ) -> None:
        self._storage = storage
        self._found = found
        self._notes = notes
        self._since = since
        self.address = storage.address
        self.start = 0  # the pass sets it where it goes on from a kept state
        self.hashed = PassHashes()  # of the pass
        self._bundles: OrderedDict[int, list[bytes]] = OrderedDict()
        self._looked_for: OrderedDict[str, bool] = OrderedDict()
        self._probed: dict[int, list[str]] | None = None  # where storage cannot list
        self._reached = 0
        note = self._get(CHECKPOINT, "checkpoint")
        if note is None and next(iter(storage.listing() or ()), None) is None:
            raise Unreachable(storage.address, "there is no published log there")
        # Without a checkpoint no file proves anything, and there may be very many.
        listing = storage.listing() if note is not None else ()
        self._files = None if listing is None else _bounded(storage.address, listing)
        self._note = note or b""
        self._policy = self._get(POLICY, "checkpoint")
        self.size = self._size(note)
        self.signed_by = self._signers()
        self.believed = bool(self.signed_by)

    def _size(self, note: bytes | None) -> int:
        if note is None:
            self._found.add(None, "checkpoint", "the file checkpoint is missing")
            return 0
        try:
            size = checkpoint_of(note).size
        except NotVerified as error:
            self._found.add_error(None, error)
            return 0
        if size <= MAX_INT:
            return size
        more = f"it says that the log has {size} entries, more than a log can count"
        self._found.add(None, "checkpoint", f"the file checkpoint: {more}")
        return 0

    def _signers(self) -> tuple[str, ...]:
        """Return the keys that signed the checkpoint, of those that the published policy names.

        They do not show whose log it is, but a size that not even they signed is not believed.
        """
        try:
            origin = checkpoint_of(self._note).origin
            keys = [key for key in parse_policy(self._policy or b"").log_keys if key.name == origin]
            open_checkpoint(self._note, log_keys=keys)
        except RegledgerError:
            return ()
        return tuple(map(str, keys))

    def pages(self) -> Iterator[StoredPage]:
        """Yield the bundles, up to the first that is missing."""
        for start in range(self.start // PAGE * PAGE, self.size, PAGE):
            width = min(PAGE, self.size - start)
            index = start // PAGE
            data = self._read(bundle_path(index, width), start)
            if data is None:
                return
            entries = self._split(data, width, start)
            hashes = self._hashes(0, index, width, start)
            texts = self._texts(index, start, start + width)
            read = max(self.start - start, 0)  # of this bundle, before
            yield StoredPage(start + read, entries[read:], texts, hashes[read:])

    def _split(self, data: bytes, width: int, start: int) -> list[bytes | None]:
        try:
            return [*decode_bundle(data, width)]
        except BadTile as error:
            entries = beginning(data, width)
            # A length was changed: up to there the entries are what they were. Where the bundle
            # ends between two entries, it is the next one that is bad.
            whole = data.startswith(joined(entries, Tile(None, start // PAGE, width)))
            bad = len(entries) - (len(entries) == width or not whole)
            self._found.add(start + max(bad, 0), "tiles", error.message)
            return [*entries, *([None] * (width - len(entries)))]

    def bytes_at(self, seq: int) -> bytes:
        """Return the bytes of an entry."""
        index = seq // PAGE
        if index not in self._bundles:
            width = min(PAGE, self.size - index * PAGE)
            data = self._get(bundle_path(index, width), "tiles") or b""
            self._bundles[index] = beginning(data, width)
            if len(self._bundles) > _KEPT:
                self._bundles.popitem(last=False)
        try:
            return self._bundles[index][seq % PAGE]
        except IndexError:
            raise BrokenChain(seq, "seq", seq, "missing") from None

    def compare_page(self, raw: StoredPage, checked: Sequence[CheckedEntry | None]) -> None:
        """Compare the tile of leaf hashes with the entries."""
        for seq, (one, leaf) in enumerate(zip(checked, raw.kept, strict=False), raw.start):
            if one is not None and one.leaf != leaf:
                self._found.add(seq, "leaf", "the published leaf hash is not that of the bytes")

    def check_tile_hashes(self, complete: Sequence[TileHash]) -> None:
        """Compare each tile of level >= 1 with the tree, once it is full."""
        for node in complete:
            if not (node.index + 1) % TILE_WIDTH:
                self._tile(node.level, node.index + 1 - TILE_WIDTH, node.index + 1)

    def signed_sizes(self) -> Iterator[int]:
        """Yield the sizes of time-stamped notes, of the checkpoint, and of the auditor's own."""
        sizes = {self.size, self._since, *self._stamped()}
        yield from sorted(size for size in sizes if max(self.start, 1) <= size <= self.size)

    def check_signed(self, size: int, root: bytes, log_keys: Sequence[str]) -> None:
        """Check the notes of this size."""
        self._reached = size
        if size == self._since:
            self._notes.check_kept(size, root, log_keys)
        if names := self._stamped().get(size):
            self._check_time_stamps(size, names, root, log_keys)
        if size == self.size:
            self._notes.check_note(self._note, size, root, log_keys)

    def count_files(self, digests: Sequence[str]) -> None:
        """Count which of these files are here; check them now where storage cannot list."""
        for digest in digests:
            path = f"evidence/{digest}"
            here = path in self._files if self._files is not None else self._fetched(digest)
            self._found.evidence["present" if here else "missing"] += 1

    def finish(self, log_keys: Sequence[str], root: bytes) -> None:
        """Check what is left after the entries, unless too much is wrong already."""
        if self._found.full():
            return
        for level, start, stop in hashes_needed(self.size) if self._reached == self.size else ():
            if level:  # the tile hashes in the last tile of each; leaf hashes are compared before
                self._tile(level, start, stop)
        if self._note and self.size and self._reached < self.size:
            self._notes.check_note(self._note, self.size, root, log_keys)
        if self.size:
            self._check_policy(log_keys)
        for path in sorted(self._files or ()) if not self.start else ():
            if self._found.full():
                return
            self._check_unread(path)

    def hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        """Return published tile hashes, for proofs. Raises BadProof where a tile is missing."""

        def read(tile: Tile) -> bytes:
            data = self._get(tile.path, "tiles")
            if data is None:
                raise BadProof(f"tile {tile.index} of level {tile.level} is missing")
            return data

        return hashes_in_tiles(self.size, level, start, stop, read=read)

    def _tile(self, level: int, start: int, stop: int) -> None:
        """Compare the tile with the hashes start <= index < stop with those of this pass."""
        index, wanted = start // TILE_WIDTH, self.hashed.run(level, start, stop)
        data = self._read(tile_path(level, index, len(wanted)), last_below(level, start))
        if data is None or data == encode_tile(wanted):
            return
        there = parts_of(data, Tile(level, index, len(wanted)))
        pairs = enumerate(zip(there, wanted, strict=False))
        differs = next((i for i, (one, other) in pairs if one != other), len(wanted) - 1)
        message = f"tile ({level}, {index}) is not that of the entries"
        self._found.add(last_below(level, start + differs), "tiles", message)

    def _hashes(self, level: int, index: int, width: int, seq: int) -> list[bytes]:
        data = self._read(tile_path(level, index, width), seq)
        try:
            return decode_tile(data, width) if data is not None else []
        except BadTile as error:
            self._found.add_error(seq, error)
            return []

    def _read(self, path: str, seq: int) -> bytes | None:
        data = self._get(path, "tiles", seq)
        if data is None:
            self._found.add(seq, "tiles", f"the file {path} is missing")
        return data

    def _get(self, path: str, layer: str, seq: int | None = None) -> bytes | None:
        """Read a file; a file that is too long is a fault, and none of it is used."""
        try:
            return self._storage.read(path)
        except TooLong as error:
            self._found.add(seq, layer, error.message)
            return b""

    def _check_policy(self, log_keys: Sequence[str]) -> None:
        """Check that the file policy names the keys that the log has."""
        data = self._policy
        if data is None:
            self._found.add(None, "checkpoint", "the file policy is missing")
            return
        try:
            policy = parse_policy(data)
        except RegledgerError as error:
            self._found.add(None, "checkpoint", f"the file policy: {error.message}")
            return
        names = {key.partition("+")[0] for key in log_keys}
        named = {str(key) for key in policy.log_keys if key.name in names}
        if policy.encode() != data:
            self._found.add(None, "checkpoint", "the file policy is not in its one spelling")
        elif named and named != set(log_keys):
            self._found.add(None, "checkpoint", "the file policy names other keys than the log has")
        elif not named:
            self._found.add_unproved("policy: it names no key of this log")

    def _texts(self, index: int, start: int, stop: int) -> dict[int, dict[str, str]]:
        path = bundle_path(index).replace("tile/entries", "disclosures")
        if self._files is not None and path not in self._files:
            return {}
        texts: dict[int, dict[str, str]] = {}
        last = (-1, "")
        data = self._get(path, "disclosure")
        if data is None and self._files is not None:
            self._found.add(None, "disclosure", f"{path} is no regular file any more")
        for line in (data or b"").splitlines(keepends=True):
            if self._found.full():
                break
            try:
                digest, seq, text = disclosed(line)
            except ValueError:
                self._found.add(None, "disclosure", f"{path}: a line is not in its one form")
                continue
            if not start <= seq < stop or (seq, digest) <= last:
                self._found.add(None, "disclosure", f"{path}: a line is not in its place")
                continue
            last = (seq, digest)
            texts.setdefault(seq, {})[digest] = text
        return texts

    def _stamped(self) -> dict[int, list[str]]:
        if self._files is None:
            return self._stamped_unlisted()
        found: dict[int, list[str]] = {}
        for path in sorted(self._files):
            match = _STAMPED.fullmatch(path)
            if match:
                found.setdefault(int(match[1]), []).append(match[2])
        return found

    def _stamped_unlisted(self) -> dict[int, list[str]]:
        """Look for time-stamps of the checkpoint by name; older ones cannot be found."""
        if self._probed is None:
            folder, names = f"timestamps/{self.size}", []
            if self.size and self._get(f"{folder}/note", "time_stamp") is not None:
                names = ["note", *(f"{number}.tsr" for number in range(_STAMPS))]
            self._probed = {self.size: names} if names else {}
        return self._probed

    def _check_time_stamps(
        self, size: int, names: Sequence[str], root: bytes, log_keys: Sequence[str]
    ) -> None:
        """Check a note, and the time-stamps over its very bytes."""
        folder = f"timestamps/{size}"
        note = self._get(f"{folder}/note", "time_stamp")
        if note is None:
            self._found.add(None, "time_stamp", f"the file {folder}/note is missing")
            return
        self._notes.check_note(note, size, root, log_keys, shown=False)
        for path in (f"{folder}/{name}" for name in names if name != "note"):
            data = self._get(path, "time_stamp")
            if data is None and self._files is None:
                return  # the last time-stamp was read
            self._notes.check_time_stamps(note, [(path, data or b"")])

    def _fetched(self, digest: str) -> bool:
        """Read a captured file from storage that cannot list; return whether it is there."""
        if digest not in self._looked_for:
            data = self._get(f"evidence/{digest}", "evidence")
            if data is not None:
                self._file(digest, data)
            self._looked_for[digest] = data is not None
            if len(self._looked_for) > _SEEN:
                self._looked_for.popitem(last=False)
        return self._looked_for[digest]

    def _file(self, name: str, data: bytes) -> None:
        if sha256(data).hexdigest() != name:
            self._found.add(None, "evidence", f"the file evidence/{name} has other bytes")

    def _check_unread(self, path: str) -> None:
        """Check a file that was not read yet, or name it as unauthenticated."""
        if path.endswith("/") and (layer := layer_of(path)):
            self._found.add(None, layer, f"{path[:-1]} is no regular file, and was not read")
            return
        evidence = _EVIDENCE.fullmatch(path)
        stamped = _STAMPED.fullmatch(path)
        disclosed = _DISCLOSED.fullmatch(path)
        if evidence:
            self._file(evidence[1], self._get(path, "evidence") or b"")
        elif path.startswith("tile/"):
            self._check_old_tile(path)
        elif (stamped and int(stamped[1]) <= self.size) or (
            disclosed and index_of(disclosed[1]) * PAGE < self.size
        ):
            return  # read during the pass
        elif path not in {CHECKPOINT, POLICY}:
            self._found.add_unproved(path)

    def _check_old_tile(self, path: str) -> None:
        try:
            tile = parse_path(path)
        except BadTile:
            self._found.add_unproved(path)
            return
        level = tile.level or 0
        there = (self.size >> (TILE_BITS * level)) - tile.start
        width = min(there, TILE_WIDTH)
        if width == tile.width:
            return  # read during the pass
        if width < tile.width:
            self._found.add_unproved(path)  # of a later size: publishing was interrupted
            return
        if not self.hashed.whole or self._reached < self.size:
            return  # missing entries are a fault already
        data = self._get(path, "tiles") or b""
        parts = parts_of(data, tile)
        before = parts if tile.level is not None else [leaf_hash(part) for part in parts]
        now = self.hashed.run(level, tile.start, tile.start + tile.width)
        if before != now or joined(parts, tile) != data:
            pairs = enumerate(zip(before, now, strict=False))
            differs = next((i for i, (one, other) in pairs if one != other), tile.width)
            message = f"{path} is not a beginning of the one that took its place"
            seq = last_below(level, min(tile.start + differs, tile.start + there - 1))
            self._found.add(seq, "tiles", message)


def _bounded(address: str, listing: Iterable[str]) -> set[str]:
    """Return the paths of a listing. Raises BadTile where there are too many to be a log's."""
    files = set(islice(listing, _MOST_FILES + 1))
    if len(files) > _MOST_FILES:
        raise BadTile(f"{address} holds more than {_MOST_FILES:,} files")
    return files
