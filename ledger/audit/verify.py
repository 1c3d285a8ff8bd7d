"""Verification: every check there is, every fault, in one pass and flat memory.

:func:`verify_store` checks a database, :func:`verify_place` a published log; both fold the whole
log anew (:mod:`ledger.audit.passes`), unless they are to go on from the last good verification
(:mod:`ledger.audit.resume`), and differ in what they compare it with
(:mod:`ledger.audit.database`, :mod:`ledger.audit.published`). :func:`authenticate` then asks
whether this is the ledger that is meant: that can never come from the ledger itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

from sqlalchemy.engine import Connection

from ledger.audit.checking import SMALL
from ledger.audit.database import Database
from ledger.audit.known import Known, KnownLedgers, rollback
from ledger.audit.memory import Memory
from ledger.audit.passes import InMemory, Pass
from ledger.audit.place import Place
from ledger.audit.published import Published
from ledger.audit.replay import replayed, scratch, swap
from ledger.audit.report import Fault, Findings, Progress, VerifyReport, layer_of
from ledger.audit.resume import Resume, keep, resume
from ledger.audit.sealed import Options, Seals, checkpoint_of
from ledger.errors import InputError
from ledger.log.merkle import root_at
from ledger.store.log_store import LogStore
from ledger.views import base
from ledger.views.projector import SqlState

__all__ = [
    "Fault",
    "Options",
    "Progress",
    "VerifyReport",
    "authenticate",
    "layer_of",
    "replayed",
    "scratch",
    "swap",
    "verify_place",
    "verify_store",
]

_NOBODY = "nobody has told this machine to trust this ledger"


@dataclass(frozen=True, slots=True)
class Trust:
    """By what a ledger is recognised: what this machine knows, and what is given for this once.

    ``memory`` is what an opened ledger must continue, beside ``known``.
    """

    known: KnownLedgers | None = None
    anchor: str | None = None
    memory: Memory | None = None


def verify_store(
    store: LogStore,
    *,
    options: Options | None = None,
    trust: Trust | None = None,
    progress: Progress | None = None,
) -> VerifyReport:
    """Check a database and report; never raises for what is wrong inside the ledger.

    Raises NotCompleted where it cannot be read at all, NotVerified or InputError for bad options.
    """
    found, opts, trust = Findings(), options or Options(), trust or Trust()
    seals = Seals(found, opts)
    source = Database(store, found, seals, since=_size_of(opts.since))
    begin = _resume(source, opts, trust)
    _look_over(store, found, storage=begin is None)
    with scratch(begin.copy if begin else None) as replay:
        run = _run(source, found, opts, replay, begin=begin)
        run.run(jobs=opts.jobs, progress=progress)
        base.advance(replay, source.size)
        with found.reading():
            if run.replaying and source.size:
                source.views(replay, run.edge.root(), jobs=opts.jobs)
        with found.reading():
            source.strays()
        with found.reading():
            source.suspects()
        with found.reading():
            if not source.start:
                source.files()
        seals.finish(source.size)

        def root(size: int) -> str:
            with store.reading() as conn:
                return store.compact_range(conn, size).root().hex()

        report = authenticate(_report(run, found, opts, source.size), trust, root)
        _keep(report, run, replay, trust)
    return report


def verify_place(
    place: Place,
    *,
    options: Options | None = None,
    trust: Trust | None = None,
    progress: Progress | None = None,
) -> VerifyReport:
    """Check a published log and report; never raises for what is wrong inside it.

    Raises Unreachable where it cannot be read, or where nothing is published; NotVerified or
    InputError for bad options.
    """
    found, opts, trust = Findings(), options or Options(), trust or Trust()
    seals = Seals(found, opts)
    source = Published(place, found, seals, since=_size_of(opts.since))
    begin = _resume(source, opts, trust)
    small = source.size < SMALL
    with nullcontext() if small else scratch(begin.copy if begin else None) as replay:
        run = _run(source, found, opts, replay, begin=begin)
        run.run(jobs=opts.jobs, progress=progress)
        source.finish(run.log_keys, run.edge.root())
        seals.finish(source.size)
        report = replace(_report(run, found, opts, run.edge.size), place=place.address)
        fetch = partial(root_at, fetch=source.hashes)
        report = authenticate(report, trust, lambda size: fetch(size).hex())
        _keep(report, run, replay, trust)
    return report


def _look_over(store: LogStore, found: Findings, *, storage: bool) -> None:
    """Note what is wrong with the database itself; its own check (``storage``) reads all of it."""
    from ledger.store import migrate  # alembic takes a tenth of a second

    with found.reading():
        for flaw in migrate.check(store.engine, storage=storage):
            found.add(None, flaw.layer, flaw.message)


def _size_of(since: bytes | None) -> int:
    return checkpoint_of(since).size if since is not None else 0


def _resume(source: Database | Published, opts: Options, trust: Trust) -> Resume | None:
    """Return where to go on, where that is wanted and nothing else is that needs the whole log."""
    if not opts.last:
        return None
    if trust.known is None:
        raise InputError("to go on from the last verification, its memory must be at hand")
    if opts.since is not None or opts.policy is not None or opts.tsa_roots is not None:
        return None
    return resume(source, trust.known)


def _run(
    source: Database | Published,
    found: Findings,
    opts: Options,
    replay: Connection | None,
    *,
    begin: Resume | None,
) -> Pass:
    """Make the pass over all entries, or over those after the remembered state."""
    since = _size_of(opts.since)
    if replay is None:
        return Pass(source, found, InMemory(), since=since)
    kept = cast("sqlite3.Connection", replay.connection.dbapi_connection)
    if begin is None or not begin.copied:
        state = SqlState(replay, source.bytes_at, size=0)
        return Pass(source, found, state, since=since, seen=kept)
    state = SqlState(replay, begin.reader(source), size=begin.folded.size)
    run = Pass(source, found, state, seen=kept)
    begin.begin(run, found, replay)
    return run


def _keep(report: VerifyReport, run: Pass, replay: Connection | None, trust: Trust) -> None:
    if trust.known is not None and replay is not None and report.sound and report.authenticated:
        keep(report, run, replay, trust.known)


def authenticate(report: VerifyReport, trust: Trust, root: Callable[[int], str]) -> VerifyReport:
    """Say whether this is the ledger that is meant, and whether it continues what was seen of it.

    ``root`` gives the hex root of the first n entries. A good result is remembered.
    """
    if not report.ledger:
        return report
    faults: list[Fault] = []
    how = None
    if trust.memory is not None:
        sealed = trust.memory.sealed_before(report.origin, size=report.size, root_at=root)
        faults += [Fault(None, "remembered", sealed)] if sealed else []
    known = trust.known or (trust.memory.known if trust.memory else None)
    if known is not None:
        before = known.get(report.ledger)
        complaint = before and rollback(before, size=report.size, root_at=root)
        faults += [Fault(None, "remembered", complaint)] if complaint else []
    if trust.anchor is not None:
        how = _matches(trust.anchor, report)
        if how is None:
            faults.append(Fault(None, "trust", "this is not the ledger that --trust names"))
    if trust.known is not None:
        how = how or trust.known.trusts(
            ledger=report.ledger, founder=report.founder, log_keys=report.signed_by
        )
    report = replace(report, faults=(*report.faults, *faults))
    if how is not None:
        report = replace(report, authenticated=True, how=how)
    if trust.known is not None and report.sound and report.authenticated:
        trust.known.remember(_seen(report))
    return report


def _matches(anchor: str, report: VerifyReport) -> str | None:
    if anchor == report.ledger:
        return "its id is the one given"
    if anchor == report.founder:
        return "its founder's key is the one given"
    return "the key given signed its checkpoint" if anchor in report.signed_by else None


def _seen(report: VerifyReport) -> Known:
    return Known(
        ledger=report.ledger,
        origin=report.origin,
        founder=report.founder,
        log_keys=report.log_keys,
        size=report.size,
        root=report.root,
        trusted=True,
    )


def _report(run: Pass, found: Findings, opts: Options, size: int) -> VerifyReport:
    if size == 0:
        found.add(None, "empty", "there is no entry to verify")
    policy = run.policy
    keys: Sequence[str] = run.log_keys
    return VerifyReport(
        ledger=policy.ledger if policy else "",
        origin=policy.origin if policy else "",
        founder=run.founder,
        log_keys=tuple(keys),
        size=size,
        root=run.edge.root().hex(),
        authenticated=False,
        how=_NOBODY,
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
        since=_size_of(opts.since) or run.source.start,
        last=opts.last,
        read_from=run.source.start,
    )
