"""What the world sample answers: for each place the days on which its law changes."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.domain.resolve.facts import Cell
from ledger.domain.resolve.resolve import Resolution
from tests.data.replay import Sample, load

# place, activity, actor, day: status, reason, then flags that are set or, after "!", are not.
ANSWERS = """
IN    va.bank                  bank     2018-04-05 undetermined not_yet_in_force
IN    va.bank                  bank     2020-03-03 prohibited -
IN    va.bank                  bank     2020-03-04 undetermined lapsed
IN    va.deal                  emi      2020-03-04 undetermined lapsed
IN    va.exchange              vasp     2023-03-06 undetermined not_yet_in_force
IN    va.exchange              vasp     2023-03-07 under_framework - enabler_unrecorded
IR    va.mining.operate        miner    2021-05-25 under_framework -
IR    va.mining.operate        miner    2021-09-22 prohibited -
IR    va.mining.operate        miner    2021-09-23 under_framework -
IR    va.mining.operate        miner    2021-12-10 prohibited - date_uncertain
IR    va.mining.operate        miner    2022-03-06 prohibited - !date_uncertain
IR    va.mining.operate        miner    2022-03-07 under_framework -
SG    va.exchange              vasp     2020-01-27 undetermined not_yet_in_force
SG    va.exchange              vasp     2020-01-28 under_framework - !ultra_vires
SG    va.custody               vasp     2024-04-03 undetermined not_yet_in_force
SG    va.custody               vasp     2024-04-04 under_framework -
HK    va.exchange              vasp     2023-06-01 under_framework - !pending
HK    va.stablecoin.issue      issuer   2025-07-31 undetermined not_yet_in_force
HK    va.stablecoin.issue      issuer   2025-08-01 under_framework - !ultra_vires
AE-DU va.exchange              vasp     2022-03-10 undetermined not_yet_in_force
AE-DU va.custody               vasp     2022-03-11 under_framework -
NG    va.bank.accounts_for_vasp bank     2023-12-21 prohibited -
NG    va.bank.accounts_for_vasp bank     2023-12-22 under_framework -
NG    va.deal                  bank     2017-01-12 prohibited -
NG    va.deal                  bank     2024-01-15 prohibited -
NG    va.exchange              vasp     2022-05-11 under_framework -
NG    va.offer                 vasp     2025-03-27 under_framework - date_uncertain
KE    va.tax                   any      2023-07-10 undetermined not_yet_in_force
KE    va.tax                   any      2023-09-01 under_framework -
KE    va.tax                   any      2024-08-10 under_framework -
KE    va.tax                   any      2025-07-01 under_framework -
KE    va.exchange              vasp     2025-11-03 undetermined not_yet_in_force
KE    va.exchange              vasp     2025-11-04 under_framework - !pending
DZ    va.deal                  public   2020-01-01 prohibited -
DZ    va.exchange              vasp     2025-07-23 undetermined not_yet_in_force
DZ    va.exchange              vasp     2025-07-24 prohibited -
TR    va.pay                   public   2021-04-29 undetermined not_yet_in_force
TR    va.pay                   public   2024-08-01 prohibited -
TR    va.exchange              vasp     2024-07-01 undetermined not_yet_in_force
TR    va.exchange              vasp     2024-07-02 under_framework -
TR    va.bank.customer_facilitation psp      2022-01-01 prohibited -
TR    va.bank.customer_facilitation bank     2022-01-01 undetermined no_claims
RU    va.pay                   public   2021-01-01 prohibited -
RU    va.mining.operate        any      2024-10-31 undetermined not_yet_in_force
RU    va.mining.operate        miner.household 2024-11-01 legal -
RU    va.mining.operate        any      2025-02-01 under_framework - actors_differ places_differ
RU-DA va.mining.operate        any      2025-01-01 prohibited -
RU-DA va.mining.operate        miner.household 2025-02-01 prohibited -
RU-DA va.mining.operate        any      2031-03-16 under_framework -
RU-IRK-S va.mining.operate any 2025-03-16 under_framework -
RU-IRK-S va.mining.operate any 2025-04-07 prohibited -
RU-BU va.mining.operate        any      2025-06-15 under_framework - pending
EU    va.exchange              vasp     2024-12-29 undetermined not_yet_in_force
FR va.exchange vasp.grandfathered 2026-06-30 under_framework - !actors_differ
DE    va.exchange              vasp     2024-12-30 under_framework -
DE    va.custody               vasp     2024-12-29 under_framework - pending
DE    va.custody               vasp     2025-01-05 under_framework - !pending
PL    va.stablecoin.issue      issuer   2024-06-30 under_framework -
PL    va.exchange              vasp     2025-12-01 under_framework - !pending
PL    va.exchange              vasp     2026-01-15 under_framework - pending
PL    va.exchange              vasp     2026-02-20 under_framework - !pending
PL    va.exchange              vasp     2026-06-20 under_framework - pending
GB    va.exchange              vasp     2025-01-01 undetermined not_yet_in_force
GB    va.exchange              vasp     2027-10-25 under_framework -
GB    va.offer.derivatives.retail.etn any      2025-10-07 prohibited -
GB    va.offer.derivatives.retail.etn any      2025-10-08 under_framework -
GB    va.offer.derivatives.retail any      2025-10-08 prohibited - children_differ
US    va.stablecoin.issue      issuer   2026-03-01 undetermined not_yet_in_force !date_uncertain
US    va.stablecoin.issue      issuer   2026-12-01 under_framework - date_uncertain
US    va.stablecoin.issue      issuer   2027-01-18 under_framework - !date_uncertain
US    va.exchange              vasp     2026-06-20 undetermined proposals_only pending
US    va.exchange              any      2026-06-20 undetermined proposals_only places_differ
US    state.cbdc               state    2025-01-23 prohibited -
US-NY va.exchange              vasp     2015-06-23 undetermined not_yet_in_force
US-NY va.exchange              vasp     2015-06-24 under_framework -
US-NY va.mining.operate.fossil miner    2023-06-01 prohibited -
US-NY va.mining.operate.fossil miner    2024-12-01 undetermined lapsed
US-NY va.mining.operate        miner    2023-06-01 undetermined no_claims children_differ
CA-BC va.mining.power_supply   any      2024-06-28 prohibited -
CA-BC va.mining.power_supply   any      2024-06-29 undetermined lapsed !pending
SV    va.pay                   state    2025-04-30 legal -
SV    va.pay                   state    2025-05-01 prohibited -
SV    va.pay                   public   2025-05-01 legal -
BO    va.bank                  bank     2022-01-01 prohibited -
BO    va.bank                  bank     2024-06-25 under_framework -
BO    va.pay                   public   2015-01-01 prohibited -
BO    va.pay                   public   2022-01-01 prohibited - date_uncertain
BO    va.pay                   public   2024-06-25 undetermined lapsed !date_uncertain
BR    va.exchange              vasp     2023-06-19 undetermined not_yet_in_force
BR    va.exchange              vasp     2023-06-20 under_framework - date_uncertain
BR    va.exchange              vasp     2023-06-21 under_framework - !date_uncertain
CN    va.deal                  bank     2015-01-01 prohibited -
CN    va.deal                  public   2022-01-01 legal -
CN    va.exchange              vasp     2022-01-01 prohibited -
CN    va.exchange              vasp     2026-02-06 prohibited -
CN    va.stablecoin.issue      issuer   2026-02-05 undetermined not_yet_in_force
CN    va.mining.operate        miner    2021-09-24 prohibited -
NP    va.deal                  public   2022-02-01 undetermined statements_only
"""


@pytest.fixture(scope="module")
def world() -> Sample:
    """The world sample."""
    return load("world")


def _answers(answer: Resolution, status: str, reason: str, *flags: str) -> None:
    assert (answer.status, answer.reason or "-") == (status, reason)
    held = {flag.partition(":")[0] for flag in answer.flags}
    assert {flag for flag in flags if not flag.startswith("!")} <= held
    assert not {flag[1:] for flag in flags if flag.startswith("!")} & held


@pytest.mark.parametrize("line", ANSWERS.strip().splitlines())
def test_the_law_of_a_day(world: Sample, line: str) -> None:
    """By rules alone, as known at the end, each place answers what its sources say."""
    place, activity, actor, day, status, reason, *flags = line.split()
    _answers(world.ask(Cell(place, activity, actor), day), status, reason, *flags)


@pytest.mark.parametrize(
    ("known", "day", "expected"),
    [
        (date(2024, 8, 1), "2024-08-10", ("under_framework", "-")),  # recorded, not approved
        (date(2024, 8, 2), "2024-08-10", ("undetermined", "lapsed")),
        (date(2024, 8, 22), "2024-08-10", ("undetermined", "lapsed")),
        (date(2024, 8, 22), "2024-08-20", ("under_framework", "-")),
        (date(2024, 11, 5), "2024-08-10", ("under_framework", "-")),
    ],
)
def test_the_kenyan_tax_as_each_judgment_became_known(
    world: Sample, known: date, day: str, expected: tuple[str, str]
) -> None:
    """Void, held from a day on, and then upheld as if it had never been void."""
    _answers(world.ask(Cell("KE", "va.tax", "any"), day, known), *expected)


def test_a_date_from_an_encyclopaedia_was_corrected(world: Sample) -> None:
    """Until 10 July 2024 the New York licence seemed to begin on the last day to apply for it."""
    cell = Cell("US-NY", "va.exchange", "vasp")
    assert world.ask(cell, "2015-07-01", date(2024, 7, 9)).reason == "not_yet_in_force"
    assert world.ask(cell, "2015-07-01", date(2024, 7, 10)).status == "under_framework"


def test_a_range_of_days_became_narrower(world: Sample) -> None:
    """Before the correction the American Act might have begun in November 2025 already."""
    cell = Cell("US", "va.stablecoin.issue", "issuer")
    before = world.ask(cell, "2026-03-01", date(2026, 6, 29))
    _answers(before, "under_framework", "-", "date_uncertain")
    after = world.ask(cell, "2026-03-01", date(2026, 6, 30))
    _answers(after, "undetermined", "not_yet_in_force", "!date_uncertain")


def test_what_is_only_declared_is_shown_so(world: Sample) -> None:
    """Nepal's central bank is believed in the prudential view; Bolivia's took its words back."""
    nepal = world.ask(Cell("NP", "va.deal", "public"), "2022-02-01", view="prudential")
    assert (nepal.status, nepal.basis_kind) == ("prohibited", "declared")
    bolivia = Cell("BO", "va.exchange", "vasp")
    assert world.ask(bolivia, "2024-06-25", view="prudential").status == "prohibited"
    after = world.ask(bolivia, "2024-06-26", view="prudential")
    _answers(after, "undetermined", "statements_only", "walked_back")


def test_legal_tender_is_a_line_of_its_own(world: Sample) -> None:
    """Bitcoin was money in El Salvador, and is by name; China and Bolivia say that it is none."""

    def tender(place: str, day: str) -> str | None:
        answer = world.ask(Cell(place, "recognition.tender", "any"), day, view="prudential")
        assert answer.status == "undetermined"
        return answer.recognition

    assert [tender("SV", day) for day in ("2021-09-06", "2021-09-07", "2025-05-01")] == [
        "undetermined",
        "recognised",
        "recognised",
    ]
    assert tender("CN", "2014-01-01") == "not_recognised"
    assert tender("BO", "2024-07-01") == "not_recognised"


def test_an_answer_tells_what_became_of_each_act(world: Sample) -> None:
    """Kenya's Act was held and let go; what the Court of Appeal did to it was undone."""
    answer = world.ask(Cell("KE", "va.tax", "any"), "2024-08-10")
    outcomes = {one.act: one.outcomes for one in answer.acts}
    assert outcomes["ke-2023-suspended"] == ("took_effect",)
    assert outcomes["ke-2024-annulled"] == ("undone",)
    assert outcomes["ke-2025-tax-repealed"] == ("not_yet",)
    india = world.ask(Cell("IN", "va.bank", "bank"), "2020-03-04")
    assert [one.outcomes for one in india.acts] == [("took_effect",)]


@pytest.mark.parametrize(
    ("cell", "outcome"),
    [
        (Cell("HK", "va.exchange", "org:HKVAX"), "granted"),
        (Cell("HK", "va.stablecoin.issue", "org:HSBC.HK"), "granted"),
        (Cell("NG", "va.exchange", "org:QUIDAX"), "pre_cleared"),
        (Cell("US-NY", "va.exchange", "org:CIRCLE"), "granted"),
        (Cell("BO", "va.pay.merchant", "org:BO.YPFB"), "granted"),
    ],
)
def test_an_organisation_has_its_position(world: Sample, cell: Cell, outcome: str) -> None:
    """Who is asked for by name hears what was decided about it; nobody else does."""
    assert [one.outcome for one in world.ask(cell, "2026-06-01").position] == [outcome]
    assert world.ask(Cell(cell.jurisdiction, cell.activity, "any"), "2026-06-01").position == ()


def test_what_a_body_will_do_is_listed(world: Sample) -> None:
    """The British regulator's time for applications stands beside the law that is to come."""
    answer = world.ask(Cell("GB", "va.custody", "vasp"), "2026-06-01")
    assert "commitment" in answer.flags
    assert answer.reason == "not_yet_in_force"
