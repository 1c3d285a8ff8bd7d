"""The memory of known ledgers: where the trust in a ledger comes from, and how far it was seen.

A log can prove that it is consistent; it cannot prove that it is the one you mean, nor that its end
was not cut off. Both need something kept *outside* it: here, one small JSON file per ledger id in
a directory of this machine (``$XDG_STATE_HOME/regledger/known``), written when a ledger is made or
trusted and after every good verification. Beside it lies a copy of the last checkpoint that was
signed here, ``<ledger id>.log-state``: the first one (:mod:`ledger.checkpoints.sign`) is found only
by whoever knows where the keys are.

A file ``<ledger id>.json`` holds exactly the members of :class:`KnownLedger` and ``schema``. The
file ``anchors.json`` holds what :meth:`KnownLedgers.trust` was told about ledgers not yet seen.
Files are replaced as a whole (:mod:`ledger.files`) and readable by their owner only. A file that
cannot be read is an error and never an unknown ledger: otherwise damaging it would be a way to
have a cut-off log accepted.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ledger import files, user_dirs
from ledger.errors import InputError, NotCanonical, NotCompleted, NotVerified
from ledger.log import canonical

if TYPE_CHECKING:
    from ledger.log.checkpoint import Checkpoint
    from ledger.log.signed_note import Note

_SCHEMA = "regledger/known/v1"
_ANCHORS = "anchors.json"
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SEPARATORS = re.compile(r"[:\s]")  # fingerprints are often shown in groups
# C2SP signed-note: a name without spaces or "+", eight hex digits, base64 (type || public key).
_VKEY = re.compile(r"[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True, slots=True)
class KnownLedger:
    """The facts remembered about one ledger.

    ``founder`` is the hex key id of the key that signed its first entry; ``root`` the hex root of
    its first ``size`` entries, as last verified here, at ``verified_at`` (a stamp, "" where that is
    not known); ``trusted`` whether a person said that this is the right ledger (an untrusted one is
    remembered only to notice a rollback).
    """

    ledger: str
    origin: str
    founder: str
    log_keys: tuple[str, ...]
    size: int
    root: str
    trusted: bool
    verified_at: str = ""


class KnownLedgers:
    """The known ledgers of one directory. Nothing is read before it is asked for."""

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory if directory is not None else default_directory()

    def get(self, ledger: str) -> KnownLedger | None:
        """Return what is remembered of this ledger id, None where nothing is.

        Raises:
            InputError: not a ledger id.
            NotVerified: there is a file for it that does not hold what it should.
        """
        if not _HEX.fullmatch(ledger):
            raise InputError(f"{ledger!r} is not a ledger id (64 hex digits)")
        return _read(self.directory / f"{ledger}.json")

    def sealed(self, ledger: str) -> Path:
        """Return the file of the checkpoint of this ledger that was signed last on this machine."""
        return self.directory / f"{ledger}.log-state"

    def contradictions(self, ledger: str, now: "LogNow") -> Iterator[str]:
        """Yield how the log of this id contradicts what was sealed or verified of it here.

        Raises NotVerified where a memory is damaged, NotCompleted where it cannot be read.
        """
        found = (now.against_seal(self.sealed(ledger)), now.against_known(self.get(ledger)))
        yield from filter(None, found)

    def all(self) -> tuple[KnownLedger, ...]:
        """Return every ledger known here, by origin. Raises NotVerified for a damaged file."""
        paths = sorted(p for p in self.directory.glob("*.json") if _HEX.fullmatch(p.stem))
        found = (_read(path) for path in paths)
        return tuple(sorted((k for k in found if k), key=lambda k: (k.origin, k.ledger)))

    def by_origin(self, origin: str) -> tuple[KnownLedger, ...]:
        """Return the ledgers known here under an origin, which is a name and not an identity."""
        return tuple(known for known in self.all() if known.origin == origin)

    def remember(self, known: KnownLedger) -> KnownLedger:
        """Remember this, and return what is now remembered.

        What was seen only grows: of two sizes the larger is kept with its root (two verifications
        may end in the other order), and trust once given stays. The caller has compared root and
        size before (:class:`LogNow`).
        """
        before = self.get(known.ledger)
        if before is not None:
            further = before if before.size > known.size else known
            known = replace(
                known,
                size=further.size,
                root=further.root,
                verified_at=further.verified_at,
                trusted=known.trusted or before.trusted,
            )
        replace_json(self.directory / f"{known.ledger}.json", {"schema": _SCHEMA, **asdict(known)})
        return known

    def forget(self, ledger: str) -> None:
        """Forget a ledger; does nothing where it is not known."""
        if _HEX.fullmatch(ledger):
            (self.directory / f"{ledger}.json").unlink(missing_ok=True)
            self.sealed(ledger).unlink(missing_ok=True)

    def trust(self, text: str) -> str:
        """Trust a ledger that need not be at hand; return the anchor as it was stored.

        ``text`` is what :func:`anchor_of` reads. Raises InputError for anything else.
        """
        anchor = anchor_of(text)
        anchors = self.anchors()
        if anchor not in anchors:
            replace_json(
                self.directory / _ANCHORS, {"schema": _SCHEMA, "anchors": [*anchors, anchor]}
            )
        return anchor

    def anchors(self) -> tuple[str, ...]:
        """Return the anchors given to :meth:`trust`. Raises NotVerified for a damaged file."""
        path = self.directory / _ANCHORS
        value = read_json(path)
        if value is None:
            return ()
        anchors = value.get("anchors")
        texts = isinstance(anchors, list) and all(isinstance(a, str) for a in anchors)
        if value.get("schema") != _SCHEMA or not texts:
            raise _damaged(path, "it is not a list of anchors")
        return tuple(value["anchors"])

    def trusts(self, *, ledger: str, founder: str, log_keys: Sequence[str] = ()) -> str | None:
        """Say on what the trust in this ledger rests here; None where it is not trusted.

        Args:
            ledger: its id, *recomputed* from its first event.
            founder: hex id of the key that signed that event, the signature checked.
            log_keys: the log's keys (vkeys) that signed a checkpoint of it, checked. A key that
                the log merely names is no reason: a forger can write any log key into a first
                entry.
        """
        known = self.get(ledger)
        if known is not None and known.trusted:
            return "this machine made this ledger or was told to trust it"
        anchors = self.anchors()
        if ledger in anchors:
            return "this machine was told to trust this ledger id"
        if founder in anchors:
            return "this machine was told to trust the founder's key"
        if not set(log_keys).isdisjoint(anchors):
            return "this machine was told to trust a log key, which signed its checkpoint"
        return None


def anchor_of(text: str) -> str:
    """Return the one spelling of an anchor, by which a ledger can be recognised.

    Args:
        text: the fingerprint of the founder's key or the ledger id (64 hex digits, colons and
            spaces ignored), or a log key (vkey ``name+hash+key``).

    Raises:
        InputError: neither of them.
    """
    anchor = text.strip()
    plain = _SEPARATORS.sub("", anchor).lower()
    if _HEX.fullmatch(plain):
        return plain
    if _VKEY.fullmatch(anchor):
        from ledger.log.signed_note import parse_vkey  # the key's own hash must be right

        return str(parse_vkey(anchor))
    raise InputError(
        f"{text!r} is neither a fingerprint (64 hex digits) nor a vkey (name+hash+key)",
        hint="`regledger doctor` on the machine that made the ledger prints both",
    )


class LogNow(NamedTuple):
    """A log as it is now, to be compared with what was seen of it before.

    ``root_at`` gives the hex root of its first n entries, for n from ``since`` to ``size``; what
    raises NotVerified there contradicts too.
    """

    origin: str
    size: int
    root_at: Callable[[int], str]
    since: int = 0

    def against_known(self, known: KnownLedger | None) -> str | None:
        """Say how the log contradicts what was verified of it, None where it continues it."""
        if known is None:
            return None
        return self._contradiction(known.size, known.root, "verified here before")

    def against_seal(self, path: Path) -> str | None:
        """Say how the log contradicts the checkpoint in a file of what was signed last here.

        Nothing is said of one below ``since``. Raises what :func:`seal_in` raises.
        """
        found = seal_in(path)
        if found is None:
            return None
        signed = found[1]
        if signed.origin != self.origin:
            said = f"what was signed last with these keys was for {signed.origin}"
            return f"{said}, not for {self.origin}"
        if signed.size < self.since:
            return None
        return self._contradiction(signed.size, signed.root.hex(), "sealed here before")

    def _contradiction(self, kept: int, root: str, how: str) -> str | None:
        """Say how the log contradicts that its first ``kept`` entries had this root."""
        if self.size < kept:
            cut = "it was rolled back or cut off"
            return f"the log has {self.size} entries, {kept} were {how}: {cut}"
        if not kept:
            return None
        first = f"the first {kept} entries are not those {how}"
        try:
            same = self.root_at(kept) == root
        except NotVerified as error:
            return f"{first}: their root cannot be computed ({error.message})"
        return None if same else f"{first}: the log was rewritten or forked"


def sealed_size(path: Path, origin: str) -> int:
    """Return the size of the checkpoint in a file of what was signed last here for an origin.

    0 where there is none, or one for another origin. Raises what :func:`seal_in` raises.
    """
    found = seal_in(path)
    return found[1].size if found is not None and found[1].origin == origin else 0


def default_directory() -> Path:
    """Return where the memory lies by default (XDG state directory).

    Raises NotCompleted where the user has no home directory.
    """
    return user_dirs.state() / "known"


def seal_in(path: Path) -> "tuple[Note, Checkpoint] | None":
    """Return the checkpoint signed last, with its note; None where there is no file.

    Raises NotVerified where it holds something else, NotCompleted where it cannot be read.
    """
    from ledger.log.checkpoint import parse_checkpoint
    from ledger.log.signed_note import parse_note

    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise NotCompleted(f"{path}: cannot be read: {error.strerror}") from None
    try:
        note = parse_note(data)
        return note, parse_checkpoint(note.text)
    except NotVerified as error:
        raise NotVerified(
            f"the memory of what was signed last is damaged: {path}: {error.message}",
            hint="restore the file, or name the newest published checkpoint with "
            "`regledger checkpoint --from FILE`",
        ) from None


def _read(path: Path) -> KnownLedger | None:
    value = read_json(path)
    if value is None:
        return None
    schema = value.pop("schema", None)
    if schema != _SCHEMA or set(value) != {f.name for f in fields(KnownLedger)}:
        raise _damaged(path, "it has other members than it should")
    names = ("ledger", "origin", "founder", "root", "verified_at")
    texts = all(isinstance(value[name], str) for name in names)
    keys = isinstance(value["log_keys"], list) and all(
        isinstance(key, str) for key in value["log_keys"]
    )
    plain = type(value["size"]) is int and value["size"] >= 0 and type(value["trusted"]) is bool
    if not (texts and keys and plain) or not _HEX.fullmatch(value["root"]):
        raise _damaged(path, "a member has the wrong form")
    if value["ledger"] != path.stem:
        raise _damaged(path, "it speaks of another ledger than its name")
    return KnownLedger(**{**value, "log_keys": tuple(value["log_keys"])})


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the JSON object in a file of this memory, None where there is no file.

    Raises NotVerified where it holds something else, NotCompleted where it cannot be read.
    """
    try:
        value = canonical.read(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotCompleted(f"{path}: cannot be read: {error.strerror}") from None
    except NotCanonical as error:
        raise _damaged(path, error.message) from None
    if not isinstance(value, dict):
        raise _damaged(path, "it is not an object")
    return value


def _damaged(path: Path, what: str) -> NotVerified:
    return NotVerified(
        f"the memory of known ledgers is damaged: {path}: {what}",
        hint="restore the file; removing it makes the ledger unknown, so that it needs "
        "`regledger trust` and an earlier rollback would go unnoticed",
    )


def replace_json(path: Path, value: dict[str, Any]) -> None:
    """Replace a file of this memory. Raises NotCompleted where it cannot be written."""
    data = json.dumps(value, indent=2, sort_keys=True).encode() + b"\n"
    try:
        files.replace_file(path, data, mode=0o600)
    except OSError as error:
        raise NotCompleted(f"{path}: cannot be written: {error.strerror}") from None
