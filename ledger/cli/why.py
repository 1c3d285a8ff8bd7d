"""`why`: an explanation, with the claims it names listed below it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from ledger.cli import output
from ledger.cli.answer_lines import cell_line, heading, point_lines, status_piece
from ledger.cli.columns import paragraph, table
from ledger.cli.options import (
    ActorClass,
    AsOf,
    JsonOption,
    KnownAt,
    View,
)
from ledger.cli.output import Line, Piece
from ledger.cli.session import session_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ledger.api.ledger import Ledger
    from ledger.api.results import StatusAnswer

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_PARTS = (
    ("basis", "What it rests on"),
    ("losers", "What was beaten, and by which rule"),
    ("recognition", "Recognition"),
    ("flags", "Notes"),
    ("change", "What comes next"),
)


class Named(NamedTuple):
    """A claim that an explanation names. ``key`` is empty where it has none."""

    number: int
    seq: int
    key: str


def named_claims(ledger: Ledger, answer: StatusAnswer) -> dict[str, Named]:
    """The claims that the explanation names, numbered in the order of their first mention."""
    found: dict[str, Named] = {}
    for claim in _ID.findall(answer.explanation.text):
        if claim not in found:
            item = ledger.show(claim).item
            found[claim] = Named(len(found) + 1, item.seq, item.subject)
    return found


def why_lines(answer: StatusAnswer, named: Mapping[str, Named]) -> Iterator[Line]:
    """The explanation of a cell: the answer, then the reasons under headings."""
    found, told = answer.resolution, answer.explanation
    yield cell_line(found)
    yield from point_lines(answer.point, found.view, simulated=answer.simulated)
    yield ("",)
    declared = " (declared)" if found.basis_kind == "declared" else ""
    yield ("  ", status_piece(found.status), declared)
    yield from paragraph(told.status, output.columns(), first="  ", indent="  ")
    for part, title in _PARTS:
        sentences: Sequence[str] = getattr(told, part)
        if sentences:
            yield ("",)
            yield heading(title)
        for one in sentences:
            words = _ID.sub(lambda match: _short(match[0], named), one)
            yield from paragraph(words, output.columns(), first="  - ", indent="    ")
    yield from _named_lines(named)


def _short(claim: str, named: Mapping[str, Named]) -> str:
    return str(named[claim].number) if claim in named else claim


def _named_lines(named: Mapping[str, Named]) -> Iterator[Line]:
    if not named:
        return
    yield ("",)
    yield heading("The claims named here (`regledger show REF`)")
    rows: list[Sequence[Piece]] = [
        (f"  [{one.number}]", f"@{one.seq}", one.key or claim) for claim, one in named.items()
    ]
    yield from table(rows, output.columns())


def why_value(answer: StatusAnswer, named: Mapping[str, Named]) -> dict[str, Any]:
    """The same as JSON: the status, its explanation, and where the named claims stand."""
    told = answer.explanation
    return {
        **answer.to_value(),
        "schema": "regledger/why/v1",
        "explanation": {
            "status": told.status,
            **{part: list(getattr(told, part)) for part, _ in _PARTS},
        },
        "claims": {claim: {"seq": one.seq, "key": one.key or None} for claim, one in named.items()},
    }


def why(
    ctx: typer.Context,
    jurisdiction: Annotated[str, typer.Argument(metavar="JURISDICTION", help="Such as PK.")],
    activity: Annotated[str, typer.Argument(metavar="ACTIVITY", help="Such as va.exchange.")],
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
