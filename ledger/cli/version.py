"""`version`: the versions of this program and of what its answers depend on."""

import platform

from ledger import sqlite_driver
from ledger.cli import output
from ledger.cli.options import JsonOption
from ledger.sqlite_driver import sqlite3


def version(*, as_json: JsonOption = False) -> None:
    """Print the versions of this program and of what its answers depend on."""
    found = versions()
    lines = [(f"{'' if name == 'regledger' else '  '}{name} {n}",) for name, n in found.items()]
    output.show(as_json, {"schema": "regledger/version/v1", **found}, lines)


def versions() -> dict[str, str]:
    """Return the versions that an answer or a fault may depend on."""
    from importlib.metadata import version

    return {
        "regledger": version("regledger"),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "sqlite_driver": sqlite_driver.name(),
        **{name: version(name) for name in ("sqlalchemy", "cryptography", "pydantic", "orjson")},
    }
