"""`status`: the board, or one cell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import typer

from ledger import api
from ledger.cli import options, output
from ledger.cli.answer_lines import cell_line, part_lines, point_lines, section, status_piece
from ledger.cli.columns import paragraph, table
from ledger.cli.output import Line, Styled
from ledger.cli.session import session_of
from ledger.wording import statuses
from ledger.wording.answer_parts import parts, pending
from ledger.wording.explanations import awaiting, cited, kept, only_for

_NOTHING_CLAIMED = "no_claims"
# The parts of an answer that also its short form has.
_COMPACT = ("candidates", "acts", "position", "commitments", "actors", "children", "places")


def status(
    ctx: typer.Context,
    place: options.PlaceArgument = None,
    about: options.ActivityArgument = None,
    *,
    jurisdiction: options.Jurisdiction = None,
    activity: options.Activity = None,
    actor: options.ActorClass = "any",
    as_of: options.AsOf = None,
    known_at: options.KnownAt = None,
    view: options.View = "prudential",
    as_json: options.JsonOption = False,
) -> None:
    """Show the status of everything, or of one activity in one place.

    With both a place and an activity the answer is one cell: for the actor asked for, then every
    class of actor whose status differs. Otherwise it is the board.
    """
    jurisdiction, activity = options.place_and_activity((place, about), (jurisdiction, activity))
    with session_of(ctx).ledger() as ledger:
        if jurisdiction and activity:
            answer = ledger.status(
                jurisdiction, activity, actor=actor, as_of=as_of, known_at=known_at, view=view
            )
            output.show(as_json, answer.to_value(), status_lines(answer), notes=answer.point.notes)
            return
        taxonomy = ledger.taxonomy
        options.require_known(taxonomy, jurisdiction=jurisdiction, activity=activity, actor=actor)
        board = ledger.board(
            jurisdiction=jurisdiction,
            activity=activity,
            actor=actor,
            as_of=as_of,
            known_at=known_at,
            view=view,
        )
        names = {place.id: place.name for place in taxonomy.jurisdictions.values()}
    output.show(as_json, board.to_value(), board_lines(board, names), notes=board.point.notes)


def board_lines(board: api.Board, names: Mapping[str, str]) -> Iterator[Line]:
    """Yield a board: cells under their jurisdiction, those without claims in one line.

    ``names`` gives the name of each jurisdiction.
    """
    yield (Styled("Status board", "bold"), f"  for {board.actor}")
    yield from point_lines(board.point, board.view, simulated=board.simulated)
    places: dict[str, list[api.Resolution]] = {}
    for cell in board.cells:
        places.setdefault(cell.cell.jurisdiction, []).append(cell)
    if not places:
        yield ("",)
        yield ("Nothing counts here yet. See `regledger review list` and `regledger history`.",)
        return
    common = statuses.common_flags(board.cells)
    for place, cells in places.items():
        yield from section(f"{place}  {names.get(place, '')}".rstrip())
        yield from _place_lines(board, cells, common)
    yield ("",)
    for flag, without in common.items():
        yield from paragraph(_common_words(flag, without), indent="  ")
    yield from _legend()


def _common_words(flag: str, without: Sequence[api.Resolution]) -> str:
    """Return the line for a flag that is left out of the rows: where it does not hold."""
    cells = ", ".join(f"{one.cell.jurisdiction} {one.cell.activity}" for one in without)
    return f"{flag}: every status above that rests on a claim{f', but {cells}' if cells else ''}"


def _place_lines(
    board: api.Board, cells: Sequence[api.Resolution], common: Collection[str]
) -> Iterator[Line]:
    remarks = {c.cell.activity: _remarks(board, c, common) for c in cells}
    silent = [c.cell.activity for c in cells if not (remarks[c.cell.activity] or c.basis)]
    rows = ((c, remarks[c.cell.activity]) for c in cells if c.cell.activity not in silent)
    yield from table((f"  {c.cell.activity}", status_piece(c.status), words) for c, words in rows)
    if silent:
        words = f"no claims: {', '.join(silent)}"
        yield from paragraph(words, first="  ", indent="    ")


def _remarks(board: api.Board, cell: api.Resolution, common: Collection[str] = ()) -> str:
    """Return declared, reason, recognition and flags of a cell in few words, if there are any.

    The flags in ``common`` are left out.
    """
    parts = ["declared"] if cell.basis_kind == "declared" else []
    if cell.reason and cell.reason != _NOTHING_CLAIMED:
        parts.append(cell.reason)
    if cell.recognition:
        parts.append(f"recognition {statuses.recognition_words(cell)}")
    if stages := _stages(cell, "recognition"):
        parts.append(f"pending on recognition: {stages}")
    flags = ", ".join(flag for flag in _flag_words(cell) if flag not in common)
    became, others = board.became.get(cell.cell), board.others.get(cell.cell, ())
    if cell.reason == _NOTHING_CLAIMED and not flags:
        parts += [only_for(others)] if others else []
        parts += [kept(cell.noted)] if cell.noted else []
    told = [became] if became else []
    return "; ".join([*parts, *([flags] if flags else []), *told])


def _flag_words(cell: api.Resolution) -> Iterator[str]:
    stages = _stages(cell, "status")
    for flag in dict.fromkeys(map(statuses.without_id, cell.flags)):
        if flag != "pending":
            yield flag
        elif stages:
            yield f"pending:{stages}"


def _stages(cell: api.Resolution, about: str) -> str:
    """Return the stages of live proposals, each once."""
    return "/".join(dict.fromkeys(one.stage for one in cell.pending if one.about == about))


def _legend() -> Iterator[Line]:
    yield tuple(piece for status in statuses.STATUSES for piece in (status_piece(status), "   "))
    yield (statuses.FLAG_MEANINGS["declared"],)
    yield ("every other word: `regledger help WORD`; reasons: `regledger why PLACE ACTIVITY`",)


def status_lines(answer: api.StatusAnswer) -> Iterator[Line]:
    """Yield a cell: its status, the acts behind it, what differs, its flags, what awaits review."""
    found = answer.resolution
    yield cell_line(found)
    yield from point_lines(answer.point, found.view, simulated=answer.simulated)
    yield ("",)
    yield ("  ", status_piece(found.status), _basis_words(found))
    yield from table([(f"  {name}", text) for name, text in _facts(answer)])
    for part in parts(found, answer.explanation, named=answer.named, disputes=answer.disputes):
        if part.name in _COMPACT:
            yield from section(part.heading)
            yield from part_lines(part, answer.cited)
    yield from _flag_lines(found.flags)
    yield from _awaiting_lines(answer)
    yield ("",)
    cell = found.cell
    actor = "" if cell.actor == "any" else f" --actor {cell.actor}"
    point = f" --as-of {answer.point.day.isoformat()} --known-at {answer.point.known}"
    yield (f"Reasons: regledger why {cell.jurisdiction} {cell.activity}{actor}{point}",)


def _basis_words(found: api.Resolution) -> str:
    if found.basis_kind == "declared":
        return f", declared: said by officials, by rules it is {found.normative_status}"
    return f": {found.reason}" if found.reason else ""


def _facts(answer: api.StatusAnswer) -> Iterator[tuple[str, str]]:
    found = answer.resolution
    if found.reason:
        yield from statuses.meanings([found.reason]).items()
    if found.noted:
        yield "kept", kept(found.noted)
    if answer.others:
        yield "others", only_for(answer.others)
    if found.possible[1:]:
        yield "possible", ", ".join(found.possible)
    if found.recognition:
        yield "recognition", statuses.recognition_words(found)
    for about in ("status", "recognition"):
        for one in pending(found, answer.explanation, about):
            yield "pending", cited(one, answer.named)
    if found.next_change:
        yield "next change", f"{found.next_change.isoformat()}, on what is recorded now"


def _flag_lines(flags: Sequence[str]) -> Iterator[Line]:
    if not flags:
        return
    yield from section("Flags")
    yield from table((f"  {flag}", words) for flag, words in statuses.meanings(flags).items())


def _awaiting_lines(answer: api.StatusAnswer) -> Iterator[Line]:
    if answer.awaiting:
        yield ("",)
        yield (f"{awaiting(answer.awaiting)}: `regledger review list`",)
