"""Publishing: the log as files that anyone can mirror, serve and verify (C2SP tlog-tiles).

=============================  ==================================================================
``checkpoint``                 the newest signed note, with the lines of its witnesses
``tile/<L>/<N>``               hashes; ``tile/entries/<N>``: the entries themselves
``policy``                     the log's keys and its witnesses (C2SP tlog-policy)
``timestamps/<size>/note``     a checkpoint as an authority stamped it; ``<idx>.tsr`` the response
``evidence/<sha256>``          captured files
``disclosures/<N>``            JSON lines ``{"digest", "seq", "text"}`` of bundle N, only on demand
``index.html``                 a page for people; nothing rests on it
=============================  ==================================================================

The publisher writes only new files, ``checkpoint`` last: a reader in the middle, or the next run
after an interrupted one, finds the state before. It never writes to storage that shows other or
more entries than this log has, or that holds other files and no published log.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from typing import Any, Final

import orjson

from ledger import files
from ledger.checkpoints.sign import log_keys_at
from ledger.checkpoints.storage import Storage
from ledger.errors import Conflict, InputError, NotVerified, QuorumNotMet, WouldFork
from ledger.json_values import members
from ledger.log.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from ledger.log.merkle import TILE_WIDTH, consistency_path, root_at, verify_consistency
from ledger.log.signed_note import Vkey, parse_note
from ledger.log.tiles import Tile, encode_bundle, encode_tile, new_tiles
from ledger.log.witness_policy import LogLine, WitnessPolicy, check_quorum, parse_policy, simple
from ledger.progress import Progress
from ledger.projections.policy import policy_at
from ledger.store import checkpoint_store, evidence_store, raw_rows
from ledger.store.checkpoint_store import StoredCheckpoint
from ledger.store.log_store import Connection, LogStore
from ledger.text import shorten

CHECKPOINT: Final = "checkpoint"
POLICY: Final = "policy"
INDEX: Final = "index.html"
_LONGEST_NAME: Final = 80
_OURS: Final = ("tile/", "timestamps/", "evidence/", "disclosures/", ".")  # "." as of .git


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What one run published: ``size`` entries, ``new`` of them now; ``files`` written."""

    address: str
    size: int
    new: int
    files: int
    bytes: int

    def to_value(self) -> dict[str, Any]:
        """Return JSON values, schema ``regledger/publish/v1``."""
        return {"schema": "regledger/publish/v1", **members(self)}


def publish(
    store: LogStore,
    storage: Storage,
    *,
    policy: WitnessPolicy | None = None,
    with_disclosures: bool = False,
    progress: Progress | None = None,
) -> PublishResult:
    """Publish up to the newest checkpoint, or with a policy up to the newest that meets it.

    Without ``policy``, the published one stays in force.

    Raises:
        Conflict: the log was never sealed, another run published at the same time, or the storage
            holds files and no published log.
        InputError: the policy names other log keys.
        QuorumNotMet: no checkpoint has the witnesses that the policy asks for.
        WouldFork: more entries than this log has are published there, or other ones.
        Unreachable: the storage cannot be read or written; it shows its old state.
    """
    with store.reading() as conn:
        stored = _published_policy(storage) if policy is None else None
        sealed, tree = _chosen(conn, policy or stored)
        keys = log_keys_at(conn, tree.size)
        shown = storage.read(CHECKPOINT)
        if shown is None:
            _refuse_others(storage)
        old = _shown(store, conn, tree, address=storage.address, data=shown)
    wanted = _given(policy, keys) if policy else _continued(stored, keys)
    run = _Publisher(store, storage, sealed, wanted, progress or (lambda _done, _all: None))
    return run.run(tree, (old.size if old else 0, shown), with_disclosures=with_disclosures)


def _refuse_others(storage: Storage) -> None:
    """Refuse storage without a checkpoint that holds more than an interrupted first run leaves.

    Such a run wrote the policy before the page: a page without a policy is from another program.
    """
    last = (POLICY, INDEX) if storage.read(POLICY) is not None else ()
    for path in storage.listing() or ():
        if path.rpartition("/")[2].startswith(files.PARTIAL):
            continue  # an interrupted write left it behind
        if not path.startswith(_OURS) and path not in last:
            raise Conflict(
                f"{storage.address} holds {shorten(path, _LONGEST_NAME)}, and is no published log",
                hint="publish to an empty directory, or to one that this log was published to",
            )


