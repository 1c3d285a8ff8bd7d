"""The parts of an open ledger, each imported and made when it is first used.

A question needs neither the writer nor the verifier; to import them would take longer than to
answer it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ledger.api.opened_ledger import OpenLedger

if TYPE_CHECKING:
    from ledger.api.actors import Actors
    from ledger.api.cells import Cells
    from ledger.api.checkpoints import Checkpoints
    from ledger.api.entries import Entries
    from ledger.api.evidence import Evidence
    from ledger.api.preview import Preview
    from ledger.api.projections import Projections
    from ledger.api.proofs import Proofs
    from ledger.api.recorder import Recorder


class LedgerParts:
    """What :class:`ledger.Ledger` is put together from."""

    def __init__(self, base: OpenLedger) -> None:
        """Use :func:`ledger.open_ledger`."""
        self.url = base.url
        self.base = base  # for tests and tools, as is `store`
        self.store = base.store

    @cached_property
    def _recorder(self) -> Recorder:
        from ledger.api.recorder import Recorder

        return Recorder(self.base)

    @cached_property
    def actors(self) -> Actors:
        """Who signs, with which keys and roles."""
        from ledger.api.actors import Actors

        return Actors(self.base, self._recorder)

    @cached_property
    def cells(self) -> Cells:
        """The status of one cell, of several, or of the whole board."""
        from ledger.api.cells import Cells

        return Cells(self.base)

    @cached_property
    def checkpoints(self) -> Checkpoints:
        """What the log signed, published, and had witnessed and time-stamped."""
        from ledger.api.checkpoints import Checkpoints

        return Checkpoints(self.base, self._recorder)

    @cached_property
    def entries(self) -> Entries:
        """The log page by page, by position, by name or by a filter."""
        from ledger.api.entries import Entries

        return Entries(self.base)

    @cached_property
    def evidence(self) -> Evidence:
        """Captured files that claims cite."""
        from ledger.api.evidence import Evidence

        return Evidence(self.base)

    @cached_property
    def preview(self) -> Preview:
        """What recording would say and change, without recording."""
        from ledger.api.preview import Preview

        return Preview(self.base, self._recorder, self.entries)

    @cached_property
    def projections(self) -> Projections:
        """The tables folded from the entries."""
        from ledger.api.projections import Projections

        return Projections(self.base, self._recorder)

    @cached_property
    def proofs(self) -> Proofs:
        """One entry, proved to somebody who has not the log."""
        from ledger.api.proofs import Proofs

        return Proofs(self.base, self.entries)
