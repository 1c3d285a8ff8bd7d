"""The user's own directories, by the XDG base directory specification."""

from pathlib import Path

from ledger.errors import NotCompleted


def data() -> Path:
    """Return the default directory of ledgers and keys. Raises NotCompleted without a home."""
    return _directory("user_data_dir", "XDG_DATA_HOME")


def state() -> Path:
    """Return the directory for this machine's memory. Raises NotCompleted without a home."""
    return _directory("user_state_dir", "XDG_STATE_HOME")


def config() -> Path:
    """Return the directory of the user's settings. Raises NotCompleted without a home."""
    return _directory("user_config_dir", "XDG_CONFIG_HOME")


def _directory(function: str, variable: str) -> Path:
    import platformdirs  # needed only where no directory is given

    try:
        return Path(getattr(platformdirs, function)("regledger"))
    except RuntimeError:  # neither HOME nor an entry of this user, as in a container
        raise NotCompleted(
            "this user has no home directory", hint=f"set HOME or {variable} to a directory"
        ) from None
