"""The options that several commands share, each with its help text written once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ledger.domain.reason_codes import ReasonCode
from ledger.domain.resolve.status_values import View as ViewName

if TYPE_CHECKING:
    from ledger.api.answer_types import Taxonomy

MOST = (1 << 63) - 1  # what a column of a database holds

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead; errors too.")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace a file that is there; else it is refused.")
]
OutputFile = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Default: stdout.")
]
Jurisdiction = Annotated[
    str | None,
    typer.Option("-j", "--jurisdiction", metavar="CODE", help="A jurisdiction, such as PK."),
]
Activity = Annotated[
    str | None,
    typer.Option("-a", "--activity", metavar="ID", help="An activity, such as va.exchange."),
]
ActorClass = Annotated[
    str,
    typer.Option(
        "--actor", metavar="CLASS", help="For whom: any, bank, vasp, ..., or org:<body id>."
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="DAY", help="The day the law is asked for, YYYY-MM-DD. Default: today."
    ),
]
KnownAt = Annotated[
    str | None,
    typer.Option(
        "--known-at",
        metavar="POINT",
        help="What the ledger knew then: @42 (up to entry 42), a day (to its end) or a time."
        " Default: everything recorded.",
    ),
]
View = Annotated[
    ViewName,
    typer.Option(
        "--view",
        help="prudential: where no norm decides, the strictest official statement is shown, marked"
        " declared. normative: only norms decide.",
    ),
]
Reason = Annotated[ReasonCode, typer.Option("--reason", help="Why, as a code.")]
MaybeReason = Annotated[
    ReasonCode | None, typer.Option("--reason", help="Why, as a code; may be left out.")
]
Comment = Annotated[
    str | None,
    typer.Option("--comment", metavar="TEXT", help="Why, in words. Kept so that it can be erased."),
]
ClaimRef = Annotated[
    str, typer.Argument(metavar="REF", help="The claim: its key, @12 or an event id.")
]
FileFormat = Annotated[
    Literal["yaml", "json", "ndjson", "csv"] | None,
    typer.Option("--format", help="Where the name of the file does not tell, as with stdin."),
]


def require_known(
    taxonomy: "Taxonomy",
    *,
    jurisdiction: str | None = None,
    activity: str | None = None,
    actor: str | None = None,
) -> None:
    """Raise UnknownId, with the nearest known ids, for an id that the ledger does not know."""
    if jurisdiction is not None:
        taxonomy.require("jurisdiction", jurisdiction)
    if activity is not None:
        taxonomy.require("activity", activity)
    if actor is not None:
        taxonomy.require_addressee(actor)
