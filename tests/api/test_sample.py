"""The sample ledger through the library: the series a reader of the news would expect."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger import Ledger
from ledger.demo import build
from ledger.domain.resolve.facts import Cell
from ledger.domain.resolve.matching import relevant
from ledger.domain.resolve.resolve import resolve
from ledger.log import canonical


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The built sample."""
    folder = tmp_path_factory.mktemp("sample")
    made = build(folder / "demo.db", folder / "keys")
    yield made.ledger
    made.ledger.close()


def _exchange(sample: Ledger, day: str, known: str | None = None) -> tuple[str, str | None]:
    answer = sample.status(
        "PK", "va.exchange", actor="vasp", as_of=day, known_at=known, view="normative"
    )
    return answer.status, answer.reason


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2025-07-07", ("undetermined", "not_yet_in_force")),
        ("2025-07-08", ("under_framework", None)),
        ("2025-11-04", ("under_framework", None)),
        ("2025-11-05", ("under_framework", None)),
        ("2026-03-04", ("under_framework", None)),
        ("2026-03-05", ("under_framework", None)),
        ("2026-03-06", ("under_framework", None)),
        ("2026-03-07", ("under_framework", None)),
        ("2026-11-23", ("under_framework", None)),
    ],
)
def test_the_series_of_exchanges(
    sample: Ledger, day: str, expected: tuple[str, str | None]
) -> None:
    """Undetermined, then under a framework from 2025-07-08 on, as known today."""
    assert _exchange(sample, day) == expected


@pytest.mark.parametrize("day", ["2026-03-05", "2026-03-06"])
def test_between_ordinance_and_act_the_date_is_uncertain(sample: Ledger, day: str) -> None:
    """The Act came into force on one of four days; the two after the ordinance say so."""
    answer = sample.status("PK", "va.exchange", actor="vasp", as_of=day, view="normative")
    assert "date_uncertain" in answer.flags
    assert answer.resolution.possible == ("under_framework", "undetermined")


@pytest.mark.parametrize("day", ["2026-03-04", "2026-03-07", "2025-12-12"])
def test_elsewhere_the_date_is_not_uncertain(sample: Ledger, day: str) -> None:
    """The flag stands on the days in doubt only."""
    answer = sample.status("PK", "va.exchange", actor="vasp", as_of=day, view="normative")
    assert "date_uncertain" not in answer.flags


def test_the_extension_was_known_only_in_january(sample: Ledger) -> None:
    """Worked example 5: lapsed as known on the day, under the framework as known later."""
    assert _exchange(sample, "2025-12-12", "2025-12-12") == ("undetermined", "lapsed")
    assert _exchange(sample, "2025-12-12", "2026-01-20") == ("under_framework", None)
    late = sample.status("PK", "va.exchange", actor="vasp", as_of="2025-12-12", view="normative")
    assert "late_recorded" in late.flags


def test_the_release_of_the_state_bank_was_found_late(sample: Ledger) -> None:
    """Worked example 2: known from 10 June, it walks the State Bank's part back."""
    before = sample.status(
        "PK", "va.deal", actor="public", as_of="2025-06-06", known_at="2025-06-09"
    )
    after = sample.status(
        "PK", "va.deal", actor="public", as_of="2025-06-06", known_at="2025-06-10"
    )
    for answer in (before, after):
        assert (answer.status, answer.resolution.basis_kind) == ("prohibited", "declared")
        assert (answer.resolution.normative_status, answer.reason) == (
            "undetermined",
            "statements_only",
        )
        assert "pending" in answer.flags
    assert "contested:statements" not in before.flags
    assert "contested:statements" in after.flags
    assert any(flag.startswith("walked_back:") for flag in after.flags)


def test_a_law_entered_wrongly_is_known_wrongly_until_corrected(sample: Ledger) -> None:
    """Worked example 12 on the sample: first an Act without end, then an ordinance of 120 days."""
    assert _exchange(sample, "2025-11-05", "2025-07-12") == ("under_framework", None)
    assert _exchange(sample, "2025-11-05", "2025-07-15") == ("undetermined", "lapsed")


def test_a_misreport_counts_until_it_is_retracted(sample: Ledger) -> None:
    """Worked example 13 on the sample: one outlet's repeal that never was."""

    def banks(known: str) -> str:
        return sample.status(
            "PK", "va.deal", actor="bank", as_of="2025-09-06", known_at=known, view="normative"
        ).status

    assert banks("2025-09-03") == "prohibited"
    assert banks("2025-09-05") == "undetermined"
    assert banks("2025-09-09") == "prohibited"


@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("2018-04-05", "undetermined"),
        ("2018-04-06", "prohibited"),
        ("2025-06-06", "prohibited"),
        ("2026-04-13", "prohibited"),
        ("2026-04-14", "prohibited"),
        ("2026-11-23", "prohibited"),
    ],
)
def test_banks_may_not_deal(sample: Ledger, day: str, status: str) -> None:
    """From the circular of 2018 on, and still after it was replaced."""
    answer = sample.status("PK", "va.deal", actor="bank", as_of=day, view="normative")
    assert answer.status == status


def test_one_cell_is_the_same_from_its_closure_and_from_everything(sample: Ledger) -> None:
    """What the loader fetches for one cell answers as the whole ledger does."""
    board = sample.board(as_of="2025-12-12")
    assert len(board.cells) > 8
    for shown in board.cells:
        cell = shown.cell
        alone = sample.status(cell.jurisdiction, cell.activity, as_of="2025-12-12")
        assert alone.resolution == shown
    facts = sample.base.facts(sample.point("2025-12-12"))
    exchange = Cell("PK", "va.exchange", "vasp")
    some = relevant(exchange, facts)
    assert len(some.claims) < len(facts.claims)
    day = sample.point("2025-12-12").day
    assert resolve(exchange, day=day, facts=some) == resolve(exchange, day=day, facts=facts)


def test_why_is_the_answer_in_words(sample: Ledger) -> None:
    """The explanation names the instrument, the rule that beat each loser, and what comes next."""
    words = sample.why("PK", "va.exchange", actor="vasp", as_of="2025-12-12").text
    assert "Ordinance No. VII of 2025" in words
    assert "overtaken" in words
    assert "2026-03-04" in words


def root_of(sample: Ledger, size: int) -> str:
    """The hex root of the first entries, from the stored hashes."""
    with sample.store.reading() as conn:
        return sample.store.compact_range(conn, size).root().hex()


def test_a_snapshot_is_the_same_bytes_each_time_and_binds_the_log(sample: Ledger) -> None:
    """Origin, size and root are in it, and its digest is that of its other members."""
    one, two = (sample.snapshot(as_of="2025-12-12", known_at="@60") for _ in range(2))
    assert one.to_json() == two.to_json()
    value = one.to_value()
    assert one.to_json() == canonical.encode(value) + b"\n"
    assert (value["known_at"], value["size"], value["as_of"]) == (60, 61, "2025-12-12")
    assert value["root"] == root_of(sample, 61)
    assert (
        sample.snapshot(as_of="2025-12-12", known_at="@61").to_value()["digest"]
        != (value["digest"])
    )


def test_the_sample_is_sound_and_waits_for_one_review(sample: Ledger) -> None:
    """Every check holds; the guidelines of July 2026 were left for the reader to approve."""
    report = sample.verify()
    assert report.faults == ()
    assert report.simulated
    assert len(sample.entries.pending()) >= 1
