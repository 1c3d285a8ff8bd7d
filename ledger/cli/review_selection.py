"""What a reviewer may decide on at once: all that an actor recorded, or the claims of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ledger.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from ledger import api
    from ledger.cli.claims_import import Sheet
    from ledger.intake.table import TableOptions

_NAMED: Final = 5  # lines


def sheet_of(file: Path | None, file_format: str | None, table: TableOptions) -> Sheet | None:
    """Return the claims file that was named, or None where none was."""
    from ledger.cli.claims_import import Sheet  # brings the readers of all formats

    return None if file is None else Sheet.of(file, file_format, table)


def waiting(ledger: api.Ledger, *, by: str | None, sheet: Sheet | None) -> list[api.Pending]:
    """Return what awaits review, oldest first; only what ``by`` recorded, or what a file says.

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
    if sheet is not None:
        seqs = _of_file(ledger, sheet)
        found = [one for one in found if one.item.seq in seqs]
    return found


def _of_file(ledger: api.Ledger, sheet: Sheet) -> set[int]:
    """Return the entries in which the claims of a file are recorded, word for word."""
    filed = sheet.filed(ledger)
    recorded, missing = ledger.preview.recorded_as(filed.claims)
    if missing:
        lines = ", ".join(str(filed.parsed[index].line) for index in missing[:_NAMED])
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise InputError(
            f"{filed.name} holds claims that are not recorded, on line {lines}{more}",
            hint="name the file as it was recorded, with the same --set, --columns and the like",
        )
    return {seq for seq, _ in recorded}
