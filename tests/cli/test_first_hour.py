"""The first hour: from `init` to a status of one's own, by the commands that `init` prints."""

from __future__ import annotations

import errno
import json
import os
import shlex
import shutil
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ledger.cli.session import Session
from ledger.errors import WrongPassphrase
from ledger.log import keys
from tests.cli.conftest import PASSPHRASE, Cli, Result

ORIGIN = "example.org/compliance"
# What somebody writes into the template: every text that it asks to replace.
EDITS = {
    "What the source says, in one sentence.": "Nobody runs an exchange without a licence.",
    "https://example.org/notice": "https://gazette.test/7",
    "Official Gazette of Example": "Gazette",
    "Notice of the example act": "Notice of the Trade Act",
}


def key_files(run: Cli) -> Path:
    """Where this home keeps its keys."""
    return run.home / "data" / "regledger" / "keys"


def steps(printed: str) -> list[str]:
    """The commands below "Next", without comments."""
    below = printed.partition("Next\n")[2].splitlines()
    plain = [line.partition("#")[0].strip() for line in below]
    return [line for line in plain if line]


def literally(run: Cli, line: str) -> Result:
    """Run a printed line as a shell would, with its redirection; edit a template it writes."""
    command, _, target = line.partition(" > ")
    program, *words = shlex.split(command)
    assert program == "regledger"
    result = run.ok(*words)
    if target:
        text = result.out
        for before, after in EDITS.items():
            text = text.replace(before, after)
        run.file(target.strip(), text)
    return result


@pytest.mark.parametrize(
    ("options", "most"),
    [
        (("--with", "recorder=sana,reviewer=omar"), 8),
        (("--review", "none"), 4),
    ],
)
def test_init_leads_to_a_status_in_few_commands(
    cli: Cli, options: tuple[str, ...], most: int
) -> None:
    """Each printed line runs as it stands; the last shows the status; they are counted."""
    printed = cli.ok("init", ORIGIN, "--as", "ana", *options).out
    lines = steps(printed)
    shown = [literally(cli, line) for line in lines]
    assert len(lines) + 1 <= most
    assert lines[-1] == "regledger status"
    assert "◆ under framework" in shown[-1].out


def test_without_prepared_people_every_printed_line_runs_too(cli: Cli) -> None:
    """The longer way: each makes a key, with it a request; the administrator enrols it."""
    printed = cli.ok("init", ORIGIN, "--as", "sana").out
    assert "sana is the only administrator" in " ".join(printed.split())
    shown = [literally(cli, line) for line in steps(printed)]
    assert "◆ under framework" in shown[-1].out


def test_init_prepares_people(cli: Cli) -> None:
    """Keys of mode 0600, roles as asked, one seal over all of it; a second admin is not advised."""
    who = "recorder=sana, reviewer=omar,reviewer=lena,admin=bo"
    printed = cli.ok("init", ORIGIN, "--as", "ana", "--with", who).out
    assert "only administrator" not in printed
    assert "hand each person the key file" in " ".join(printed.split())
    found = {a["actor"]: a["roles"] for a in cli.ok("actor", "list", "--json").json["actors"]}
    assert found == {
        "ana": ["admin"],
        "bo": ["admin"],
        "lena": ["reviewer"],
        "omar": ["reviewer"],
        "sana": ["recorder"],
    }
    assert {p.stat().st_mode & 0o777 for p in key_files(cli).glob("*.pem")} == {0o600}
    assert "0 of 10 entries are unsealed" in cli.ok("doctor").out
    cli.ok("verify")


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("sana", "ROLE=SLUG"),
        ("", "ROLE=SLUG"),
        ("recorder=", "ROLE=SLUG"),
        ("boss=sana", "ROLE=SLUG"),
        ("recorder=ana,reviewer=omar", "ana founds"),
        ("recorder=sana,reviewer=sana", "nobody to approve"),
        ("admin=bo,recorder=bo", "both admin and recorder"),
        ("recorder=Sana Malik", "not the name of an actor"),
        ("recorder=sana.log-ed25519", "a key of a log"),
        ("reviewer=sana.log-mldsa44", "a key of a log"),
    ],
)
def test_people_who_cannot_be_enrolled_are_refused_before_anything_is_made(
    cli: Cli, who: str, words: str
) -> None:
    """Exit 2, a sentence, and neither a key nor a database."""
    refused = cli("init", ORIGIN, "--as", "ana", "--with", who)
    assert refused.code == 2
    assert words in refused.err
    assert not (cli.home / "data").exists()


