"""Reviews say what they decide: the queue, approvals of many at once, second thoughts that wait."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import REPORTS

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

CLAIM = f"""
- kind: norm
  key: %s
  jurisdiction: PK
  activity: va.exchange
  force: primary
  effect: prohibit
  statement: Rule %s says no.
  made: 2024-01-15
  reports: {REPORTS}
"""
MANY = 300
AS = {"sana": ("--as", "sana"), "omar": ("--as", "omar")}


def claims(run: Cli, name: str, *keys: str) -> str:
    """A file with a claim under each key."""
    return run.file(name, "".join(CLAIM % (key, key) for key in keys))


@pytest.fixture
def queue(office: Cli) -> Cli:
    """Three claims await review, @6 to @8, two of them from one file."""
    office.ok("record", claims(office, "one.yaml", "rule-1", "rule-2"), *AS["sana"])
    office.ok("record", claims(office, "two.yaml", "rule-3"), *AS["sana"])
    return office


def waiting(run: Cli) -> list[int]:
    """The entries that await review."""
    return [one["seq"] for one in run.ok("review", "list", "--json").json["pending"]]


def test_queue_result_and_history_have_sentence_and_key(queue: Cli) -> None:
    """All three show what is decided on; JSON has it too."""
    words = ("rule-1", "Rule rule-1 says no.")
    assert all(word in queue.ok("review", "list").out for word in words)
    approved = queue.ok("review", "approve", "rule-1", *AS["omar"]).out
    assert "@6  approved by @9" in approved
    assert all(word in approved for word in words)
    rejected = queue.ok("review", "reject", "@7", "--reason", "other", *AS["omar"], "--json").json
    assert [one["subject"] for one in rejected["reviewed"]] == ["rule-2"]
    history = queue.ok("history", "-n", "2", "--oldest-first", "--after", "@8").out
    assert "@6 rule-1: norm on va.exchange in PK: Rule rule-1 says no." in history
    assert "@7 rule-2:" in history
    assert queue.ok("history", "rule-3").out.count("rule-3: norm") == 1


def test_a_file_is_approved_as_a_whole(queue: Cli) -> None:
    """What is listed is what is approved, and nothing else; asked for, or with --yes."""
    refused = queue("review", "approve", "--file", "one.yaml", *AS["omar"])
    assert refused.code == 2
    assert "2 would be approved, as listed; nothing was" in refused.err
    assert "Rule rule-1 says no." in refused.out
    assert "rule-3" not in refused.out
    assert waiting(queue) == [6, 7, 8]
    queue.ok("review", "approve", "--file", "one.yaml", "--yes", *AS["omar"])
    assert waiting(queue) == [8]
    assert queue("review", "approve", "--file", "one.yaml", "--yes", *AS["omar"]).code == 2


@pytest.mark.parametrize("terminal", [True, False])
def test_json_lists_on_stderr_what_it_approves(
    queue: Cli, monkeypatch: pytest.MonkeyPatch, *, terminal: bool
) -> None:
    """Before the question of a terminal, and with --yes; stdout stays JSON alone."""
    terminals = SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: terminal))
    monkeypatch.setattr("ledger.cli.review.sys", terminals)
    approve = ("review", "approve", "--by", "sana", "--json", *AS["omar"])
    if terminal:
        assert "Rule rule-3 says no." in queue(*approve, stdin="n\n").err
        assert waiting(queue) == [6, 7, 8]
        done = queue.ok(*approve, stdin="y\n")
        assert done.err.index("Rule rule-3 says no.") < done.err.index("Approve these 3?")
    else:
        done = queue.ok(*approve, "--yes")
    assert [f"Rule rule-{n} says no." in done.err for n in (1, 2, 3)] == [True] * 3
    assert [one["seq"] for one in done.json["reviewed"]] == [6, 7, 8]
    assert waiting(queue) == []


def test_json_refused_off_a_terminal_is_an_error_alone(queue: Cli) -> None:
    """Nothing is approved, so nothing is listed: stderr is the JSON of the error."""
    refused = queue("review", "approve", "--by", "sana", "--json", *AS["omar"])
    assert refused.error["exit_code"] == refused.code == 2
    assert waiting(queue) == [6, 7, 8]


def test_an_actors_work_is_listed_and_approved(queue: Cli) -> None:
    """--by narrows the queue and the approval; nobody of that name is said."""
    assert queue.ok("review", "list", "--by", "omar").out == "Nothing awaits review.\n"
    assert queue("review", "list", "--by", "nobody").code == 2
    queue.ok("review", "approve", "--by", "sana", "--yes", *AS["omar"])
    assert waiting(queue) == []


def test_nobody_approves_their_own_by_the_back_door(queue: Cli) -> None:
    """The rules hold for many as for one: refused whole."""
    queue.ok("actor", "grant", "sana", "reviewer", "--as", "ana")
    assert queue("review", "approve", "--by", "sana", "--yes", *AS["sana"]).code == 4
    assert waiting(queue) == [6, 7, 8]


@pytest.mark.parametrize(
    "words", [(), ("rule-1", "--by", "sana"), ("rule-1", "--file", "one.yaml")]
)
def test_what_to_approve_is_named_in_one_way(queue: Cli, words: tuple[str, ...]) -> None:
    """By references, or by file and actor."""
    assert queue("review", "approve", *words, *AS["omar"]).code == 2


def test_a_file_that_says_otherwise_approves_nothing(queue: Cli) -> None:
    """A claim that is not recorded, or is with other content, is named."""
    more = queue("review", "list", "--file", claims(queue, "more.yaml", "rule-1", "rule-9"))
    assert more.code == 2
    assert "more.yaml holds claims that are not recorded, on line 12" in more.err
    text = (queue.home / "one.yaml").read_text("utf-8").replace("says no", "says yes")
    assert queue("review", "list", "--file", queue.file("other.yaml", text)).code == 4


def test_a_table_is_approved_with_the_options_it_was_recorded_with(office: Cli) -> None:
    """The columns, dates and constants that made its claims find them again."""
    sheet = office.file("rows.csv", "key;Day;statement\nrow-1;15.01.2024;Rows say no.\n")
    columns = office.file("columns.yaml", "Day: published\n")
    constants = {
        "kind": "norm",
        "jurisdiction": "PK",
        "activity": "va.exchange",
        "force": "primary",
        "effect": "prohibit",
        "reports.0.url": "https://example.org/r",
        "reports.0.publisher": "Gazette",
        "reports.0.title": "Rule",
    }
    options = [word for pair in constants.items() for word in ("--set", "=".join(pair))]
    options += ["--columns", columns, "--date-format", "DD.MM.YYYY"]
    office.ok("record", sheet, *options, *AS["sana"])
    assert office("review", "list", "--file", sheet).code == 2
    assert "row-1" in office.ok("review", "list", "--file", sheet, *options).out
    office.ok("review", "approve", "--file", sheet, *options, "--yes", *AS["omar"])
    assert waiting(office) == []


@pytest.mark.slow
def test_many_are_approved_in_reviews_of_256(office: Cli) -> None:
    """Three hundred claims: two reviews, in one go, counted instead of listed."""
    keys = [f"rule-{number}" for number in range(MANY)]
    office.ok("record", claims(office, "many.yaml", *keys), *AS["sana"])
    approved = office.ok("review", "approve", "--file", "many.yaml", "--yes", *AS["omar"]).out
    assert f"approved {MANY} entries, @6 to @305" in approved
    assert waiting(office) == []
    assert "and 253 more" in office.ok("history", "-n", "2").out


# --- second thoughts that wait -------------------------------------------------------------------


@pytest.fixture
def counted(office: Cli) -> Cli:
    """A claim that counts, @6."""
    office.ok("record", claims(office, "one.yaml", "rule-1"), *AS["sana"])
    office.ok("review", "approve", "rule-1", *AS["omar"])
    return office


def corrected(run: Cli, name: str, statement: str) -> tuple[str, ...]:
    """The words of a correction to another statement."""
    text = (CLAIM % ("rule-1", "rule-1")).replace("Rule rule-1 says no.", statement)
    file = run.file(name, text)
    return ("correct", "rule-1", file, "--reason", "misread_source", *AS["sana"])


def test_the_same_correction_waits_once(counted: Cli) -> None:
    """A second one that says the same is refused, and names the first; another is told of it."""
    counted.ok(*corrected(counted, "a.yaml", "It says maybe."))
    again = counted(*corrected(counted, "a.yaml", "It says maybe."))
    assert again.code == 4
    assert "@8 by sana says exactly this already" in again.err
    assert waiting(counted) == [8]
    other = counted.ok(*corrected(counted, "b.yaml", "It says perhaps."))
    assert "@8 by sana awaits review and is about this claim too" in other.err
    assert waiting(counted) == [8, 9]


def test_a_correction_changes_something(counted: Cli) -> None:
    """One with the content that counts is refused, as it came or as `show --yaml` prints it."""
    shown = counted.file("same.yaml", counted.ok("show", "rule-1", "--yaml").out)
    printed = ("correct", "rule-1", shown, "--reason", "other", *AS["sana"])
    for words in (corrected(counted, "a.yaml", "Rule rule-1 says no."), printed):
        again = counted(*words)
        assert again.code == 4
        assert "@6 says exactly this already; a correction changes something" in again.err
    assert waiting(counted) == []


def test_a_retraction_waits_once(counted: Cli) -> None:
    """The second is refused; once the first is taken back, another may be made."""
    retract = ("retract", "rule-1", "--reason", "duplicate", *AS["sana"])
    counted.ok(*retract)
    assert counted(*retract).code == 4
    counted.ok("review", "withdraw", "@8", *AS["sana"])
    counted.ok(*retract)


def test_each_of_them_is_counted_as_awaiting(counted: Cli) -> None:
    """Two corrections and a retraction of one claim are three decisions to take."""
    cell = ("status", "-j", "PK", "-a", "va.exchange")
    assert "await" not in counted.ok(*cell).out
    counted.ok(*corrected(counted, "a.yaml", "It says maybe."))
    counted.ok(*corrected(counted, "b.yaml", "It says perhaps."))
    counted.ok("retract", "rule-1", "--reason", "other", *AS["sana"])
    assert counted.ok(*cell, "--json").json["awaiting_review"] == len(waiting(counted))
    assert counted.ok(*cell, "--json", "--known-at", "@8").json["awaiting_review"] == 1


def test_stale_corrections_are_left_out_of_an_approval(counted: Cli) -> None:
    """Once one counts, the other can only be rejected: --by does not try it."""
    counted.ok(*corrected(counted, "a.yaml", "It says maybe."))
    counted.ok(*corrected(counted, "b.yaml", "It says perhaps."))
    counted.ok("review", "approve", "@8", *AS["omar"])
    assert counted("review", "approve", "--by", "sana", "--yes", *AS["omar"]).code == 2
    assert waiting(counted) == [9]


def test_who_says_the_same_as_a_stale_one_is_told_to_take_it_back(counted: Cli) -> None:
    """A retraction that a correction made stale cannot be approved: the hint does not say so."""
    retract = ("retract", "rule-1", "--reason", "duplicate", *AS["sana"])
    counted.ok(*retract)
    assert "have it approved" in counted(*retract).err
    counted.ok(*corrected(counted, "a.yaml", "It says maybe."))
    counted.ok("review", "approve", "@9", *AS["omar"])
    assert counted("review", "approve", "@8", *AS["omar"]).code == 4
    refused = counted(*retract)
    assert refused.code == 4
    assert "have it approved" not in refused.err
    assert "`regledger review reject @8 --reason CODE`" in refused.err
    assert "`regledger review withdraw @8`" in refused.err
    counted.ok("review", "reject", "@8", "--reason", "other", *AS["omar"])
    counted.ok(*retract)