def _published_policy(storage: Storage) -> WitnessPolicy | None:
    """Return the policy that is published. Raises Conflict where it cannot be read."""
    data = storage.read(POLICY)
    try:
        return None if data is None else parse_policy(data)
    except InputError as error:
        raise Conflict(
            f"the policy that {storage.address} shows cannot be read ({error.message})",
            hint="name the policy to publish by with --policy FILE",
        ) from None


def _continued(stored: WitnessPolicy | None, keys: Sequence[Vkey]) -> WitnessPolicy:
    """Return the published policy with the log's keys of today."""
    if stored is None:
        return simple(keys)
    urls = {line.vkey: line.url for line in stored.logs}
    return replace(stored, logs=tuple(LogLine(key, urls.get(key)) for key in keys))


def _given(policy: WitnessPolicy, keys: Sequence[Vkey]) -> WitnessPolicy:
    """Return the caller's policy; where it names no log, with this log's keys."""
    if not policy.logs:
        return _continued(policy, keys)
    if not set(keys) <= set(policy.log_keys):
        raise InputError(
            "the policy does not name the keys of this log",
            hint="leave its `log` lines out, or take the keys from `regledger policy show`",
        )
    return policy


def _chosen(conn: Connection, policy: WitnessPolicy | None) -> tuple[StoredCheckpoint, Checkpoint]:
    """Return the newest checkpoint, or the newest that has the quorum of the policy."""
    sealed = checkpoint_store.newest(conn)
    if sealed is None:
        raise Conflict("the log was never sealed", hint="run `regledger checkpoint` first")
    if policy is None or policy.quorum is None:
        keys = log_keys_at(conn, sealed.size)
        return sealed, open_checkpoint(sealed.full, log_keys=keys).checkpoint
    missing: QuorumNotMet | None = None
    for size in reversed(checkpoint_store.checkpoint_sizes(conn)):
        held = checkpoint_store.checkpoint_at(conn, size)
        if held is None or not (held.cosignatures or missing is None):
            continue
        opened = open_checkpoint(
            held.full, log_keys=log_keys_at(conn, size), witnesses=policy.witness_keys
        )
        try:
            check_quorum(policy, opened)
        except QuorumNotMet as error:
            missing = missing or error
        else:
            return held, opened.checkpoint
    raise missing or QuorumNotMet("no checkpoint has the quorum of the policy")


def _shown(
    store: LogStore, conn: Connection, tree: Checkpoint, *, address: str, data: bytes | None
) -> Checkpoint | None:
    """Return the published checkpoint, after checking that ``tree`` continues it."""
    if data is None:
        return None
    try:
        size = parse_checkpoint(parse_note(data).text).size
        old = open_checkpoint(data, log_keys=log_keys_at(conn, size)).checkpoint
    except NotVerified as error:
        raise WouldFork(
            f"{address} shows a checkpoint that this log did not sign ({error.message})",
            hint="publish to another place, or find out who wrote there",
        ) from None
    fetch = partial(store.hashes, conn)
    have = store.head(conn).size
    if old.size > have:
        raise WouldFork(
            f"{address} shows {old.size} entries, this database has {have}",
            hint="an older backup of the database seems to have been restored: bring back the "
            "newer one, then publish again. Nothing was written",
        )
    if old.size > tree.size and root_at(old.size, fetch) == old.root:
        raise Conflict(
            f"{address} shows {old.size} entries already; the newest checkpoint that may "
            f"be published covers {tree.size}",
            hint="seal with `regledger checkpoint`; where a policy asks for witnesses, ask them "
            "with `regledger witness request`",
        )
    try:
        path = consistency_path(old.size, tree.size, fetch)
        verify_consistency(old.size, tree.size, old.root, tree.root, path)
    except NotVerified:
        raise WouldFork(
            f"the {old.size} entries that {address} shows are not the first ones of this log",
            hint="two histories exist: keep both, and find out which one is true before "
            "anything is published",
        ) from None
    return old


