"""``ledger.evidence``: the captured files that claims cite."""

from pydantic import TypeAdapter, ValidationError

from ledger.api.opened_ledger import OpenLedger
from ledger.clock import stamp
from ledger.domain.field_types import MediaType, Retrieved, Url
from ledger.errors import InputError, UnknownId
from ledger.evidence import citations
from ledger.evidence.citations import MEDIA_TYPES, EvidenceReport
from ledger.progress import Progress
from ledger.store import evidence_store
from ledger.store.evidence_store import EvidenceInfo, StoredEvidence


class Evidence:
    """The captured files kept beside the log."""

    def __init__(self, base: OpenLedger) -> None:
        self._base = base

    def add(
        self,
        content: bytes,
        *,
        media_type: str,
        source: str | None = None,
        retrieved_at: str | None = None,
    ) -> EvidenceInfo:
        """Keep a captured file; replace the description of one that is kept already.

        Nothing is signed or logged: the claim that cites the file by its hash is. The description
        must agree with the reports that cite the file, or ``verify`` finds a fault.

        Raises:
            InputError: more than 64 MiB, an empty file, or a malformed argument.
            RolledBack: this machine has seen more of the log, or another log.
        """
        if not content:
            raise InputError("an empty file proves nothing", hint="look at how it was captured")
        _require_forms(media_type, source, retrieved_at)
        with self._base.writing() as conn:
            digest = evidence_store.put(
                conn,
                content,
                media_type,
                source=source,
                retrieved_at=retrieved_at,
                added_at=stamp(self._base.clock.now()),
            )
        return self.get(digest).info

    def get(self, sha256: str) -> StoredEvidence:
        """Return a captured file by its hash. Raises UnknownId where it is not kept."""
        with self._base.store.reading() as conn:
            found = evidence_store.get(conn, sha256)
        if found is None:
            raise UnknownId("captured file", sha256)
        return found

    def kept(self) -> tuple[EvidenceInfo, ...]:
        """Return the descriptions of all files that are kept, without their content."""
        with self._base.store.reading() as conn:
            return tuple(evidence_store.listing(conn))

    def check(self, *, progress: Progress | None = None) -> EvidenceReport:
        """Check every captured file against its hash, and every quote against its files."""
        return citations.check_evidence(self._base.store, progress=progress)


def _require_forms(media_type: str, source: str | None, retrieved_at: str | None) -> None:
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
