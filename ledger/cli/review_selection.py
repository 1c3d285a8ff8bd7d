"""What a reviewer may decide on at once: all that an actor recorded, or the claims of a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger import api

_NAMED: Final = 5  # lines


def waiting(ledger: api.Ledger, *, by: str | None, file: Path | None) -> list[api.Pending]:
    """Return what awaits review, oldest first; only what ``by`` recorded, or what ``file`` says.

    Raises InputError for a file that holds what is not recorded, and for an actor that is none;
    Conflict where a claim of it is recorded with other content, BadClaimsFile for one that cannot
    be read.
    """
    found = list(ledger.entries.pending())
    if by is not None:
        known = [actor.slug for actor in ledger.actors.all()]
        if by not in known:
            raise InputError(f"{by!r} is no actor", hint=f"actors: {', '.join(known)}")
        found = [one for one in found if one.item.actor == by]
    if file is not None:
        seqs = _of_file(ledger, file)
        found = [one for one in found if one.item.seq in seqs]
    return found


def _of_file(ledger: api.Ledger, file: Path) -> set[int]:
    """Return the entries in which the claims of a file are recorded, word for word."""
    from ledger.cli.claims_import import Sheet

    filed = Sheet.of(file).filed(ledger)
    recorded, missing = ledger.preview.recorded_as(filed.claims)
    if missing:
        lines = ", ".join(str(filed.parsed[index].line) for index in missing[:_NAMED])
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise InputError(
            f"{filed.name} holds claims that are not recorded, on line {lines}{more}",
            hint="name the file as it was recorded",
        )
    return {seq for seq, _ in recorded}
