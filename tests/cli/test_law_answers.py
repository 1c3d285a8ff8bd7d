"""Answers that rest on acts name rule, act and day; what is only noted or differs is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import REPORTS, Cli

if TYPE_CHECKING:
    from pathlib import Path

CLAIMS = f"""
defaults: {{kind: norm, jurisdiction: PK, activity: va, force: primary, reports: {REPORTS}}}
claims:
  - {{key: ban, effect: prohibit, made: 2020-01-01, statement: Dealings are prohibited.,
     instrument: {{id: ban-act, title: Ban Act}}}}
  - {{key: stay, kind: lifecycle, force: judicial, act: suspend, target: "key:ban", at: 2024-03-10,
     jurisdiction: PK-SD, court: {{name: High Court of Sindh, finality: interim}},
     statement: The ban is stayed.}}
  - {{key: licence, jurisdiction: GB, activity: va.exchange, effect: authorise, made: 2025-07-01,
     commencement: pending, statement: Exchanges need a licence.,
     instrument: {{id: lic-act, title: Licensing Act}}}}
  - {{key: order, kind: lifecycle, jurisdiction: GB, activity: va.exchange, force: delegated,
     act: commence, target: "key:licence", at: 2025-08-01, statement: The Act commences.}}
  - {{key: spoke, kind: context, jurisdiction: GB, activity: va.tax, force: official,
     uttered_at: 2025-05-25, statement: A minister spoke of taxes.}}
  - {{key: tender, kind: proposal, jurisdiction: GB, activity: recognition.tender, stage: tabled,
     force: official, bill: b1, asserts: recognised, uttered_at: 2025-05-25, statement: A bill.}}
"""


@pytest.fixture(scope="module")
def law(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A ledger of these claims, to be read."""
    home: Path = tmp_path_factory.mktemp("law")
    run = Cli(home, REGLEDGER_ACTOR="ana")
    run.ok("init", "example.com/law", "--as", "ana", "--review", "none")
    run.ok("define", "jurisdiction", "PK-SD")
    run.ok("record", "-", stdin=CLAIMS)
    return run


def said(law: Cli, *words: str) -> str:
    """What a command prints, in one line."""
    return " ".join(law.ok(*words).out.split())


SUSPENDED = "since 2024-03-10: suspended by High Court of Sindh, judgment of 2024-03-10 [@"
VAIN = "] had no effect: its author lacked the power: delegated force is lower than primary"


def test_a_suspended_answer_names_rule_act_and_day(law: Cli) -> None:
    """On the board, in the cell and in the explanation."""
    cell = ("-j", "PK-SD", "-a", "va")
    for words in (("status", "-j", "PK-SD"), ("status", *cell), ("why", "PK-SD", "va")):
        assert SUSPENDED in said(law, *words)
        assert "Ban Act [@" in said(law, *words)


def test_the_places_within_that_differ_are_named(law: Cli) -> None:
    """With their status, and a flag on the board."""
    for words in (("status", "-j", "PK", "-a", "va"), ("why", "PK", "va")):
        assert "Different in places within ? undetermined PK-SD" in said(law, *words)
    assert "places_differ" in said(law, "status", "-j", "PK")
    assert law.ok("status", "-j", "PK", "-a", "va", "--json").json["places"] == {
        "PK-SD": "undetermined"
    }


def test_an_act_without_power_is_named_with_its_day(law: Cli) -> None:
    """The rule has not begun, and why the order did not begin it is told."""
    for words in (("status", "-j", "GB", "-a", "va.exchange"), ("why", "GB", "va.exchange")):
        text = said(law, *words)
        assert "Licensing Act [@" in text
        assert "has not begun: it waits for an act that commences it." in text
        assert "The commencement by an act, 2025-08-01 [@" in text
        assert VAIN in text
    assert VAIN in said(law, "status", "-j", "GB")


def test_notes_and_bills_about_recognition_have_their_row(law: Cli) -> None:
    """What bears on no status is counted, a bill stands on a line of its own with its stage."""
    board = law.ok("status", "-j", "GB").out
    assert "1 note is kept" in board
    assert "pending on recognition: tabled" in board
    assert "1 note is kept" in said(law, "status", "-j", "GB", "-a", "va.tax")
    why = said(law, "why", "GB", "recognition.tender")
    assert "Recognition - The proposal of an unnamed source [@" in why
    assert "is at the stage tabled" in why


def test_a_snapshot_has_candidates_acts_and_who_differs(law: Cli) -> None:
    """As members of each cell, and as words in a spreadsheet."""
    cells = {
        (one["jurisdiction"], one["activity"]): one for one in law.ok("snapshot").json["cells"]
    }
    ban = cells["PK", "va"]
    assert ban["places"] == [{"id": "PK-SD", "status": "undetermined"}]
    (order,) = cells["GB", "va.exchange"]["acts"]
    assert order["outcomes"] == ["ultra_vires"]
    table = law.ok("snapshot", "--format", "csv").out
    assert "PK-SD:undetermined" in table
    assert f"{order['act']}:ultra_vires" in table
    assert f"{ban['candidates'][0]['claim']}:in_force" in table