@pytest.mark.parametrize(
    ("source", "words", "code"),
    [
        ("omar", "omar.pem", 2),
        ("sana", "sana and omar have the same key", 4),
        ("ana", "ana and omar have the same key", 4),
    ],
)
def test_keys_that_cannot_be_enrolled_are_refused_before_the_ledger_is_made(
    cli: Cli, source: str, words: str, code: int
) -> None:
    """A file under another passphrase, or two names with one key: mended, the same `init` runs."""
    where = key_files(cli)
    where.mkdir(parents=True)
    secret = b"another" if source == "omar" else PASSPHRASE.encode()
    keys.save_private(where / f"{source}.pem", keys.generate(), secret)
    if source != "omar":
        shutil.copy(where / f"{source}.pem", where / "omar.pem")
    words_of_init = ("init", ORIGIN, "--as", "ana", "--with", "recorder=sana,reviewer=omar")
    refused = cli(*words_of_init)
    assert refused.code == code
    assert words in refused.err
    assert not list((cli.home / "data").rglob("*.db"))
    (where / "omar.pem").unlink()
    cli.ok(*words_of_init)


def test_without_review_nobody_is_told_of_four_eyes(cli: Cli) -> None:
    """The people get their key files all the same."""
    options = ("--review", "none", "--with", "recorder=sana")
    printed = " ".join(cli.ok("init", ORIGIN, "--as", "ana", *options).out.split())
    assert "Hand each person the key file" in printed
    assert "Four eyes" not in printed


