"""`demo`, and what the reading commands say of the sample."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from typing import TYPE_CHECKING

import orjson
import pytest

from ledger.demo import NAMES
from ledger.verify.known_ledgers import KnownLedgers
from tests.examples import seldom

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Cli, Result

CELL = ("-j", "PK", "-a", "va.exchange", "--actor", "vasp")
SERIES = [
    ("2025-07-07", "undetermined"),
    ("2025-07-08", "under_framework"),
    ("2025-11-04", "under_framework"),
    ("2025-11-05", "under_framework"),
    ("2026-03-05", "under_framework"),
    ("2026-06-01", "under_framework"),
]


def test_demo_shows_what_a_newcomer_needs(built: tuple[Path, Result]) -> None:
    """The board, one why, the diff across 8 July 2025, a verified log, and what to do next."""
    out = built[1].out
    assert "SIMULATED CLOCK" in out
    assert "PK  Pakistan" in out
    assert "  va.deal                    ✖ prohibited       declared; statements_only" in out
    assert "What it rests on" in out
    assert "From 2025-07-07@" in out
    assert "PK  va.exchange  for any, vasp" in out
    assert "? undetermined (not_yet_in_force) → ◆ under framework" in out
    assert "2025-07-08  pk-va-law-2025-exchange: takes effect 2025-07-08" in out
    assert "VERIFIED: all " in out
    assert "passphrase of every key: demo" in out
    assert max(len(line) for line in out.split("\n") if str(built[0]) not in line) <= 80
    assert built[1].err == ""


def test_demo_lists_its_samples(cli: Cli) -> None:
    """`--list` names each sample with what it is about, and builds none."""
    lines = cli.ok("demo", "--list").out.splitlines()
    assert [line.split()[0] for line in lines] == list(NAMES)
    assert all(name in cli.ok("demo", "--help").out for name in NAMES)
    assert not list(cli.home.glob("*.db"))


def test_demo_knows_its_samples(cli: Cli) -> None:
    """Another name ends with 2, with the nearest one, and leaves a sample that is there alone."""
    (cli.home / "demo-wrold.db").write_bytes(b"mine")
    result = cli("demo", "wrold")
    assert (result.code, result.out) == (2, "")
    assert "did you mean world" in result.err
    assert (cli.home / "demo-wrold.db").read_bytes() == b"mine"


def test_a_sample_of_another_field(cli: Cli) -> None:
    """`demo schools` builds a ledger beside the default one, shows a tour of it and verifies it."""
    out = cli.ok("demo", "schools").out
    assert "IT-75  Apulia" in out
    assert "school.lessons.public  for learner.grade12" in out
    assert "VERIFIED: all " in out
    assert "export REGLEDGER_DB=demo-schools.db" in out
    assert not any(word in out for word in ("crypto", "va.", "PK"))
    assert [path.name for path in cli.home.glob("*.db")] == ["demo-schools.db"]


def test_demo_can_be_run_twice(sample: Cli) -> None:
    """A second run replaces the sample and forgets the old one."""
    first = sample("policy", "show", "--json").json["ledger"]
    again = sample.ok("demo")
    second = sample("policy", "show", "--json").json["ledger"]
    assert "VERIFIED" in again.out
    assert first != second
    known = KnownLedgers(sample.home / "state" / "regledger" / "known")
    assert [one.ledger for one in known.all()] == [second]


@pytest.mark.slow
def test_the_content_of_the_sample_is_the_same_every_time(sample: Cli) -> None:
    """Two runs differ in keys, ids and salts only: the board and the history read the same."""
    before = [sample.ok(*words).out for words in (("status",), ("history",))]
    sample.ok("demo")
    assert [sample.ok(*words).out for words in (("status",), ("history",))] == before


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\x00" + b"\x00" * 200])
def test_demo_never_replaces_what_is_no_sample(cli: Cli, content: bytes) -> None:
    """A file that is no ledger stays as it is: exit 4."""
    (cli.home / "demo.db").write_bytes(content)
    result = cli("demo")
    assert (result.code, result.out) == (4, "")
    assert (cli.home / "demo.db").read_bytes() == content


def test_demo_never_replaces_a_real_ledger(office: Cli) -> None:
    """A ledger with the system's clock is refused, and nothing of it or its keys changes."""
    path = office.home / "data" / "regledger" / "ledger.db"
    before = path.read_bytes()
    result = office("demo", "--db", str(path))
    assert result.code == 4
    assert "clock is not simulated" in result.err
    assert path.read_bytes() == before
    assert office("key", "list", "--json").json["keys"]


