"""The address of a ledger: the path of an SQLite file, or the URL of a database.

============================  =====================================================================
a path                        names that very file: ``?``, ``%`` and ``#`` are letters like others
``sqlite:///PATH``            the same file; ``%XX`` in PATH is one byte (RFC 3986 section 2.1), so
                              that ``?`` is written ``%3F``. ``?mode=ro`` behind it only reads
``postgresql://...``          a server; ``postgres://`` is the same. Special characters of a user or
                              password are written ``%XX``: an ``@`` is ``%40``
============================  =====================================================================

Example: ``/tmp/a?b.db`` is ``sqlite:////tmp/a%3Fb.db``.
"""

import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, unquote_to_bytes

_SCHEME: Final = re.compile(r"[a-z][a-z0-9+]*://")
_FILE: Final = re.compile(r"sqlite(?:\+pysqlite)?:///")
# To the last "@", for a password may hold one; to the end, where a hidden parameter held it.
_PASSWORD: Final = re.compile(r"(?<=://)([^:@/?]*):(?:.*@|.*\Z)", re.DOTALL)
_SECRET: Final = re.compile(r"pass|secret|token", re.IGNORECASE)  # password, sslpassword, ...


def is_url(address: str) -> bool:
    """Return whether this is a URL; everything else is a path."""
    return _SCHEME.match(address) is not None


def file_url(path: Path) -> str:
    """Return the URL of an SQLite file."""
    return f"sqlite:///{quote(os.fsencode(path))}"


def sqlite_file(address: str) -> Path | None:
    """Return the SQLite file that an address names, None for another database."""
    if not is_url(address):
        return Path(address)
    match = _FILE.match(address)
    if match is None:
        return None
    path = address[match.end() :].partition("?")[0]
    return Path(os.fsdecode(unquote_to_bytes(os.fsencode(path))))


def without_secrets(address: str) -> str:
    """Return the address as it may be printed: the path of a file, a URL without its secrets."""
    path = sqlite_file(address)
    if path is not None:
        return str(path)
    place, mark, query = address.partition("?")
    hidden = place + mark + "&".join(map(_masked, query.split("&")))
    return _PASSWORD.sub(r"\1:***@", hidden) if "@" in address else hidden


def _masked(parameter: str) -> str:
    name, equals, _ = parameter.partition("=")
    return f"{name}=***" if equals and _SECRET.search(unquote(name)) else parameter
