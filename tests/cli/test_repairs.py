"""What a person is told where something is broken, replaced or about to be decided."""

from __future__ import annotations

import shlex
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ledger.sqlite_driver import sqlite3
from tests.books import filled_in
from tests.cli.test_office import ACT, approved, size
from tests.examples import seldom
from tests.spoiling import hide_from_index

if TYPE_CHECKING:
    from tests.cli.conftest import Cli


def _sql(run: Cli, *statements: str) -> None:
    with closing(sqlite3.connect(run.home / "demo.db")) as conn, conn:
        for one in statements:
            conn.execute(one)


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("DROP TRIGGER entry_no_delete", "entry_no_delete"),
        ("DROP TABLE version", "version"),
        ("DROP TABLE alembic_version", "tables of the ledger are missing"),
    ],
)
def test_doctor_finds_what_db_check_finds(sample: Cli, statement: str, name: str) -> None:
    """A guard or table that is missing is wrong: exit 3, named, with what to do."""
    assert "Nothing is wrong" in sample.ok("doctor").out
    _sql(sample, "PRAGMA foreign_keys = OFF", statement)
    result = sample("doctor")
    assert result.code == 3
    assert name in " ".join(result.out.split())
    assert "restore a backup" in " ".join(result.out.split())
    assert "Nothing is wrong" not in result.out


def test_doctor_does_not_say_all_is_well_and_give_advice(cli: Cli) -> None:
    """Where there is no ledger yet, doctor says what to do and not that nothing is wrong."""
    found = cli.ok("doctor").out
    assert "What to do" in found
    assert "Nothing is wrong" not in found


def test_a_schema_error_says_which_way_it_differs(sample: Cli) -> None:
    """Newer, older and damaged databases have a hint of their own that can help."""
    _sql(sample, "UPDATE alembic_version SET version_num = '9999'")
    newer = sample("status").err
    assert "newer than this program" in newer
    assert "install a newer regledger" in newer
    _sql(sample, "UPDATE alembic_version SET version_num = '0000'")
    older = sample("status").err
    assert "older than this program" in older
    assert "hint: run `regledger db upgrade`" in older
    _sql(sample, "UPDATE alembic_version SET version_num = '0001'", "DROP TABLE alembic_version")
    damaged = sample("status").err
    assert "damaged" in damaged
    assert "restore a backup" in damaged
    assert "upgrade" not in damaged


@pytest.mark.parametrize("founder", ["ana", *seldom("sana", "omar")])
def test_the_next_steps_of_init_run_as_printed(cli: Cli, founder: str) -> None:
    """Each command succeeds with the template filled in; at the end the first claim counts."""
    printed = cli.ok("init", "example.com/log", "--as", founder).out
    steps = [line for line in printed.splitlines() if line.startswith("  regledger ")]
    for step in steps:
        words = shlex.split(step, comments=True)[1:]
        target = words.pop() if ">" in words else None
        out = cli.ok(*[word for word in words if word != ">"]).out
        if target is not None:
            cli.file(target, filled_in(out))
    assert any("review approve" in step for step in steps)
    assert "counts" in cli.ok("show", "@6").out


def test_a_reviewer_sees_what_a_correction_changes(office: Cli) -> None:
    """The list names the changed fields only, old and new, with nothing that acts on a terminal."""
    approved(office)
    changed = ACT.replace("prohibit\n", "permit\n").replace(
        "Exchanges are prohibited.", r'"red \x1b[31m"'
    )
    office.ok(
        "correct", "act-1", office.file("b.yaml", changed), "--reason", "other", "--as", "sana"
    )
    found = office.ok("review", "list").out
    assert 'effect: "prohibit" -> "permit"' in found
    assert 'statement: "Exchanges are prohibited." -> "red' in found
    assert "\x1b" not in found
    assert "jurisdiction:" not in found
    office.ok("review", "approve", f"@{size(office) - 1}", "--as", "omar")
    office.ok("correct", "act-1", office.file("c.yaml", ACT), "--reason", "other", "--as", "sana")
    assert 'effect: "permit" -> "prohibit"' in office.ok("review", "list").out


