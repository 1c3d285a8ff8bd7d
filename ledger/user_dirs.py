"""The user's own directories, by the XDG base directory specification."""

from __future__ import annotations

from pathlib import Path

from ledger.errors import NotCompleted


def data() -> Path:
    """Where ledgers and keys lie if nothing else is said. Raises NotCompleted without a home."""
    return _directory("user_data_dir", "XDG_DATA_HOME")


def state() -> Path:
    """Where is kept what this machine has seen. Raises NotCompleted without a home."""
    return _directory("user_state_dir", "XDG_STATE_HOME")


def config() -> Path:
    """Where the user's settings lie. Raises NotCompleted without a home."""
    return _directory("user_config_dir", "XDG_CONFIG_HOME")


def _directory(function: str, variable: str) -> Path:
    import platformdirs  # only who brings no directory needs it

    try:
        return Path(getattr(platformdirs, function)("regledger"))
    except RuntimeError:  # neither HOME nor an entry of this user, as in a container
        raise NotCompleted(
            "this user has no home directory", hint=f"set HOME or {variable} to a directory"
        ) from None
