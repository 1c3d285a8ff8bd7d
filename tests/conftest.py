"""What every test stands on: reproducible property tests, a quiet environment, honest skips."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Generator, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.schema_statements import StatementsKept
from tests.statement_cache import create_engine

settings.register_profile(
    "default",
    deadline=None,  # two busy cores: a slow moment is no fault
    suppress_health_check=[HealthCheck.too_slow],
)
# What `make test` loads: a property fails on the first of its examples, or seldom. All run in CI.
settings.register_profile("quick", settings.get_profile("default"), max_examples=30)
settings.register_profile("thorough", settings.get_profile("default"), max_examples=10_000)
settings.load_profile(os.environ.get("REGLEDGER_HYPOTHESIS", "default"))

_NUMBERS = count()

# Where a test that needs a tool of the system must run, a skip is a failure to install it.
NO_SKIP = os.environ.get("REGLEDGER_NO_SKIP") == "1"


def pytest_configure() -> None:
    """Let Ctrl-C reach the programs that tests start and stop with it.

    Whoever runs the tests in the background of a script may have them ignore it, and what is
    ignored here is ignored there.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what stays anyway, and let it look less often.

    An application of the terminal makes as many objects in a moment as would have everything
    ever imported searched for garbage again and again; a fifth of the time went there.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _set_home(patch: pytest.MonkeyPatch, home: Path) -> None:
    patch.setenv("HOME", str(home))
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))


@pytest.fixture(scope="session", autouse=True)
def _home_of_shared_fixtures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What is built once for many tests remembers its ledgers in a home of its own, too."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        _set_home(patch, home)
        yield home


@pytest.fixture(scope="session", autouse=True)
def _worked_out_once() -> Iterator[None]:
    """The schema of a new database and the text of a statement, for all databases of a kind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("alembic.command.upgrade", StatementsKept())
        patch.setattr("sqlalchemy.create_engine", create_engine)
        yield


@pytest.fixture(autouse=True)
def _own_home(_home_of_shared_fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes what belongs to the person who runs it.

    The directory is made by whoever writes there: most tests never do, nor use ``tmp_path``.
    """
    _set_home(monkeypatch, _home_of_shared_fixtures / f"of-test-{next(_NUMBERS)}")
    for name in [name for name in os.environ if name.startswith("REGLEDGER_")]:
        if not name.startswith("REGLEDGER_TEST"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def peers() -> Path:
    """The Python 3.12 that has other people's witness and log reader; skips where it cannot be."""
    from tests.peers import venv

    return venv.python()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where REGLEDGER_NO_SKIP=1 says that everything is installed."""
    report = yield
    if NO_SKIP and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which REGLEDGER_NO_SKIP=1 forbids: " + str(
            report.longrepr
        )
    return report
