"""What holds for nearly every answer is said once; a start is named, whichever field gave it."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.wording.statuses import COMMON
from tests.cli.conftest import REPORTS, Cli

LEDGER = f"""
defaults:
  {{jurisdiction: PK, force: primary, effect: prohibit, statement: It is prohibited.,
   reports: {REPORTS}}}
claims:
- {{kind: norm, key: made, activity: va.pay, made: 2024-01-15}}
- {{kind: norm, key: published, activity: va.deal, made: 2024-01-15, published: 2024-02-15}}
- {{kind: norm, key: effective, activity: va.custody, made: 2024-01-15, published: 2024-02-15,
   effective_from: 2024-03-15}}
- {{kind: norm, key: applicable, activity: va.mining, made: 2024-01-15,
   applicable_from: 2024-04-15}}
- {{kind: norm, key: commenced, activity: va.bank, made: 2024-01-15, commencement: pending}}
- {{kind: lifecycle, key: commencing, activity: va.bank, act: commence, target: "key:commenced",
   made: 2024-05-01, at: 2024-05-15}}
"""
BEGINS = {
    "va.pay": ("2024-01-15", "made: takes effect"),
    "va.deal": ("2024-02-15", "published: takes effect"),
    "va.custody": ("2024-03-15", "effective: takes effect"),
    "va.mining": ("2024-04-15", "applicable: starts to apply"),
    "va.bank": ("2024-05-15", "commencing: brings into force"),
}
AT = ("--as-of", "2025-06-01")


@pytest.fixture
def backfilled(cli: Cli) -> Cli:
    """A ledger of rules that are long in force, recorded today."""
    cli.ok("init", "example.org/n", "--as", "ana", "--review", "none")
    cli.ok("record", cli.file("all.yaml", LEDGER))
    return cli


def flags(board: Any) -> list[list[str]]:
    """The flags of every cell."""
    return [cell["flags"] for cell in board["cells"]]


def test_a_flag_of_every_cell_is_one_line(backfilled: Cli) -> None:
    """Neither row nor cell repeats it; JSON has it at every cell, as before."""
    out = backfilled.ok("status", *AT).out
    for flag in COMMON:
        assert out.count(flag) == 1
        assert f"{flag}: every status above that rests on a claim" in out
    assert all(
        set(COMMON) <= set(found) for found in flags(backfilled.ok("status", *AT, "--json").json)
    )
    assert "no claims" not in out


def test_a_cell_that_lacks_it_is_named(backfilled: Cli) -> None:
    """One better rule among five: the line names its cell; with two, each row says it again."""
    better = LEDGER.partition("claims:")[0] + (
        "claims:\n- {kind: norm, key: better, activity: va.tax, made: 2024-01-15,"
        " primary_source_seen: true}\n"
    )
    backfilled.ok("record", backfilled.file("better.yaml", better))
    out = " ".join(backfilled.ok("status", *AT).out.split())
    assert "low_evidence: every status above that rests on a claim, but PK va.tax" in out
    backfilled.ok(
        "record",
        backfilled.file("b.yaml", better.replace("better", "b").replace("va.tax", "va.promo")),
    )
    assert backfilled.ok("status", *AT).out.count("low_evidence") == len(BEGINS)


def test_a_short_board_says_it_in_its_rows(backfilled: Cli) -> None:
    """Of one row there is nothing to fold."""
    out = backfilled.ok("status", "-a", "va.pay", *AT).out
    assert "every status above" not in out
    assert "low_evidence" in out


@pytest.mark.parametrize("activity", list(BEGINS))
def test_diff_names_the_start_of_a_rule_whichever_field_gave_it(
    backfilled: Cli, activity: str
) -> None:
    """Made, published, effective, applicable, or by an act that commences it."""
    day, words = BEGINS[activity]
    out = backfilled.ok("diff", "2023-12-01", "2025-06-01", "-a", activity).out
    assert f"{day}  {words} {day}" in out
