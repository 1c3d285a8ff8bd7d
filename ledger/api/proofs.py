"""``ledger.proofs``: what proves one entry to others, who have neither database nor log.

What it needs is imported when it runs: most commands prove nothing.
"""

from typing import TYPE_CHECKING

from ledger.api.opened_ledger import OpenLedger
from ledger.errors import UnknownId
from ledger.log.entry import decode_entry

if TYPE_CHECKING:
    from ledger.api.answers import Shown
    from ledger.api.entries import Entries
    from ledger.proofs.entry_report import EntryReport
    from ledger.proofs.inclusion import EntryProof


class Proofs:
    """Inclusion proofs and evidence packs of single entries."""

    def __init__(self, base: OpenLedger, entries: "Entries") -> None:
        self._base = base
        self._entries = entries

    def prove(self, ref: str) -> "EntryProof":
        """Prove that an entry is included in the newest checkpoint that covers it.

        Raises UnknownId where nothing has that name, NotCompleted where the entry is not sealed.
        """
        from ledger.proofs import inclusion

        seq = self._base.seq_of(ref)
        with self._base.store.reading() as conn:
            return inclusion.prove(self._base.store, conn, seq)

    def pack(self, ref: str, *, with_disclosures: bool = False) -> bytes:
        """Return the evidence pack of an entry, a zip file; raises what :meth:`prove` raises."""
        from ledger.proofs import pack_build

        seq, store = self._base.seq_of(ref), self._base.store
        with store.reading() as conn:
            return pack_build.make_pack(store, conn, seq, with_disclosures=with_disclosures)

    def entry_and_signer(self, seq: int) -> tuple[bytes, dict[str, str]]:
        """Return the exact bytes of an entry, and the public key that it names.

        Raises UnknownId past the end of the log.
        """
        from ledger.proofs import pack_build

        store = self._base.store
        with store.reading() as conn:
            data = store.entry_at(conn, seq)
            if data is None:
                raise UnknownId("entry", f"@{seq}")
            return data, pack_build.signer_of(store, conn, decode_entry(data, at=seq))

    def entry_report(self, ref: str, *, at: int | None = None) -> "tuple[Shown, EntryReport]":
        """Return an entry with what bears on it, its signature checked.

        States, versions and related entries are those of a log of ``at`` entries, by default of
        all. Raises what ``Ledger.show`` raises.
        """
        from ledger.proofs.entry_report import entry_report

        shown = self._entries.show(ref, at=at)
        with self._base.store.reading() as conn:
            found = entry_report(self._base.store, conn, shown.item.seq, shown.opened, at=at)
        return shown, found
