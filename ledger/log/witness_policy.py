r"""Witness policies: which logs and witnesses are trusted, and how many must agree (tlog-policy).

The form of C2SP tlog-policy: lines that end in a line feed. Items of a line are parted by spaces
and tabs, and nothing else is white space. Allowed bytes are 0x09, 0x0A, 0x20 to 0x7E and 0x80 to
0xFF.

==================================  ===============================================================
``# ...`` or an empty line          ignored
``log <vkey> [<url>]``              a log; the name in its key is the origin
``witness <name> <vkey> [<url>]``   a witness; the name is used in this policy only
``group <name> <k> <members>``      holds if k of its members do; ``any`` is 1, ``all`` is each.
                                    Members are on lines above, each in one group at most
``quorum <name>``                   exactly one: a witness or group above, or ``none``
==================================  ===============================================================

Names are bytes and compared as such. A key may stand for one log and one witness only, whatever
name and key id it is wrapped in. A policy says that *one* of its logs must have signed; regledger
asks for a line of every key that the log has.

Worked example::

    >>> log = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    >>> policy = parse_policy(f"log {log}\nquorum none\n".encode())
    >>> policy.logs[0].vkey.name, policy.quorum is None
    ('example.com/foo', True)
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ledger.errors import BadKey, InputError, QuorumNotMet
from ledger.log.checkpoint import Opened
from ledger.log.signed_note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_MLDSA44,
    ED25519,
    Vkey,
    parse_vkey,
)

MAX_POLICY_BYTES: Final = 1_000_000
MAX_LINES: Final = 1024  # of each kind; the specification asks for 32 at least
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_ITEMS = re.compile(rb"[^ \t]+")
_NUMBER = re.compile(rb"[1-9][0-9]{0,3}")
_LOG_TYPES = frozenset({ED25519, COSIGNATURE_MLDSA44})
_WITNESS_TYPES = frozenset({COSIGNATURE_ED25519, COSIGNATURE_MLDSA44})
_NONE = b"none"


@dataclass(frozen=True, slots=True)
class LogLine:
    """A log, and perhaps where to find it."""

    vkey: Vkey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness; ``url`` is its submission prefix."""

    name: bytes
    vkey: Vkey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Holds if at least ``threshold`` of ``members`` do."""

    name: bytes
    threshold: int
    members: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class WitnessPolicy:
    """A policy as it was read. ``quorum`` is None where no witness is asked for."""

    logs: tuple[LogLine, ...]
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: bytes | None = None

    @property
    def log_keys(self) -> tuple[Vkey, ...]:
        """The keys of its logs."""
        return tuple(line.vkey for line in self.logs)

    @property
    def witness_keys(self) -> tuple[Vkey, ...]:
        """The keys of its witnesses."""
        return tuple(witness.vkey for witness in self.witnesses)

    def encode(self) -> bytes:
        """Spell the policy: logs, witnesses, groups, quorum."""
        lines = [_line(b"log", str(line.vkey).encode(), url=line.url) for line in self.logs]
        lines += [
            _line(b"witness", one.name, str(one.vkey).encode(), url=one.url)
            for one in self.witnesses
        ]
        lines += [
            _line(b"group", group.name, str(group.threshold).encode(), *group.members)
            for group in self.groups
        ]
        lines.append(_line(b"quorum", self.quorum or _NONE))
        return b"".join(lines)


def simple(log_keys: Sequence[Vkey]) -> WitnessPolicy:
    """Return the policy that names a log's keys and asks for no witness."""
    return WitnessPolicy(tuple(LogLine(key) for key in log_keys))


def parse_policy(data: bytes) -> WitnessPolicy:
    """Read a policy.

    Raises:
        InputError: another form; the message names the line.
    """
    if len(data) > MAX_POLICY_BYTES or _FORBIDDEN.search(data):
        raise InputError("a policy is at most 1,000,000 bytes of text without control characters")
    if data and not data.endswith(b"\n"):
        raise InputError("the last line of a policy ends in a line feed, as all others do")
    reader = _Reader()
    for number, line in enumerate(data.split(b"\n"), 1):
        items = _ITEMS.findall(line)
        if items and not items[0].startswith(b"#"):
            try:
                reader.read(items)
            except (InputError, UnicodeDecodeError) as error:
                raise InputError(f"line {number} of the policy: {error}") from None
    return reader.policy()


