"""`key new --scheme`, `key import-signer`, `actor signed`: from the shell, in both schemes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ledger.cli import input_files
from ledger.errors import BadKey
from ledger.log import keys

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Cli

P256 = "ecdsa-sha2-nistp256"
CLAIM = """
- key: {key}
  kind: norm
  jurisdiction: PK
  activity: va.deal
  force: primary
  effect: prohibit
  statement: Dealing is prohibited.
  made: 2024-01-15
  effective_from: 2024-02-01
  reports: [{{url: "https://example.org/a", publisher: Gazette, title: Notice}}]
"""


def claim(run: Cli, key: str) -> str:
    """A file with one claim."""
    return run.file(f"{key}.yaml", CLAIM.format(key=key))


def keys_of(run: Cli) -> Path:
    """Where this home keeps its keys."""
    return run.home / "data" / "regledger" / "keys"


def replace_key(run: Cli, actor: str, *make: str) -> str:
    """Rotate an actor's key to one that a command makes elsewhere; return the new key id."""
    elsewhere: dict[str, str | None] = {"REGLEDGER_KEYS": "new"}
    run.ok(*make, env=elsewhere)
    request = run.ok("key", "request", actor, env=elsewhere).out
    run.ok("actor", "rotate-key", "-", "--as", actor, stdin=request)
    (keys_of(run) / f"{actor}.pem").unlink()
    for path in (run.home / "new").iterdir():
        path.rename(keys_of(run) / path.name)
    return str(run.ok("key", "show", actor, "--json").json["keyid"])


@pytest.mark.parametrize("scheme", ["ed25519", P256])
def test_a_key_of_either_scheme(cli: Cli, scheme: str) -> None:
    """It is made, shown with its scheme, listed, and never overwritten."""
    cli.ok("key", "new", "sana", "--scheme", scheme)
    shown = cli.ok("key", "show", "sana", "--json").json
    assert shown["scheme"] == scheme
    assert shown["keyid"] == keys.public_keyid(shown["public_key"])
    assert f"scheme      {scheme}" in cli.ok("key", "show", "sana").out
    pem = keys_of(cli) / "sana.pem"
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in pem.read_bytes()
    listed = cli.ok("key", "list", "--json").json["keys"]
    assert listed == [{"actor": "sana", "path": str(pem), "uri": None}]
    assert cli("key", "new", "sana", "--scheme", P256).code == 4
    wrong = cli("key", "show", "sana", env={"REGLEDGER_PASSPHRASE": "wrong"})
    assert wrong.code == 2
    assert "wrong passphrase" in wrong.err


def test_without_a_choice_it_is_ed25519(cli: Cli) -> None:
    """The default; a scheme nobody knows is a usage error."""
    cli.ok("key", "new", "sana")
    assert cli.ok("key", "show", "sana", "--json").json["scheme"] == "ed25519"
    assert cli("key", "new", "omar", "--scheme", "rsa").code == 2


def test_a_ledger_founded_with_p256(cli: Cli) -> None:
    """`init` takes the key that is there; what it signs verifies."""
    cli.ok("key", "new", "ana", "--scheme", P256)
    founder = cli.ok("key", "show", "ana", "--json").json["keyid"]
    cli.ok("init", "example.com/log", "--as", "ana", "--review", "none")
    cli.ok("record", claim(cli, "a"), "--as", "ana")
    report = cli.ok("verify", "--json").json
    assert report["founder"] == founder
    assert report["faults"] == []
    actors = cli.ok("actor", "list", "--json").json["actors"]
    assert [key["scheme"] for key in actors[0]["keys"]] == [P256]


def test_from_one_scheme_to_the_other_and_back_out(office: Cli) -> None:
    """Rotate to P-256, have it stolen, revoke it, and read what it signed since."""
    office.ok("record", claim(office, "a"), "--as", "sana")
    stolen = replace_key(office, "sana", "key", "new", "sana", "--scheme", P256)
    office.ok("record", claim(office, "b"), "--as", "sana")
    since = office.ok("history", "-n", "1", "--json").json["entries"][0]["recorded_at"]
    args = ("--key", stolen, "--compromised-since", since, "--as", "ana")
    office.ok("actor", "revoke", "sana", *args)
    assert office("record", claim(office, "c"), "--as", "sana").code == 4
    found = office.ok("actor", "signed", stolen[:16], "--json").json
    assert found["schema"] == "regledger/signed/v1"
    assert [one["scheme"] for one in found["keys"]] == [P256]
    assert [(e["subject"], e["counts"], e["suspect"]) for e in found["entries"]] == [
        ("b", False, True)
    ]
    assert (found["total"], found["counting"], found["suspect"]) == (1, 0, 1)
    office.ok("review", "approve", "b", "--as", "omar")
    again = office.ok("actor", "signed", "sana", "--json").json
    assert [e["subject"] for e in again["entries"] if e["type"] == "claim.recorded"] == ["a", "b"]
    assert office.ok("verify").code == 0
    assert "revokes the key" in office.ok("history").out


