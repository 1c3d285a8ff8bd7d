"""Checking what was signed for a log as a whole: checkpoints, cosignatures, time-stamps.

C2SP tlog-checkpoint and tlog-cosignature; RFC 3161. What fails goes to the findings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ledger.checkpoints import timestamps
from ledger.errors import NotVerified, QuorumNotMet, RegledgerError
from ledger.log.checkpoint import Checkpoint, Opened, open_checkpoint, parse_checkpoint
from ledger.log.signed_note import parse_note, parse_vkey
from ledger.log.witness_policy import WitnessPolicy, check_quorum
from ledger.verify.report import Findings


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """What the auditor brings along.

    ``policy`` says which witnesses must have cosigned; ``since`` is a checkpoint that the auditor
    kept, ``tsa_roots`` are certificates (PEM) of time-stamp authorities, ``jobs`` is the number of
    processes. ``last`` asks to go on from the end of the last good verification on this machine;
    ``since``, ``policy`` and ``tsa_roots`` need the whole log and override it.
    """

    policy: WitnessPolicy | None = None
    since: bytes | None = None
    tsa_roots: bytes | None = None
    jobs: int | None = None
    last: bool = False


def checkpoint_of(note: bytes) -> Checkpoint:
    """Read the checkpoint in a note, no signature checked. Raises BadNote or BadCheckpoint."""
    return parse_checkpoint(parse_note(note).text)


@dataclass(slots=True)
class SignedNotes:
    """The check of one log's signed notes, which remembers how far they reach."""

    found: Findings
    options: VerifyOptions
    witnessed: int = 0  # size of the largest checkpoint that has the quorum
    _unmet: QuorumNotMet | None = None
    _strange: set[str] = field(default_factory=set)
    _differs: bool = False

    def check_note(
        self, note: bytes, size: int, root: bytes, log_keys: Sequence[str], *, shown: bool = True
    ) -> Opened | None:
        """Compare a note with the log; None where it fails, and the findings say why.

        ``shown`` is False for a note that was kept with a time-stamp: it says nothing about how far
        the log is sealed or witnessed.
        """
        self.found.checkpoints += 1
        policy = self.options.policy
        try:
            opened = open_checkpoint(
                note,
                log_keys=[parse_vkey(key) for key in log_keys],
                witnesses=policy.witness_keys if policy else (),
            )
        except RegledgerError as error:
            self.found.add(None, "checkpoint", f"checkpoint of size {size}: {error.message}")
            return None
        if opened.checkpoint.size != size or opened.checkpoint.root != root:
            if not self._differs:  # every later note would differ too
                self._differs = True
                self.found.add(None, "checkpoint", _differs(opened.checkpoint, size))
            return None
        self.found.cosignatures += len(opened.cosignatures)
        for line in opened.unknown:
            if line.name not in self._strange:
                self._strange.add(line.name)
                self.found.add_unproved(f"a signature line of {line.name} under the checkpoint")
        if shown and size >= self.found.sealed:
            self.found.sealed, self.found.signed_by = size, set(log_keys)
        if shown:
            self._quorum(opened)
        return opened

    def check_time_stamps(self, note: bytes, responses: Iterable[tuple[str, bytes]]) -> None:
        """Check (name, response) time-stamps of a note; without roots only that they are of it."""
        for name, response in responses:
            try:
                if self.options.tsa_roots is not None:
                    timestamps.check(response, note, roots=self.options.tsa_roots)
                    self.found.time_stamps["verified"] += 1
                else:
                    timestamps.read(response, note)
                    self.found.time_stamps["unchecked"] += 1
                    self.found.add_unproved(f"{name}: its authority is not known (--tsa-root)")
            except NotVerified as error:
                self.found.add(None, error.layer, f"{name}: {error.message}")

    def check_kept(self, size: int, root: bytes, log_keys: Sequence[str]) -> None:
        """Compare the log with the checkpoint that the auditor kept."""
        note = self.options.since or b""
        try:
            opened = open_checkpoint(note, log_keys=[parse_vkey(key) for key in log_keys])
        except RegledgerError as error:
            self.found.add(None, "checkpoint", f"the checkpoint given: {error.message}")
            return
        if opened.checkpoint.root != root:
            said = f"the first {size} entries are not those of the checkpoint given"
            self.found.add(None, "remembered", f"{said}: the log was rewritten or forked")

    def check_whole(self, size: int) -> None:
        """Check what needs the whole log: the policy's quorum, a verified time-stamp, ``since``."""
        policy, since = self.options.policy, self.options.since
        self.found.witnessed = self.witnessed
        if policy is not None and not self.witnessed:
            none = QuorumNotMet("no checkpoint is there for witnesses to vouch for")
            self.found.add_error(None, self._unmet or none)
        if self.options.tsa_roots is not None and not self.found.time_stamps["verified"]:
            none_of = "no time-stamp is there that could be verified with the certificates given"
            self.found.add(None, "time_stamp", none_of)
        if since is not None and not 0 < (kept := checkpoint_of(since).size) <= size:
            self.found.add(
                None,
                "remembered",
                f"the log has {size} entries, the checkpoint given has {kept}"
                + (": it was rolled back or cut off" if kept else " and proves nothing"),
            )

    def _quorum(self, opened: Opened) -> None:
        policy = self.options.policy
        if policy is None:
            return
        try:
            check_quorum(policy, opened)
        except QuorumNotMet as error:
            self._unmet = error
        else:
            self.witnessed = max(self.witnessed, opened.checkpoint.size)


def _differs(checkpoint: Checkpoint, size: int) -> str:
    if checkpoint.size != size:
        return f"a checkpoint of size {checkpoint.size} is kept as one of size {size}"
    return f"the log signed another root for its first {size} entries: they were changed"