@dataclass(slots=True)
class _Publisher:
    """One run, which counts what it writes."""

    _store: LogStore
    _storage: Storage
    _sealed: StoredCheckpoint
    _policy: WitnessPolicy
    _progress: Progress
    _files: int = 0
    _bytes: int = 0

    def run(
        self, tree: Checkpoint, before: tuple[int, bytes | None], *, with_disclosures: bool
    ) -> PublishResult:
        """Write all; ``before`` is the size and the note that are published now."""
        shown, note = before
        with self._store.reading() as conn:
            if root_at(tree.size, partial(self._store.hashes, conn)) != tree.root:
                raise WouldFork("the log is not the one that was sealed: run `regledger verify`")
        self._write_beside(tree.size)
        if with_disclosures:
            self._disclosures(tree.size)
        waiting = list(new_tiles(shown, tree.size))
        for done, tile in enumerate(waiting, 1):
            self._put(tile.path, self._content(tile))
            self._progress(done, len(waiting))
        self._put_changed(POLICY, self._policy.encode())
        self._put_changed(INDEX, _page(tree, self._sealed.sealed_at, self._ledger(tree.size)))
        if self._storage.read(CHECKPOINT) != note:
            raise Conflict(
                f"{self._storage.address} was published to by somebody else meanwhile",
                hint="publish again: what is there is kept, and only what is missing is written",
            )
        if note != self._sealed.full:
            self._put(CHECKPOINT, self._sealed.full)
        return PublishResult(
            self._storage.address, tree.size, tree.size - shown, self._files, self._bytes
        )

    def _put(self, path: str, data: bytes) -> None:
        self._storage.write(path, data)
        self._files += 1
        self._bytes += len(data)

    def _put_changed(self, path: str, data: bytes) -> None:
        if self._storage.read(path) != data:
            self._put(path, data)

    def _content(self, tile: Tile) -> bytes:
        start, stop = tile.start, tile.start + tile.width
        if tile.level is None:
            return encode_bundle([data for _, data in self._store.pages(start, stop)])
        with self._store.reading() as conn:
            return encode_tile(self._store.hashes(conn, tile.level, start, stop))

    def _write_beside(self, size: int) -> None:
        """Write evidence and time-stamps; a file named by its hash need not be written again."""
        with self._store.reading() as conn:
            digests = [info.sha256 for info in evidence_store.listing(conn)]
        there = set(self._storage.listing() or ()) if digests else set()
        for digest in digests:
            path = f"evidence/{digest}"
            if path not in there:
                with self._store.reading() as conn:
                    file = evidence_store.get(conn, digest)
                if file is not None:
                    self._put(path, file.content)
        with self._store.reading() as conn:
            stamps = [one for one in checkpoint_store.time_stamps(conn) if one.size <= size]
            notes = {
                one.size: held.note
                for one in stamps
                if (held := checkpoint_store.checkpoint_at(conn, one.size)) is not None
            }
        for one in stamps:
            if one.size in notes:
                self._put_changed(f"timestamps/{one.size}/note", notes[one.size])
                self._put_changed(f"timestamps/{one.size}/{one.idx}.tsr", one.response)

    def _disclosures(self, size: int) -> None:
        for start in range(0, size, TILE_WIDTH):
            stop = min(start + TILE_WIDTH, size)
            lines = b"".join(self._texts(start, stop))
            path = Tile(None, start // TILE_WIDTH).path.replace("tile/entries", "disclosures")
            if lines or self._storage.read(path):
                self._put_changed(path, lines)

    def _texts(self, start: int, stop: int) -> Iterator[bytes]:
        with self._store.reading() as conn:
            rows = raw_rows.disclosure_rows(conn, start, stop)
        for seq, digest, text in rows:
            value = {"digest": digest, "seq": seq, "text": text}
            yield orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)

    def _ledger(self, size: int) -> str:
        with self._store.reading() as conn:
            return policy_at(conn, size).ledger


def _page(tree: Checkpoint, sealed_at: str, ledger: str) -> bytes:
    rows = (
        ("origin", tree.origin),
        ("ledger id", ledger),
        ("entries", str(tree.size)),
        ("root", tree.root.hex()),
        ("sealed at", sealed_at),
    )
    table = "".join(
        f"<tr><th scope=row>{escape(name)}</th><td>{escape(value)}</td></tr>"
        for name, value in rows
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(tree.origin)}: a regledger log</title>
<style>body{{font:16px/1.5 sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}}
th{{text-align:left;vertical-align:top;padding-right:1rem}}td{{word-break:break-all}}
code{{background:#8881;padding:.1em .3em}}</style></head><body>
<h1>{escape(tree.origin)}</h1>
<p>The published log of a regulatory compliance ledger: every entry, signed by its author, under a
Merkle tree whose root the log signed.</p>
<table>{table}</table>
<h2>Verify it</h2>
<p>Do not believe this page: nothing authenticates it. With the log's key or the ledger id, which
its keeper gave you by another way, run</p>
<p><code>regledger verify ADDRESS --trust KEY</code></p>
<p>on a copy of this directory or on its web address. The files follow C2SP's tlog-tiles, and other
programs read them too: <a href="checkpoint">checkpoint</a>, <a href="policy">policy</a>.</p>
</body></html>
""".encode()
