"""Where the ledger and the keys are, who signs, and how a passphrase is given."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ledger.cli import settings
from ledger.cli.session import Session
from ledger.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Cli


def resolve(here: Path, db: str | None = None, **environ: str) -> settings.Settings:
    """The settings in a directory, with these variables."""
    return settings.resolve(db=db, actor=None, environ=environ, directory=here)


def test_the_ledger_is_found_in_the_documented_order(tmp_path: Path) -> None:
    """--db, then REGLEDGER_DB, then regledger.toml, then the user's data directory."""
    assert resolve(tmp_path).db_from == "the default"
    assert resolve(tmp_path).db.endswith("/regledger/ledger.db")
    (tmp_path / "regledger.toml").write_text('db = "c.db"\n')
    assert resolve(tmp_path).db == f"sqlite:///{tmp_path}/c.db"
    assert resolve(tmp_path, REGLEDGER_DB="b.db").db == f"sqlite:///{tmp_path}/b.db"
    assert resolve(tmp_path, REGLEDGER_DB="").db == f"sqlite:///{tmp_path}/c.db"
    found = resolve(tmp_path, "a.db", REGLEDGER_DB="b.db")
    assert (found.db, found.db_from) == (f"sqlite:///{tmp_path}/a.db", "--db")
    assert found.db_path == tmp_path / "a.db"
    url = resolve(tmp_path, "postgresql://host/name")
    assert (url.db, url.db_path) == ("postgresql://host/name", None)


def test_the_keys_are_found_in_the_documented_order(tmp_path: Path) -> None:
    """REGLEDGER_KEYS, then regledger.toml, then beside the database, then the data directory."""
    assert resolve(tmp_path, "a.db").keys.name == "keys"
    (tmp_path / "a.db.keys").mkdir()
    assert resolve(tmp_path, "a.db").keys == tmp_path / "a.db.keys"
    (tmp_path / "regledger.toml").write_text('keys = "mine"\nactor = "sana"\nledger = "x.org/y"\n')
    found = resolve(tmp_path, "a.db")
    assert (found.keys, found.actor, found.pinned) == (tmp_path / "mine", "sana", "x.org/y")
    assert resolve(tmp_path, "a.db", REGLEDGER_KEYS="other").keys == tmp_path / "other"


@pytest.mark.parametrize("content", ["db = 3", "db = ''", "dbb = 'x'", "db = ", "\x00"])
def test_a_settings_file_that_is_wrong_is_refused_by_name(tmp_path: Path, content: str) -> None:
    """A member nobody knows, a value that is no text, or no TOML: the file is named."""
    (tmp_path / "regledger.toml").write_text(content)
    with pytest.raises(InputError, match=r"regledger\.toml"):
        resolve(tmp_path)


@pytest.mark.parametrize("actor", ["", "../x", "Sana", "a/b", "a" * 64, ".hidden", "a\n"])
def test_only_names_of_actors_become_names_of_key_files(tmp_path: Path, actor: str) -> None:
    """An actor with a path in it is refused."""
    with pytest.raises(InputError):
        resolve(tmp_path).key_path(actor)


def test_log_keys_have_safe_file_names(tmp_path: Path) -> None:
    """An origin cannot reach out of the key directory."""
    paths = resolve(tmp_path).log_key_paths("../../example.com/log")
    assert {path.parent for path in paths} == {resolve(tmp_path).keys}
    assert paths[0].name == ".._.._example.com_log.log-ed25519.pem"


# --- passphrases ---------------------------------------------------------------------------------


