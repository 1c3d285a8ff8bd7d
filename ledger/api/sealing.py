"""The verbs of whoever holds the log's keys: sealing checkpoints, and publishing the log.

What they need is imported when they run: most commands neither seal nor publish.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.api.base import Opened

if TYPE_CHECKING:
    from ledger.checkpoints.publish import Published
    from ledger.checkpoints.sign import Sealed
    from ledger.checkpoints.storage import Place
    from ledger.log.checkpoint import Checkpoint, LogSigner
    from ledger.log.policy import WitnessPolicy

__all__ = ["Sealing"]


class Sealing(Opened):
    """Checkpoints of this ledger, and its published form."""

    def seal(self, signers: Sequence[LogSigner], state: Path) -> Sealed:
        """Sign the log as it is now; ``state`` is the file of what was signed last.

        Raises:
            WouldFork: it contradicts what was signed before. RolledBack: what was verified here.
            Conflict: not the log's keys, no entry, or ``state`` is missing though it was sealed.
            NotVerified: ``state`` is damaged.
        """
        from ledger.checkpoints.sign import SealState, seal_log

        with self.store.reading() as conn:
            self.memory.check(self.store, conn)
        return seal_log(self.store, signers, SealState(state), clock=self.clock)

    def adopt_checkpoint(self, note: bytes, state: Path) -> Checkpoint:
        """Take a signed checkpoint as the one that was signed last. Raises as ``seal``."""
        from ledger.checkpoints.sign import SealState, adopt

        return adopt(self.store, SealState(state), note)

    @property
    def unsealed(self) -> int:
        """Number of entries after the last checkpoint."""
        from ledger.checkpoints.sign import unsealed

        return unsealed(self.store)

    def publish(
        self,
        place: Place,
        *,
        policy: WitnessPolicy | None = None,
        with_disclosures: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> Published:
        """Bring a published log up to the newest checkpoint; see :mod:`ledger.checkpoints.publish`.

        Raises:
            Conflict: never sealed. QuorumNotMet: no checkpoint meets the policy.
            WouldFork: the place shows more, or other entries. Unreachable: see the message.
        """
        from ledger.checkpoints.publish import publish

        return publish(
            self.store,
            place,
            policy=policy,
            with_disclosures=with_disclosures,
            progress=progress,
        )
