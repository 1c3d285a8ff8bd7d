"""A ledger without bytes: events go through ``decide`` into a MemoryState, one after the other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from ledger.domain import event_models, events
from ledger.domain.claims import CLAIM, Claim
from ledger.domain.definitions import Activity, ActorClass, Body, Jurisdiction, Profile
from ledger.domain.events import EventData, Unknown
from ledger.domain.rules.administration import NO_LEDGER
from ledger.domain.rules.decide import decide
from ledger.domain.rules.memory_state import MemoryState
from ledger.domain.rules.state import EventIn
from ledger.domain.rules.state_changes import Change
from ledger.domain.state_records import ReviewMode, Role, Version

START = datetime(2025, 6, 1, 9, tzinfo=UTC)
REPORT = {"url": "https://example.org/a", "publisher": "Example", "title": "A title"}


def event_id(number: int) -> str:
    """The id of the n-th event of any stage."""
    return f"00000000-0000-7000-8000-{number:012x}"


def keyid(name: str) -> str:
    """The id of a key that exists in name only."""
    return sha256(name.encode()).hexdigest()


def stamp(moment: datetime) -> str:
    """A time in the log's spelling."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def raw(**fields: Any) -> dict[str, Any]:
    """A norm as a file would give it, with these fields instead; None leaves one out."""
    given = {
        "kind": "norm",
        "jurisdiction": "PK",
        "activity": "va.exchange",
        "force": "supervisory",
        "effect": "prohibit",
        "statement": "Banks may not deal.",
        "effective_from": "2018-04-06",
        "reports": [REPORT],
        **fields,
    }
    return {name: value for name, value in given.items() if value is not None}


def norm(**fields: Any) -> Claim:
    """A norm with these fields instead of the usual ones."""
    return CLAIM.validate_python(raw(**fields))


def act(name: str, target: str, at: str = "2020-01-01", **fields: Any) -> Claim:
    """An act upon a claim or an instrument."""
    return norm(kind="lifecycle", act=name, target=target, at=at, **{**_NO_NORM, **fields})


_NO_NORM: dict[str, Any] = {"effect": None, "effective_from": None}


def said(**fields: Any) -> Claim:
    """A declaration."""
    return norm(**{"kind": "declaration", "force": "official", **_NO_NORM, **fields})


def starter() -> event_models.TaxonomyAdopted:
    """A small starter taxonomy."""
    return event_models.TaxonomyAdopted(
        activities=(
            Activity(id="va", name="Virtual assets", regime="va"),
            Activity(id="va.exchange", name="Exchange", parent="va"),
            Activity(id="va.custody", name="Custody", parent="va"),
        ),
        actor_classes=(
            ActorClass(id="any", name="Anybody"),
            ActorClass(id="bank", name="Banks"),
            ActorClass(id="vasp", name="Service providers"),
        ),
        jurisdictions=(
            Jurisdiction(id="PK", name="Pakistan"),
            Jurisdiction(id="PK-KP", name="Khyber Pakhtunkhwa", kind="subdivision", parent="PK"),
        ),
        profiles=(Profile(jurisdiction="*"),),
    )


