"""Fields of events, claims and their sources: what they are called, and in which order.

Values are untrusted text: whoever shows them makes them harmless first.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

_CLAIM: Final = {
    "statement": "statement",
    "kind": "kind",
    "jurisdiction": "jurisdiction",
    "activity": "activity",
    "addressees": "for whom",
    "force": "force",
    "effect": "effect",
    "act": "act",
    "outcome": "outcome",
    "asserts": "asserts",
    "stage": "stage",
    "bill": "bill",
    "target": "acts upon",
    "regime": "regime",
    "issuer": "issuer",
    "speakers": "speaker",
    "instrument": "instrument",
    "enabling_instrument": "made under",
    "saved_by": "saved by",
    "overrides": "override",
    "made": "made",
    "published": "published",
    "uttered_at": "said",
    "timezone": "time zone",
    "at": "takes effect",
    "until": "until",
    "effective_from": "in force from",
    "effective_to": "in force to",
    "applicable_from": "applies from",
    "commencement": "commencement",
    "expiry_rule": "expiry rule",
    "ex_tunc": "from the start",
    "court": "court",
    "deadlines": "deadline",
    "date_phrase": "date as worded",
    "date_anchor": "date counted from",
    "confidence": "confidence",
    "confidence_why": "because",
    "primary_source_seen": "source seen",
    "still_valid_on": "still valid on",
    "quote": "quote",
    "quote_lang": "language",
    "translation": "translation",
    "utterance": "utterance",
    "cites": "cites",
    "note": "note",
    "key": "key",
    "reports": "source",
}
_EVENT: Final = {
    "reason_code": "reason",
    "comment": "comment",
    "supersedes": "takes the place of",
    "claim": "claim",
    "public_key": "public key",
    "log_keys": "log keys",
}
_SOURCE: Final = {
    "title": "title",
    "publisher": "publisher",
    "url": "address",
    "published": "published",
    "retrieved_at": "retrieved",
    "evidence": "captured file",
    "selector": "passage",
}
# By the name of the member that holds them; "" is the event itself.
_LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "": _EVENT,
    "claim": _CLAIM,
    "content": _CLAIM,
    "reports": _SOURCE,
}


class Changed(NamedTuple):
    """A field that differs between two contents of a claim; None where it is not there."""

    label: str
    before: str | None
    after: str | None


def labels(value: Mapping[str, Any], owner: str = "") -> dict[str, str]:
    """Return the label of each member of a value, in the order in which they are read.

    ``owner`` is the name of the member that holds the value; "" for an event's data.
    """
    known = _LABELS.get(owner, {})
    ordered = [name for name in known if name in value]
    ordered += [name for name in value if name not in known]
    return {name: known.get(name) or name.replace("_", " ") for name in ordered}


def path_label(path: str) -> str:
    """Return the label of a field of a claim by its path: ``reports[0].url`` is *source 1 address*.

    A path of no claim comes back with blanks for underscores.
    """
    words, owner = [], "claim"
    for step in path.split("."):
        name, _, number = step.partition("[")
        words.append(_LABELS.get(owner, {}).get(name) or name.replace("_", " "))
        words += [str(int(number[:-1]) + 1)] if number[:-1].isdecimal() else []
        owner = name
    return " ".join(words)


def scalar(value: Any) -> str:
    """Return a value that has no members as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(scalar, value))
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False)
    return "-" if value is None else str(value)


def claim_fields(claim: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return label and text of every value of a claim, without the digests of withheld ones."""
    return [(label, text) for label, text in _leaves(claim, "claim", "")]


def changed_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Changed]:
    """Return what differs between two contents of a claim, in the order of the newer one."""
    before, after = dict(claim_fields(old)), dict(claim_fields(new))
    both = dict.fromkeys([*after, *before])
    found = [Changed(label, before.get(label), after.get(label)) for label in both]
    return [one for one in found if one.before != one.after]


def _leaves(value: Mapping[str, Any], owner: str, path: str) -> Iterator[tuple[str, str]]:
    for name, label in labels(value, owner).items():
        if name != "_sd":
            yield from _leaf(value[name], name, f"{path} {label}".lstrip())


def _leaf(value: Any, owner: str, label: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        yield from _leaves(value, owner, label)
    elif isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value):
        for number, one in enumerate(value, 1):
            yield from _leaf(one, owner, f"{label} {number}")
    else:
        yield label, scalar(value)
