"""`log --follow` shows what others append."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

_START = "import sys\nfrom ledger.cli.main import main\nsys.exit(main(sys.argv[1:]))"


def test_follow_shows_what_others_append_and_ends_quietly(sample: Cli) -> None:
    """Entries appended by another process appear; Ctrl-C ends it with 0 and without a word."""
    last = sample.ok("history", "--json", "-n", "1").json["entries"][0]["seq"]
    process = subprocess.Popen(
        [sys.executable, "-c", _START, "log", "--follow", "--json", "--after", str(last - 1)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**sample.env, "PYTHONPATH": ":".join(sys.path)},
        cwd=sample.home,
    )
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["seq"] == last
        sample.ok("review", "approve", f"@{last}", "--as", "reviewer")
        appended = json.loads(process.stdout.readline())
        assert (appended["seq"], appended["type"]) == (last + 1, "event.reviewed")
        assert appended["schema"] == "regledger/history-item/v1"
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        watchdog.cancel()
        process.kill()
    assert (process.returncode, out, err) == (0, "", "")