class Stage:
    """A ledger of actors that sign without keys; time passes a minute with every event."""

    def __init__(self, review: ReviewMode = "none", *, adopt: bool = True) -> None:
        self.state = MemoryState()
        self.seq = 0
        self.ledger = NO_LEDGER
        self.now = START
        self.last: tuple[Change, ...] = ()
        founded = self.do("ana", self.created(review), new_key="ana")
        self.ledger = founded.digest
        if adopt:
            self.do("ana", starter())

    @staticmethod
    def created(review: ReviewMode = "none", **fields: Any) -> event_models.LedgerCreated:
        """A constitution with ana as founder."""
        given: dict[str, Any] = {
            "origin": "example.org/log",
            "rules": 1,
            "clock": "simulated",
            "timezone": "Asia/Karachi",
            "review": review,
            "admin": {"actor": "ana", "scheme": "ed25519", "public_key": "QUFB"},
            "log_keys": ["example.org/log+00000000+AAAA"],
        }
        return event_models.LedgerCreated.model_validate({**given, **fields})

    def event(self, actor: str, payload: EventData | Unknown, **fields: Any) -> EventIn:
        """An event as it would come next."""
        new = fields.pop("new_key", None)
        type_ = payload.type if isinstance(payload, Unknown) else events.TYPE_OF[type(payload)]
        given: dict[str, Any] = {
            "id": event_id(self.seq),
            "digest": sha256(f"{self.seq}".encode()).hexdigest(),
            "ledger": self.ledger,
            "type": type_,
            "actor": actor,
            "keyid": keyid(actor),
            "made_at": stamp(self.now),
            "payload": payload,
            "new_keyid": keyid(new) if new else None,
        }
        return EventIn(**{**given, **fields})

    def do(self, actor: str, payload: EventData | Unknown, **fields: Any) -> EventIn:
        """Record an event, or raise what the rules raise and change nothing."""
        event = self.event(actor, payload, **fields)
        self.last = decide(
            self.state, event, seq=self.seq, recorded_at=stamp(self.now), day=self.today
        )
        self.state.apply(self.last)
        self.seq += 1
        self.now += timedelta(minutes=1)
        return event

    @property
    def today(self) -> date:
        """The day of the ledger's zone (five hours ahead; the clock starts at 9)."""
        return self.now.date()

    # --- short ways to say things ----------------------------------------------------------------

    def enroll(self, slug: str, *roles: Role, by: str = "ana", key: str | None = None) -> None:
        """Enrol somebody and grant roles."""
        self.do(
            by,
            event_models.ActorEnrolled(
                actor=slug, scheme="ed25519", public_key="QkJC", proof="QUFB"
            ),
            new_key=key or slug,
        )
        for role in roles:
            self.grant(slug, role, by=by)

    def grant(self, slug: str, role: Role, *, by: str = "ana") -> None:
        """Grant a role."""
        self.do(by, event_models.ActorRoleGranted(actor=slug, role=role))

    def record(self, claim: Claim, *, by: str = "ana") -> str:
        """Record a claim; its id."""
        return self.do(by, event_models.ClaimRecorded(claim=claim)).id

    def correct(self, claim_id: str, content: Claim, *, by: str, of: str = "") -> str:
        """Correct a claim (the version with the event id ``of``, else the current one)."""
        payload = event_models.ClaimCorrected(
            claim=claim_id,
            supersedes=self.digest(of or self.current(claim_id).event),
            content=content,
            reason_code="wrong_date",
        )
        return self.do(by, payload).id

    def retract(self, claim_id: str, *, by: str, of: str = "") -> str:
        """Retract a claim (the version with the event id ``of``, else the current one)."""
        payload = event_models.ClaimRetracted(
            claim=claim_id,
            supersedes=self.digest(of or self.current(claim_id).event),
            reason_code="other",
        )
        return self.do(by, payload).id

    def review(self, decision: str, *event_ids: str, by: str) -> EventIn:
        """Approve, reject or withdraw events."""
        targets = [{"event": e, "digest": self.digest(e)} for e in event_ids]
        payload = event_models.EventReviewed.model_validate(
            {"decision": decision, "targets": targets, "reason_code": "other"}
        )
        return self.do(by, payload)

    def define_body(self, id_: str, *, by: str = "ana", **fields: Any) -> str:
        """Define a body."""
        body = Body.model_validate({"id": id_, "name": id_, "jurisdiction": "PK", **fields})
        return self.do(by, body).id

    def digest(self, id_: str) -> str:
        """The digest of a recorded version."""
        return self.version(id_).digest

    def version(self, id_: str) -> Version:
        """A recorded version."""
        found = self.state.version(id_)
        assert found is not None, id_
        return found

    def current(self, claim_id: str) -> Version:
        """The version of a claim that counts, else the newest pending one."""
        found = self.state.latest(f"claim:{claim_id}")
        assert found is not None, claim_id
        return found


def four_eyes() -> Stage:
    """Ana administers, rec and rob record, rev and ria review."""
    stage = Stage("four_eyes")
    stage.enroll("rec", "recorder")
    stage.enroll("rob", "recorder", "reviewer")
    stage.enroll("rev", "reviewer")
    stage.enroll("ria", "reviewer")
    return stage
