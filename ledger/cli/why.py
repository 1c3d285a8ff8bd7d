"""`why`: an explanation, with the claims it names listed below it."""

from collections.abc import Iterator, Mapping
from typing import Any

import typer

from ledger import api
from ledger.cli import options, output
from ledger.cli.answer_lines import cell_line, part_lines, point_lines, section, status_piece
from ledger.cli.columns import paragraph, table
from ledger.cli.options import ActorClass, AsOf, JsonOption, KnownAt, View
from ledger.cli.output import Line
from ledger.cli.session import session_of
from ledger.errors import InputError
from ledger.json_values import members
from ledger.wording import explanations
from ledger.wording.answer_parts import parts
from ledger.wording.explanations import NamedClaim, only_for
from ledger.wording.statuses import DECLARED


def why(
    ctx: typer.Context,
    place: options.PlaceArgument = None,
    about: options.ActivityArgument = None,
    *,
    jurisdiction: options.Jurisdiction = None,
    activity: options.Activity = None,
    actor: ActorClass = "any",
    as_of: AsOf = None,
    known_at: KnownAt = None,
    view: View = "prudential",
    as_json: JsonOption = False,
) -> None:
    """Explain a status: its basis, what was beaten by which rule, its flags, what comes next."""
    where, what = options.place_and_activity((place, about), (jurisdiction, activity))
    if where is None or what is None:
        missing = "jurisdiction" if where is None else "activity"
        raise InputError(
            f"the status of which cell? the {missing} is missing",
            hint="such as `regledger why PK va.exchange`; `regledger list activities` lists them",
        )
    with session_of(ctx).ledger() as ledger:
        answer = ledger.status(where, what, actor=actor, as_of=as_of, known_at=known_at, view=view)
    output.show(as_json, why_value(answer), why_lines(answer), notes=answer.point.notes)


def why_lines(answer: "api.StatusAnswer") -> Iterator[Line]:
    """Yield the status of a cell, then the reasons under headings."""
    found, told = answer.resolution, answer.explanation
    yield cell_line(found)
    yield from point_lines(answer.point, found.view, simulated=answer.simulated)
    yield ("",)
    declared = f" ({DECLARED})" if found.basis_kind == "declared" else ""
    yield ("  ", status_piece(found.status), declared)
    more = f" Here {only_for(answer.others)}." if answer.others else ""
    yield from paragraph(told.status + more, first="  ", indent="  ")
    for part in parts(found, told, named=answer.named, disputes=answer.disputes):
        yield from section(part.heading)
        yield from part_lines(part, answer.cited)
    yield from _named_lines(answer.named)


def _named_lines(named: Mapping[str, NamedClaim]) -> Iterator[Line]:
    if not named:
        return
    yield from section(f"{explanations.CLAIMS_NAMED} (`regledger show REF`)")
    yield from table((f"  @{one.seq}", one.name) for one in named.values())


def why_value(answer: "api.StatusAnswer") -> dict[str, Any]:
    """Return the status, its explanation and the entries of the named claims as JSON."""
    named = answer.named.items()
    return {
        **answer.to_value(),
        "schema": "regledger/why/v1",
        "explanation": members(answer.explanation),
        "disputes": [one.to_value() for one in answer.disputes],
        "claims": {claim: {"seq": one.seq, "key": one.key or None} for claim, one in named},
    }