def test_demo_needs_a_file(cli: Cli) -> None:
    """The sample is not written to a server."""
    assert cli("demo", "--db", "postgresql://127.0.0.1:1/x").code == 2


# --- status, why ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "status"), SERIES)
def test_the_series_of_the_exchange(demo: Cli, day: str, status: str) -> None:
    """The normative status around each change is that of the record of 2025 and 2026."""
    found = demo.ok("status", *CELL, "--as-of", day, "--view", "normative", "--json").json
    assert found["status"] == status
    assert list(found)[:2] == ["status", "normative_status"]
    assert found["schema"] == "regledger/status/v1"
    assert found["simulated"] is True


def test_known_at_changes_the_answer(demo: Cli) -> None:
    """On 12 December 2025 the ordinance looked lapsed, because the extension was not recorded."""
    day = ("--as-of", "2025-12-12")
    then = demo.ok("status", *CELL, *day, "--known-at", "2025-12-12", "--json").json
    now = demo.ok("status", *CELL, *day, "--json").json
    assert (then["status"], then["reason"]) == ("undetermined", "lapsed")
    assert (now["status"], now["reason"]) == ("under_framework", None)
    assert "late_recorded" in now["flags"]
    shown = demo.ok("status", *CELL, *day, "--known-at", "2025-12-12").out
    assert "? undetermined: lapsed" in shown
    assert "review that would bear on this" in shown


def test_banks_differ_and_are_shown_below_everybody(demo: Cli) -> None:
    """Without --actor the line for any comes first, then each class that differs."""
    shown = demo.ok("status", "-j", "PK", "-a", "va.exchange", "--as-of", "2025-09-01").out
    everybody, _, others = shown.partition("Different for")
    assert "◆ under framework" in everybody
    assert "bank" in others
    assert "✖ prohibited" in others


def test_declared_is_never_shown_without_the_word(demo: Cli) -> None:
    """A status that only officials assert says so, on the board, in the cell, and in JSON."""
    cell = ("-j", "PK", "-a", "va.deal", "--as-of", "2025-06-20")
    shown = demo.ok("status", *cell).out
    assert "✖ prohibited, declared: said by officials, by rules it is undetermined" in shown
    found = demo.ok("status", *cell, "--json").json
    assert (found["status"], found["basis_kind"]) == ("prohibited", "declared")
    assert found["normative_status"] == "undetermined"
    why = demo.ok("why", "PK", "va.deal", "--as-of", "2025-06-20").out
    assert "✖ prohibited (declared, not law)" in why


def test_why_names_its_claims(demo: Cli) -> None:
    """Every claim an explanation names is cited by its entry, and listed below with its key."""
    shown = demo.ok("why", "PK", "va.exchange", "--actor", "vasp", "--as-of", "2025-12-12").out
    assert "primary [@63]: Only who is licensed" in " ".join(shown.split())
    assert "  @63  pk-va-law-2025-exchange\n" in shown
    found = demo.ok("why", "PK", "va.deal", "--json").json
    assert found["schema"] == "regledger/why/v1"
    assert set(found["basis"]) <= set(found["claims"])
    assert found["explanation"]["status"].startswith("On 20")


