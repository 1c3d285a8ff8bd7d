"""The worked examples from 25 on: acts of limited scope, powers, families of norms, bills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger.domain.state_records import CountedClaim
from tests.domain.resolve.worked_example import BAN20, Example, law, repeal
from tests.domain.worlds import BAN, act, counted, norm, proposal


def rules(name: str, effect: str, made: str, under: str, **more: Any) -> CountedClaim:
    """A delegated norm."""
    return law(name, effect, made, force="delegated", enabling_instrument=under, **more)


def bill(name: str, stage: str, day: str, activity: str = "va.exchange") -> CountedClaim:
    """A stage of the bill."""
    return proposal(name, stage, day, bill="bill", activity=activity)


LICENSING = law("act", "authorise", "2025-07-01", "va.exchange", commencement="pending")
START = act(
    "start", "commence", "act", "2025-08-01", force="delegated", made="2025-07-20",
    activity="va.exchange",
)  # fmt: skip
START_UNDER = act(
    "start",
    "commence",
    "act",
    "2025-08-01",
    force="delegated",
    made="2025-07-20",
    activity="va.exchange",
    enabling_instrument="ACT",
)
MINING = law(
    "act", "authorise", "2024-08-08", "va.mining", jurisdiction="RU", effective_from="2024-11-01"
)
DECREE = rules(
    "decree",
    "prohibit",
    "2024-12-23",
    "ACT",
    activity="va.mining",
    jurisdiction="RU-DA",
    effective_from="2025-01-01",
    effective_to="2031-03-15",
)
PAY = rules("pay", "prohibit", "2021-01-01", "NOWHERE", activity="va.pay")
VASPS: dict[str, Any] = {"addressees": ["vasp"], "effective_from": "2024-07-02"}
WIDE = law("wide", "authorise", "2024-06-26", **VASPS)
OVER = [{"claim": "pay", "provision": "1"}]
PENDING = norm("ban", "prohibit", made="2024-01-01", commencement="pending")
ALLOTTED: dict[str, Any] = {
    "kind": "commitment",
    "uttered_at": "2025-05-25",
    "utterance": "allotment",
}


def _start(at: str) -> CountedClaim:
    return act("start", "commence", "ban", at, activity=None)


SCOPE: Mapping[str, Example] = {
    "25": Example(
        [BAN20, repeal("r", "ban", "2024-01-01", activity="va.exchange")],
        [
            ("PK va.exchange any", "2024-02-01", "lapsed"),
            ("PK va.custody any", "2024-02-01", "prohibited"),
            ("PK va any", "2024-02-01", "prohibited children_differ"),
        ],
    ),
    "26": Example(
        [BAN20, act("s", "suspend", "ban", "2024-01-01", addressees=["bank"])],
        [
            ("PK va.deal bank", "2024-02-01", "suspended"),
            ("PK va.deal any", "2024-02-01", "prohibited actors_differ"),
        ],
    ),
    "27": Example(
        [
            BAN20,
            act("s", "suspend", "ban", "2024-03-10", force="judicial", jurisdiction="PK-SD"),
        ],
        [
            ("PK-SD va any", "2024-03-11", "suspended !ultra_vires"),
            ("PK-PB va any", "2024-03-11", "prohibited"),
            ("PK va any", "2024-03-11", "prohibited places_differ"),
        ],
    ),
    "28": Example(
        [LICENSING, START_UNDER],
        [
            ("PK va.exchange any", "2025-07-31", "not_yet_in_force !ultra_vires"),
            ("PK va.exchange any", "2025-08-01", "under_framework !ultra_vires"),
        ],
    ),
    "28 without a power": Example(
        [LICENSING, START], [("PK va.exchange any", "2025-08-01", "not_yet_in_force ultra_vires")]
    ),
    "29": Example(
        [MINING, DECREE],
        [
            ("RU-DA va.mining any", "2025-01-01", "prohibited"),
            ("RU-DA va.mining any", "2031-03-16", "under_framework"),
            ("RU va.mining any", "2025-01-01", "under_framework places_differ"),
        ],
    ),
    "30": Example(
        [PAY, WIDE],
        [
            ("PK va.pay vasp", "2024-08-01", "prohibited superior_vs_specialis"),
            ("PK va.exchange vasp", "2024-08-01", "under_framework"),
        ],
    ),
    "30 with an override": Example(
        [PAY, law("wide", "authorise", "2024-06-26", overrides=OVER, **VASPS)],
        [("PK va.pay vasp", "2024-08-01", "under_framework")],
    ),
    "31": Example(
        [
            law("a", "authorise", "2024-01-01", "va.exchange"),
            law("b", "permit", "2024-01-01", addressees=["state"], instrument={"id": "A"}),
        ],
        [
            ("PK va.exchange state", "2024-02-01", "legal"),
            ("PK va.exchange any", "2024-02-01", "under_framework actors_differ"),
        ],
    ),
    "32": Example(
        [
            law("a", "permit", "2020-01-01", addressees=["bank"]),
            law("b", "prohibit", "2021-01-01", "va.exchange"),
        ],
        [("PK va.exchange bank", "2024-01-01", "prohibited contested:specialis !contested:tie")],
    ),
    "33": Example(
        [
            law("a", "permit", "2013-01-01", "va.deal", addressees=["public"], force="supervisory"),
            law("b", "prohibit", "2021-01-01", force="supervisory"),
        ],
        [("PK va.deal public", "2022-01-01", "legal older_prevails")],
    ),
    "34": Example(
        [
            bill("p1", "drafting", "2024-01-01"),
            bill("p2", "tabled", "2024-03-01"),
            bill("p3", "vetoed", "2024-09-01"),
        ],
        [
            ("PK va.exchange any", "2024-06-01", "proposals_only pending"),
            ("PK va.exchange any", "2024-10-01", "proposals_only !pending"),
        ],
    ),
    "35": Example(
        [
            BAN,
            repeal("r", "ban", "2024-02-01"),
            act("v1", "revive", "ban", "2024-03-01", until="2024-03-31"),
            act("v2", "revive", "ban", "2024-05-01"),
        ],
        [("PK va any", "2024-04-15", "lapsed"), ("PK va any", "2024-06-30", "prohibited")],
    ),
    "36": Example(
        [
            PENDING,
            _start("2024-03-01"),
            act("s", "suspend", "start", "2024-04-01", until="2024-04-30"),
        ],
        [
            ("PK va any", "2024-03-15", "prohibited"),
            ("PK va any", "2024-04-15", "not_yet_in_force"),
            ("PK va any", "2024-05-01", "prohibited"),
        ],
    ),
    "37": Example(
        [proposal("p", "tabled", "2024-01-01", asserts="recognised")],
        [("PK va any", "2024-02-01", "no_claims pending")],
    ),
    "38": Example(
        [
            law("a", "authorise", "2024-01-01", effective_from="2024-05-01"),
            rules("r", "prohibit", "2024-01-01", "A"),
        ],
        [("PK va any", "2024-02-02", "not_yet_in_force !enabler_lapsed")],
    ),
    "39": Example(
        [
            law("a", "prohibit", "2024-01-01"),
            law(
                "b", "authorise", "2024-01-01", addressees=["vasp.registered"],
                effective_to="2025-06-30",
            ),
        ],
        [
            ("PK va vasp.registered", "2025-06-01", "under_framework"),
            ("PK va vasp.registered", "2025-07-01", "prohibited"),
            ("PK va vasp", "2025-06-01", "prohibited actors_differ"),
        ],
    ),
    "40": Example(
        [
            law("act", "authorise", "2024-01-01", jurisdiction="GB", commencement="pending"),
            act(
                "start", "commence", "act", "2024-06-01", force="delegated", made="2024-05-01",
                enabling_instrument="ACT", jurisdiction="GB-WLS", issuer="GB.TSY",
            ),
        ],
        [
            ("GB-WLS va any", "2024-07-01", "under_framework"),
            ("GB va any", "2024-07-01", "not_yet_in_force places_differ"),
        ],
    ),
    "41": Example(
        [
            counted("c1", force="official", activity="state.reserve", **ALLOTTED),
            counted("c2", force="institutional", activity="dc.ai", **ALLOTTED),
        ],
        [
            ("PK state.reserve any", "2025-06-06", "commitments_only commitment"),
            ("PK dc.ai any", "2025-06-06", "commitments_only commitment"),
            ("PK dc any", "2025-06-06", "no_claims !commitment !children_differ"),
        ],
    ),
    "42": Example(
        [
            bill("p1", "tabled", "2026-01-10", "va"),
            bill("p2", "passed", "2026-03-03", "va"),
            bill("p3", "enacted", "2026-03-05", "va"),
            law("act", "authorise", "2026-03-05", "va.exchange"),
        ],
        [("PK va.mining any", "2026-06-01", "proposals_only !pending")],
    ),
}  # fmt: skip
