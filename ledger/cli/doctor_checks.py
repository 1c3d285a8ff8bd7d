"""The checks of `doctor`: each finding is one line, with advice where something is wrong."""

import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger import api, database_url
from ledger.cli import version
from ledger.cli.columns import fields
from ledger.cli.log_key_rotation import next_path
from ledger.cli.output import Line, Styled
from ledger.cli.session import Session, key_owners, known_ledgers
from ledger.cli.settings import Settings
from ledger.errors import NoLedger, RegledgerError
from ledger.points import format_size

_DIFFERENCES_SHOWN = 3
_KEY_SHOWN = 160  # characters: an ML-DSA-44 key has 1,800
_RESTORE = "see `regledger db check`; keep the database, and restore a backup"
_OLDER = "bring back the newer database; nothing can be added to this one"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; ``advice`` is empty where nothing is to be done."""

    subject: str
    found: str
    advice: str = ""
    wrong: bool = False


def examine(session: Session) -> list[Finding]:
    """Run every check; one that fails does not hide the others."""
    findings = [Finding("versions", ", ".join(f"{k} {v}" for k, v in version.versions().items()))]
    try:
        where = session.settings
    except RegledgerError as error:
        return [*findings, _wrong("settings", error)]
    findings += _setup(where)
    findings += _as_far("ledger", _ledger(session))
    findings += _as_far("schema", _schema(where))
    findings += _as_far("keys", _keys(where))
    findings += _as_far("known ledgers", _memory())
    return findings


def _as_far(subject: str, found: Iterator[Finding]) -> Iterator[Finding]:
    """Yield the findings, and the error that ended them."""
    try:
        yield from found
    except RegledgerError as error:
        yield _wrong(subject, error)


def _setup(where: Settings) -> Iterator[Finding]:
    yield Finding("database", f"{database_url.without_secrets(where.db)} (from {where.db_from})")
    if where.db_path is not None:
        yield _durability(where.db, where.db_path)
    if where.pinned:
        yield Finding("pinned to", where.pinned)


def _durability(url: str, path: Path) -> Finding:
    """Say which journal a file has, or would be given when it is made, and why."""
    from ledger.store import journal_mode
    from ledger.store.engine import make_engine

    best = journal_mode.chosen_for(path)
    try:
        engine = make_engine(url)
        found = journal_mode.in_use(engine)
        engine.dispose()
    except RegledgerError:  # no ledger, or none that can be read: said elsewhere
        return Finding("durability", str(best))
    if found == "delete":  # the file system, too, may be why
        best = journal_mode.chosen_for(path, tried=True)
    if found == best.journal:
        return Finding("durability", str(best))
    words = f"{journal_mode.in_words(found)}: the file was made so, or moved from another machine"
    return Finding(
        "durability", words, f"run `regledger db upgrade` for {best}" if found == "delete" else ""
    )


def _ledger(session: Session) -> Iterator[Finding]:
    try:
        with session.ledger() as ledger:
            yield from _opened(ledger)
            yield from _sealing(session, ledger)
    except NoLedger as error:
        where = session.settings
        there = where.db_path is not None and where.db_path.exists()
        wrong = there or session.db is not None
        yield Finding("ledger", error.message, error.hint, wrong=wrong)


def _schema(where: Settings) -> Iterator[Finding]:
    """Yield what `db check` finds, by layer; `_ledger` reports another schema version."""
    from ledger.store import migrate
    from ledger.store.engine import make_engine, schema_revision

    try:
        engine = make_engine(where.db)
    except RegledgerError:  # no ledger: said already
        return
    try:
        revision = schema_revision(engine)
        newest = migrate.revisions()[-1]
        flaws = migrate.check(engine) if revision in {None, newest} else ()
    finally:
        engine.dispose()
    for layer in dict.fromkeys(one.layer for one in flaws):
        differences = [one.message for one in flaws if one.layer == layer]
        shown = "; ".join(differences[:_DIFFERENCES_SHOWN])
        more = len(differences) - _DIFFERENCES_SHOWN
        found = f"{shown}; and {more} more" if more > 0 else shown
        yield Finding(layer, found, _RESTORE, wrong=True)


def _opened(ledger: "api.Ledger") -> Iterator[Finding]:
    policy = ledger.policy
    yield Finding("ledger", f"{policy.origin}, {ledger.size} entries, review {policy.review}")
    yield Finding("ledger id", policy.ledger)
    yield Finding("founder's key", ledger.show("@0").signer_key)
    yield from (Finding("log key", _log_key(key)) for key in policy.log_keys)
    yield from _admins(ledger)
    if policy.clock == "simulated":
        yield Finding("clock", "simulated: the times of this ledger prove nothing")
    yield _status_view(ledger.projections.standing())
    rolled_back = ledger.checkpoints.rollback()
    if rolled_back is not None:
        yield Finding("remembered", rolled_back, _OLDER, wrong=True)
    known = known_ledgers().get(policy.ledger)
    if known is None or not known.trusted:
        yield Finding(
            "trust",
            "this machine was never told to trust this ledger",
            f"learn its id from its keeper, compare, then: regledger trust {policy.ledger}",
        )
    else:
        last = f"last verified to {format_size(known.size)}" if known.size else "never verified"
        yield Finding("trust", f"known here, {last}")


def _log_key(key: str) -> str:
    """Return a key that fits on a line, else its name and where to read all of it."""
    if len(key) <= _KEY_SHOWN:
        return key
    return f"{key.partition('+')[0]}, ML-DSA-44: `regledger policy show` prints it whole"


def _admins(ledger: "api.Ledger") -> Iterator[Finding]:
    """Yield who administers the ledger, and that a single key is one too few."""
    admins = [one.slug for one in ledger.actors.all() if "admin" in one.roles and one.keys]
    alone = len(admins) == 1 and not ledger.simulated  # a sample ends with its day
    advice = (
        "enrol a second one: with the only key lost, nobody can be enrolled any more:"
        " `regledger key new NAME`, `regledger actor enroll NAME.json --role admin`"
    )
    yield Finding("admins", ", ".join(admins), advice if alone else "")


def _status_view(view: "api.Standing") -> Finding:
    if not view.behind:
        return Finding("status view", f"at the head, {format_size(view.size)}")
    return Finding(
        "status view",
        f"at {format_size(view.position)}, {view.behind:,} behind the head",
        "answers are right, and faster after `regledger db follow`",
    )


def _sealing(session: Session, ledger: "api.Ledger") -> Iterator[Finding]:
    """Yield whether the log is sealed, and whether this machine can seal it."""
    where, origin, count = session.settings, ledger.policy.origin, ledger.checkpoints.unsealed
    paths = where.log_key_paths(origin)
    here = all(path.exists() for path in paths)
    keys = "both log keys are here" if here else "the log keys are not here"
    found = f"{count} of {ledger.size} entries are unsealed; {keys}"
    advice = "run `regledger checkpoint`" if count and here else ""
    yield Finding("sealing", found, advice)
    if here and count < ledger.size and not (state := where.log_state_path(origin)).exists():
        yield Finding(
            "sealing",
            f"{state} is not here: without what was signed last nothing can be sealed",
            "bring the file back, or run `regledger checkpoint --from` with the newest checkpoint",
            wrong=True,
        )
    if any(next_path(path).exists() for path in paths):
        yield Finding(
            "log keys",
            "new keys were made that are not in their place",
            "run `regledger policy rotate-log-keys` again",
            wrong=True,
        )


def _keys(where: Settings) -> Iterator[Finding]:
    owners = key_owners(where.keys)
    yield Finding("keys", f"{', '.join(owners) or 'none'} in {where.keys}")
    files = [*where.keys.glob("*.pem"), *where.keys.glob("*.signer")]
    for path in sorted(files) if where.keys.is_dir() else ():
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(
                "key file", f"{path} is open to other users", f"run `chmod 600 {path}`", wrong=True
            )


def _memory() -> Iterator[Finding]:
    known = known_ledgers()
    ledgers, anchors = known.all(), known.anchors()
    names = ", ".join(one.origin for one in ledgers) or "none"
    more = f"; {len(anchors)} trusted by name" if anchors else ""
    yield Finding("known ledgers", f"{names}{more} (in {known.directory})")


def _wrong(subject: str, error: RegledgerError) -> Finding:
    return Finding(subject, error.message, error.hint, wrong=True)


def finding_lines(findings: Sequence[Finding]) -> Iterator[Line]:
    """Yield the findings, then the advice."""
    pairs = [(f"! {f.subject}" if f.wrong else f"  {f.subject}", f.found) for f in findings]
    yield from fields(pairs)
    advice = [f for f in findings if f.advice]
    if advice:
        yield ("",)
        yield (Styled("What to do", "bold"),)
        yield from fields([(f"  {f.subject}", f.advice) for f in advice])
    elif not any(f.wrong for f in findings):
        yield ("",)
        yield ("Nothing is wrong.",)