@pytest.mark.parametrize("activity", ["state.reserve", "va.mining.power_supply", "dc.ai"])
def test_what_is_only_promised_is_on_the_board(demo: Cli, activity: str) -> None:
    """The reserve and the 2,000 MW have a row with their mark, and `why` tells the commitment."""
    board = demo.ok("status", "-j", "PK").out
    (row,) = [line for line in board.splitlines() if line.split()[:1] == [activity]]
    assert "commitment" in row
    (listed,) = demo.ok("status", "-j", "PK", "-a", activity, "--json").json["commitments"]
    for words in (("why", "PK", activity), ("status", "-j", "PK", "-a", activity)):
        said = " ".join(demo.ok(*words).out.split())
        assert "Commitments, which are no rules" in said
        assert listed["statement"] in said
        assert str(listed["uttered_at"]) in said


def test_a_bill_that_became_law_is_pending_no_more(demo: Cli) -> None:
    """Its stages count until it was enacted; other proposals stay."""
    found = [
        demo.ok("status", "-j", "PK", "-a", "va", "--as-of", day, "--json").json["pending"]
        for day in ("2026-03-03", "2026-03-08")
    ]
    stages = [{one["stage"] for one in pending} for pending in found]
    assert stages == [{"idea", "drafting", "passed"}, {"idea", "drafting"}]


def test_a_cell_that_speaks_of_others_only_says_of_whom(demo: Cli) -> None:
    """The digital rupee is planned for the state alone: asked for anybody, the answer says so."""
    cell = ("-j", "PK", "-a", "state.cbdc")
    assert "claims speak only of state" in demo.ok("status", "-j", "PK").out
    assert "claims speak only of state" in demo.ok("status", *cell).out
    why = " ".join(demo.ok("why", "PK", "state.cbdc").out.split())
    assert "Here claims speak only of state." in why
    assert "speak only" not in demo.ok("status", *cell, "--actor", "state").out


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("status", "-j", "PK", "-a", "va.exchnge"), "va.exchange"),
        (("status", "-a", "va.exchnge"), "va.exchange"),
        (("status", "-j", "PKK"), "PK"),
        (("status", "-j", "PK", "-a", "va", "--actor", "bnak"), "bank"),
        (("status", "--actor", "bnak"), "bank"),
        (("why", "PK", "va.exchnge"), "va.exchange"),
        (("diff", "2025-07-07", "2025-07-08", "-a", "va.exchnge"), "va.exchange"),
        (("history", "-a", "va.exchnge"), "va.exchange"),
        (("show", "pk-va-law-2025-exchang"), "pk-va-law-2025-exchange"),
        (("help", "undeterminate"), "undetermined"),
    ],
)
def test_unknown_ids_get_the_nearest_known_ones(
    demo: Cli, words: tuple[str, ...], hint: str
) -> None:
    """A slip in an id ends with 2 and a `did you mean`."""
    result = demo(*words)
    assert (result.code, result.out) == (2, "")
    assert "did you mean" in result.err
    assert hint in result.err


@pytest.mark.parametrize(
    "words",
    [
        ("--as-of", "2025-02-30"),
        ("--as-of", "8 July"),
        ("--known-at", "42"),
        ("--known-at", "@042"),
        ("--known-at", "@" + "9" * 23),
        ("--known-at", "yesterday"),
        ("--known-at", "-1"),
    ],
)
def test_points_that_are_none_are_bad_input(demo: Cli, words: tuple[str, str]) -> None:
    """A day that does not exist, an entry without its @ or in another spelling: exit 2."""
    for command in (("status",), ("snapshot",), ("why", "PK", "va")):
        assert demo(*command, *words).code == 2


def test_the_board_narrows_to_a_branch(demo: Cli) -> None:
    """-a shows one activity and what lies below it."""
    cells = demo.ok("status", "-a", "va.stablecoin", "--json").json["cells"]
    assert {c["cell"]["activity"] for c in cells} >= {"va.stablecoin.remit"}
    assert all(c["cell"]["activity"].startswith("va.stablecoin") for c in cells)


