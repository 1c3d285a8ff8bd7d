"""Somebody else's witness server, `aics-witness`, in its own process on loopback."""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from ledger.checkpoints import http
from ledger.checkpoints.witness_client import add_checkpoint
from ledger.errors import WitnessRefused
from ledger.log.checkpoint import open_checkpoint
from ledger.log.signed_note import parse_vkey
from tests.verify.grown import ORIGIN, Grown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.log.signed_note import Vkey

pytestmark = pytest.mark.slow  # it installs a Python of its own first
NAME = "witness.example/w1"


@contextmanager
def aics(peers: Path, home: Path, log: Grown) -> Iterator[tuple[str, Vkey]]:
    """Run `aics-witness` on loopback; give its address and its key."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    program, config = peers.with_name("aics-witness"), ("--config", home / "witness.json")
    made = subprocess.run(
        (program, "init", *config, "--name", NAME, "--listen", listen),
        capture_output=True,
        check=True,
    )
    words = ("add-log", *config, "--origin", ORIGIN, "--vkey", str(log.vkeys[0]))
    subprocess.run((program, *words), capture_output=True, check=True)
    with subprocess.Popen((program, "serve", *config), stderr=subprocess.DEVNULL) as process:
        try:
            _wait(f"http://{listen}/healthz")
            yield f"http://{listen}", parse_vkey(made.stdout.decode().strip())
        finally:
            process.terminate()


def _wait(url: str) -> None:
    for _ in range(200):
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    pytest.fail(f"{url} does not answer")


def test_somebody_elses_witness_cosigns_our_log(peers: Path, tmp_path: Path) -> None:
    """`aics-witness` takes our requests and proofs, and we verify what it answers."""
    log = Grown()
    with aics(peers, tmp_path, log) as (url, key), http.Client() as client:
        for size in (1, 7, 7, 256, 257, 600):
            (line,) = add_checkpoint(client, url, log.asked(size), witnesses=[key])
            opened = open_checkpoint(
                log.note(size) + line.line, log_keys=log.vkeys, witnesses=[key]
            )
            assert abs(opened.cosignatures[0].at - time.time()) < 60
        fork = Grown("other", log.signers)
        with pytest.raises(WitnessRefused, match="does not continue"):
            add_checkpoint(client, url, fork.asked(700), witnesses=[key])
        with pytest.raises(WitnessRefused, match="600 entries"):
            add_checkpoint(client, url, log.asked(500), witnesses=[key])
        with pytest.raises(WitnessRefused, match="trusts none of the keys"):
            add_checkpoint(client, url, Grown().asked(9), witnesses=[key])
