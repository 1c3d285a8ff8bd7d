"""`timestamp`, and what `show` says about when an entry was recorded."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from ledger.checkpoints import timestamps
from ledger.clock import parse_stamp
from tests.checkpoints.authority import Authority, served, stamping

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Cli


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A time-stamp authority."""
    return Authority(tmp_path_factory.mktemp("tsa") / "good")


def stamp(cli: Cli, clock: Authority, *words: str) -> None:
    """Have the newest checkpoint time-stamped."""
    with served(stamping(clock)) as url:
        cli.ok("timestamp", url, *words)


def test_a_checkpoint_is_stamped_kept_listed_and_exported(office: Cli, clock: Authority) -> None:
    """What the authority answered is kept with the newest checkpoint, and openssl accepts it."""
    office.ok("checkpoint")
    shutil.copy(clock.place / "ca.pem", office.home)
    with served(stamping(clock)) as url:
        told = office.ok("timestamp", url, "--ca", "ca.pem", "--json").json
        assert office.ok("timestamp", "request", url).err.startswith("warning: its signature")
    assert told["schema"] == "regledger/time-stamp/v1"
    assert told["authority"] == "CN=Clock of Example"
    assert (told["number"], told["accuracy_s"], told["checked"]) == (0, 1.5, True)
    listed = office.ok("timestamp", "list", "--ca", "ca.pem", "--json").json["time_stamps"]
    assert {"schema": told["schema"], **listed[0]} == told
    assert [one["number"] for one in listed] == [0, 1]
    assert "not checked" in office.ok("timestamp", "list").out
    size = str(told["size"])
    office.ok("timestamp", "export", size, "-o", "x.tsr", "--note", "note")
    response, note = (office.home / "x.tsr").read_bytes(), (office.home / "note").read_bytes()
    assert clock.accepts(response, note)
    timestamps.check(response, note, roots=clock.roots)
    assert office("timestamp", "export", size, "-o", "x", "--number", "2").code == 2
    assert office("timestamp", "export", "1", "-o", "x").code == 2


def test_a_token_that_does_not_verify_is_not_kept(
    office: Cli, clock: Authority, tmp_path: Path
) -> None:
    """With the root of somebody else the answer is refused with exit 1, and the list is empty."""
    office.ok("checkpoint")
    other = Authority(tmp_path / "other")
    (office.home / "other.pem").write_bytes(other.roots)
    with served(stamping(clock)) as url:
        result = office("timestamp", url, "--ca", "other.pem", "--json")
        assert (result.code, result.error["error"]) == (1, "bad_time_stamp")
        assert office("timestamp", url, "--ca", "missing.pem").code == 3
    assert office.ok("timestamp", "list", "--json").json["time_stamps"] == []
    stamp(office, clock)
    assert office("timestamp", "list", "--ca", "other.pem").code == 1


def test_an_authority_that_is_not_there(office: Cli) -> None:
    """Unreachable is exit 3, an address that is none exit 2, and there is help without an error."""
    office.ok("checkpoint")
    assert office("timestamp", "http://127.0.0.1:9", "--json").error["error"] == "unreachable"
    assert office("timestamp", "nonsense").code == 2
    assert "timestamp URL" in office.ok("timestamp", "--help").out


def test_show_says_within_which_time_an_entry_was_recorded(office: Cli, clock: Authority) -> None:
    """Sealed at a size; not later than the first token over it; not there at the seal before."""
    office.ok("checkpoint")
    size = office.ok("checkpoint", "--json").json["size"]
    first = office.ok("show", str(size - 1), "--json").json["time_bounds"]
    assert (first["sealed"], first["not_after"]) == (size, None)
    assert first["not_before"]["time_stamp"] is None
    assert "No time-stamp says by when" in office.ok("show", "0").out
    stamp(office, clock)
    early = office.ok("show", "0", "--json").json["time_bounds"]["not_after"]
    assert (early["size"], early["authority"]) == (size, "CN=Clock of Example")
    with without_log_keys(office):
        office.ok("key", "new", "lena")
        request = office.ok("key", "request", "lena").out
        office.ok("actor", "enroll", "-", "--role", "recorder", "--as", "ana", stdin=request)
        late = office.ok("show", str(size), "--json").json["time_bounds"]
        assert (late["sealed"], late["not_after"]) == (None, None)
        before = late["not_before"]
        assert (before["size"], before["time_stamp"]) == (size, early)
        assert parse_stamp(before["sealed_at"]) < parse_stamp(early["time"])
        text = office.ok("show", str(size)).out
        assert "Not sealed" in text
        assert f"Not there yet at size {size}" in text
    office.ok("checkpoint")
    stamp(office, clock)
    again = office.ok("show", str(size), "--json").json["time_bounds"]
    assert again["not_after"]["size"] == again["sealed"] > size
    assert "at the latest: CN=Clock of Example" in office.ok("show", str(size)).out
    founding = office.ok("show", "0", "--json").json["time_bounds"]
    assert (founding["not_after"], founding["not_before"]) == (early, None)


@contextmanager
def without_log_keys(office: Cli) -> Iterator[None]:
    """While the log keys are away, nothing is sealed."""
    keys = office.home / "data" / "regledger" / "keys"
    for path in keys.glob("*.log-*.pem"):
        path.rename(path.with_suffix(".away"))
    yield
    for path in keys.glob("*.away"):
        path.rename(path.with_suffix(".pem"))
