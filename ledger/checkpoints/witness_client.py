r"""Requesting a cosignature from a witness (C2SP tlog-witness: the client and the wire format).

A witness is another party's server that remembers the last checkpoint it saw of a log, and cosigns
a newer one only with a proof that it continues that one. Enough of them, and a log cannot
show different people different histories.

=============  =================================================================================
request        POST ``<address>/add-checkpoint``: ``old <size> LF``, up to 63 lines of base64 (the
               consistency proof from that size, RFC 6962 2.1.2), an empty line, the checkpoint
200            signature lines, cosignatures by the witness over this checkpoint
409            the body is ``<size> LF``: what the witness saw last; ask again with that, once
others         400 malformed, 403 no signature it trusts, 404 a log it does not know, 422 a proof
               that does not hold
=============  =================================================================================

The client sends the checkpoint with the log's own lines only, and keeps from the answer only the
lines that verify with a known witness' key: anything else is dropped.

Worked example::

    >>> found = parse_request(b"old 0\n\nexample.com/a\n1\nbase64\n\n")
    >>> found.old_size, found.path, found.note
    (0, (), b'example.com/a\n1\nbase64\n\n')
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ledger.errors import BadCheckpoint, BadNote, WitnessRefused
from ledger.log.checkpoint import Checkpoint, check_line, parse_checkpoint
from ledger.log.encodings import from_b64, to_b64
from ledger.log.merkle import HASH_BYTES
from ledger.log.signed_note import ED25519, NoteSignature, Vkey, parse_lines, parse_note

if TYPE_CHECKING:
    import httpx

    from ledger.checkpoints.http import HttpAnswer

MAX_PATH: Final = 63
SIZE_TYPE: Final = "text/x.tlog.size"
ENDPOINT: Final = "/add-checkpoint"

_OLD = re.compile(rb"old (0|[1-9][0-9]{0,18})")
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")
_OK, _BAD, _FORBIDDEN, _UNKNOWN, _CONFLICT, _NO_PROOF = 200, 400, 403, 404, 409, 422
_REFUSALS: Final = {
    _BAD: ("it could not read what we sent", "a witness of another version of the protocol?"),
    _FORBIDDEN: (
        "it trusts none of the keys that signed our checkpoint",
        "give its keeper the log's keys: `regledger policy show --json`",
    ),
    _UNKNOWN: (
        "it does not know our log, or is not a witness",
        "give its keeper the log's origin and keys: `regledger policy show --json`",
    ),
    _CONFLICT: (
        "it saw a checkpoint that our log does not continue, or another one meanwhile",
        "ask again; if it stays, the log was forked: keep everything and find out how",
    ),
    _NO_PROOF: (
        "it says that our checkpoint does not continue the one it saw before",
        "the log may have been rolled back or forked: keep everything and run `regledger verify`",
    ),
}


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """The request for a cosignature. ``note`` is the checkpoint with its signature lines."""

    old_size: int
    path: tuple[bytes, ...]
    note: bytes

    def encode(self) -> bytes:
        """Return the body of the request."""
        lines = b"".join(to_b64(one).encode() + b"\n" for one in self.path)
        return b"old %d\n%b\n%b" % (self.old_size, lines, self.note)


def parse_request(data: bytes) -> AddCheckpoint:
    """Parse the body of a request, but not the checkpoint in it.

    Raises BadNote: another form or spelling, or more than 63 hashes.
    """
    head, blank, note = data.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    old = _OLD.fullmatch(first)
    if not blank or old is None:
        raise BadNote("a request to a witness starts with `old SIZE` and has an empty line")
    if len(lines) > MAX_PATH:
        raise BadNote(f"a consistency proof has at most {MAX_PATH} hashes")
    path = [from_b64(line) for line in lines]
    good = tuple(one for one in path if one is not None and len(one) == HASH_BYTES)
    if len(good) != len(path):
        raise BadNote("a hash of the consistency proof is not base64 of 32 bytes")
    return AddCheckpoint(int(old[1]), good, note)


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A checked line of a witness, with its line feed; ``at`` is its time in POSIX seconds."""

    vkey: Vkey
    line: bytes
    at: int