def test_the_board_of_the_empty_log(demo: Cli) -> None:
    """Before anything was recorded the board says so instead of being empty."""
    shown = demo.ok("status", "--known-at", "@1").out
    assert "Nothing counts here yet" in shown
    shown = demo.ok("status", "--known-at", "2001-01-01").out
    assert "known @none (nothing was recorded)" in shown


# --- @N ------------------------------------------------------------------------------------------


def test_known_at_an_entry_includes_it(demo: Cli) -> None:
    """The approval that made the ordinance count is in what is known at it, not just before it."""
    day = ("--as-of", "2025-08-01")
    learned = demo.ok("diff", "2025-08-01@1", "2025-08-01", *CELL, "--json").json
    seq = next(
        seq
        for seq in learned["changes"][0]["events"]
        if demo.ok("status", *CELL, *day, "--known-at", f"@{seq}", "--json").json["status"]
        == "under_framework"
    )
    before = f"@{seq - 1}"
    said = demo.ok("status", *CELL, *day, "--known-at", f"@{seq}").out
    assert f"known @{seq} (recorded until" in said
    assert f"--known-at @{seq}" in said
    found = demo.ok("status", *CELL, *day, "--known-at", before, "--json").json
    assert (found["known_at"], found["point"]) == (seq - 1, f"2025-08-01{before}")
    assert found["status"] != "under_framework"
    diff = ("diff", f"2025-08-01{before}", f"2025-08-01@{seq}", *CELL[:4])
    changes = demo.ok(*diff, "--json").json["changes"]
    assert changes
    assert all(seq in change["events"] for change in changes)
    why = demo.ok("why", "PK", "va.exchange", "--actor", "vasp", *day, "--known-at", f"@{seq}")
    assert f"known @{seq} " in why.out
    kept = demo.ok("snapshot", *day, "--known-at", f"@{seq}").json
    assert (kept["known_at"], kept["size"]) == (seq, seq + 1)


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("snapshot",),
        *seldom(
            ("status", "-j", "PK", "-a", "va.exchange"),
            ("why", "PK", "va.exchange"),
            ("history",),
            ("calendar",),
        ),
    ],
)
def test_a_known_at_ahead_of_the_head_is_answered_with_a_note(
    demo: Cli, words: tuple[str, ...]
) -> None:
    """On stderr for people, as a member of JSON for programs; the answer is that of the head."""
    head = demo.ok("history", "-n", "1", "--json").json["entries"][0]["seq"]
    note = f"@5000 is ahead of the head, @{head}: answered as known at @{head}"
    found = demo.ok(*words, "--known-at", "@5000")
    assert found.err == f"note: {note}\n"
    assert found.out == demo.ok(*words).out
    if words != ("snapshot",):  # it holds what anybody derives on any day, and no more
        found = demo.ok(*words, "--known-at", "@5000", "--json")
        assert (found.json["notes"], found.err) == ([note], "")


def test_diff_notes_what_is_ahead_and_far_off(demo: Cli) -> None:
    """Each point's note is said once."""
    found = demo.ok("diff", "2099-01-01", "2099-01-01@2098-01-01", "--json").json
    assert found["from"] == found["to"]
    far, ahead = found["notes"]
    assert far.startswith("2099-01-01 is more than a year after today, ")
    assert ahead.startswith("2098-01-01 is ahead of today, ")


# --- history, show, log --------------------------------------------------------------------------


