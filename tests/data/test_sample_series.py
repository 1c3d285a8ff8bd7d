"""What the Pakistan sample answers: the series of statuses that its story amounts to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from ledger.domain.resolve.facts import Cell
from ledger.domain.resolve.resolve import Resolution
from tests.data.replay import Sample

Asker = Callable[..., Resolution]

HEAD = date(2026, 7, 31)
EXCHANGE = Cell("PK", "va.exchange", "vasp")


@pytest.fixture(scope="module")
def ask(pakistan: Sample) -> Asker:
    """A way to ask the sample."""
    return pakistan.ask


@pytest.mark.parametrize(
    ("day", "status", "reason"),
    [
        ("2025-07-07", "undetermined", "not_yet_in_force"),
        ("2025-07-08", "under_framework", None),
        ("2025-11-04", "under_framework", None),
        ("2025-11-05", "under_framework", None),
        ("2026-03-04", "under_framework", None),
        ("2026-03-05", "under_framework", None),
        ("2026-03-06", "under_framework", None),
        ("2026-03-07", "under_framework", None),
    ],
)
def test_exchanges_come_under_a_framework(
    ask: Asker, day: str, status: str, reason: str | None
) -> None:
    """From the Ordinance on, by way of its extension and the Act, exchanges have a framework."""
    answer = ask(EXCHANGE, day)
    assert (answer.status, answer.reason) == (status, reason)


def test_two_days_of_march_are_uncertain(ask: Asker) -> None:
    """Between the end of the Ordinance and the latest start of the Act the day decides."""
    days = ["2026-03-04", "2026-03-05", "2026-03-06", "2026-03-07"]
    uncertain = [any(f.startswith("date_uncertain") for f in ask(EXCHANGE, d).flags) for d in days]
    assert uncertain == [False, True, True, False]


def test_the_extension_was_not_known_on_the_day_of_the_clearances(ask: Asker) -> None:
    """12 December 2025 had lapsed as known then, and was covered as known from 20 January."""
    then = ask(EXCHANGE, "2025-12-12", known=date(2025, 12, 12))
    assert (then.status, then.reason) == ("undetermined", "lapsed")
    later = ask(EXCHANGE, "2025-12-12", known=date(2026, 1, 20))
    assert later.status == "under_framework"


def test_the_supposed_act_had_no_end(ask: Asker) -> None:
    """Before the correction the law of July seemed to last; after it, December had lapsed."""
    assert ask(EXCHANGE, "2025-12-01", known=date(2025, 7, 14)).status == "under_framework"
    assert ask(EXCHANGE, "2025-12-01", known=date(2025, 7, 15)).reason == "lapsed"


@pytest.mark.parametrize("day", ["2018-04-06", "2025-06-06", "2025-09-05", "2026-04-14", HEAD])
def test_banks_never_deal_themselves(ask: Asker, day: str | date) -> None:
    """Own dealing of banks is prohibited from the circular on, and after its replacement too."""
    assert ask(Cell("PK", "va.deal", "bank"), str(day)).status == "prohibited"


def test_the_misreport_counted_until_it_was_retracted(ask: Asker) -> None:
    """As known on 5 September the circular had ended; as known on the 9th it never had."""
    bank = Cell("PK", "va.deal", "bank")
    assert ask(bank, "2025-09-05", known=date(2025, 9, 5)).reason == "lapsed"
    assert ask(bank, "2025-09-05", known=date(2025, 9, 9)).status == "prohibited"


def test_banks_may_keep_accounts_since_the_circular_letter(ask: Asker) -> None:
    """Accounts for service providers were prohibited to banks and are allowed on conditions."""
    accounts = Cell("PK", "va.bank.accounts_for_vasp", "bank")
    assert ask(accounts, "2026-04-13").status == "prohibited"
    assert ask(accounts, "2026-04-14").status == "under_framework"


def test_restrictions_of_two_regimes_add_up(ask: Asker) -> None:
    """In September 2025 the licensing law did not lift what the circular forbade to banks."""
    assert ask(Cell("PK", "va.exchange", "bank"), "2025-09-01").status == "prohibited"


def test_the_public_faced_statements_only(ask: Asker) -> None:
    """The article is talk: no norm decides, the strictest statement is shown as declared."""
    cell = Cell("PK", "va.deal", "public")
    first = date(2025, 6, 9)
    norms = ask(cell, "2025-06-06", known=first)
    assert (norms.status, norms.reason) == ("undetermined", "statements_only")
    shown = ask(cell, "2025-06-06", known=first, view="prudential")
    assert (shown.status, shown.basis_kind) == ("prohibited", "declared")
    assert "contested:statements" not in shown.flags


def test_the_release_walks_back_one_half_of_the_testimony(ask: Asker) -> None:
    """With the release known, the ministry's half alone keeps the prudential answer up."""
    cell = Cell("PK", "va.deal", "public")
    shown = ask(cell, "2025-06-06", known=date(2025, 6, 10), view="prudential")
    assert shown.status == "prohibited"
    assert "contested:statements" in shown.flags
    assert any(flag.startswith("walked_back:") for flag in shown.flags)


def test_tender_is_a_line_of_its_own(ask: Asker) -> None:
    """Not being legal tender shows as recognition and never as a status."""
    answer = ask(Cell("PK", "recognition.tender", "public"), "2026-06-01")
    assert answer.recognition == "not_recognised"
    assert answer.status == "undetermined"
