"""`why`: an explanation, with the claims it names listed below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from ledger import api
from ledger.cli import output
from ledger.cli.answer_lines import cell_line, point_lines, section, status_piece
from ledger.cli.columns import paragraph, table
from ledger.cli.options import ActorClass, AsOf, JsonOption, KnownAt, View, argument
from ledger.cli.output import Line
from ledger.cli.session import session_of
from ledger.wording import explanations
from ledger.wording.explanations import NamedClaim
from ledger.wording.statuses import DECLARED


def why(
    ctx: typer.Context,
    jurisdiction: Annotated[str, argument("JURISDICTION", "Such as PK.")],
    activity: Annotated[str, argument("ACTIVITY", "Such as va.exchange.")],
    *,
    actor: ActorClass = "any",
    as_of: AsOf = None,
    known_at: KnownAt = None,
    view: View = "prudential",
    as_json: JsonOption = False,
) -> None:
    """Explain a status: its basis, what was beaten by which rule, its flags, what comes next."""
    with session_of(ctx).ledger() as ledger:
        answer = ledger.status(
            jurisdiction, activity, actor=actor, as_of=as_of, known_at=known_at, view=view
        )
        named = named_claims(ledger, answer)
    value, lines = why_value(answer, named), why_lines(answer, named)
    output.show(as_json, value, lines, notes=answer.point.notes)


def named_claims(ledger: api.Ledger, answer: api.StatusAnswer) -> dict[str, NamedClaim]:
    """Return the claims that the explanation names, numbered, with their entries."""

    def find(claim: str) -> tuple[int, str]:
        item = ledger.show(claim).item
        return item.seq, item.subject

    return explanations.named_claims(answer.explanation, find)


def why_lines(answer: api.StatusAnswer, named: Mapping[str, NamedClaim]) -> Iterator[Line]:
    """Yield the status of a cell, then the reasons under headings."""
    found, told = answer.resolution, answer.explanation
    yield cell_line(found)
    yield from point_lines(answer.point, found.view, simulated=answer.simulated)
    yield ("",)
    declared = f" ({DECLARED})" if found.basis_kind == "declared" else ""
    yield ("  ", status_piece(found.status), declared)
    yield from paragraph(told.status, first="  ", indent="  ")
    for part, title in explanations.HEADINGS.items():
        sentences: Sequence[str] = getattr(told, part)
        if part == "flags":
            flags = explanations.flags_explained(told)
            sentences = [f"{flag}: {words}" for flag, words in flags]
        if sentences:
            yield from section(title)
        for one in sentences:
            words = explanations.cited(one, named)
            yield from paragraph(words, first="  - ", indent="    ")
    yield from _named_lines(named)


def _named_lines(named: Mapping[str, NamedClaim]) -> Iterator[Line]:
    if not named:
        return
    yield from section(f"{explanations.CLAIMS_NAMED} (`regledger show REF`)")
    yield from table(
        (f"  [{one.number}]", f"@{one.seq}", one.key or claim) for claim, one in named.items()
    )


def why_value(answer: api.StatusAnswer, named: Mapping[str, NamedClaim]) -> dict[str, Any]:
    """Return the status, its explanation and the entries of the named claims as JSON."""
    told = answer.explanation
    return {
        **answer.to_value(),
        "schema": "regledger/why/v1",
        "explanation": {
            "status": told.status,
            **{part: list(getattr(told, part)) for part in explanations.HEADINGS},
        },
        "claims": {claim: {"seq": one.seq, "key": one.key or None} for claim, one in named.items()},
    }