def test_history_is_newest_first_and_filters(demo: Cli) -> None:
    """Text, activity, actor, type and range narrow the list; -n ends it."""
    every = demo.ok("history", "--json").json["entries"]
    assert [e["seq"] for e in every] == sorted((e["seq"] for e in every), reverse=True)
    assert [e["seq"] for e in demo.ok("history", "--json", "-n", "3").json["entries"]] == [
        e["seq"] for e in every[:3]
    ]
    oldest = demo.ok("history", "--json", "--oldest-first", "--after", "4").json["entries"]
    assert oldest[0]["seq"] == 5
    kinds = demo.ok("history", "--type", "claim.retracted", "--json").json["entries"]
    assert [e["type"] for e in kinds] == ["claim.retracted"]
    found = demo.ok("history", "EXTENDED once").out
    assert "claim.recorded by recorder" in found
    assert demo.ok("history", "no such text").out == ""
    by = demo.ok("history", "--by", "admin", "--json").json["entries"]
    assert {e["actor"] for e in by} == {"admin"}


def test_show_gives_the_entry_and_its_versions(demo: Cli) -> None:
    """A corrected claim shows its fields, both versions, and the hashes that bind it."""
    shown = demo.ok("show", "pk-va-law-2025-exchange").out
    assert "\n\n  Only who is licensed" in shown  # the sentence first
    assert "state        replaced" in shown
    assert "claim.corrected" in shown
    found = demo.ok("show", "pk-va-law-2025-exchange", "--json").json
    assert found["schema"] == "regledger/entry/v1"
    assert f"leaf hash      {found['leaf_hash']}" in shown or found["leaf_hash"] in shown
    same = demo.ok("show", f"@{found['seq']}", "--json").json
    assert same == demo.ok("show", found["event"], "--json").json == found


def test_the_dsse_envelope_is_the_signed_event(demo: Cli) -> None:
    """--dsse prints a standard envelope around the exact bytes whose hash is the digest."""
    found = demo.ok("show", "@7", "--json").json
    envelope = demo.ok("show", "@7", "--dsse").json
    assert set(envelope) == {"payload", "payloadType", "signatures"}
    payload = base64.b64decode(envelope["payload"])
    assert hashlib.sha256(payload).hexdigest() == found["digest"]
    assert envelope["signatures"][0]["keyid"] == found["keyid"]


def test_log_export_gives_the_exact_bytes(demo: Cli) -> None:
    """One entry per line, in order, byte for byte: the leaf hashes follow from them."""
    demo.ok("log", "export", "-o", "log.ndjson")
    data = (demo.home / "log.ndjson").read_bytes()
    assert data.decode() == demo.ok("log", "export").out
    entries = data.splitlines()
    for seq, entry in enumerate(entries):
        value = orjson.loads(entry)
        assert value["seq"] == seq
        assert orjson.dumps(value, option=orjson.OPT_SORT_KEYS) == entry
    leaf = hashlib.sha256(b"\x00" + entries[7]).hexdigest()
    assert demo.ok("show", "@7", "--json").json["leaf_hash"] == leaf


def test_the_log_is_printed_in_its_order(demo: Cli) -> None:
    """`log` goes from the oldest on; with --json it is one object per line."""
    lines = demo.ok("log", "--json", "--after", "3").out.splitlines()
    assert [json.loads(line)["seq"] for line in lines[:3]] == [4, 5, 6]
    assert demo.ok("log").out.startswith("@0 ")


# --- diff, snapshot ------------------------------------------------------------------------------


def test_diff_tells_time_from_knowledge(demo: Cli) -> None:
    """Across days of one size it is passing time, across sizes of one day new knowledge."""
    time_passed = demo.ok("diff", "2025-07-07", "2025-07-08", "--json").json
    assert time_passed["schema"] == "regledger/diff/v1"
    assert {cause for c in time_passed["changes"] for cause in c["causes"]} == {"passing_time"}
    learned = demo.ok("diff", "2025-12-12@2025-12-12", "2025-12-12", *CELL).out
    assert "? undetermined (lapsed) → ◆ under framework" in learned
    assert "new knowledge:" in learned
    assert "passing time:" not in learned
    assert "appears to have been" in learned


