"""Keys and entries the tests of the log share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.log.entry import ZERO, Entry, Event, SignedEvent, make_entry, sign_event
from ledger.log.keys import KeySigner

if TYPE_CHECKING:
    from collections.abc import Callable

STAMP = "2025-07-08T09:30:00.000000Z"


@pytest.fixture(scope="session")
def signer() -> KeySigner:
    """Return the signer of one fixed key."""
    return KeySigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


@pytest.fixture(scope="session")
def event() -> Event:
    """Return the first event of a ledger."""
    return Event(
        actor="sana",
        data={"claim": {"statement": 'Möbius forbids », "id":" « it', "n": [1, None, True]}},
        id="0197e2f0-0000-7000-8000-000000000001",
        ledger=ZERO,
        made_at=STAMP,
        type="claim.recorded",
        version=1,
    )


@pytest.fixture(scope="session")
def signed(event: Event, signer: KeySigner) -> SignedEvent:
    """Return the event, signed."""
    return sign_event(event, signer)


@pytest.fixture(scope="session")
def entry(signed: SignedEvent) -> Entry:
    """Return the event as entry 0."""
    return make_entry(signed, seq=0, prev=ZERO, recorded_at=STAMP)


@pytest.fixture(scope="session")
def make_log(signer: KeySigner) -> Callable[[int], list[Entry]]:
    """Return a maker of good logs of n entries."""

    def make(size: int) -> list[Entry]:
        entries: list[Entry] = []
        for seq in range(size):
            made = Event(
                actor="sana",
                data={"n": seq},
                id=f"0197e2f0-0000-7000-8000-{seq:012x}",
                ledger=entries[0].signed.digest if entries else ZERO,
                made_at=STAMP,
                type="demo.made",
                version=1,
            )
            entries.append(
                make_entry(
                    sign_event(made, signer),
                    seq=seq,
                    prev=entries[-1].leaf_hash.hex() if entries else ZERO,
                    recorded_at=f"2025-07-08T09:30:00.{seq:06d}Z",
                )
            )
        return entries

    return make
