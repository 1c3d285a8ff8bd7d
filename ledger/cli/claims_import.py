"""From a claims file to the ledger: read, check, then preview or record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger import api
from ledger.cli import input_files, output
from ledger.cli.session import Session
from ledger.errors import (
    AlreadyRecorded,
    BadClaimsFile,
    Conflict,
    InputError,
    Problem,
    Refused,
    RegledgerError,
    RuleViolation,
)
from ledger.intake import ParsedClaim, read_claims
from ledger.intake.csv_reader import separator_in_words
from ledger.intake.table import TableOptions
from ledger.intake.unknown_ids import unknown_ids, unknown_references

# Rules that say no to the actor, whatever the claims are.
_ABOUT_THE_ACTOR: Final = frozenset({"role", "key", "made_later", "ledger"})
_IMPORT: Final = 100  # entries appended at once after which the status view is caught up
_DIAGNOSED: Final = 500  # claims; each is tried once more to find every line that is refused


@dataclass(frozen=True, slots=True)
class Filed:
    """A claims file that is valid by itself."""

    name: str
    parsed: Sequence[ParsedClaim]

    @property
    def claims(self) -> list[api.Claim]:
        """Claims in the order of the file."""
        return [one.claim for one in self.parsed]

    @property
    def only(self) -> api.Claim:
        """The claim of a correction. Raises InputError where there are more."""
        if len(self.parsed) != 1:
            raise InputError(f"{self.name} holds {len(self.parsed)} claims; a correction is one")
        return self.parsed[0].claim


@dataclass(frozen=True, slots=True)
class Sheet:
    """A claims file as it was given, not yet parsed."""

    name: str
    data: bytes
    format: str | None
    table: TableOptions

    @classmethod
    def of(
        cls, file: Path, file_format: str | None = None, table: TableOptions | None = None
    ) -> Sheet:
        """Read the bytes of a file, or of standard input."""
        data, name = input_files.content(file)
        return cls(name, data, file_format, table or TableOptions())

    def filed(self, ledger: api.Ledger) -> Filed:
        """Parse it for this ledger. Raises BadClaimsFile with all its problems."""
        taxonomy = ledger.taxonomy
        parsed = read_claims(
            self.data,
            name=self.name,
            format=self.format,
            table=self.table,
            check=lambda claim: unknown_ids(claim, taxonomy),
            check_refs=lambda claim, keys: unknown_references(
                claim, keys, ledger.entries.has_claim
            ),
        )
        if (self.format or Path(self.name).suffix[1:]).lower() == "csv":
            found = separator_in_words(self.data, self.table)
            if found != "commas":  # by a guess: whoever meant something else should see it
                output.note(f"{self.name}: read as a table with {found} as separators")
        return Filed(self.name, parsed)


def warn(filed: Filed, doubts: Callable[[], Sequence[api.Doubt]]) -> Sequence[api.Doubt]:
    """Print what to look at again, each with its line, and return it.

    What would be refused is left to the attempt to record it, which says so.
    """
    try:
        found = doubts()
    except (InputError, Refused):
        return ()
    for one in found:
        hint = f" ({one.hint})" if one.hint else ""
        place = f"{filed.name}:{filed.parsed[one.index].line}: {one.field}"
        output.warn(f"{place}: {one.message}{hint}")
    return found


def preview(
    session: Session, sheet: Sheet, *, again: bool = False
) -> tuple[Sequence[api.CellChange], Sequence[api.Doubt]]:
    """Return the statuses that the file would change if all of it were approved, and its doubts.

    Raises what recording it would raise, where an actor is enrolled who could record it.
    """
    with session.ledger() as ledger:
        filed = sheet.filed(ledger)
        if any("recorder" in actor.roles and actor.keys for actor in ledger.actors.all()):
            try:
                ledger.preview.rehearse(filed.claims, again=again)
            except (InputError, Refused) as error:
                raise _located(error, ledger, filed, None) from error
        return ledger.preview.record(filed.claims), _warned(ledger, filed)


def record(session: Session, sheet: Sheet, *, again: bool = False) -> tuple[api.RecordResult, ...]:
    """Record the file: all of it, or nothing and every line that is refused.

    ``again``: also claims without a key that say what is said already.
    """
    with session.ledger() as ledger:
        filed = sheet.filed(ledger)
        actor = session.acting()
        _warned(ledger, filed)
        signer = session.signer()
        try:
            results = ledger.record(filed.claims, signer, actor=actor, again=again)
        except (InputError, Refused) as error:
            raise _located(error, ledger, filed, actor) from error
        if sum(len(part) for part in ledger.appended) >= _IMPORT:
            _catch_up(ledger)
        return results


def _catch_up(ledger: api.Ledger) -> None:
    """Bring the status view to the head once, at the end of an import."""
    try:
        with output.progress("bringing the status view to the head") as report:
            ledger.projections.catch_up(progress=report)
    except RegledgerError as error:  # what was recorded stands
        output.note(f"the status view was left behind: {error.message}")


def _warned(ledger: api.Ledger, filed: Filed) -> Sequence[api.Doubt]:
    return warn(filed, lambda: ledger.preview.doubts(filed.claims))


def _located(
    error: InputError | Refused, ledger: api.Ledger, filed: Filed, actor: str | None
) -> RegledgerError:
    """Return the refusal with the lines of the file that cause it, as far as they can be found."""
    if isinstance(error, AlreadyRecorded):
        return _said_already(ledger, filed)
    if isinstance(error, RuleViolation) and error.rule in _ABOUT_THE_ACTOR:
        return error
    if len(filed.parsed) > _DIAGNOSED:
        return error
    problems = [
        Problem(filed.name, one.line, "", found.message, found.hint)
        for one in filed.parsed
        if (found := _refusal(ledger, _with_what_it_needs(one, filed), actor)) is not None
    ]
    if not problems:
        return error
    if isinstance(error, InputError):
        return BadClaimsFile(problems)
    lines = "\n".join(f"  {problem}" for problem in problems)
    text = f"refused, nothing was recorded:\n{lines}"
    return RuleViolation(error.rule, text) if isinstance(error, RuleViolation) else Conflict(text)


def _said_already(ledger: api.Ledger, filed: Filed) -> AlreadyRecorded:
    """Return the refusal with the lines of the file, also for claims that repeat each other."""
    found = []
    for twin in ledger.preview.identical(filed.claims):
        words = twin.words
        if twin.first is not None and twin.seq is None:
            words = f"says exactly what the claim on line {filed.parsed[twin.first].line} says"
        found.append((f"{filed.name}:{filed.parsed[twin.index].line}", words))
    return AlreadyRecorded(found)


def _refusal(
    ledger: api.Ledger, some: Sequence[api.Claim], actor: str | None
) -> InputError | Refused | None:
    try:
        ledger.preview.rehearse(some, actor=actor, again=True)
    except (InputError, Refused) as error:
        return error
    return None


def _with_what_it_needs(one: ParsedClaim, filed: Filed) -> list[api.Claim]:
    """Return a claim with all claims of the file that it depends on."""
    from ledger.api.key_references import key_references

    by_key = {claim.key: claim for claim in filed.claims if claim.key}
    needed: dict[int, api.Claim] = {}
    waiting: list[api.Claim] = [one.claim]
    while waiting:
        claim = waiting.pop()
        if id(claim) not in needed:
            needed[id(claim)] = claim
            waiting += [by_key[key] for key in key_references(claim) if key in by_key]
    return list(needed.values())
