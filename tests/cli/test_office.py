"""A ledger from its beginning: keys, actors, claims, review, second thoughts, bad input."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from ledger.sqlite_driver import sqlite3
from tests.cli.conftest import PASSPHRASE, REPORTS

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

ACT = f"""
kind: norm
key: act-1
jurisdiction: PK
activity: va.exchange
force: primary
effect: prohibit
statement: Exchanges are prohibited.
effective_from: "2025-02-01"
reports: {REPORTS}
"""


def size(run: Cli) -> int:
    """How many entries the ledger has."""
    return int(run.ok("history", "--json", "-n", "1").json["entries"][0]["seq"]) + 1


def approved(run: Cli, text: str = ACT, key: str = "act-1") -> None:
    """Record a claim and have it approved."""
    run.ok("record", run.file("act.yaml", text), "--as", "sana")
    run.ok("review", "approve", key, "--as", "omar")


# --- init ----------------------------------------------------------------------------------------


def test_init_makes_keys_ledger_and_memory(cli: Cli) -> None:
    """The founder's key, both log keys, two entries, and a ledger that this machine trusts."""
    out = cli.ok("init", "example.com/log", "--as", "ana").out
    assert "regledger actor enroll sana.json --role recorder" in out
    keys = cli.home / "data" / "regledger" / "keys"
    names = sorted(path.name for path in keys.iterdir())
    assert names == [
        "ana.pem",
        "example.com_log.log-ed25519.pem",
        "example.com_log.log-mldsa44.pem",
        "example.com_log.log-state",
        "example.com_log.log-state.lock",
    ]
    assert {path.stat().st_mode & 0o777 for path in keys.iterdir()} == {0o600}
    assert keys.stat().st_mode & 0o777 == 0o700
    assert all(b"ENCRYPTED" in path.read_bytes() for path in keys.glob("*.pem"))
    assert (keys / "example.com_log.log-state").read_bytes().startswith(b"example.com/log\n2\n")
    found = cli.ok("verify", "--json").json
    assert (found["size"], found["authenticated"]) == (2, True)
    assert cli.ok("key", "list").out.startswith("ana  ")


def test_init_never_makes_a_ledger_again(cli: Cli) -> None:
    """A known origin, or a database that is there, is refused with 4 and nothing is touched."""
    cli.ok("init", "example.com/log", "--as", "ana")
    path = cli.home / "data" / "regledger" / "ledger.db"
    before = path.read_bytes()
    for words in (
        ("init", "example.com/log", "--as", "ana"),
        ("init", "example.com/log", "--as", "ana", "--db", "other.db"),
        ("init", "example.com/other", "--as", "ana"),
    ):
        assert cli(*words).code == 4
    assert path.read_bytes() == before
    assert not (cli.home / "other.db").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("init", "example.com/log"),
        ("init", "has blanks", "--as", "ana"),
        ("init", "a+b", "--as", "ana"),
        ("init", "", "--as", "ana"),
        ("init", "example.com/log", "--as", "Ana"),
        ("init", "example.com/log", "--as", "../ana"),
    ],
)
def test_init_refuses_bad_names_before_it_makes_anything(cli: Cli, words: tuple[str, ...]) -> None:
    """No founder, or a name that cannot be one: exit 2 and an empty home."""
    assert cli(*words).code == 2
    assert not list(cli.home.rglob("*.*"))


def test_init_refuses_a_zone_that_is_none(cli: Cli) -> None:
    """The days of a ledger are those of a real time zone; no database is left behind."""
    result = cli("init", "example.com/log", "--as", "ana", "--timezone", "Mars/Olympus")
    assert result.code == 2
    assert not list(cli.home.rglob("*.db"))
    cli.ok("init", "example.com/log", "--as", "ana")