def test_the_passphrase_from_a_descriptor_is_its_first_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One line is read, not more; the descriptor goes before the environment."""
    monkeypatch.setenv("REGLEDGER_PASSPHRASE", "other")
    read, write = os.pipe()
    os.write(write, "größe\r\nthe rest".encode())
    session = Session(passphrase_fd=read)
    assert session.passphrase("?") == "größe".encode()
    assert session.passphrase("?") == "größe".encode()
    assert os.read(read, 100) == b"the rest"
    os.close(read)
    os.close(write)


@pytest.mark.parametrize("number", [-1, 987, 10**12])
def test_a_descriptor_that_is_none_is_bad_input(number: int) -> None:
    """A descriptor nobody opened is said so."""
    with pytest.raises(InputError, match="passphrase-fd"):
        Session(passphrase_fd=number).passphrase("?")


def test_an_empty_passphrase_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key is encrypted with nothing."""
    monkeypatch.setenv("REGLEDGER_PASSPHRASE", "")
    with pytest.raises(InputError, match="empty"):
        Session().passphrase("?")


def test_without_a_terminal_nobody_is_asked(cli: Cli) -> None:
    """No variable, no descriptor, no terminal: exit 2, and the ways to give it."""
    result = cli("key", "new", "sana", env={"REGLEDGER_PASSPHRASE": None})
    assert result.code == 2
    assert "--passphrase-fd" in result.err
    assert not (cli.home / "data" / "regledger" / "keys" / "sana.pem").exists()


def _typed(cli: Cli, words: list[str], *answers: str) -> tuple[int, str]:
    """Run a command on a terminal of its own and type these answers."""
    main_end, other_end = pty.openpty()
    env = {k: v for k, v in cli.env.items() if k != "REGLEDGER_PASSPHRASE"}
    process = subprocess.Popen(
        [sys.executable, "-m", "ledger", *words],
        stdin=other_end,
        stdout=subprocess.PIPE,
        stderr=other_end,
        env={**env, "PYTHONPATH": ":".join(sys.path), "NO_COLOR": "1"},
        cwd=cli.home,
        start_new_session=True,  # no terminal of its own: the prompt falls back to stdin
    )
    os.close(other_end)
    seen = b""
    for answer in answers:
        while not seen.rstrip().endswith(b":"):
            seen += os.read(main_end, 1024)
        os.write(main_end, answer.encode() + b"\n")
        seen = b""
    assert process.stdout is not None
    process.stdout.read()
    process.stdout.close()
    code = process.wait(timeout=60)
    os.set_blocking(main_end, False)  # its only argument
    with contextlib.suppress(OSError):
        seen += os.read(main_end, 4096)
    os.close(main_end)
    return code, seen.decode()


def test_a_typed_passphrase_is_asked_twice_and_never_shown(cli: Cli) -> None:
    """On a terminal a new passphrase is typed twice; what was typed does not appear."""
    code, seen = _typed(cli, ["key", "new", "sana"], "tr0ub4dor", "tr0ub4dor")
    assert code == 0
    assert "tr0ub4dor" not in seen
    assert cli("key", "show", "sana", env={"REGLEDGER_PASSPHRASE": "tr0ub4dor"}).code == 0


def test_two_different_typed_passphrases_make_no_key(cli: Cli) -> None:
    """A slip of the finger makes no key nobody can open."""
    code, seen = _typed(cli, ["key", "new", "sana"], "one", "two")
    assert code == 2
    assert "differ" in seen
    assert "No keys" in cli("key", "list").out


def test_secrets_never_reach_the_output(cli: Cli) -> None:
    """Neither passphrase nor private key appears in what a command prints, errors included."""
    runs: list[Callable[[], object]] = [
        lambda: cli("init", "example.com/log", "--as", "ana"),
        lambda: cli("key", "show", "ana", "--json"),
        lambda: cli("key", "list", "--json"),
        lambda: cli("doctor", "--json"),
        lambda: cli("key", "show", "ana", env={"REGLEDGER_PASSPHRASE": "wrong one"}),
    ]
    for run in runs:
        shown = str(run())
        assert "correct horse" not in shown
        assert "wrong one" not in shown
        assert "PRIVATE" not in shown


def test_a_password_in_the_address_is_not_shown(cli: Cli) -> None:
    """`doctor` and errors hide the password of a database address."""
    result = cli("doctor", "--db", "postgresql://me:s3cret@127.0.0.1:1/x")
    assert "s3cret" not in result.out + result.err
    assert "me:***@" in result.out
