"""Name the first fault of an entry or of a part of it, for error messages.

The forms are those of :mod:`ledger.log.entry`. Each function returns what is wrong, in words that
go after the name of the entry, or an empty string.
"""

import re
from typing import Any, Final

from ledger.log import canonical, encodings

ID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
TYPE: Final = r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+"
EVENT_RULES: Final = {
    "actor": (re.compile(encodings.SLUG), "is not an actor's slug"),
    "id": (re.compile(ID), "is not a UUIDv7 in lower case"),
    "ledger": (re.compile(encodings.DIGEST), "is not 64 lower-case hex digits"),
    "made_at": (re.compile(encodings.STAMP, re.ASCII), "is not a time with six digits and Z"),
    "type": (re.compile(TYPE), "is not an event type such as claim.recorded"),
}


def members_fault(value: dict[str, Any], wanted: frozenset[str]) -> str:
    """Name the missing and the extra members; empty if there are none."""
    missing = ", ".join(sorted(wanted - value.keys()))
    extra = ", ".join(sorted(value.keys() - wanted))
    return "; ".join(
        [f"member missing: {missing}"] * bool(missing) + [f"unknown member: {extra}"] * bool(extra)
    )


def event_fault(members: dict[str, Any]) -> str:
    """Name what is wrong with the members of an event, of which none is missing."""
    for name, (form, complaint) in EVENT_RULES.items():
        value = members[name]
        if type(value) is not str or not form.fullmatch(value):
            return f"{name} {value!r} {complaint}"
    if not encodings.is_real_day(members["made_at"]):
        return f"made_at {members['made_at']!r} is not a day of the calendar"
    if type(members["data"]) is not dict:
        return "data is not an object"
    version = members["version"]
    if type(version) is not int or not 1 <= version <= canonical.MAX_INT:
        return f"version {version!r} is not an integer from 1"
    return ""


def place_fault(*, seq: object, prev: object, recorded_at: object) -> str:
    """Name what is wrong with where an entry stands in the log."""
    if type(seq) is not int or not 0 <= seq <= canonical.MAX_INT:
        return f"seq {seq!r} is not an integer from 0"
    if not encodings.is_digest(prev):
        return f"prev {prev!r} is not 64 lower-case hex digits"
    if not encodings.is_stamp(recorded_at):
        return f"recorded_at {recorded_at!r} is not a time with six digits and Z"
    return ""


def signatures_fault(value: object) -> str:
    """Name what is wrong with the array of signatures; format 1 has exactly one."""
    if not isinstance(value, list) or len(value) != 1:
        return "signatures is not an array of one signature"
    signature = value[0]
    if not isinstance(signature, dict):
        return "the signature is not an object"
    fault = members_fault(signature, frozenset({"keyid", "sig"}))
    if fault:
        return f"signature: {fault}"
    sig = signature["sig"]
    return signature_fault(
        signature["keyid"], encodings.from_b64(sig) if type(sig) is str else None
    )


def signature_fault(keyid: object, sig: bytes | None) -> str:
    """Name what is wrong with a signature; ``sig`` is None where its base64 was refused."""
    if not encodings.is_digest(keyid):
        return f"keyid {keyid!r} is not 64 lower-case hex digits"
    return "" if sig else "sig is not padded base64 in its one spelling"