def test_without_review_one_person_does_it_all(cli: Cli) -> None:
    """With --review none the founder records, and it counts at once."""
    cli.ok("init", "example.com/log", "--as", "ana", "--review", "none")
    result = cli.ok("record", cli.file("a.yaml", ACT), "--json").json["results"][0]
    assert (result["outcome"], result["state"]) == ("recorded", "counting")
    cell = ("-j", "PK", "-a", "va.exchange", "--json")
    assert cli.ok("status", *cell).json["status"] == "prohibited"


# --- actors --------------------------------------------------------------------------------------


def test_a_request_is_good_for_one_actor_in_one_ledger(office: Cli) -> None:
    """A request with another name, another ledger or no proof is refused; nothing is written."""
    office.ok("key", "new", "eve")
    request = json.loads(office.ok("key", "request", "eve").out)
    before = size(office)
    for change in ({"actor": "mallory"}, {"ledger": "0" * 64}, {"proof": "AAAA"}):
        text = json.dumps({**request, **change})
        result = office("actor", "enroll", "-", "--role", "recorder", "--as", "ana", stdin=text)
        assert result.code in {1, 2}, change
    for text in ("", "[]", "{}", "null", json.dumps({**request, "more": "x"}), "[" * 99999):
        result = office("actor", "enroll", "-", "--role", "recorder", "--as", "ana", stdin=text)
        assert (result.code, result.err[:6]) == (2, "error:")
    assert size(office) == before


def test_only_an_administrator_enrols(office: Cli) -> None:
    """A recorder cannot let others in: exit 4."""
    office.ok("key", "new", "eve")
    request = office.ok("key", "request", "eve").out
    result = office("actor", "enroll", "-", "--role", "recorder", "--as", "sana", stdin=request)
    assert result.code == 4


def test_roles_come_and_go(office: Cli) -> None:
    """Granting and revoking show in the list; admin excludes the other roles under four eyes."""
    office.ok("actor", "grant", "sana", "reviewer", "--as", "ana")
    office.ok("actor", "revoke", "omar", "--role", "reviewer", "--as", "ana")
    actors = {a["actor"]: a["roles"] for a in office.ok("actor", "list", "--json").json["actors"]}
    assert actors == {"ana": ["admin"], "omar": [], "sana": ["recorder", "reviewer"]}
    assert office("actor", "grant", "ana", "recorder", "--as", "ana").code == 4
    assert office("actor", "revoke", "ana", "--role", "admin", "--as", "ana").code == 4
    assert office("actor", "grant", "nobody", "recorder", "--as", "ana").code == 2
    assert office("actor", "revoke", "omar", "--as", "ana").code == 2


def test_a_rotated_key_replaces_the_old_one(office: Cli) -> None:
    """After rotation the old key is refused and the new one signs."""
    keys = office.home / "data" / "regledger" / "keys"
    (keys / "sana.pem").rename(office.home / "old.pem")
    office.ok("key", "new", "sana")
    request = office.ok("key", "request", "sana").out
    office.ok("actor", "rotate-key", "-", "--as", "ana", stdin=request)
    office.ok("record", office.file("a.yaml", ACT), "--as", "sana")
    (keys / "sana.pem").unlink()
    (office.home / "old.pem").rename(keys / "sana.pem")
    second = office.file("b.yaml", ACT.replace("act-1", "act-2"))
    assert office("record", second, "--as", "sana").code == 4


def test_a_revoked_key_signs_no_more(office: Cli) -> None:
    """A key closed by its id is refused from then on."""
    keyid = office.ok("key", "show", "sana", "--json").json["keyid"]
    office.ok("actor", "revoke", "sana", "--key", keyid, "--as", "ana")
    result = office("record", office.file("a.yaml", ACT), "--as", "sana")
    assert result.code == 4
    assert "ended" in result.err


def test_who_signs_must_be_said_where_there_are_several_keys(office: Cli) -> None:
    """Three keys and no --as: exit 2 and the names."""
    result = office("record", office.file("a.yaml", ACT))
    assert result.code == 2
    assert "ana, omar, sana" in result.err