def test_diff_of_equal_points_is_empty(demo: Cli) -> None:
    """Nothing differs between a point and itself."""
    assert "No status differs" in demo.ok("diff", "2025-07-08", "2025-07-08").out
    assert demo("diff", "2025-07-08", "x").code == 2


def test_a_snapshot_binds_itself(demo: Cli) -> None:
    """The JSON names the log it follows from and its own digest; -o writes the same bytes."""
    first = demo.ok("snapshot", "--as-of", "2025-09-01").out
    value = json.loads(first)
    digest = value.pop("digest")
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(plain.encode()).hexdigest() == digest
    assert value["clock"] == "simulated"
    demo.ok("snapshot", "--as-of", "2025-09-01", "-o", "snap.json")
    assert (demo.home / "snap.json").read_text() == first


def test_a_snapshot_as_csv_is_for_spreadsheets(demo: Cli) -> None:
    """One row a cell, with a header; no cell starts a formula."""
    rows = list(csv.DictReader(io.StringIO(demo.ok("snapshot", "--format", "csv").out)))
    assert {"jurisdiction", "activity", "actor", "status", "flags"} <= set(rows[0])
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


@pytest.mark.parametrize("target", ["missing/snap.json", "."])
def test_a_file_that_cannot_be_written_is_refused(demo: Cli, target: str) -> None:
    """A directory that is not there, or a directory in the way: an error, and no litter."""
    before = sorted(demo.home.iterdir())
    assert demo("snapshot", "-o", target).code in {2, 3}
    assert sorted(demo.home.iterdir()) == before


# --- help, doctor, policy, actors ----------------------------------------------------------------


def test_help_explains_every_flag_and_reason_of_the_sample(demo: Cli) -> None:
    """Whatever word the board shows has an explanation."""
    words: set[str] = set()
    for day in ("2025-06-20", "2025-12-12", "2026-03-05"):
        for cell in demo.ok("status", "--as-of", day, "--json").json["cells"]:
            words |= {*cell["flags"], cell["status"], cell["basis_kind"]} - {"none"}
            words |= {cell["reason"]} - {None}
    assert "declared" in words
    for word in words:
        assert len(demo.ok("help", word).out) > 40
    assert set(demo.ok("help", "--json").json["terms"]) >= {"lapsed", "undetermined"}


def test_doctor_says_what_is_set_up(demo: Cli, cli: Cli) -> None:
    """With a ledger: its id, founder, trust. Without: what to do."""
    found = demo.ok("doctor").out
    assert "simulated" in found
    assert "journal" in found
    assert "Nothing is wrong" in found
    nothing = cli.ok("doctor").out
    assert "regledger init" in nothing
    missing = cli("doctor", "--db", "nothing.db")
    assert missing.code == 3
    assert "! ledger" in missing.out


def test_actors_and_policy(demo: Cli) -> None:
    """Who may do what, and by which rules."""
    actors = demo.ok("actor", "list", "--json").json["actors"]
    assert {a["actor"]: a["roles"] for a in actors} == {
        "admin": ["admin"],
        "recorder": ["recorder"],
        "reviewer": ["reviewer"],
    }
    assert "review    four_eyes" in demo.ok("policy", "show").out
    assert demo.ok("policy", "show", "--json").json["clock"] == "simulated"


def test_the_version_as_json(cli: Cli) -> None:
    """The versions an answer may depend on."""
    assert {"regledger", "sqlite", "python"} <= set(cli.ok("version", "--json").json)


def test_a_script_can_ask_whether_a_status_differs(demo: Cli) -> None:
    """`diff --exit-code` ends with 10 where something changed, with 0 where nothing did."""
    assert demo("diff", "2025-07-07", "2025-07-08").code == 0
    changed = demo("diff", "2025-07-07", "2025-07-08", "--exit-code", "--json")
    assert (changed.code, changed.err) == (10, "")
    assert changed.json["changes"]
    assert demo("diff", "2025-07-08", "2025-07-08", "--exit-code").code == 0