def test_on_a_terminal_each_person_types_a_passphrase_of_their_own(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session of another person shares nothing; one that was told its passphrase is shared."""
    monkeypatch.delenv("REGLEDGER_PASSPHRASE", raising=False)
    asked = Session(actor="ana")
    other = asked.of_another("sana")
    assert other is not asked
    assert other.actor == "sana"
    assert Session(passphrase_fd=3).of_another("sana").passphrase_fd == 3
    monkeypatch.setenv("REGLEDGER_PASSPHRASE", "told")
    assert asked.of_another("sana") is asked


# --- key new makes the request -------------------------------------------------------------------


def test_a_new_key_comes_with_its_request(office: Cli) -> None:
    """Written beside, it is what `key request` prints; enrolling takes it as it stands."""
    out = office.ok("key", "new", "lena").out
    assert "regledger actor enroll lena.json --role ROLE" in out
    written = (office.home / "lena.json").read_text("utf-8")
    assert json.loads(written) == office.ok("key", "request", "lena").json
    office.ok("actor", "enroll", "lena.json", "--role", "admin", "--as", "ana")
    assert "admins" in office.ok("doctor").out
    assert "enrol a second one" not in office.ok("doctor").out


def test_a_request_never_takes_the_place_of_a_file(office: Cli) -> None:
    """A named one is refused before the key is made; the default one is left out, with words."""
    office.file("mine.json", "mine")
    assert office("key", "new", "lena", "--request", "mine.json").code == 4
    assert not (key_files(office) / "lena.pem").exists()
    office.file("lena.json", "mine")
    made = office.ok("key", "new", "lena")
    assert "no request was written" in made.err
    assert "regledger key request lena" in made.out
    assert (office.home / "lena.json").read_text("utf-8") == "mine"


def test_without_a_ledger_there_is_only_the_key(cli: Cli) -> None:
    """The key is made; what to do is said, with the option that names a ledger."""
    made = cli.ok("key", "new", "sana")
    assert "no request was written" in made.err
    assert "--ledger ID" in made.out
    assert not (cli.home / "sana.json").exists()


def test_a_second_key_of_an_enrolled_actor_is_to_be_rotated(office: Cli) -> None:
    """The step that is printed is the one that is accepted."""
    words = ("key", "new", "sana", "--request", "again.json")
    made = office.ok(*words, env={"REGLEDGER_KEYS": "elsewhere"})
    assert "regledger actor rotate-key again.json" in made.out
    office.ok("actor", "rotate-key", "again.json", "--as", "sana")


# --- key passphrase ------------------------------------------------------------------------------

CHANGED: dict[str, str | None] = {"REGLEDGER_NEW_PASSPHRASE": "new one"}
NEW: dict[str, str | None] = {"REGLEDGER_PASSPHRASE": "new one"}


def test_a_passphrase_is_changed(office: Cli) -> None:
    """The old one opens the file no more; the key stays; the mode stays 0600."""
    before = office.ok("key", "show", "sana").out
    office.ok("key", "passphrase", "sana", env=CHANGED)
    assert office("key", "show", "sana").code == 2
    assert office.ok("key", "show", "sana", env=NEW).out == before
    assert (key_files(office) / "sana.pem").stat().st_mode & 0o777 == 0o600


def test_the_keys_of_the_log_change_theirs_together(office: Cli) -> None:
    """Both open with the new one and seal; an actor's key is not touched."""
    office.ok("key", "passphrase", "--log-keys", env=CHANGED)
    office.ok("key", "show", "ana")
    paths = sorted(key_files(office).glob("*.log-*.pem"))
    assert len(paths) == 2
    for path in paths:
        keys.load_private(path, b"new one")
        with pytest.raises(WrongPassphrase):
            keys.load_private(path, PASSPHRASE.encode())


@pytest.mark.parametrize(
    ("words", "env", "code"),
    [
        (("sana",), {"REGLEDGER_PASSPHRASE": "wrong", **CHANGED}, 2),
        (("sana",), {}, 2),
        (("sana",), {"REGLEDGER_NEW_PASSPHRASE": ""}, 2),
        (("nobody",), CHANGED, 2),
        ((), CHANGED, 2),
        (("sana", "--log-keys"), CHANGED, 2),
    ],
)
def test_a_passphrase_that_cannot_be_changed_stays(
    office: Cli, words: tuple[str, ...], env: dict[str, str | None], code: int
) -> None:
    """A wrong, a missing or an empty one, no key, none named: exit 2, and the file as it was."""
    path = key_files(office) / "sana.pem"
    before = path.read_bytes()
    assert office("key", "passphrase", *words, env=env).code == code
    assert path.read_bytes() == before


def _descriptor(cli: Cli, text: str) -> int:
    return os.open(cli.home / cli.file("lines", text), os.O_RDONLY)


@pytest.mark.parametrize("first", ["old", ""])
def test_a_key_without_passphrase_gets_the_second_line(office: Cli, first: str) -> None:
    """The first line is the old passphrase, also where the file needs none."""
    path = key_files(office) / "sana.pem"
    path.write_bytes(plain_pem(path))
    number = _descriptor(office, f"{first}\nnew one\n")
    try:
        office.ok("--passphrase-fd", str(number), "key", "passphrase", "sana")
    finally:
        os.close(number)
    keys.load_private(path, b"new one")


def test_a_key_without_passphrase_needs_a_second_line_too(office: Cli) -> None:
    """One line alone is no new passphrase: exit 2, and the file as it was."""
    path = key_files(office) / "sana.pem"
    before = plain_pem(path)
    path.write_bytes(before)
    number = _descriptor(office, "old\n")
    try:
        assert office("--passphrase-fd", str(number), "key", "passphrase", "sana").code == 2
    finally:
        os.close(number)
    assert path.read_bytes() == before


def plain_pem(path: Path) -> bytes:
    """The key of a file without its passphrase."""
    return keys.load_private(path, PASSPHRASE.encode()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def test_the_file_behind_a_link_changes_its_passphrase(office: Cli) -> None:
    """The link stays one, and no copy with the old passphrase is left behind."""
    link, target = key_files(office) / "sana.pem", office.home / "vault" / "sana.pem"
    target.parent.mkdir()
    link.rename(target)
    link.symlink_to(target)
    office.ok("key", "passphrase", "sana", env=CHANGED)
    assert link.is_symlink()
    keys.load_private(target, b"new one")


@pytest.mark.parametrize("broken", [0, 1])
def test_the_keys_of_the_log_never_differ(office: Cli, broken: int) -> None:
    """Where there is no writing beside either, both open with the old passphrase still."""
    paths = sorted(key_files(office).glob("*.log-*.pem"))
    before = [path.read_bytes() for path in paths]
    original = tempfile.mkstemp
    calls = iter(range(2))

    def full(**where: Any) -> tuple[int, str]:
        if next(calls) == broken:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return original(**where)

    with mock.patch("ledger.files.tempfile.mkstemp", full):
        refused = office("key", "passphrase", "--log-keys", env=CHANGED)
    assert refused.code == 3
    assert "No space left" in refused.err
    assert [path.read_bytes() for path in paths] == before
    assert not list(key_files(office).glob(".part-*"))


# --- no dead ends --------------------------------------------------------------------------------


def test_what_a_role_is_needed_for_names_who_holds_it(office: Cli) -> None:
    """Somebody without a role is told who has it, and not of a grant that would be refused."""
    claim = office.ok("record", "--template", "norm").out
    for before, after in EDITS.items():
        claim = claim.replace(before, after)
    name = office.file("claim.yaml", claim)
    refused = office("record", name, "--as", "ana")
    assert refused.code == 4
    assert "the role is held by sana: sign with --as sana" in refused.err
    assert "grant" not in refused.err
    office.ok("record", name, "--as", "sana")
    assert "--as omar" in office("review", "approve", "@6", "--as", "sana").err


def test_an_admin_under_four_eyes_is_told_to_enrol_somebody(cli: Cli) -> None:
    """Where nobody holds the role, the hint is not the grant that the rules refuse."""
    cli.ok("init", ORIGIN, "--as", "ana")
    claim = cli.ok("record", "--template", "norm").out
    for before, after in EDITS.items():
        claim = claim.replace(before, after)
    refused = cli("record", cli.file("claim.yaml", claim), "--as", "ana")
    assert refused.code == 4
    assert "regledger actor enroll NAME.json --role recorder" in refused.err


def test_what_must_be_copied_is_whole(office: Cli) -> None:
    """Key ids and the log's keys are printed without an ellipsis."""
    listed = {
        a["actor"]: a["keys"][0]["keyid"]
        for a in office.ok("actor", "list", "--json").json["actors"]
    }
    plain = office.ok("actor", "list").out
    assert all(keyid in plain for keyid in listed.values())
    policy = office.ok("policy", "show")
    assert all(key in policy.out for key in office.ok("policy", "show", "--json").json["log_keys"])
    assert "…" not in policy.out + office.ok("doctor").out + plain
    assert listed["sana"] in office.ok("actor", "signed", "sana").out
