"""What the figures were taken on, in words."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ledger import sqlite_driver
from ledger.sqlite_driver import sqlite3
from ledger.store.journal_mode import SYNCHRONOUS, durability

_LIBRARIES = ("sqlalchemy", "pydantic", "orjson", "cryptography", "textual")


def machine() -> dict[str, str]:
    """Return what bears on the figures, by name; the load is that of the moment."""
    chosen = durability(sqlite3.sqlite_version_info)
    return {
        "program": f"regledger {_version('regledger')}{_revision()}",
        "python": f"Python {platform.python_version()}",
        "sqlite": f"SQLite {sqlite3.sqlite_version} by {sqlite_driver.name()}",
        "journal": f"journal {chosen.journal} with {SYNCHRONOUS[chosen.journal]}",
        "libraries": ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": f"{os.cpu_count()} cores, {_processor()}",
        "load": "load {:.1f}, {:.1f}, {:.1f}".format(*os.getloadavg()),
    }


def _revision() -> str:
    """Return which commit this is, where that is known."""
    root = Path(__file__).resolve().parent.parent
    command = ["git", "-C", str(root), "describe", "--always", "--dirty"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f" at {done.stdout.strip()}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else "unknown"