def check_quorum(policy: WitnessPolicy, opened: Opened) -> None:
    """Check that enough witnesses cosigned for the policy.

    Args:
        policy: the policy; its witnesses' keys were given to :func:`open_checkpoint`.
        opened: the checkpoint as it was opened.

    Raises:
        QuorumNotMet: they are not; or the policy proves nothing, since it asks for no witness, or
            is about other logs.
    """
    if policy.logs and set(policy.log_keys).isdisjoint(opened.log_keys):
        raise QuorumNotMet("the policy is about other logs: it names no key of this one")
    if policy.quorum is None:
        raise QuorumNotMet("the policy asks for no witness (quorum none), so none vouches")
    cosigned = {one.vkey for one in opened.cosignatures}
    holding = {one.name for one in policy.witnesses if one.vkey in cosigned}
    for group in policy.groups:  # in order: members are above
        if sum(member in holding for member in group.members) >= group.threshold:
            holding.add(group.name)
    if policy.quorum not in holding:
        have = sorted(one.vkey.name for one in policy.witnesses if one.vkey in cosigned)
        wanted = policy.quorum.decode(errors="replace")
        raise QuorumNotMet(
            f"the quorum {wanted!r} is not met at size {opened.checkpoint.size}: "
            f"cosigned by {', '.join(have) or 'nobody'}",
            hint="ask the witnesses with `regledger witness request`",
        )


@dataclass(slots=True)
class _Reader:
    """The part of a policy read so far; :meth:`read` takes one line after the other."""

    logs: list[LogLine] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorums: list[bytes] = field(default_factory=list)
    _names: set[bytes] = field(default_factory=set)
    _members: set[bytes] = field(default_factory=set)
    _keys: set[tuple[str, bytes]] = field(default_factory=set)

    def read(self, items: list[bytes]) -> None:
        kind, *rest = items
        if kind == b"log" and len(rest) in {1, 2}:
            self._bounded(self.logs)
            key = self._key("log", rest[0], _LOG_TYPES)
            self.logs.append(LogLine(key, *_url(rest[1:])))
        elif kind == b"witness" and len(rest) in {2, 3}:
            self._bounded(self.witnesses)
            name = self._name(rest[0])
            key = self._key("witness", rest[1], _WITNESS_TYPES)
            self.witnesses.append(Witness(name, key, *_url(rest[2:])))
        elif kind == b"group" and len(rest) >= 3:  # noqa: PLR2004  # name, threshold, one member
            self._bounded(self.groups)
            self._group(rest[0], rest[1], tuple(rest[2:]))
        elif kind == b"quorum" and len(rest) == 1:
            if rest[0] != _NONE and rest[0] not in self._names:
                raise InputError("the quorum names nothing that stands above it")
            self.quorums.append(rest[0])
        else:
            raise InputError("not a log, witness, group or quorum line with the items it needs")

    def policy(self) -> WitnessPolicy:
        if len(self.quorums) != 1:
            raise InputError(f"a policy has exactly one quorum line, not {len(self.quorums)}")
        if {one.vkey.public_key for one in self.logs} & {
            one.vkey.public_key for one in self.witnesses
        }:
            raise InputError("a key of a log stands for a witness: it would vouch for itself")
        quorum = None if self.quorums[0] == _NONE else self.quorums[0]
        return WitnessPolicy(tuple(self.logs), tuple(self.witnesses), tuple(self.groups), quorum)

    def _group(self, name: bytes, threshold: bytes, members: tuple[bytes, ...]) -> None:
        for member in members:
            if member not in self._names:
                raise InputError("a group names a member that stands not above it")
            if member in self._members:
                raise InputError("a name is a member more than once")
            self._members.add(member)
        words = {b"any": 1, b"all": len(members)}
        if threshold not in words and not _NUMBER.fullmatch(threshold):
            raise InputError("a threshold is a number, any or all")
        wanted = words[threshold] if threshold in words else int(threshold)
        if not 1 <= wanted <= len(members):
            raise InputError(f"a group of {len(members)} cannot have the threshold {wanted}")
        self.groups.append(Group(self._name(name), wanted, members))

    def _name(self, name: bytes) -> bytes:
        if name == _NONE or name in self._names:
            raise InputError("a name is taken already")
        self._names.add(name)
        return name

    def _key(self, kind: str, text: bytes, types: frozenset[int]) -> Vkey:
        try:
            key = parse_vkey(text.decode())
        except BadKey as error:
            raise InputError(error.message) from None
        if key.type not in types:
            raise InputError(f"a key of type 0x{key.type:02x} is none of a {kind}")
        if (kind, key.public_key) in self._keys:
            raise InputError(f"the same public key stands for two lines of kind {kind}")
        self._keys.add((kind, key.public_key))
        return key

    @staticmethod
    def _bounded(lines: Sequence[object]) -> None:
        if len(lines) >= MAX_LINES:
            raise InputError(f"more than {MAX_LINES} lines of one kind")


def _url(items: list[bytes]) -> tuple[str, ...]:
    return tuple(item.decode() for item in items)


def _line(*items: bytes, url: str | None = None) -> bytes:
    return b" ".join((*items, url.encode()) if url else items) + b"\n"
