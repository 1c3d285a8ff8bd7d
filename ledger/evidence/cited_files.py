"""The captured files that an event cites: read from its data alone, without any store."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class CitedFile:
    """A captured file as an event names it."""

    sha256: str
    length: int | None
    media_type: str | None


@dataclass(frozen=True, slots=True)
class ReportedFile:
    """What a signed report says of a captured file; None where it says nothing."""

    sha256: str
    media_type: str | None
    url: str | None
    retrieved_at: str | None


def cited_files(value: Any) -> tuple[CitedFile, ...]:
    """Return the files that an event's data cites, each once, in order."""
    found = {one.sha256: one for one in _cited(value)}
    return tuple(found.values())


def reported_files(value: Any) -> tuple[ReportedFile, ...]:
    """Return what the reports in an event's data say of the files that they cite."""
    found = ((_named(report.get("evidence")), report) for report in _dicts(value))
    return tuple(
        ReportedFile(
            cites.sha256, cites.media_type, _text(report, "url"), _text(report, "retrieved_at")
        )
        for cites, report in found
        if cites is not None
    )


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    members = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list | tuple):
        for member in members:
            yield from _dicts(member)


def _text(value: dict[str, Any], name: str) -> str | None:
    member = value.get(name)
    return member if type(member) is str else None


def _cited(value: Any) -> Iterator[CitedFile]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _cited(item)
    elif isinstance(value, dict):
        for name, member in value.items():
            named = _named(member) if name == "evidence" else None
            if named is None:
                yield from _cited(member)
            else:
                yield named


def _named(member: Any) -> CitedFile | None:
    sha256 = member.get("sha256") if isinstance(member, dict) else None
    if type(sha256) is not str or not _DIGEST.fullmatch(sha256):
        return None
    length, media_type = member.get("bytes"), member.get("media_type")
    return CitedFile(
        sha256,
        length if type(length) is int else None,
        media_type if type(media_type) is str else None,
    )