def test_wrong_and_missing_keys(office: Cli) -> None:
    """A wrong passphrase, no key, a key others can read: exit 2, nothing written."""
    act, before = office.file("a.yaml", ACT), size(office)
    wrong = office("record", act, "--as", "sana", env={"REGLEDGER_PASSPHRASE": "no"})
    assert wrong.code == 2
    assert "wrong passphrase" in wrong.err
    assert office("record", act, "--as", "nobody").code == 2
    (office.home / "data" / "regledger" / "keys" / "sana.pem").chmod(0o644)
    open_key = office("record", act, "--as", "sana")
    assert open_key.code == 2
    assert "chmod 600" in open_key.err
    assert office("doctor").code == 3
    assert size(office) == before


def test_a_key_is_never_overwritten(office: Cli) -> None:
    """`key new` for a name that has one ends with 4."""
    before = office.ok("key", "show", "sana").out
    assert office("key", "new", "sana").code == 4
    assert office.ok("key", "show", "sana").out == before


# --- recording -----------------------------------------------------------------------------------


def test_a_claim_counts_from_its_approval(office: Cli) -> None:
    """Recorded it waits and is announced; approved by another it decides."""
    cell = ("status", "-j", "PK", "-a", "va.exchange")
    preview = office.ok("record", office.file("a.yaml", ACT), "--dry-run").out
    assert "? undetermined (no_claims) → ✖ prohibited" in preview
    assert "Nothing was recorded" in preview
    assert office.ok("review", "list").out == "Nothing awaits review.\n"
    office.ok("record", "a.yaml", "--as", "sana")
    assert "1 claim awaits review" in office.ok(*cell).out
    assert "@6" in office.ok("review", "list").out
    assert office("review", "approve", "act-1", "--as", "sana").code == 4
    office.ok("review", "approve", "@6", "--as", "omar")
    assert "✖ prohibited" in office.ok(*cell).out
    assert office.ok("review", "list", "--json").json["pending"] == []


def test_recording_the_same_file_again_does_nothing(office: Cli) -> None:
    """A claim with a known key and the same content is reported, not recorded."""
    first = office.ok("record", office.file("a.yaml", ACT), "--as", "sana", "--json").json
    again = office.ok("record", "a.yaml", "--as", "sana", "--json").json
    assert again["schema"] == "regledger/recorded/v1"
    assert again["results"][0]["outcome"] == "already"
    assert again["results"][0]["seq"] == first["results"][0]["seq"]
    assert size(office) == 7


def test_a_known_key_with_other_content_is_refused(office: Cli) -> None:
    """The error names the fields that differ, the line, and `correct`."""
    office.ok("record", office.file("a.yaml", ACT), "--as", "sana")
    office.file("a.yaml", ACT.replace("prohibit\n", "permit\n"))
    result = office("record", "a.yaml", "--as", "sana")
    assert result.code == 4
    assert "effect" in result.err
    assert "regledger correct act-1" in result.err
    assert size(office) == 7


@pytest.mark.parametrize("kind", ["norm", "lifecycle", "declaration", "decision", "context"])
def test_a_template_is_a_claims_file(office: Cli, kind: str) -> None:
    """--template needs no ledger or key; recorded as it was printed it is refused, by its lines."""
    office.file("t.yaml", office.ok("record", "--template", kind).out)
    before = size(office)
    for words in (["--dry-run"], ["--as", "sana"]):
        result = office("record", "t.yaml", *words)
        assert result.code == 2
        assert "statement: still holds the text of the template" in result.err
        assert "is required" not in result.err
    assert size(office) == before


