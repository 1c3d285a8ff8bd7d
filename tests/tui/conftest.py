"""The sample ledger, built once, and copies of it that an application may change."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger import open_ledger
from ledger.clock import SimulatedClock
from ledger.demo import PASSPHRASE, build
from ledger.log.keys import Signer, load_signer
from ledger.verify.known_ledgers import KnownLedgers
from tests.tui.settling import drawn_at_rest, quiet
from tui.app_config import AppConfig

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
# Where a test takes the same steps at both sizes, the small one is left to the slow set.
BOTH_SIZES = [(120, 40), pytest.param((80, 24), marks=pytest.mark.slow)]
__all__ = ["BOTH_SIZES", "NOW", "PASSPHRASE"]


@pytest.fixture
def anyio_backend() -> str:
    """Textual runs on asyncio."""
    return "asyncio"


@pytest.fixture(autouse=True)
def _no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the pilot go on when nothing is left to do, instead of some time after that."""
    monkeypatch.setattr("textual.app.wait_for_idle", quiet)
    monkeypatch.setattr("textual.pilot.wait_for_idle", quiet)
    monkeypatch.setattr("textual.pilot.Pilot._wait_for_screen", quiet)
    monkeypatch.setattr("textual._compositor.Compositor.render_update", drawn_at_rest)
    monkeypatch.setattr("textual.notifications.Notification.has_expired", False)  # by the clock


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with ``demo.db`` and ``demo.db.keys``; read it, never change it."""
    folder = tmp_path_factory.mktemp("sample")
    build(folder / "demo.db", folder / "demo.db.keys").ledger.close()
    return folder


@pytest.fixture
def ledger_file(sample: Path, tmp_path: Path) -> Path:
    """Return a copy of the sample's database with its keys beside it, to be changed."""
    for name in os.listdir(sample):  # noqa: PTH208  # names are all that is needed
        source = sample / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name)
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path / "demo.db"


def launch_over(database: Path, folder: Path) -> AppConfig:
    """Return the config of an application over a sample: today is 2026-11-26, keys at hand."""
    keys = database.with_name("demo.db.keys")

    def signer(actor: str, passphrase: bytes | None) -> Signer:
        return load_signer(keys / f"{actor}.pem", passphrase)

    return AppConfig(
        name="demo.db",
        open=lambda: open_ledger(str(database), clock=SimulatedClock(NOW)),
        command=("regledger", "--db", "demo.db"),
        keys=lambda: sorted(p.stem for p in keys.glob("*.pem") if ".log-" not in p.name),
        signer=signer,
        known_ledgers=lambda: KnownLedgers(folder / "known"),
        config_directory=folder / "config",
        state_directory=folder / "state",
        exports=folder / "exports",
    )


@pytest.fixture
def launch(ledger_file: Path, tmp_path: Path) -> AppConfig:
    """Return the config of an application over the copy."""
    return launch_over(ledger_file, tmp_path)


def read_only(launch: AppConfig) -> AppConfig:
    """Return the same config without keys."""
    return replace(launch, signer=None, keys=lambda: ())
