"""Small real ledgers for tests: a SQLite file, real keys, a clock that the test moves."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Self

from ledger import Ledger, create_ledger, open_ledger
from ledger.clock import SimulatedClock
from ledger.domain.claims import CLAIM, Claim
from ledger.log import keys, signed_note

START = datetime(2024, 1, 1, 9, 0, tzinfo=UTC)
LOG_KEY = signed_note.vkey("example.org/test", 1, bytes(32))


@dataclass
class Desk:
    """A ledger with three people: admin (founder), recorder and reviewer."""

    book: Ledger
    clock: SimulatedClock
    signers: dict[str, keys.KeySigner] = field(default_factory=dict)
    moment: datetime = START

    def later(self, **delta: float) -> None:
        """Move the clock forward."""
        self.moment += timedelta(**delta)
        self.clock.set(self.moment)

    def on(self, day: str) -> None:
        """Move the clock to nine o'clock UTC of a day."""
        self.moment = datetime.fromisoformat(f"{day}T09:00:00+00:00")
        self.clock.set(self.moment)

    def copied(self, path: Path) -> Self:
        """Return the same ledger in a copy of its file, which must be closed, at this moment."""
        shutil.copy(str(self.book.store.engine.url.database), path)
        clock = SimulatedClock(self.moment)
        book = open_ledger(str(path), clock=clock)
        return replace(self, book=book, clock=clock, signers=dict(self.signers))

    def who(self, name: str) -> dict[str, Any]:
        """The arguments that say who signs."""
        return {"signer": self.signers[name], "actor": name}

    def record(self, *claims: Claim) -> list[str]:
        """Record as the recorder; return the event ids."""
        return [r.event for r in self.book.record(claims, **self.who("recorder"))]

    def approve(self, *refs: str) -> None:
        """Approve as the reviewer."""
        self.book.review(refs, "approve", **self.who("reviewer"))

    def enter(self, *claims: Claim) -> list[str]:
        """Record and, under four eyes, approve."""
        ids = self.record(*claims)
        if self.book.policy.review == "four_eyes":
            self.approve(*ids)
        return ids


def open_desk(
    url: str | Path, *, review: Literal["none", "four_eyes"] = "four_eyes", simulated: bool = True
) -> Desk:
    """Create a ledger at ``url`` with admin, recorder and reviewer enrolled."""
    clock = SimulatedClock(START)
    signers = {n: keys.KeySigner(keys.generate()) for n in ("admin", "recorder", "reviewer")}
    book = create_ledger(
        str(url),
        origin="example.org/test",
        actor="admin",
        signer=signers["admin"],
        log_keys=(LOG_KEY,),
        review=review,
        clock=clock,
        simulated=simulated,
    )
    desk = Desk(book, clock, signers)
    for name in ("recorder", "reviewer"):
        request = book.actors.key_request(signers[name], name)
        book.actors.enroll(request, roles=(name,), name=f"The {name}", **desk.who("admin"))
    return desk


REPORT = {"url": "https://example.org/a", "publisher": "Example", "title": "A report"}


def norm(**fields: Any) -> Claim:
    """A norm that prohibits dealing from 2024-02-01, with other fields as given."""
    base: dict[str, Any] = {
        "kind": "norm",
        "jurisdiction": "PK",
        "activity": "va.deal",
        "force": "primary",
        "effect": "prohibit",
        "statement": "Dealing is prohibited.",
        "reports": [REPORT],
        "made": "2024-01-15",
        "effective_from": "2024-02-01",
    }
    return CLAIM.validate_python({**base, **fields})


def act(**fields: Any) -> Claim:
    """A lifecycle act, a repeal unless given otherwise."""
    base: dict[str, Any] = {
        "kind": "lifecycle",
        "jurisdiction": "PK",
        "activity": "va.deal",
        "force": "primary",
        "act": "repeal",
        "made": "2024-03-01",
        "at": "2024-03-01",
        "statement": "It is repealed.",
        "reports": [REPORT],
    }
    return CLAIM.validate_python({**base, **fields})


def declaration(**fields: Any) -> Claim:
    """An official's statement that dealing is prohibited."""
    base: dict[str, Any] = {
        "kind": "declaration",
        "jurisdiction": "PK",
        "activity": "va.deal",
        "force": "official",
        "asserts": "prohibited",
        "uttered_at": "2024-02-10",
        "speakers": [{"person": "A. Person", "office": "Secretary"}],
        "statement": "Dealing is said to be prohibited.",
        "reports": [REPORT],
    }
    return CLAIM.validate_python({**base, **fields})


def note(**fields: Any) -> Claim:
    """A note that bears on no status."""
    base: dict[str, Any] = {
        "kind": "context",
        "jurisdiction": "PK",
        "activity": "va.deal",
        "force": "official",
        "statement": "A minister spoke of it.",
        "reports": [REPORT],
    }
    return CLAIM.validate_python({**base, **fields})


def filled_in(text: str) -> str:
    """The template as somebody fills it in: no example is left in it."""
    for example in (
        "What the source says, in one sentence.",
        "the very words",
        '"just before "',
        '" just after"',
        "anything else",
        "A. Name",
        "parent-act",
        "saving-act",
        "older-act",
        "Section 2 has effect despite the older act.",
    ):
        text = text.replace(f": {example}", ": filled-in").replace(f"instrument:{example}", "key:x")
    return re.sub("(?i)example", "real", text).replace("0" * 64, "1" * 64)