def test_the_report_as_text(office: Cli) -> None:
    """The keys with their time in force, each entry with what it is worth, and a sum."""
    office.ok("record", claim(office, "a"), "--as", "sana")
    text = office.ok("actor", "signed", "sana").out
    assert "ed25519 of sana" in text
    assert "in force; looked at from its beginning" in text
    assert "claim.recorded by sana  waits  counts not" in text
    assert "1 signed: 0 count, 1 count not, 0 stand as they are, 0 suspect" in text
    assert "since @99" in office.ok("actor", "signed", "sana", "--since", "@99").out
    assert "0 signed" in office.ok("actor", "signed", "omar").out
    for words, code in ((("nobody",), 2), (("sana", "--since", "monday"), 2)):
        assert office("actor", "signed", *words).code == code
    assert "sana" in office("actor", "signed", "sanna").err


def plain_key(run: Cli, make: Any) -> str:
    """A key file that is not encrypted, as its URI."""
    path = run.home / "hsm.pem"
    keys.save_private(path, make(), None)
    return f"file2:{path}"


@pytest.mark.parametrize(
    ("make", "scheme"), [(keys.generate, "ed25519"), (keys.generate_p256, P256)]
)
def test_an_actor_signs_with_a_key_elsewhere(office: Cli, make: Any, scheme: str) -> None:
    """Imported, requested, rotated to, and then used for claims like any other key."""
    uri = plain_key(office, make)
    keyid = replace_key(office, "sana", "key", "import-signer", "sana", uri)
    assert office.ok("key", "show", "sana", "--json").json["scheme"] == scheme
    listed = office.ok("key", "list", "--json").json["keys"]
    assert {"actor": "sana", "path": str(keys_of(office) / "sana.signer"), "uri": uri} in listed
    assert uri in office.ok("key", "list").out.replace("\n", "").replace(" ", "")
    office.ok("record", claim(office, "a"), "--as", "sana", env={"REGLEDGER_PASSPHRASE": None})
    assert office.ok("show", "a", "--json").json["keyid"] == keyid
    assert office.ok("verify").code == 0
    (office.home / "hsm.pem").unlink()
    gone = office("record", claim(office, "b"), "--as", "sana")
    assert gone.code == 3
    assert "not there" in gone.err


def test_a_ledger_founded_with_a_key_elsewhere(cli: Cli) -> None:
    """`init` makes no second key where a signer is."""
    cli.ok("key", "import-signer", "ana", plain_key(cli, keys.generate_p256))
    cli.ok("init", "example.com/log", "--as", "ana", "--review", "none")
    assert not (keys_of(cli) / "ana.pem").exists()
    assert cli.ok("verify").code == 0


def test_importing_says_what_comes_next(cli: Cli) -> None:
    """The file, the key and the commands; the public key may come from standard input."""
    said = cli.ok("key", "import-signer", "sana", plain_key(cli, keys.generate_p256)).out
    assert "sana.signer" in said
    assert f"scheme {P256}" in said
    assert "regledger key request sana > sana.json" in said
    assert "actor rotate-key" in said
    wrong = cli("key", "import-signer", "omar", "hsm:02", "--public-key", "-", stdin="junk")
    assert wrong.code == 2
    assert "PEM" in wrong.err
    assert not (keys_of(cli) / "omar.signer").exists()


def test_one_key_to_an_actor(cli: Cli) -> None:
    """Neither beside the other; and where both are there all the same, it says which two."""
    uri = plain_key(cli, keys.generate)
    cli.ok("key", "new", "sana")
    assert cli("key", "import-signer", "sana", uri).code == 4
    cli.ok("key", "import-signer", "omar", uri)
    assert cli("key", "import-signer", "omar", uri).code == 4
    refused = cli("key", "new", "omar")
    assert refused.code == 4
    assert "REGLEDGER_KEYS" in refused.err
    (keys_of(cli) / "sana.pem").rename(keys_of(cli) / "omar.pem")
    both = cli("key", "show", "omar")
    assert both.code == 2
    assert "omar.pem and omar.signer" in both.err


def test_errors_of_importing_are_json_too(cli: Cli) -> None:
    """A stable code, what and where, what to do; and no trace."""
    for uri, code, error in (
        ("file2:/nowhere/key.pem", 3, "unreachable"),
        ("vault:key", 2, "bad_key"),
        ("hv:key", 3, "not_completed"),
    ):
        failed = cli("key", "import-signer", "sana", uri)
        assert failed.code == code
        assert "Traceback" not in failed.err
        assert cli.ok("help", error).code == 0
    assert not keys_of(cli).exists()


def test_a_key_request_is_read_in_one_way(tmp_path: Path) -> None:
    """A member twice could enrol another key than the one that the reader of the file saw."""
    file = tmp_path / "request.json"
    names = ("actor", "ledger", "proof", "public_key", "scheme")
    good = json.dumps(dict.fromkeys(names, "x"), indent=2)
    file.write_text(good)
    assert input_files.request(file)["actor"] == "x"
    for bad in (good.replace("{", '{"actor": "mallory", ', 1), good.replace('"x"', "NaN", 1)):
        file.write_text(bad)
        with pytest.raises(BadKey, match="request"):
            input_files.request(file)
