"""The verbs of proof and evidence: prove an entry, pack what shows it, keep captured files.

What they need is imported when they run: most commands never prove anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.api.base import Opened
from ledger.clock import stamp
from ledger.errors import InputError, UnknownId

if TYPE_CHECKING:
    from ledger.evidence.citations import EvidenceReport
    from ledger.progress import Progress
    from ledger.proofs.inclusion import Proved
    from ledger.store.evidence_store import EvidenceInfo, StoredEvidence


class Proofs(Opened):
    """Proofs of single entries, and the captured files that entries cite."""

    def prove(self, ref: str) -> Proved:
        """Prove that one entry stands in the newest checkpoint that covers it.

        Raises UnknownId where nothing has that name, NotCompleted where the entry is not sealed.
        """
        from ledger.proofs import inclusion

        seq = self.find(ref)
        with self.store.reading() as conn:
            return inclusion.prove(self.store, conn, seq)

    def pack(self, ref: str, *, with_disclosures: bool = False) -> bytes:
        """Return the evidence pack of one entry, a zip; raises what :meth:`prove` raises."""
        from ledger.proofs import pack_build

        seq = self.find(ref)
        with self.store.reading() as conn:
            return pack_build.make_pack(self.store, conn, seq, with_disclosures=with_disclosures)

    def entry_and_signer(self, seq: int) -> tuple[bytes, dict[str, str]]:
        """Return the exact bytes of an entry, and the public key that it names.

        Raises UnknownId past the end of the log.
        """
        from ledger.log.entry import decode_entry
        from ledger.proofs import pack_build

        with self.store.reading() as conn:
            data = self.store.entry_at(conn, seq)
            if data is None:
                raise UnknownId("entry", f"@{seq}")
            return data, pack_build.signer_of(self.store, conn, decode_entry(data, at=seq))

    # --- captured files --------------------------------------------------------------------------

    def add_evidence(
        self,
        content: bytes,
        *,
        media_type: str,
        source: str | None = None,
        retrieved_at: str | None = None,
    ) -> EvidenceInfo:
        """Keep a captured file; of one that is kept already, replace what is said of it.

        Nothing is signed or logged: the claim that cites the file by its hash is. What is said
        here must be what a report says that cites the file, or :meth:`verify` finds a fault.

        Raises:
            InputError: more than 64 MiB, an empty file, or a malformed argument.
        """
        from ledger.store import evidence_store

        if not content:
            raise InputError("an empty file proves nothing", hint="look at how it was captured")
        _require_forms(media_type, source, retrieved_at)
        with self.writing() as conn:
            digest = evidence_store.put(
                conn,
                content,
                media_type,
                source=source,
                retrieved_at=retrieved_at,
                added_at=stamp(self.clock.now()),
            )
        return self.evidence(digest).info

    def evidence(self, sha256: str) -> StoredEvidence:
        """Return a captured file by its hash. Raises UnknownId where it is not kept."""
        from ledger.store import evidence_store

        with self.store.reading() as conn:
            found = evidence_store.get(conn, sha256)
        if found is None:
            raise UnknownId("captured file", sha256)
        return found

    def evidence_kept(self) -> tuple[EvidenceInfo, ...]:
        """Return what is kept, without the content."""
        from ledger.store import evidence_store

        with self.store.reading() as conn:
            return tuple(evidence_store.listing(conn))

    def check_evidence(self, *, progress: Progress | None = None) -> EvidenceReport:
        """Check every captured file against its hash, and every quote against its files."""
        from ledger.evidence import citations

        return citations.check(self.store, progress=progress)


def _require_forms(media_type: str, source: str | None, retrieved_at: str | None) -> None:
    from pydantic import TypeAdapter, ValidationError

    from ledger.domain.field_types import MediaType, Retrieved, Url
    from ledger.evidence.citations import MEDIA_TYPES

    forms = (
        ("media type", MediaType, media_type, "text/html"),
        ("source", Url, source, "https://example.org/page"),
        ("time of retrieval", Retrieved, retrieved_at, "2025-06-06 or 2025-06-06T09:30Z"),
    )
    if media_type.partition("/")[0] not in MEDIA_TYPES:
        raise InputError(
            f"{media_type!r} is no media type",
            hint=f"it begins with one of: {', '.join(sorted(MEDIA_TYPES))}",
        )
    for what, form, value, example in forms:
        if value is None:
            continue
        try:
            TypeAdapter(form).validate_python(value)
        except ValidationError:
            raise InputError(f"{value!r} is no {what}", hint=f"such as {example}") from None
