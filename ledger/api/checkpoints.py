"""``ledger.checkpoints``: sealing the log, publishing it, time-stamps and witnesses.

The HTTP client comes from the caller: most commands use no network, and do not import one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.api.answers import RecordResult
from ledger.api.event_signing import build
from ledger.api.opened_ledger import OpenLedger
from ledger.api.recorder import Recorder
from ledger.checkpoints import timestamps, witness_client
from ledger.checkpoints.publish import PublishResult, publish
from ledger.checkpoints.sign import (
    LastSigned,
    SignedCheckpoint,
    adopt_checkpoint,
    count_unsealed,
    sign_checkpoint,
)
from ledger.checkpoints.storage import Storage
from ledger.checkpoints.timestamps import Token
from ledger.checkpoints.witness_client import Cosignature
from ledger.clock import stamp
from ledger.domain import event_models
from ledger.errors import BadTimeStamp, InputError, NotCompleted
from ledger.log.checkpoint import Checkpoint, LogSigner, Opened, open_checkpoint, parse_checkpoint
from ledger.log.keys import Signer
from ledger.log.merkle import consistency_path
from ledger.log.signed_note import Vkey, parse_note, parse_vkey
from ledger.log.witness_policy import WitnessPolicy
from ledger.projections.policy import policy_at
from ledger.store import checkpoint_store
from ledger.store.checkpoint_store import StoredCheckpoint, StoredTimeStamp
from ledger.verify.known_ledgers import KnownLedger, KnownLedgers, LogNow

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """A kept time-stamp; ``checked``: it verifies with the roots that were given."""

    size: int
    number: int
    token: Token
    checked: bool

    def to_value(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "size": self.size,
            "number": self.number,
            "gen_time": stamp(self.token.gen_time),
            "accuracy_s": self.token.accuracy.total_seconds(),
            "authority": self.token.authority,
            "checked": self.checked,
        }


class Checkpoints:
    """The checkpoints of this ledger, and what others signed over them."""

    def __init__(self, base: OpenLedger, recorder: Recorder) -> None:
        self._base = base
        self._recorder = recorder

    def newest(self) -> StoredCheckpoint:
        """Return the newest sealed checkpoint. Raises NotCompleted where nothing was sealed."""
        with self._base.store.reading() as conn:
            found = checkpoint_store.newest(conn)
        if found is None:
            raise NotCompleted(
                "nothing of this ledger is sealed yet", hint="run `regledger checkpoint`"
            )
        return found

    def seal(self, signers: Sequence[LogSigner], state: Path) -> SignedCheckpoint:
        """Sign the log as it is now; ``state`` is the file of what was signed last.

        Raises:
            WouldFork: it contradicts what was signed before. RolledBack: what was verified here.
            Conflict: not the log's keys, no entry, or ``state`` is missing though it was sealed.
            NotVerified: ``state`` is damaged.
        """
        with self._base.store.reading() as conn:
            self._base.memory.check(self._base.store, conn)
        last = self._last_signed(state)
        return sign_checkpoint(self._base.store, signers, last, clock=self._base.clock)

    def adopt(self, note: bytes, state: Path) -> Checkpoint:
        """Take a signed checkpoint as the one that was signed last. Raises as ``seal``."""
        return adopt_checkpoint(self._base.store, self._last_signed(state), note)

    def _last_signed(self, state: Path) -> LastSigned:
        return LastSigned(state, self._base.memory.known.sealed(self._base.ledger))

    @property
    def unsealed(self) -> int:
        """Number of entries after the last checkpoint."""
        return count_unsealed(self._base.store)

    def publish(
        self,
        place: Storage,
        *,
        policy: WitnessPolicy | None = None,
        with_disclosures: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> PublishResult:
        """Bring a published log up to the newest checkpoint; see :mod:`ledger.checkpoints.publish`.

        Raises:
            Conflict: never sealed. QuorumNotMet: no checkpoint meets the policy.
            WouldFork: the place shows more, or other entries. Unreachable: see the message.
        """
        return publish(
            self._base.store,
            place,
            policy=policy,
            with_disclosures=with_disclosures,
            progress=progress,
        )

    def change_keys(self, signer: Signer, *, actor: str, log_keys: Sequence[str]) -> RecordResult:
        """Name the keys (vkeys) that sign checkpoints from here on, all of them.

        An event: raises what ``Ledger.record`` raises.
        """
        payload = build(event_models.LogKeysChanged, log_keys=tuple(log_keys))
        return self._recorder.one(payload, signer, actor)

    def rollback(self) -> str | None:
        """Return how this log contradicts what this machine sealed or verified before, or None.

        Raises NotVerified where what is remembered is damaged.
        """
        with self._base.store.reading() as conn:
            return self._base.memory.complaint(self._base.store, conn)

    def remembered(self, known: KnownLedgers) -> tuple[KnownLedger | None, str]:
        """Return what was verified of this ledger here before, and how the log contradicts that.

        "" where the log continues all that was sealed or verified here. The root is made of stored
        hashes: no entry is read again. Raises NotVerified for a damaged memory.
        """
        policy, store = self._base.policy, self._base.store

        def root(size: int) -> str:
            with store.reading() as conn:
                return store.compact_range(conn, size).root().hex()

        against = known.contradictions(policy.ledger, LogNow(policy.origin, store.size(), root))
        return known.get(policy.ledger), next(against, "")

    def time_stamp(
        self, url: str, *, http: "httpx.Client", roots: bytes | None = None
    ) -> TimeStamp:
        """Have the newest checkpoint time-stamped by the authority at ``url``, and keep that.

        With ``roots`` (certificates in PEM) the token is checked before it is kept.

        Raises:
            Unreachable: no answer. BadTimeStamp: an answer that does not hold.
            NotCompleted: nothing is sealed. InputError: no address, or no certificates.
        """
        if roots is not None:
            timestamps.load_roots(roots)  # before the authority is asked
        held = self.newest()
        response = timestamps.request(held.note, url, client=http)
        token = timestamps.checked(response, held.note, roots)
        with self._base.writing() as conn:
            number = checkpoint_store.put_time_stamp(
                conn, held.size, response, gen_time=stamp(token.gen_time), authority=token.authority
            )
        return TimeStamp(held.size, number, token, checked=roots is not None)

    def time_stamps(self, *, roots: bytes | None = None) -> tuple[TimeStamp, ...]:
        """Read every kept time-stamp from its bytes, and check it where ``roots`` are given.

        Raises BadTimeStamp: a time-stamp does not hold; its size is in the message.
        """
        with self._base.store.reading() as conn:
            kept = checkpoint_store.time_stamps(conn)
            held = {
                size: checkpoint_store.checkpoint_at(conn, size)
                for size in {one.size for one in kept}
            }
        return tuple(_reread(one, held[one.size], roots) for one in kept)

    def time_stamp_files(self, size: int, number: int = 0) -> tuple[bytes, bytes]:
        """Return the sealed note of ``size`` and the response over it.

        Raises InputError: there is no such time-stamp.
        """
        with self._base.store.reading() as conn:
            kept = checkpoint_store.time_stamps(conn, size)
            held = checkpoint_store.checkpoint_at(conn, size)
        if held is None or not 0 <= number < len(kept):
            raise InputError(
                f"there is no time-stamp {number} of size {size}",
                hint="`regledger timestamp list` shows what there is",
            )
        return held.note, kept[number].response

    def ask_witness(
        self, url: str, witnesses: Sequence[Vkey], *, http: "httpx.Client"
    ) -> tuple[Cosignature, ...]:
        """Send the newest checkpoint to a witness; keep the lines of ``witnesses`` it answers with.

        Raises:
            Unreachable, WitnessRefused: no cosignature. BadNote, BadCheckpoint: a bad one.
            NotCompleted: nothing is sealed.
        """
        held = self.newest()
        asked = witness_client.CheckpointToCosign(held.note, self._consistency)
        found = witness_client.add_checkpoint(http, url, asked, witnesses=witnesses)
        self._keep(held.size, found)
        return found

    def add_cosignatures(
        self, lines: bytes, witnesses: Sequence[Vkey], *, size: int | None = None
    ) -> tuple[Cosignature, ...]:
        """Keep the lines of ``witnesses`` over the newest checkpoint, or over that of ``size``.

        Raises:
            BadNote, BadCheckpoint: lines that do not hold, or none by a given witness.
            NotCompleted: nothing is sealed, or not that size.
        """
        held = self._checkpoint(size)
        checkpoint = parse_checkpoint(parse_note(held.note).text)
        found = witness_client.checked_lines(lines, checkpoint, witnesses, url="the file")
        self._keep(held.size, found)
        return found

    def _keep(self, size: int, found: Sequence[Cosignature]) -> None:
        rows = [(c.vkey.name, c.vkey.key_id.hex(), c.line, c.at) for c in found]
        with self._base.writing() as conn:
            checkpoint_store.put_cosignatures(conn, size, rows)

    def witnessed(self, witnesses: Sequence[Vkey], *, size: int | None = None) -> Opened:
        """Open the newest checkpoint (or that of ``size``) with all its lines.

        Raises:
            BadCheckpoint: a line of the log or of a given witness does not hold.
            NotCompleted: nothing is sealed, or not that size.
        """
        held = self._checkpoint(size)
        with self._base.store.reading() as conn:
            keys = [parse_vkey(text) for text in policy_at(conn, held.size).log_keys]
        return open_checkpoint(held.full, log_keys=keys, witnesses=witnesses)

    def _checkpoint(self, size: int | None) -> StoredCheckpoint:
        """Return the checkpoint of this size, by default the newest."""
        if size is None:
            return self.newest()
        with self._base.store.reading() as conn:
            found = checkpoint_store.checkpoint_at(conn, size)
        if found is None:
            raise NotCompleted(f"there is no checkpoint of size {size}")
        return found

    def _consistency(self, old: int, size: int) -> tuple[bytes, ...]:
        with self._base.store.reading() as conn:
            return consistency_path(old, size, lambda *run: self._base.store.hashes(conn, *run))


def _reread(one: StoredTimeStamp, held: StoredCheckpoint | None, roots: bytes | None) -> TimeStamp:
    where = f"time-stamp {one.idx} of size {one.size}"
    if held is None:
        raise BadTimeStamp(f"{where}: its checkpoint is missing")
    try:
        token = timestamps.checked(one.response, held.note, roots)
    except BadTimeStamp as error:
        raise BadTimeStamp(f"{where}: {error.message}", hint=error.hint) from None
    return TimeStamp(one.size, one.idx, token, checked=roots is not None)