def test_claims_from_every_format(office: Cli) -> None:
    """YAML, JSON, NDJSON and CSV, by suffix or --format, from a file or stdin."""
    claim = {
        "kind": "context",
        "jurisdiction": "PK",
        "activity": "va",
        "force": "report",
        "statement": "A remark.",
        "reports": [{"url": "https://example.org", "publisher": "P", "title": "T"}],
    }
    office.ok("record", office.file("c.json", json.dumps([claim])), "--as", "sana")
    said = ({**claim, "statement": f"Remark {n}."} for n in range(2))
    lines = "\n".join(map(json.dumps, said))
    office.ok("record", office.file("c.ndjson", lines), "--as", "sana")
    csv = (
        "kind,jurisdiction,activity,force,statement,reports.0.url,reports.0.publisher,"
        "reports.0.title\ncontext,PK,va,report,In a table.,https://example.org,P,T\n"
    )
    office.ok("record", "-", "--format", "csv", "--as", "sana", stdin=csv)
    assert size(office) == 6 + 4


MANY = ",".join(f"c{n:07}" * 12 for n in range(900))  # 86 kB of ids
BAD_FILES = {
    "unknown ids": (
        "jurisdiction: PX, activity: va.exchnge, addressees: [bnk, 'org:NOPE'], issuer: PK.SPB",
        2,
        [
            "bad.yaml:3: jurisdiction: unknown jurisdiction 'PX'",
            "did you mean va.exchange",
            "did you mean bank?",
            "'NOPE'",
            "'PK.SPB'",
            "effect: is required",
        ],
    ),
    "delegated without enabling": (
        "force: delegated, effect: prohibit, effective_from: '2025-01-01'",
        2,
        ["enabling_instrument"],
    ),
    "ends before it starts": (
        "effect: prohibit, effective_from: '2025-02-01', effective_to: '2025-01-01'",
        2,
        ["effective_to", "2025-01-01"],
    ),
    "ordinance without expiry": (
        "effect: prohibit, effective_from: '2025-02-01', instrument: {id: X, type: ordinance}",
        4,
        ["effective_to", "ordinance"],
    ),
    "no date at all": ("effect: prohibit", 2, ["effective_from"]),
    "not a date": ("effect: prohibit, effective_from: '2025-02-30'", 2, ["2025-02-30"]),
    "a misspelt field": ("effect: prohibit, efective_from: '2025-02-01'", 2, ["effective_from"]),
    "too large": (
        f"effect: prohibit, effective_from: '2025-02-01', cites: [{MANY}]",
        2,
        ["65,535", "evidence"],
    ),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_claim_is_refused_with_its_place(office: Cli, name: str) -> None:
    """Each ends with its code, names what is wrong, and nothing is written."""
    fields, code, words = BAD_FILES[name]
    text = (
        "defaults: {kind: norm, jurisdiction: PK, activity: va, force: primary, statement: s, "
        f"reports: {REPORTS}}}\nclaims:\n  - {{{fields}}}\n"
    )
    before = size(office)
    result = office("record", office.file("bad.yaml", text), "--as", "sana")
    assert result.code == code, result.err
    for word in words:
        assert word in result.err
    assert "bad.yaml" in result.err
    assert size(office) == before


def test_a_part_of_a_country_is_defined_by_its_code(office: Cli) -> None:
    """The error about it names the command, which needs no file; other words take no codes."""
    asked = office("status", "-j", "US-NY")
    assert asked.code == 2
    assert "hint: define it: `regledger define jurisdiction US-NY`" in asked.err
    office.ok("define", "jurisdiction", "US-NY", "GB-LND", "--as", "sana")
    office.ok("review", "approve", "@6", "@7", "@8", "--as", "omar")
    before = size(office)
    assert office("define", "jurisdiction", "US-ZZ", "--as", "sana").code == 2
    assert office("define", "bodies", "US-CA", "--as", "sana").code == 2
    assert size(office) == before


def test_what_to_look_at_again_is_said_before_signing(office: Cli) -> None:
    """`record` and `--dry-run` warn on stderr with the line; it is no refusal, and JSON has it."""
    text = (
        "defaults: {kind: norm, jurisdiction: PK, activity: va, force: primary, statement: s, "
        f"effect: prohibit, reports: {REPORTS}}}\nclaims:\n"
        "  - {key: ban, made: '2025-01-01'}\n"
        "  - {key: odd, made: '2567-01-01', effective_to: '9999-12-31'}\n"
        "  - {key: weak, kind: lifecycle, effect: null, act: repeal, target: 'key:ban',"
        " at: '2025-02-01', force: supervisory}\n"
    )
    file = office.file("odd.yaml", text)
    before = size(office)
    dry = office.ok("record", file, "--dry-run", "--json")
    warned = [(one["index"], one["field"]) for one in dry.json["warnings"]]
    assert warned == [(1, "made"), (1, "effective_to"), (2, "act")]
    assert size(office) == before
    said = office.ok("record", file, "--as", "sana").err
    assert "warning: odd.yaml:4: made: 2567-01-01 lies more than a year ahead" in said
    assert "about 2024 of the Buddhist calendar" in said
    assert "odd.yaml:4: effective_to: 9999-12-31 stands for no end" in said
    assert "odd.yaml:5: act: this repeal would have no effect: ultra_vires" in said
    assert size(office) == before + 3


def test_every_problem_of_a_file_is_printed(office: Cli) -> None:
    """Three bad claims and a good one: three problems with their lines, nothing recorded."""
    text = (
        "defaults: {jurisdiction: PK, activity: va, force: report, statement: s,"
        f" reports: {REPORTS}}}\n"
        "claims:\n  - {kind: context}\n  - {kind: contxt}\n  - {kind: context, statement: ''}\n"
        "  - {kind: context, colour: red}\n"
    )
    result = office("record", office.file("bad.yaml", text), "--as", "sana", "--json")
    assert result.code == 2
    assert {p["line"] for p in result.error["problems"]} == {4, 5, 6}
    assert "3 problems" in result.error["message"]
    assert size(office) == 6


def test_every_line_that_the_rules_refuse_is_printed(office: Cli) -> None:
    """Acts on claims that do not exist are found on all lines, not only the first."""
    text = (
        "defaults: {kind: lifecycle, act: repeal, at: '2025-01-01', jurisdiction: PK, activity: va,"
        f" force: primary, statement: s, reports: {REPORTS}}}\nclaims:\n"
        "  - {target: 'key:nope'}\n"
        "  - {target: '0197e2f0-0000-7000-8000-000000000001'}\n"
    )
    result = office("record", office.file("bad.yaml", text), "--as", "sana")
    assert result.code in {2, 4}
    assert "bad.yaml:3: target: unknown claim key 'nope'" in result.err
    assert "bad.yaml:4: " in result.err
    assert size(office) == 6


def test_who_may_not_record_is_told_once(office: Cli) -> None:
    """A key without the role is refused whatever the file holds, without a list of lines."""
    result = office("record", office.file("a.yaml", ACT), "--as", "omar")
    assert result.code == 4
    assert "recorder" in result.err
    assert "a.yaml" not in result.err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("aliases.yaml", "a: &a [1]\nclaims: [*a, *a]\n"),
        ("tags.yaml", "claims: !!python/object/apply:os.system ['true']\n"),
        ("nested.yaml", "claims: " + "[" * 5000 + "]" * 5000),
        ("nested.json", "[" * 100_000),
        ("twice.json", '[{"kind": "context", "kind": "norm"}]'),
        ("nan.json", '[{"kind": NaN}]'),
        ("float.json", '[{"kind": "context", "statement": 1.5}]'),
        ("nul.yaml", "claims: [{statement: 'a\0b'}]"),
        ("empty.yaml", ""),
        ("x.exe", "MZ"),
        ("rows.csv", "a,b\n1,2\n"),
    ],
)
def test_hostile_files_are_refused(office: Cli, name: str, text: str) -> None:
    """Aliases, tags, depth, doubled members, NaN, NUL: exit 2, a message, nothing written."""
    result = office("record", office.file(name, text), "--as", "sana")
    assert (result.code, result.out) == (2, "")
    assert "Traceback" not in result.err
    assert "\0" not in result.err
    assert size(office) == 6


