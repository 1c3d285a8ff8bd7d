"""The status view and the commands: what is left behind is said, and `db follow` catches up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ledger.projections import status_follow
from ledger.projections.status_follow import Bound
from tests.cli.conftest import REPORTS
from tests.cli.test_office import approved, size

if TYPE_CHECKING:
    from tests.cli.conftest import Cli


@pytest.fixture
def nothing_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command may compute no place again."""
    monkeypatch.setattr(status_follow, "AFTER_A_COMMAND", Bound(places=0, claims=512))


def _view(run: Cli) -> dict[str, str]:
    findings = run.ok("doctor", "--json").json["findings"]
    (found,) = [one for one in findings if one["subject"] == "status view"]
    return dict(found)


def test_a_small_command_leaves_nothing_behind(office: Cli) -> None:
    """No note, and `doctor` finds the view at the head; there is nothing to follow."""
    made = office.ok("record", office.file("act.yaml", _norms(1)), "--as", "sana")
    assert "status view" not in made.err
    assert _view(office)["found"] == f"at the head, @{size(office) - 1}"
    assert _view(office)["advice"] == ""
    found = office.ok("db", "follow", "--json").json
    assert (found["before"], found["position"]) == (found["size"], found["size"])


def _norms(count: int) -> str:
    one = (
        "{{kind: norm, key: k{n}, jurisdiction: PK, activity: va.exchange, force: primary, "
        'effect: prohibit, statement: "Rule {n}.", effective_from: "2025-02-01", '
        "reports: " + REPORTS.replace("{", "{{").replace("}", "}}") + "}}\n"
    )
    return "claims:\n" + "".join("  - " + one.format(n=n) for n in range(count))


@pytest.mark.usefixtures("nothing_follows")
def test_what_is_left_behind_is_said_and_caught_up(office: Cli) -> None:
    """A note with the command that helps; statuses are right before and after it."""
    approved(office)
    before = office.ok("status", "--json", "--as-of", "2025-03-01")
    note = office.ok("record", office.file("more.yaml", _norms(1)), "--as", "sana").err
    assert "behind the log; `regledger db follow` brings it to the head" in note
    assert "regledger db follow" in _view(office)["advice"]
    assert office.ok("doctor").code == 0
    head = size(office)
    found = office.ok("db", "follow", "--json").json
    assert found["before"] < found["position"] == found["size"] == head
    assert _view(office)["found"] == f"at the head, @{head - 1}"
    assert f"at the head: @{head - 1}" in office.ok("db", "follow").out
    after = office.ok("status", "--json", "--as-of", "2025-03-01")
    assert json.loads(before.out)["cells"][0]["status"] == after.json["cells"][0]["status"]


@pytest.mark.usefixtures("nothing_follows")
def test_an_import_ends_with_the_view_at_the_head(office: Cli) -> None:
    """A file of many claims is caught up with once, at its end."""
    office.ok("policy", "change", "--review", "none", "--as", "ana")
    made = office.ok("record", office.file("many.yaml", _norms(100)), "--as", "sana")
    assert "status view" not in made.err
    assert _view(office)["found"] == f"at the head, @{size(office) - 1}"