@dataclass(frozen=True, slots=True)
class CheckpointToCosign:
    """A checkpoint to be cosigned, and the proofs that it continues an older size.

    ``prove(old, size)`` gives the consistency path; ``note`` has the log's own lines only.
    """

    note: bytes
    prove: Callable[[int, int], Sequence[bytes]]

    @property
    def checkpoint(self) -> Checkpoint:
        """Parse the checkpoint in the note. Raises BadNote or BadCheckpoint."""
        return parse_checkpoint(parse_note(self.note).text)


def add_checkpoint(
    client: httpx.Client, url: str, asked: CheckpointToCosign, *, witnesses: Sequence[Vkey]
) -> tuple[Cosignature, ...]:
    """Ask a witness to cosign; return the lines that verify with ``witnesses``, at least one.

    The first request is with size 0, because only the witness knows which size it saw last.

    Raises:
        Unreachable: no answer.
        WitnessRefused: the witness did not cosign; the message says why.
        BadNote, BadCheckpoint: it answered 200 with something that does not verify.
        InputError: not an http(s) address.
    """
    from ledger.checkpoints import http

    address = http.require_address(url)
    checkpoint = asked.checkpoint
    answer = _send(client, address, AddCheckpoint(0, (), asked.note))
    if answer.status == _CONFLICT:
        old = _seen(url, answer, checkpoint.size)
        path = tuple(asked.prove(old, checkpoint.size)) if old else ()
        answer = _send(client, address, AddCheckpoint(old, path, asked.note))
    if answer.status != _OK:
        raise _refused(url, answer)
    return checked_lines(answer.body, checkpoint, witnesses, url=url)


def checked_lines(
    body: bytes, checkpoint: Checkpoint, witnesses: Sequence[Vkey], *, url: str
) -> tuple[Cosignature, ...]:
    """Return the lines of ``body`` by known witnesses, each checked; other lines are dropped.

    Raises:
        BadNote: not signature lines.
        BadCheckpoint: a line of a known witness does not verify, or there is none.
    """
    found: dict[Vkey, Cosignature] = {}
    for line in parse_lines(body):
        known = [key for key in witnesses if line.claims(key)]
        for key in known:
            at = _time(key, line, checkpoint)
            found[key] = Cosignature(key, line.encode(), at)
    if not found:
        raise BadCheckpoint(
            f"{url} holds no cosignature by a witness we know",
            hint="check the witness' key (vkey) with its keeper",
        )
    return tuple(found.values())


def _time(key: Vkey, line: NoteSignature, checkpoint: Checkpoint) -> int:
    if key.type == ED25519:
        raise BadCheckpoint(f"{key.name} is the key of a log (type 0x01), not of a witness")
    at = check_line(key, line, checkpoint)
    if not at:
        raise BadCheckpoint(f"the cosignature by {key.name} carries no time")
    return at


def _send(client: httpx.Client, address: str, request: AddCheckpoint) -> HttpAnswer:
    from ledger.checkpoints import http

    return http.post(client, address + ENDPOINT, request.encode(), media_type="text/plain")


def _seen(url: str, answer: HttpAnswer, size: int) -> int:
    """Return the size that the witness saw last, if a proof from there can help."""
    told = _SIZE.fullmatch(answer.body)
    if told is None:
        raise WitnessRefused(url, answer.status, "and did not say which size it saw last")
    seen = int(told[1])
    if seen > size:
        raise WitnessRefused(
            url,
            answer.status,
            f"it has cosigned {seen} entries of this log, and our checkpoint has {size}",
            hint="seal and send a newer checkpoint; if there is none, this log was rolled back",
        )
    if seen == 0:
        raise WitnessRefused(url, answer.status, "it contradicts itself: it saw nothing before")
    return seen


def _refused(url: str, answer: HttpAnswer) -> WitnessRefused:
    reason, hint = _REFUSALS.get(answer.status, ("it gave no cosignature", "ask its keeper"))
    from ledger.checkpoints import http

    said = http.first_line(answer.body)
    size = _SIZE.fullmatch(answer.body)
    more = f" ({said})" if said and size is None else ""
    return WitnessRefused(url, answer.status, reason + more, hint=hint)
