"""The hash chain: entries follow each other without hole, fork or step back in time.

Entry n continues the head (the state after n entries) if

1. its ``seq`` is n;
2. its ``prev`` is the hex leaf hash of entry n-1, 64 zeros for n = 0;
3. its ``recorded_at`` is not earlier than that of entry n-1 (equal is fine);
4. its event's ``ledger`` is the ledger id, which is the digest of the event at seq 0, and 64 zeros
   in that event itself.

The chain lies *inside* the leaves of the Merkle tree, so that the two cannot contradict each other.
A chain alone does not show that its tail was cut off: that takes a size from elsewhere.

Worked example::

    >>> Head.EMPTY
    Head(size=0, leaf='0000000000000000000000000000000000000000000000000000000000000000', \
recorded_at='', ledger='')
    >>> list(check_chain([]))
    []
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from ledger.errors import BrokenChain
from ledger.log.entry import ZERO, Entry, decode_entry


class Link(NamedTuple):
    """What ties an entry to its place in a log, as :class:`~ledger.log.entry.Entry` has it."""

    seq: int
    prev: str
    recorded_at: str
    ledger: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a log of ``size`` entries, which the next entry must continue.

    ``leaf`` is the hex leaf hash of the last entry (64 zeros at size 0), ``recorded_at`` its time
    (empty at size 0), ``ledger`` the ledger id; an empty one beyond size 0 means that the caller
    does not know it, and then rule 4 is not checked.
    """

    size: int
    leaf: str
    recorded_at: str
    ledger: str = ""

    EMPTY: ClassVar["Head"]

    def after(self, entry: Entry) -> "Head":
        """Return the head once ``entry`` follows.

        Raises:
            BrokenChain: it does not; ``what`` is seq, prev, recorded_at or ledger.
        """
        signed = entry.signed
        place = Link(entry.seq, entry.prev, entry.recorded_at, signed.event.ledger)
        return self.linked(place, signed.digest, entry.leaf_hash)

    def linked(self, link: Link, digest: str, leaf_hash: bytes) -> "Head":
        """Return the head once an entry follows; ``digest`` is that of its event.

        Raises:
            BrokenChain: as :meth:`after` does.
        """
        if link.seq != self.size:
            raise BrokenChain(self.size, "seq", self.size, link.seq)
        if link.prev != self.leaf:
            raise BrokenChain(self.size, "prev", self.leaf, link.prev)
        if link.recorded_at < self.recorded_at:  # one spelling, so text order is time order
            expected = f"{self.recorded_at} or later"
            raise BrokenChain(self.size, "recorded_at", expected, link.recorded_at)
        ledger = self.ledger if self.size else ZERO
        if ledger and link.ledger != ledger:
            raise BrokenChain(self.size, "ledger", ledger, link.ledger)
        ledger = self.ledger if self.size else digest
        return Head(self.size + 1, leaf_hash.hex(), link.recorded_at, ledger)


Head.EMPTY = Head(0, ZERO, "")


def check_chain(entries: Iterable[bytes], *, head: Head = Head.EMPTY) -> Iterator[Entry]:
    """Decode entries and check that they continue ``head``, one at a time in bounded memory.

    Raises:
        BadEntry, NotCanonical: bytes that are no entry; ``seq`` is their position.
        BrokenChain: the first entry that does not continue the one before.
    """
    for data in entries:
        entry = decode_entry(data, at=head.size)
        head = head.after(entry)
        yield entry