def test_an_old_version_names_the_newer_ones(office: Cli) -> None:
    """`show` of a version that was replaced says so, with the states of those after it."""
    approved(office)
    assert "newer" not in office.ok("show", "@6").out
    changed = office.file("b.yaml", ACT.replace("prohibit\n", "permit\n"))
    office.ok("correct", "act-1", changed, "--reason", "other", "--as", "sana")
    assert "@8 claim.corrected, waits" in office.ok("show", "@6").out
    office.ok("review", "approve", "@8", "--as", "omar")
    assert "@8 claim.corrected, counts" in office.ok("show", "@6").out


def test_a_withdrawal_does_not_say_counting(office: Cli) -> None:
    """The line printed for a withdrawal says withdrawn."""
    office.ok("record", office.file("a.yaml", ACT), "--as", "sana")
    found = office.ok("review", "withdraw", "act-1", "--as", "sana").out
    assert "withdrawn" in found
    assert "counts" not in found


def test_an_index_that_lacks_a_row_is_found(sample: Cli) -> None:
    """`status` would look by it: verify ends with 1, doctor with 3, db check with 1, by name."""
    index = "ix_claim_version_jurisdiction_activity_kind"
    hide_from_index(sample.home / "demo.db", index, "activity = 'va.exchange'")
    faults = sample("verify", "--json").json["faults"]
    assert "storage" in {fault["layer"] for fault in faults}
    for words, code in ((("verify",), 1), (("doctor",), 3), (("db", "check"), 1)):
        result = sample(*words)
        assert result.code == code
        assert index in "".join(result.out.split())


def test_an_older_copy_put_back_is_said_and_refused(sample: Cli) -> None:
    """Doctor says so with what to do; what is recorded there is refused and nothing is written."""
    older = (sample.home / "demo.db").read_bytes()
    sample.ok("review", "approve", "pk-pvara-sandbox-guidelines-2026", "--as", "reviewer")
    (sample.home / "demo.db").write_bytes(older)
    entries = size(sample)
    told = sample("doctor")
    assert told.code == 3
    said = " ".join(told.out.split())
    assert "it was rolled back or cut off" in said
    assert "bring back the newer database" in said
    sample.file("page.txt", "a page")
    for words in (
        ("review", "approve", "pk-pvara-sandbox-guidelines-2026", "--as", "reviewer"),
        ("evidence", "add", "page.txt"),
    ):
        refused = sample(*words, "--json")
        assert (refused.code, refused.error["error"]) == (4, "rolled_back")
    assert size(sample) == entries
    assert sample("verify").code == 1


def test_doctor_says_which_journal_is_in_use(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file made where the slower one was needed is moved by `db upgrade`, as doctor advises."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    cli.ok("init", "example.com/p", "--db", "p.db", "--as", "ana", "--review", "none")

    def durable() -> tuple[str, str]:
        (one,) = [
            one
            for one in cli.ok("doctor", "--db", "p.db", "--json").json["findings"]
            if one["subject"] == "durability"
        ]
        return one["found"], one["advice"]

    found, advice = durable()
    slower = "journal delete, synchronous EXTRA: "
    assert found.startswith(f"{slower}SQLite 3.40.1 has the WAL-reset bug")
    assert advice == ""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 53, 4))
    found, advice = durable()
    assert found.startswith(f"{slower}the file was made so")
    assert "run `regledger db upgrade` for journal wal, synchronous FULL" in advice
    for _ in range(2):
        assert "journal wal, synchronous FULL" in cli.ok("db", "upgrade", "--db", "p.db").out
    assert durable() == (
        "journal wal, synchronous FULL: SQLite 3.53.4 is free of the WAL-reset bug",
        "",
    )
