"""`show`: one entry in full."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from ledger import api
from ledger.cli import output
from ledger.cli.columns import fields, paragraph, table
from ledger.cli.entry_lines import state_piece
from ledger.cli.exit_codes import ExitCode
from ledger.cli.options import JsonOption, argument, flag
from ledger.cli.output import Line, Styled
from ledger.cli.session import session_of
from ledger.wording.claim_card import NOT_THERE, STATEMENT, claim_card
from ledger.wording.entries import minute, state_word, time_bounds
from ledger.wording.field_labels import labels, scalar


def show(
    ctx: typer.Context,
    ref: Annotated[str, argument("REF", "@12, a claim's key, an event id or a digest.")],
    *,
    dsse: Annotated[
        bool, flag("--dsse", "Print the signed event as a standard DSSE envelope.")
    ] = False,
    as_yaml: Annotated[
        bool,
        flag("--yaml", "Print the claim as it counts, as a file that `correct` and `record` take."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show one entry in full: what it says, its versions, and the hashes that bind it.

    Its bytes, signature, links and seal are checked. Ends with 1 if one of them does not hold, and
    says so first; `regledger verify` checks the whole log.
    """
    with session_of(ctx).ledger() as ledger:
        if as_yaml:
            _, content, whole = ledger.preview.content_of(ref)
            _print_yaml(content, whole=whole)
            return
        shown = ledger.show(ref)
        both = ledger.preview.replaced_by(f"@{shown.item.seq}")
    if dsse:
        output.value(dict(shown.dsse))
        for line in fault_lines(shown):
            output.note(*line)
    else:
        output.show(as_json, shown.to_value(), shown_lines(shown, both[0] if both else None))
    if shown.faults:
        raise typer.Exit(ExitCode.NOT_VERIFIED)


def _print_yaml(content: Mapping[str, Any], *, whole: bool) -> None:
    """Print a claim as a file, and a note where values of it were erased."""
    from ledger.intake.claim_writer import claim_yaml

    if not whole:
        output.remarks(["values of this claim were erased, and are not in this file"])
    order = labels(content, "claim")
    output.text(claim_yaml({name: content[name] for name in order}))


def shown_lines(shown: "api.Shown", before: Mapping[str, Any] | None = None) -> Iterator[Line]:
    """Yield an entry: its faults, its fields, its versions, and the hashes that bind it.

    ``before`` is the content that a correction replaces.
    """
    item = shown.item
    event = shown.entry["event"]
    yield from fault_lines(shown)
    yield (Styled(f"@{item.seq}  {item.type}", "bold"), f"  by {item.actor}")
    facts = [
        ("recorded at", item.recorded_at),
        ("signed at", str(event["made_at"])),
        ("subject", item.subject),
        ("state", state_word(item.state)),
        ("newer", _newer(shown)),
    ]
    yield from fields(facts, indent="  ")
    yield ("",)
    yield from _said_lines(shown.opened, before)
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
    yield from fields(proof, indent="  ")
    yield ("",)
    for sentence in time_bounds(shown.bounds.to_value()):
        yield from paragraph(sentence, first="  ", indent="    ")


def _said_lines(opened: Mapping[str, Any], before: Mapping[str, Any] | None) -> Iterator[Line]:
    """Yield a claim as a card, its sentence first; below it the other members of the event."""
    name = next((n for n in ("content", "claim") if isinstance(opened.get(n), Mapping)), None)
    if name is not None:
        for row in claim_card(opened[name], before):
            words = row.text or NOT_THERE
            words = words if row.was is None else f"{row.was} -> {words}"
            label = "" if row.label == STATEMENT else f"{row.label}: "
            yield from paragraph(f"{label}{words}", first="  ", indent="    ")
    rest = {member: value for member, value in opened.items() if member != name}
    yield from outline(rest, indent="  ")


def fault_lines(shown: "api.Shown") -> Iterator[Line]:
    """Yield what does not hold about an entry; nothing where all of it does."""
    if not shown.faults:
        return
    yield (Styled(shown.alarm, "red"),)
    for fault in shown.faults:
        words = f"{fault.layer}: {fault.message}"
        yield from paragraph(words, first="  ", indent="    ")
    yield ("",)


def _newer(shown: "api.Shown") -> str:
    """Return the versions after this one, so that an old one is not taken for what counts now."""
    later = [v for v in shown.versions if v.seq > shown.item.seq]
    return "; ".join(f"@{v.seq} {v.type}, {state_word(v.state) or 'no state'}" for v in later)


def _version_lines(shown: "api.Shown") -> list[Line]:
    return table(
        (
            f"  @{v.seq}{' *' if v.seq == shown.item.seq else ''}",
            minute(v.recorded_at),
            state_piece(v.state),
            f"{v.type} by {v.actor}",
        )
        for v in shown.versions
    )


def outline(value: Mapping[str, Any], *, owner: str = "", indent: str = "") -> Iterator[Line]:
    """Yield nested JSON as indented ``label: text`` lines; nothing is left out.

    ``owner`` is the name of the member that holds the value; empty for an event's data.
    """
    for name, label in labels(value, owner).items():
        yield from _item(f"{indent}{label}", value[name], name, indent)


def _item(label: str, item: Any, owner: str, indent: str) -> Iterator[Line]:
    deeper = f"{indent}  "
    if isinstance(item, Mapping):
        yield (f"{label}:",)
        yield from outline(item, owner=owner, indent=deeper)
    elif isinstance(item, list | tuple) and any(
        isinstance(part, Mapping | list | tuple) for part in item
    ):
        for n, part in enumerate(item, 1):
            yield from _item(f"{label} {n}", part, owner, indent)
    else:
        words = f"{label.strip()}: {scalar(item)}"
        yield from paragraph(words, first=indent, indent=deeper)
