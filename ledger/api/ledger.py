"""The ledger's verbs in one place: what the command line, the terminal UI and a notebook use.

::

    from ledger import open_ledger

    with open_ledger("sqlite:///demo.db") as book:
        answer = book.status("PK", "va.exchange", actor="vasp", as_of="2025-09-01")
        print(answer.status, answer.basis)

``Ledger`` is put together from :class:`ledger.api.browsing.Browsing` (verbs that read) and
:class:`ledger.api.recording.Recording` (verbs that append); this module opens, creates and
verifies.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from types import TracebackType
from typing import Any, Literal, Self

import orjson

from ledger.api.append import Writer
from ledger.api.browsing import Browsing
from ledger.api.checkpoints import Checkpoints
from ledger.api.event_signing import Drafter, build, founding
from ledger.api.evidence import Evidence
from ledger.api.preview import Foreseeing
from ledger.api.proofs import Proofs
from ledger.api.recording import Recording
from ledger.clock import Clock, SystemClock, stamp
from ledger.domain import events
from ledger.domain.claims import Claim
from ledger.log import keys
from ledger.progress import Progress
from ledger.projections import base
from ledger.queries.diff import CellChange
from ledger.store.log_store import LogStore
from ledger.verify.known_ledgers import KnownLedger, KnownLedgers, rollback
from ledger.verify.report import FailedCheck, VerifyReport
from ledger.verify.rollback_memory import RollbackMemory
from ledger.verify.scratch_replay import replayed, swap
from ledger.verify.signed_notes import VerifyOptions
from ledger.verify.verify import LedgerTrust, verify_database


class Ledger(Browsing, Foreseeing, Recording):
    """An open ledger; also a context manager that closes it."""

    def __init__(
        self, url: str, store: LogStore, clock: Clock, memory: RollbackMemory | None = None
    ) -> None:
        super().__init__(url, store, clock, memory)
        self.checkpoints = Checkpoints(self)
        self.evidence = Evidence(self)
        self.proofs = Proofs(self)

    def __enter__(self) -> Self:
        """Return the ledger itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the ledger."""
        self.close()

    def close(self) -> None:
        """Give back the database connections."""
        self.store.close()

    def accept_clock(self) -> None:
        """Accept a clock far ahead of the log's last entry, once somebody said that it is right."""
        self.clock_accepted = True

    def verify(
        self,
        *,
        progress: Progress | None = None,
        known: KnownLedgers | None = None,
        anchor: str | None = None,
        options: VerifyOptions | None = None,
    ) -> VerifyReport:
        """Check everything there is to check, and report every fault.

        With ``known``, the root of trust comes from there: a ledger this machine was told to trust
        is *authenticated*, and one that is shorter than remembered, or has another root at the
        remembered size, has a fault in layer ``remembered``. A good result is remembered.
        ``anchor`` is a ledger id, founder's fingerprint or log key that must be the ledger's.

        Raises NotCompleted where the database cannot be read.
        """
        trust = LedgerTrust(known, anchor, at=stamp(self.clock.now()), memory=self.memory)
        return verify_database(self.store, options=options, trust=trust, progress=progress)

    def recalled(self, known: KnownLedgers) -> tuple[KnownLedger | None, str]:
        """Return what was verified of this ledger here before, and how the log contradicts it.

        (None, "") where nothing is remembered; "" where the log still continues what is. The root
        is made of stored hashes: no entry is read again. Raises NotVerified for a damaged memory.
        """
        memory = known.get(self.policy.ledger)
        if memory is None:
            return None, ""

        def root(size: int) -> str:
            with self.store.reading() as conn:
                return self.store.compact_range(conn, size).root().hex()

        return memory, rollback(memory, size=self.size, root_at=root) or ""

    def preview(self, claims: Sequence[Claim]) -> tuple[CellChange, ...]:
        """Return what would change in status today if all these claims counted."""
        _, fresh = self._sort_out(claims)
        return self._preview(fresh)

    def catch_up(self) -> None:
        """Bring the status view to the head, where a series of appends left it behind."""
        self.following = True
        self.follow_status()

    def rebuild(self, *, progress: Progress | None = None) -> dict[str, tuple[str, str]]:
        """Fold every view again from the entries and swap it in.

        Returns view -> (digest before, digest after); they differ only if the view was damaged.
        Raises NotVerified where the log itself cannot be folded; nothing is changed then.
        """
        with self.store.reading() as conn:
            before = {name: base.digest(conn, name) for name in base.VERSIONS}
        with replayed(self.store, progress=progress) as (replay, size):
            swap(self.store, replay, size)
        self.forget()
        self.catch_up()
        with self.store.reading() as conn:
            return {name: (before[name], base.digest(conn, name)) for name in base.VERSIONS}


def open_ledger(
    url: str, *, clock: Clock | None = None, memory: RollbackMemory | None = None
) -> Ledger:
    """Open an existing ledger. Never creates anything.

    ``url`` is a path to a SQLite file, ``sqlite:///path`` or ``postgresql://...``; ``memory`` says
    where it is remembered what this machine sealed and verified, which every append continues.

    Raises:
        InputError: not such an address.
        NoLedger: nothing there, or not a ledger.
        SchemaMismatch: a database of an older or newer schema.
    """
    return Ledger(url, LogStore.open(url), clock or SystemClock(), memory)


def create_ledger(  # noqa: PLR0913  # what the first entry holds, each part by its name
    url: str,
    *,
    origin: str,
    actor: str,
    signer: keys.Signer,
    log_keys: Sequence[str],
    review: Literal["none", "four_eyes"] = "four_eyes",
    timezone: str = "UTC",
    clock: Clock | None = None,
    simulated: bool = False,
    taxonomy: dict[str, Any] | None = None,
) -> Ledger:
    """Create a ledger: its database, its first two entries, and the founder's roles.

    The founder is admin; with review ``none`` also recorder and reviewer. ``taxonomy`` is what the
    second entry adopts, by default the starter taxonomy.

    Raises:
        Conflict: there is a database already; it is never overwritten.
        InputError: an argument that the first entry cannot hold.
    """
    moment = clock or SystemClock()
    created = build(
        events.LedgerCreated,
        origin=origin,
        rules=1,
        clock="simulated" if simulated else "system",
        timezone=timezone,
        review=review,
        admin={"actor": actor, "scheme": signer.scheme, "public_key": signer.public_key},
        log_keys=tuple(log_keys),
    )
    first = founding(actor, signer, moment).draft(created)
    drafter = Drafter(first.signed.digest, actor, signer, moment)
    adopted = events.TaxonomyAdopted.model_validate(taxonomy or starter_taxonomy())
    drafts = [first, drafter.draft(adopted)]
    from ledger.store import migrate  # alembic takes 0.15 s, and only new ledgers need it

    migrate.create(url).dispose()
    ledger = Ledger(url, LogStore.open(url), moment)
    done = Writer(ledger.store, moment).append(drafts)  # the maker of the object
    ledger.grew(done.entries)
    ledger.catch_up()
    return ledger


def starter_taxonomy() -> dict[str, Any]:
    """Return the taxonomy that new ledgers adopt, as JSON values."""
    text = resources.files("ledger.data").joinpath("taxonomy.json").read_bytes()
    value: dict[str, Any] = orjson.loads(text)
    return value


__all__ = ["FailedCheck", "Ledger", "create_ledger", "open_ledger", "starter_taxonomy"]
