"""Verification: every check there is, every fault, in one pass and flat memory.

:func:`verify_database` checks a database, :func:`verify_published` a published log. Both fold the
whole log again, unless they go on from the last good verification. :func:`authenticate` then
decides whether this is the ledger that the verifier means: the ledger itself can never tell.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ledger.checkpoints.storage import Storage
from ledger.errors import InputError, NotCompleted
from ledger.garbage_collection import seldom_collected
from ledger.progress import Progress
from ledger.projections import view_tables
from ledger.projections.replay_state import ReplayState
from ledger.projections.scratch_database import driver_connection, scratch
from ledger.store.log_store import Connection, LogStore
from ledger.verify.database_source import DatabaseSource
from ledger.verify.entry_workers import SMALL
from ledger.verify.known_ledgers import KnownLedger, KnownLedgers, LogNow, sealed_size
from ledger.verify.log_pass import LogPass, RulesInMemory
from ledger.verify.pass_hashes import PassHashes
from ledger.verify.published_source import PublishedSource
from ledger.verify.report import FailedCheck, Findings, VerifyReport
from ledger.verify.resume import Resume, keep, resume
from ledger.verify.rollback_memory import RollbackMemory
from ledger.verify.signed_notes import SignedNotes, VerifyOptions, checkpoint_of

MOST_UNKNOWN = 10_000_000  # entries read of a log that nothing vouches for: half an hour
_NOT_TRUSTED = "nobody has told this machine to trust this ledger"


@dataclass(frozen=True, slots=True)
class LedgerTrust:
    """By what the verifier recognises a ledger: what this machine knows, and ``anchor``, if given.

    ``at`` is the time now, a stamp, remembered with a good verification. ``memory`` is what an
    opened ledger must continue, beside ``known``, and so must a published log of the same log keys.
    """

    known: KnownLedgers | None = None
    anchor: str | None = None
    at: str = ""
    memory: RollbackMemory | None = None

    @property
    def remembered(self) -> KnownLedgers | None:
        """Return the known ledgers, also where only the memory of an opened ledger has them."""
        return self.known or (self.memory.known if self.memory else None)


@seldom_collected()
def verify_database(
    store: LogStore,
    *,
    options: VerifyOptions | None = None,
    trust: LedgerTrust | None = None,
    progress: Progress | None = None,
) -> VerifyReport:
    """Check a database and report; faults of the ledger are in the report and raise nothing.

    Raises:
        NotCompleted: the database cannot be read at all.
        NotVerified, InputError: bad options.
    """
    found, opts, trust = Findings(), options or VerifyOptions(), trust or LedgerTrust()
    notes = SignedNotes(found, opts)
    source = DatabaseSource(store, found, notes, since=_since_size(opts.since))
    begin = _resume(source, opts, trust)
    _check_database(store, found, storage=begin is None)
    with scratch(begin.copy if begin else None) as replay:
        log_pass = _make_pass(source, found, opts, replay, begin=begin)
        with closing(log_pass.hashed):
            log_pass.run(jobs=opts.jobs, progress=progress)
            with found.reading(), source.to_the_end():
                if not found.full():
                    log_pass.run(jobs=opts.jobs, progress=progress)
                _check_state(source, found, log_pass, replay, jobs=opts.jobs)
            with found.reading():
                if not source.start:
                    source.check_files()
            notes.check_whole(source.size)
            report = _report(log_pass, found, opts, source.size)
            report = authenticate(report, trust, log_pass.hashed.root)
        _keep(report, log_pass, replay, trust)
    return report


@seldom_collected()
def verify_published(
    storage: Storage,
    *,
    options: VerifyOptions | None = None,
    trust: LedgerTrust | None = None,
    progress: Progress | None = None,
) -> VerifyReport:
    """Check a published log and report; faults of the log are in the report and raise nothing.

    Raises:
        Unreachable: it cannot be read, or nothing is published there.
        NotCompleted: nothing vouches for a log that says it is very large.
        NotVerified, InputError: bad options.
    """
    found, opts, trust = Findings(), options or VerifyOptions(), trust or LedgerTrust()
    notes = SignedNotes(found, opts)
    source = PublishedSource(storage, found, notes, since=_since_size(opts.since))
    begin = _resume(source, opts, trust)
    small = source.size < SMALL
    with nullcontext() if small else scratch(begin.copy if begin else None) as replay:
        log_pass = _make_pass(source, found, opts, replay, begin=begin)
        log_pass.admit = partial(_admit, source, trust)
        with closing(log_pass.hashed):
            log_pass.run(jobs=opts.jobs, progress=progress)
            source.finish(log_pass.log_keys, log_pass.edge.root())
            notes.check_whole(source.size)
            report = replace(
                _report(log_pass, found, opts, log_pass.edge.size), place=storage.address
            )
            report = authenticate(report, trust, log_pass.hashed.root)
        _keep(report, log_pass, replay, trust)
    return report


def _check_state(
    source: DatabaseSource,
    found: Findings,
    log_pass: LogPass,
    replay: Connection,
    *,
    jobs: int | None,
) -> None:
    """Check what must fit the end of the log that was read."""
    view_tables.advance(replay, source.size)
    with found.reading():
        if log_pass.replaying and source.size:
            source.check_views(replay, jobs=jobs)
    with found.reading():
        source.check_strays()
    with found.reading():
        source.count_suspects()
    with found.reading():
        if not source.start:
            source.check_file_columns()


def _check_database(store: LogStore, found: Findings, *, storage: bool) -> None:
    """Add faults of the database itself; its own check (``storage``) reads all of it."""
    from ledger.store import migrate  # alembic takes a tenth of a second

    with found.reading():
        for flaw in migrate.check(store.engine, storage=storage):
            found.add(flaw.seq, flaw.layer, flaw.message)


def _since_size(since: bytes | None) -> int:
    return checkpoint_of(since).size if since is not None else 0


def _resume(
    source: DatabaseSource | PublishedSource, opts: VerifyOptions, trust: LedgerTrust
) -> Resume | None:
    """Return where to go on, where the options ask for that and need no whole log."""
    if not opts.last:
        return None
    if trust.known is None:
        raise InputError("to go on from the last verification, its memory must be at hand")
    if opts.since is not None or opts.policy is not None or opts.tsa_roots is not None:
        return None
    return resume(source, trust.known)


def _make_pass(
    source: DatabaseSource | PublishedSource,
    found: Findings,
    opts: VerifyOptions,
    replay: Connection | None,
    *,
    begin: Resume | None,
) -> LogPass:
    """Return the pass over all entries, or over those after the kept state."""
    since = _since_size(opts.since)
    if replay is None:
        return LogPass(source, found, RulesInMemory(), PassHashes(), since=since)
    kept = driver_connection(replay)
    if begin is None or not begin.copied:
        hashed = PassHashes()
        state = ReplayState(replay, partial(hashed.proved, source.bytes_at), size=0)
        return LogPass(source, found, state, hashed, since=since, seen=kept)
    state = ReplayState(replay, begin.reader(source), size=begin.kept.size)
    log_pass = LogPass(source, found, state, begin.hashed, seen=kept)
    begin.begin(log_pass, found, replay)
    return log_pass


def _keep(
    report: VerifyReport, log_pass: LogPass, replay: Connection | None, trust: LedgerTrust
) -> None:
    if trust.known is not None and replay is not None and report.sound and report.authenticated:
        keep(report, log_pass, replay, trust.known)


def _admit(source: PublishedSource, trust: LedgerTrust, log_pass: LogPass) -> bool:
    """Return whether a pass goes on: not where a stranger names a size that takes hours to read.

    Raises NotCompleted: that size is signed, but nothing on this machine vouches for the ledger.
    """
    if source.size <= MOST_UNKNOWN:
        return True
    ledger = log_pass.policy.ledger if log_pass.policy else ""
    if ledger and _vouched(trust, ledger, log_pass.founder, source.signed_by):
        return True
    if not source.believed:
        unsigned = "its size is not believed: no key that the file policy names signed it"
        log_pass.found.add(None, "checkpoint", f"the file checkpoint: {unsigned}")
        return False
    raise NotCompleted(
        f"{source.address} says that it has {source.size:,} entries, and nothing here vouches for "
        f"it: of a log that is not trusted, at most {MOST_UNKNOWN:,} are read",
        hint="get the ledger id or a log key from its keeper, and run `regledger trust`",
    )


def _vouched(trust: LedgerTrust, ledger: str, founder: str, signed_by: Sequence[str]) -> str | None:
    """Say on what the trust in a ledger rests, None where nothing vouches for it."""
    if trust.anchor is not None and (how := _matches(trust.anchor, ledger, founder, signed_by)):
        return how
    if trust.known is None:
        return None
    return trust.known.trusts(ledger=ledger, founder=founder, log_keys=signed_by)


def authenticate(
    report: VerifyReport, trust: LedgerTrust, root: Callable[[int], bytes]
) -> VerifyReport:
    """Decide whether this is the ledger that is meant and continues what was seen of it.

    ``root`` gives the root of the first n entries, as the pass computed it. A good result is
    remembered.
    """
    if not report.ledger:
        return report
    report = replace(report, behind=_behind(report, trust))
    faults: list[FailedCheck] = []
    who = (report.ledger, report.founder, report.signed_by)
    if trust.anchor is not None and _matches(trust.anchor, *who) is None:
        faults.append(FailedCheck(None, "trust", "this is not the ledger that --trust names"))

    contradictions = _contradictions(report, trust, lambda size: root(size).hex())
    if reason := next(filter(None, contradictions), None):
        faults.append(FailedCheck(None, "remembered", reason))
    how = _vouched(trust, *who)
    report = replace(report, faults=(*report.faults, *faults))
    if how is not None:
        report = replace(report, authenticated=True, how=how)
    if trust.known is not None and report.sound and report.authenticated:
        trust.known.remember(_seen(report, trust.at))
    return report


def _contradictions(
    report: VerifyReport, trust: LedgerTrust, root_at: Callable[[int], str]
) -> Iterator[str | None]:
    """Yield how the log contradicts what was sealed or verified of it here, None where not."""
    now = LogNow(report.origin, report.size, root_at, report.read_from)
    for path in _seals(report, trust):
        if report.behind and sealed_size(path, report.origin) > report.size:
            continue  # said of a published copy, which follows the seals; not a contradiction
        yield now.against_seal(path)
    if trust.remembered is not None:
        yield now.against_known(trust.remembered.get(report.ledger))


def _seals(report: VerifyReport, trust: LedgerTrust) -> Iterator[Path]:
    """Yield the files of what was signed last for this log on this machine."""
    memory, known = trust.memory, trust.remembered
    if memory is not None and (
        not report.place or memory.signed_with(report.origin, report.log_keys)
    ):
        yield memory.state(report.origin)
    if known is not None:
        yield known.sealed(report.ledger)


def _behind(report: VerifyReport, trust: LedgerTrust) -> int:
    """Return how many entries were sealed here, where a published copy has fewer; otherwise 0."""
    if not report.place:
        return 0
    sealed = max((sealed_size(path, report.origin) for path in _seals(report, trust)), default=0)
    return sealed if sealed > report.size else 0


def _matches(anchor: str, ledger: str, founder: str, signed_by: Sequence[str]) -> str | None:
    if anchor == ledger:
        return "its id is the one given"
    if anchor == founder:
        return "its founder's key is the one given"
    return "the key given signed its checkpoint" if anchor in signed_by else None


def _seen(report: VerifyReport, at: str) -> KnownLedger:
    return KnownLedger(
        ledger=report.ledger,
        origin=report.origin,
        founder=report.founder,
        log_keys=report.log_keys,
        size=report.size,
        root=report.root,
        trusted=True,
        verified_at=at,
    )


def _report(log_pass: LogPass, found: Findings, opts: VerifyOptions, size: int) -> VerifyReport:
    if size == 0:
        found.add(None, "empty", "there is no entry to verify")
    policy = log_pass.policy
    keys: Sequence[str] = log_pass.log_keys
    return VerifyReport(
        ledger=policy.ledger if policy else "",
        origin=policy.origin if policy else "",
        founder=log_pass.founder,
        log_keys=tuple(keys),
        size=size,
        root=log_pass.edge.root().hex(),
        authenticated=False,
        how=_NOT_TRUSTED,
        faults=found.in_order(),
        disclosures=dict(found.disclosures),
        simulated=bool(policy and policy.clock == "simulated"),
        checkpoints=found.checkpoints,
        sealed=found.sealed,
        signed_by=tuple(sorted(found.signed_by)),
        cosignatures=found.cosignatures,
        witnessed=found.witnessed,
        suspect=found.suspect,
        time_stamps=dict(found.time_stamps),
        evidence=dict(found.evidence),
        unauthenticated=tuple(found.unauthenticated),
        since=_since_size(opts.since) or log_pass.source.start,
        last=opts.last,
        read_from=log_pass.source.start,
    )
