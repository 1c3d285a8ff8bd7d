"""`show`: one entry in full."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import output
from ledger.cli.columns import fields, paragraph, table
from ledger.cli.entry_lines import moment, state_piece
from ledger.cli.exit_codes import ExitCode
from ledger.cli.options import JsonOption
from ledger.cli.output import Line, Piece, Styled
from ledger.cli.session import session_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ledger.api.results import Shown, TimeBounds


def show(
    ctx: typer.Context,
    ref: Annotated[
        str, typer.Argument(metavar="REF", help="@12, a claim's key, an event id or a digest.")
    ],
    *,
    dsse: Annotated[
        bool,
        typer.Option("--dsse", help="Print the signed event as a standard DSSE envelope."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show one entry in full: what it says, its versions, and the hashes that bind it.

    Its bytes, signature, links and seal are checked. Ends with 1 if one of them does not hold, and
    says so first; `regledger verify` checks the whole log.
    """
    with session_of(ctx).ledger() as ledger:
        shown = ledger.show(ref)
    if dsse:
        output.value(dict(shown.dsse))
        for line in fault_lines(shown):
            output.note(*line)
    else:
        output.show(as_json, shown.to_value(), shown_lines(shown))
    if shown.faults:
        raise typer.Exit(ExitCode.NOT_VERIFIED)


def shown_lines(shown: Shown) -> Iterator[Line]:
    """One entry: what does not hold, what it is and says, its versions, the hashes that bind it."""
    item = shown.item
    width = output.columns()
    event = shown.entry["event"]
    yield from fault_lines(shown)
    yield (Styled(f"@{item.seq}  {item.type}", "bold"), f"  by {item.actor}")
    facts = [
        ("recorded at", item.recorded_at),
        ("signed at", str(event["made_at"])),
        ("subject", item.subject),
        ("state", item.state or ""),
        ("newer", _newer(shown)),
    ]
    yield from fields(facts, width, indent="  ")
    yield ("",)
    yield from outline(shown.opened, indent="  ")
    if shown.withheld:
        yield (f"  {len(shown.withheld)} value(s) withheld: only their digests are here",)
    if len(shown.versions) > 1:
        yield ("",)
        yield ("Versions, oldest first",)
        yield from _version_lines(shown)
    yield ("",)
    proof = [
        ("event", item.event),
        ("digest", shown.digest),
        ("leaf hash", shown.leaf_hash),
        ("previous", str(shown.entry["prev"])),
        ("signed by", shown.signer_key),
    ]
    yield from fields(proof, width, indent="  ")
    yield ("",)
    for sentence in _bounds(shown.bounds):
        yield from paragraph(sentence, width, first="  ", indent="    ")


def fault_lines(shown: Shown) -> Iterator[Line]:
    """What does not hold about an entry; nothing where all of it does."""
    if not shown.faults:
        return
    yield (Styled(shown.alarm, "red"),)
    for fault in shown.faults:
        words = f"{fault.layer}: {fault.message}"
        yield from paragraph(words, output.columns(), first="  ", indent="    ")
    yield ("",)


def _bounds(bounds: TimeBounds) -> Iterator[str]:
    """When it must have been recorded, and on whose word that rests."""
    if bounds.sealed is None:
        yield "Not sealed: its place and time rest on this database alone (`regledger checkpoint`)."
    else:
        yield f"Sealed by the checkpoint of size {bounds.sealed}."
    after = bounds.not_after
    if after is None:
        yield "No time-stamp bounds when it was recorded (`regledger timestamp URL`)."
    else:
        yield (
            f"Recorded by {_second(after.time)} at the latest: {after.authority or 'an authority'}"
            f" time-stamped the checkpoint of size {after.size}."
        )
    if bounds.without is None or bounds.without_at is None:
        return
    stamped = bounds.without_stamped
    yield (
        f"Not there yet at size {bounds.without}, sealed {_second(bounds.without_at)} by the log's"
        " own clock" + (f" and time-stamped by {_second(stamped.time)}." if stamped else ".")
    )


def _second(stamp: str) -> str:
    """A time to the second."""
    return f"{stamp[:10]} {stamp[11:19]} UTC"


def _newer(shown: Shown) -> str:
    """The versions after this one, so that nobody takes an old one for what counts now."""
    later = [v for v in shown.versions if v.seq > shown.item.seq]
    return "; ".join(f"@{v.seq} {v.type}, {v.state or 'no state'}" for v in later)


def _version_lines(shown: Shown) -> list[Line]:
    rows: list[Sequence[Piece]] = [
        (
            f"  @{v.seq}{' *' if v.seq == shown.item.seq else ''}",
            moment(v.recorded_at),
            state_piece(v.state or ""),
            f"{v.type} by {v.actor}",
        )
        for v in shown.versions
    ]
    return table(rows, output.columns())


def outline(value: Mapping[str, Any], *, indent: str = "") -> Iterator[Line]:
    """Nested JSON as indented ``name: text`` lines; nothing is left out."""
    for name, item in value.items():
        yield from _item(f"{indent}{name}", item, indent)


def _item(label: str, item: Any, indent: str) -> Iterator[Line]:
    deeper = f"{indent}  "
    if isinstance(item, Mapping):
        yield (f"{label}:",)
        yield from outline(item, indent=deeper)
    elif isinstance(item, list | tuple):
        if all(not isinstance(part, Mapping | list | tuple) for part in item):
            yield from _text(label, ", ".join(map(_scalar, item)), deeper)
            return
        for n, part in enumerate(item, 1):
            yield from _item(f"{label} {n}", part, indent)
    else:
        yield from _text(label, _scalar(item), deeper)


def _text(label: str, text: str, indent: str) -> list[Line]:
    words = f"{label.strip()}: {text}"
    return paragraph(words, output.columns(), first=_blank(label), indent=indent)


def _blank(label: str) -> str:
    return label[: len(label) - len(label.lstrip(" "))]


def _scalar(item: Any) -> str:
    if item is None:
        return "-"
    if isinstance(item, bool):
        return "yes" if item else "no"
    return str(item)
