"""The worked examples of the rules, by number: claims, then asks with the answer expected.

An ask is ``cell, day, answer``, where a cell is ``place activity actor`` and an answer is a status
or a reason, then flags that must be there and, after ``!``, flags that must not.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.domain.resolve.worked_example import BAN20, Example, law, repeal
from tests.domain.resolve.worked_examples_scope import SCOPE
from tests.domain.worlds import BAN, act, norm, proposal, said

JOINT = [{"office": "Secretary", "body": "PK.MOF"}, {"office": "Director", "body": "PK.SBP"}]
ARTICLE = [
    said("ban-said", "prohibited", "2025-05-29", activity="va.deal", speakers=JOINT),
    said("none-said", "not:under_framework", "2025-05-29", activity="va.deal", speakers=JOINT[:1]),
    proposal("drafting", "drafting", "2025-05-28"),
]
RELEASE = said("release", "not:prohibited", "2025-05-30", force="institutional", issuer="PK.SBP")
FIRMS = ["bank", "emi", "psp", "exchange_co"]
CIRCULAR = law(
    "circular", "prohibit", "2018-04-06", force="supervisory", addressees=FIRMS, regime="banking"
)
ORDINANCE = law(
    "ord", "authorise", "2025-07-08", "va.exchange", regime="va", effective_to="2025-11-04"
)
EXTENSION = act("extension", "extend", "ord", "2025-11-05", until="2026-03-04", activity=None)
ACT_26 = norm(
    "act26", "authorise", "[2026-03-04..2026-03-07]", activity="va.exchange", made="2026-03-03"
)
A1 = law("a1", "prohibit", "2001-01-01")
A2 = repeal("a2", "a1", "2005-01-01")
A3 = repeal("a3", "a2", "2010-01-01")
EU_BAN = law("de", "prohibit", "2022-01-01", "va.stablecoin", jurisdiction="DE")
EU_ACT = law(
    "eu",
    "authorise",
    "2023-05-31",
    "va.stablecoin",
    jurisdiction="EU",
    force="supranational",
    effective_from="2024-06-30",
)
LATE = act("late", "extend", "ban", "2024-05-02", made="2024-05-02", until="2024-12-31")
ENDING = norm("ban", "prohibit", "2024-01-01", effective_to="2024-04-29")
COURT = act("court", "suspend", "ban", "2024-03-10", force="judicial")
EXAMPLES: Mapping[str, Example] = {
    "1 prudential": Example(
        ARTICLE, [("PK va.deal public", "2025-06-06", "prohibited pending declared")]
    ),
    "1 normative": Example(
        ARTICLE, [("PK va.deal public", "2025-06-06", "statements_only pending")], "normative"
    ),
    "2": Example(
        [*ARTICLE, RELEASE],
        [
            (
                "PK va.deal public",
                "2025-06-06",
                "prohibited declared contested:statements walked_back:ban-said",
            )
        ],
    ),
    "3": Example([*ARTICLE, CIRCULAR], [("PK va.deal bank", "2025-06-06", "prohibited norm")]),
    "4": Example(
        [ORDINANCE],
        [
            ("PK va.exchange vasp", "2025-07-07", "not_yet_in_force"),
            ("PK va.exchange vasp", "2025-07-08", "under_framework"),
            ("PK va.exchange vasp", "2025-11-04", "under_framework"),
            ("PK va.exchange vasp", "2025-11-05", "lapsed"),
        ],
    ),
    "5": Example(
        [ORDINANCE, EXTENSION], [("PK va.exchange vasp", "2025-12-12", "under_framework")]
    ),
    "6": Example(
        [ORDINANCE, EXTENSION, ACT_26],
        [("PK va.exchange vasp", "2026-03-05", "under_framework date_uncertain")],
    ),
    "7": Example([CIRCULAR, ORDINANCE], [("PK va.exchange bank", "2025-09-01", "prohibited")]),
    "8": Example(
        [A1, A2, A3],
        [
            ("PK va any", "2006-01-01", "lapsed no_revival"),
            ("PK va any", "2011-01-01", "lapsed no_revival"),
        ],
    ),
    "8 revived": Example(
        [A1, A2, A3, act("a4", "revive", "a1", "2010-01-01")],
        [("PK va any", "2011-01-01", "prohibited !no_revival")],
    ),
    "9": Example(
        [A1, A2, act("a3", "annul", "a2", "2010-01-01", force="judicial", ex_tunc=True)],
        [("PK va any", "2006-01-01", "prohibited !no_revival")],
    ),
    "10": Example(
        [
            law("old", "permit", "2010-01-01"),
            norm("new", "prohibit", "2024-01-01", made="2024-06-15"),
        ],
        [("PK va any", "2024-03-01", "prohibited retroactive")],
    ),
    "12": Example(
        [norm("new", "authorise", "2024-03-01")],
        [
            ("PK va any", "2024-02-15", "not_yet_in_force"),
            ("PK va any", "2024-03-15", "under_framework"),
        ],
    ),
    "14": Example(
        [law("a", "permit", "2024-01-01"), law("b", "prohibit", "2024-01-01")],
        [("PK va any", "2024-01-02", "prohibited contested:tie")],
    ),
    "15": Example(
        [BAN20, law("c", "authorise", "2021-01-01", "va.custody", force="supervisory")],
        [("PK va.custody any", "2024-01-01", "prohibited superior_vs_specialis")],
    ),
    "16": Example(
        [
            BAN20,
            law(
                "c", "authorise", "2021-01-01", "va.custody", force="supervisory",
                enabling_instrument="BAN",
            ),
        ],
        [("PK va.custody any", "2024-01-01", "under_framework !superior_vs_specialis")],
    ),
    "17": Example(
        [EU_BAN, EU_ACT],
        [
            ("DE va.stablecoin any", "2024-06-29", "prohibited"),
            ("DE va.stablecoin any", "2024-06-30", "under_framework"),
        ],
    ),
    "18": Example(
        [
            EU_BAN,
            EU_ACT,
            repeal("r", "eu", "2030-01-01", force="supranational", jurisdiction="EU"),
        ],
        [("DE va.stablecoin any", "2030-06-01", "prohibited")],
    ),
    "19": Example(
        [ENDING, LATE],
        [
            ("PK va any", "2024-04-29", "prohibited"),
            ("PK va any", "2024-04-30", "lapsed"),
            ("PK va any", "2024-05-03", "lapsed extension_after_expiry"),
        ],
    ),
    "20": Example(
        [BAN, COURT, act("lift", "lift", "court", "2024-05-01", force="judicial")],
        [
            ("PK va any", "2024-03-09", "prohibited"),
            ("PK va any", "2024-03-10", "suspended"),
            ("PK va any", "2024-04-30", "suspended"),
            ("PK va any", "2024-05-01", "prohibited"),
        ],
    ),
    "21": Example(
        [norm("law", "authorise", "2024-07")],
        [
            ("PK va any", "2024-06-30", "not_yet_in_force"),
            ("PK va any", "2024-07-15", "under_framework date_uncertain"),
            ("PK va any", "2024-07-31", "under_framework !date_uncertain"),
        ],
    ),
    "22": Example(
        [law("l", "authorise", "2020-01-01", "va.mining"), law("b", "prohibit", "2024-01-01")],
        [("PK va.mining any", "2024-06-01", "under_framework")],
    ),
    "22 with an override": Example(
        [
            law("l", "authorise", "2020-01-01", "va.mining"),
            law(
                "b", "prohibit", "2024-01-01", overrides=[{"claim": "l", "provision": "9"}]
            ),
        ],
        [("PK va.mining any", "2024-06-01", "prohibited")],
    ),
    "23": Example(
        [
            law("b", "prohibit", "2010-01-01"),
            law("l", "authorise", "2020-01-01", effective_from="2020-06-01"),
        ],
        [
            ("PK va any", "2020-03-01", "prohibited"),
            ("PK va any", "2020-06-01", "under_framework"),
        ],
    ),
    "24": Example(
        [BAN20, repeal("r", "ban", "2024-01-01", force="supervisory")],
        [("PK va any", "2024-02-01", "prohibited ultra_vires")],
    ),
    **SCOPE,
}  # fmt: skip