@pytest.mark.parametrize("name", ["missing.yaml", ".", "a\0b"])
def test_files_that_are_not_there(office: Cli, name: str) -> None:
    """A file that is not there, or is a directory, is said to be so."""
    result = office("record", name, "--as", "sana")
    assert result.code in {2, 3}
    assert result.err.startswith("error: ")
    assert office("record").code == 2


def test_a_clock_far_ahead_must_be_said_to_be_right(
    office: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 days after the last entry nothing is recorded, unless --accept-clock says so."""
    later = datetime.now(UTC) + timedelta(days=500)
    monkeypatch.setattr("ledger.clock.SystemClock.now", lambda _: later)
    record = ("record", office.file("a.yaml", ACT), "--as", "sana")
    refused = office(*record)
    assert refused.code == 3
    assert "--accept-clock" in refused.err
    office.ok(*record, "--accept-clock")


# --- definitions, policy -------------------------------------------------------------------------


def test_definitions_count_once_approved(office: Cli) -> None:
    """A claim may name a body whose definition waits, and is approved after it or with it."""
    office.file("d.yaml", "bodies: [{id: PK.X, name: Board of X, jurisdiction: PK}]\n")
    office.ok("define", "d.yaml", "--as", "sana")
    issued = office.file("a.yaml", ACT + "issuer: PK.X\n")
    office.ok("record", issued, "--as", "sana")
    refused = office("review", "approve", "@7", "--as", "omar")
    assert refused.code == 4
    assert "names body 'PK.X', which does not count yet" in refused.err
    office.ok("review", "approve", "@6", "--as", "omar")
    office.ok("review", "approve", "@7", "--as", "omar")
    answer = office.ok("status", "-j", "PK", "-a", "va.exchange", "--json").json
    assert answer["status"] == "prohibited"
    assert office("define", office.file("e.yaml", "bodies: 3\n"), "--as", "sana").code == 2


def test_the_policy_changes_by_an_administrator_only(office: Cli) -> None:
    """Review can be switched off by the admin; a recorder cannot; nothing to change is an error."""
    assert office("policy", "change", "--review", "none", "--as", "sana").code == 4
    assert office("policy", "change", "--as", "ana").code == 2
    office.ok("policy", "change", "--review", "none", "--as", "ana")
    assert office.ok("policy", "show", "--json").json["review"] == "none"


# --- second thoughts -----------------------------------------------------------------------------


def test_a_correction_keeps_the_past(office: Cli) -> None:
    """What was known before the approval stays as it was; after it the new content counts."""
    approved(office)
    before = f"@{size(office) - 1}"
    changed = ACT.replace("effect: prohibit", "effect: authorise")
    correct = ("correct", "act-1", office.file("b.yaml", changed), "--as", "sana")
    assert office(*correct).code == 2  # a correction has a reason
    office.ok(*correct, "--reason", "wrong_effect", "--comment", "Misread.")
    cell = ("status", "-j", "PK", "-a", "va.exchange", "--json")
    assert office.ok(*cell).json["status"] == "prohibited"
    office.ok("review", "approve", "act-1", "--as", "omar")
    assert office.ok(*cell).json["status"] == "under_framework"
    assert office.ok(*cell, "--known-at", before).json["status"] == "prohibited"
    diff = office.ok("diff", before, "@head").out
    assert "✖ prohibited → ◆ under framework" in diff
    assert "claim.corrected" in diff


def test_a_retraction_is_final(office: Cli) -> None:
    """A retracted claim counts no more and cannot be corrected: exit 4."""
    approved(office)
    office.ok("retract", "act-1", "--reason", "misread_source", "--as", "sana")
    office.ok("review", "approve", f"@{size(office) - 1}", "--as", "omar")
    cell = ("status", "-j", "PK", "-a", "va.exchange", "--json")
    assert office.ok(*cell).json["status"] == "undetermined"
    again = office("correct", "act-1", "act.yaml", "--reason", "other", "--as", "sana")
    assert again.code == 4


def test_a_dispute_is_a_flag_at_once(office: Cli) -> None:
    """A dispute needs no review and changes no status."""
    approved(office)
    office.ok("dispute", "act-1", "--reason", "other", "--as", "omar")
    found = office.ok("status", "-j", "PK", "-a", "va.exchange", "--json").json
    assert found["status"] == "prohibited"
    assert "disputed" in found["flags"]


def test_reject_and_withdraw(office: Cli) -> None:
    """A reviewer rejects, an author withdraws; neither can be approved afterwards."""
    office.ok("record", office.file("a.yaml", ACT), "--as", "sana")
    second = office.file("b.yaml", ACT.replace("act-1", "act-2"))
    office.ok("record", second, "--as", "sana")
    office.ok("review", "reject", "act-1", "--reason", "duplicate", "--as", "omar")
    office.ok("review", "withdraw", "act-2", "--as", "sana")
    for key in ("act-1", "act-2"):
        assert office("review", "approve", key, "--as", "omar").code == 4
    assert "Nothing awaits review" in office.ok("review", "list").out


def test_the_passphrase_is_not_recorded_as_a_text(office: Cli) -> None:
    """A comment or note that opens the signer's key: exit 2, said without repeating it."""
    approved(office)
    before, why = size(office), ("--reason", "other", "--comment", f" {PASSPHRASE}")
    noted = office.file("note.yaml", f"{ACT.replace('act-1', 'act-2')}note: {PASSPHRASE}\n")
    for words in (
        ("dispute", "act-1", *why, "--as", "omar"),
        ("retract", "act-1", *why, "--as", "sana"),
        ("record", noted, "--as", "sana"),
    ):
        result = office(*words, "--json")
        assert (result.code, result.out) == (2, "")
        assert result.error["error"] == "passphrase_in_text"
        assert PASSPHRASE not in result.err
    assert size(office) == before


@pytest.mark.parametrize("command", ["correct", "retract", "dispute"])
def test_second_thoughts_about_nothing(office: Cli, command: str) -> None:
    """A claim that does not exist is an unknown id."""
    file = [office.file("b.yaml", ACT)] if command == "correct" else []
    result = office(command, "act-9", *file, "--reason", "other", "--as", "sana")
    assert result.code == 2
    assert "act-9" in result.err


def test_a_correction_is_one_claim(office: Cli) -> None:
    """A file of two claims corrects nothing."""
    approved(office)
    two = office.file("two.json", json.dumps([_plain("x"), _plain("y")]))
    result = office("correct", "act-1", two, "--reason", "other", "--as", "sana")
    assert result.code == 2
    assert "2 claims" in result.err


def _plain(key: str) -> dict[str, object]:
    return {
        "kind": "context",
        "key": key,
        "jurisdiction": "PK",
        "activity": "va",
        "force": "report",
        "statement": "s",
        "reports": [{"url": "https://example.org", "publisher": "P", "title": "T"}],
    }


# --- databases -----------------------------------------------------------------------------------


def test_a_pinned_ledger_is_the_only_one_opened(office: Cli) -> None:
    """A database of another origin than regledger.toml expects is refused: exit 4."""
    office.file("regledger.toml", 'ledger = "example.com/other"\n')
    result = office("record", office.file("a.yaml", ACT), "--as", "sana")
    assert result.code == 4
    assert "example.com/log" in result.err
    office.file("regledger.toml", 'ledger = "example.com/log"\n')
    assert size(office) == 6
    ledger = office.ok("policy", "show", "--json").json["ledger"]
    office.file("regledger.toml", f'ledger = "{ledger}"\n')
    assert size(office) == 6


def test_nothing_there_is_not_completed(cli: Cli) -> None:
    """No database, or a file that is none: exit 3, and nothing is created."""
    for words in (("status",), ("verify",), ("db", "check"), ("db", "upgrade"), ("log",)):
        result = cli(*words, "--db", "none.db")
        assert result.code == 3, words
        assert "none.db" in result.err
    assert not (cli.home / "none.db").exists()
    cli.file("text.db", "not a database")
    assert cli("status", "--db", "text.db").code == 3
    assert cli("status", "--db", "mysql://host/x").code == 2


def test_a_newer_schema_is_refused(sample: Cli) -> None:
    """A database made by a later program is not touched: exit 3 for reading, writing, upgrading."""
    path = sample.home / "demo.db"
    with sqlite3.connect(path) as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
    conn.close()
    before = path.read_bytes()
    act = sample.file("a.yaml", ACT)
    for words in (("status",), ("verify",), ("db", "upgrade"), ("record", act, "--as", "recorder")):
        result = sample(*words)
        assert result.code == 3, words
        assert "9999" in result.err
    assert path.read_bytes() == before


def test_the_views_are_rebuilt(sample: Cli) -> None:
    """`db rebuild` says that nothing differed; `db check` and `db upgrade` find all in order."""
    before = sample.ok("snapshot").out
    views = sample.ok("db", "rebuild", "--json").json["views"]
    assert views
    assert not any(view["differed"] for view in views)
    assert "unchanged" in sample.ok("db", "rebuild").out
    assert sample.ok("db", "check", "--json").json["differences"] == []
    upgraded = sample.ok("db", "upgrade").out
    assert "revision" in upgraded
    assert "journal" in upgraded
    copied = sample.ok("db", "backup", "copy.db").out
    assert copied.endswith("entries are in copy.db\n")
    assert sample.ok("snapshot", "--db", "copy.db").out == before
    assert sample("db", "backup", "copy.db").code == 4
    assert sample.ok("snapshot").out == before


CONTEXT = """\
- kind: context
  jurisdiction: PK
  activity: va
  force: report
  statement: They met.
  quote: {quote}
  reports: [{{url: "https://example.org", publisher: P, title: T}}]
"""


def test_a_claim_without_a_key_is_not_recorded_twice_unasked(office: Cli) -> None:
    """Refused with exit 4, the line, the entry and what became of it; --again records it."""
    office.file("a.yaml", CONTEXT.format(quote="the words"))
    office.ok("record", "a.yaml", "--as", "sana")
    seq = size(office) - 1
    for words in ("which awaits review", "which counts"):
        if words == "which counts":
            office.ok("review", "approve", f"@{seq}", "--as", "omar")
        for more in ([], ["--dry-run"]):
            refused = office("record", "a.yaml", "--as", "sana", *more, "--json")
            assert (refused.code, refused.error["error"]) == (4, "already_said")
            assert refused.error["twins"] == [f"a.yaml:1: says exactly what @{seq} says, {words}"]
            assert "--again" in refused.error["hint"]
    office.ok("record", "a.yaml", "--as", "sana", "--again")
    assert size(office) == seq + 3


def test_the_same_twice_in_a_file_is_named_with_both_lines(office: Cli) -> None:
    """Values that can be erased are compared as they are: another quote is another claim."""
    before = size(office)
    first, other = CONTEXT.format(quote="the words"), CONTEXT.format(quote="others")
    office.file("a.yaml", first + other + first)
    refused = office("record", "a.yaml", "--as", "sana")
    assert refused.code == 4
    assert "a.yaml:15: says exactly what the claim on line 1 says" in refused.err
    assert "a.yaml:8" not in refused.err
    assert size(office) == before
    office.ok("record", office.file("b.yaml", first + other), "--as", "sana")
