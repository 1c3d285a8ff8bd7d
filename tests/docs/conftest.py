"""regledger as people get it: a wheel, installed."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.docs.pages import ROOT


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The directory of programs of an environment that regledger's wheel is installed in.

    What regledger depends on is found where the tests have it. Several workers make one together.
    """
    base = tmp_path_factory.getbasetemp()
    place = (base if worker_id == "master" else base.parent) / "installed"
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "made").exists():
            _make(place)
            (place / "made").touch()
    return place / "bin"


def _make(place: Path) -> None:
    wheels = place.with_suffix(".wheels")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", wheels)
    venv.create(place, with_pip=True)
    (wheel,) = wheels.glob("regledger-*.whl")
    pip = (place / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install")
    _run(*pip, "--quiet", "--no-index", "--no-deps", wheel)
    (packages,) = place.glob("lib/python*/site-packages")
    # A path in a .pth file is searched last, and the .pth files in it are not read: the regledger
    # that the tests import stays out of sight.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")


def _run(*words: str | Path) -> None:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        words, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
