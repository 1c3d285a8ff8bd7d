"""Other people's programs that need a newer Python: a virtual environment of their own.

``python()`` gives the interpreter of ``build/peers``, which has what ``requirements.txt`` beside
this file pins by hash: `aics-witness` (a witness server) and `aics-tlog` (a reader of logs). It is
made once and used until the pins change.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_PINS: Final = Path(__file__).with_name("requirements.txt")
_PLACE: Final = Path(__file__).parents[2] / "build" / "peers"
_WAIT_S: Final = 240


@cache
def python() -> Path:
    """Return the interpreter; skip the test where there is no Python 3.12 or no registry."""
    own = _PLACE / "bin" / "python"
    mark = _PLACE / sha256(_PINS.read_bytes()).hexdigest()[:16]
    with _lock():
        if not mark.exists():
            _make(own)
            mark.touch()
    return own


def program(name: str) -> Path:
    """Return the path of a program that was installed there, such as ``aics-witness``."""
    return python().with_name(name)


def _make(own: Path) -> None:
    base = _base()
    if base is None:
        pytest.skip("there is no Python 3.12 here")
    shutil.rmtree(_PLACE, ignore_errors=True)
    pip = (own, "-m", "pip", "install", "-q", "--disable-pip-version-check")
    for words in (
        (base, "-m", "venv", _PLACE),
        (*pip, "--require-hashes", "--only-binary", ":all:", "-r", _PINS),
    ):
        done = subprocess.run(words, capture_output=True, check=False, timeout=_WAIT_S)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            pytest.skip(f"the peers cannot be installed: {''.join(said)[:200]}")


def _base() -> str | None:
    found = shutil.which("python3.12")
    if found is not None and _runs(found):
        return found
    home = Path(os.environ.get("PYENV_ROOT", "/root/.pyenv"))
    paths = [str(path) for path in sorted(home.glob("versions/3.12*/bin/python"))]
    return next((path for path in paths if _runs(path)), None)


def _runs(path: str) -> bool:
    """Whether it is more than a shim for a version that is not there."""
    words = (path, "-c", "import sys; sys.exit(sys.version_info[:2] != (3, 12))")
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


@contextmanager
def _lock() -> Iterator[None]:
    """Only one of several workers makes it."""
    _PLACE.parent.mkdir(exist_ok=True)
    with _PLACE.with_name("peers.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
