"""Recognise by its first two events a log that another version of this program made."""

from collections.abc import Mapping
from typing import Any, Final

from ledger.domain import events
from ledger.domain.rules.administration import KNOWN_RULES
from ledger.errors import OtherVersion

_CREATED: Final = ("ledger.created", 0)
_ADOPTED: Final = ("taxonomy.adopted", 1)


def check_version(seq: int, type_: str, version: int, data: Mapping[str, Any]) -> None:
    """Check that this version reads the log. Raises OtherVersion, which says what to do.

    A newer version founds a ledger with a version of ``ledger.created`` or of the rules that is
    unknown here. Before version 0.1 the starter taxonomy had one ``profile``, not ``profiles``.
    """
    if (type_, seq) == _CREATED:
        rules = data.get("rules")
        newer_rules = isinstance(rules, int) and rules > max(KNOWN_RULES)
        if version > events.LATEST[type_] or newer_rules:
            raise OtherVersion(
                "this ledger was made by a newer version of regledger",
                hint="install that version; this one does not know its rules",
            )
    elif (type_, seq) == _ADOPTED and "profile" in data:
        raise OtherVersion(
            "this ledger was made before version 0.1 of regledger", hint=OtherVersion.MAKE_ANEW
        )
