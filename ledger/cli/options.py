"""The options that several commands share, each with its help text written once."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ledger import api
from ledger.domain.reason_codes import ReasonCode
from ledger.domain.resolve.status_values import View as ViewName
from ledger.errors import InputError

MOST = (1 << 63) - 1  # what a column of a database holds


def argument(metavar: str, text: str, **more: Any) -> Any:
    """Describe an argument of a command; ``text`` is its help, ``more`` goes to typer."""
    return typer.Argument(metavar=metavar, help=text, **more)


def option(names: str, metavar: str | None, text: str, **more: Any) -> Any:
    """Describe an option, such as ``-j --jurisdiction``; without ``metavar`` it lists its words."""
    return typer.Option(*names.split(), metavar=metavar, help=text, **more)


def flag(names: str, text: str, **more: Any) -> Any:
    """Describe an option that takes no value."""
    return typer.Option(*names.split(), help=text, **more)


JsonOption = Annotated[bool, flag("--json", "Print JSON instead; errors too.")]
JobsOption = Annotated[
    int | None, option("--jobs", "N", "Processes, else one per core.", min=1, max=256)
]
Overwrite = Annotated[
    bool, flag("--overwrite", "Replace a file that is there; else it is refused.")
]
OutputFile = Annotated[Path | None, option("-o --output", "FILE", "Default: stdout.")]
Jurisdiction = Annotated[
    str | None, option("-j --jurisdiction", "CODE", "A jurisdiction, such as PK.")
]
Activity = Annotated[str | None, option("-a --activity", "ID", "An activity, such as va.exchange.")]
PlaceArgument = Annotated[str | None, argument("[JURISDICTION]", "The same as -j, such as PK.")]
ActivityArgument = Annotated[
    str | None, argument("[ACTIVITY]", "The same as -a, such as va.exchange.")
]
ActorClass = Annotated[
    str, option("--actor", "CLASS", "For whom: any, bank, vasp, ..., or org:<body id>.")
]
AsOf = Annotated[
    str | None,
    option("--as-of", "DAY", "The day the law is asked for, YYYY-MM-DD. Default: today."),
]
KnownAt = Annotated[
    str | None,
    option(
        "--known-at",
        "POINT",
        "What the ledger knew then: @42 (up to entry 42), a day (to its end) or a time."
        " Default: everything recorded.",
    ),
]
View = Annotated[
    ViewName,
    option(
        "--view",
        None,
        "prudential: where no norm decides, the strictest official statement is shown, marked"
        " declared. normative: only norms decide.",
    ),
]
Reason = Annotated[ReasonCode, option("--reason", None, "Why, as a code.")]
MaybeReason = Annotated[
    ReasonCode | None, option("--reason", None, "Why, as a code; may be left out.")
]
Comment = Annotated[
    str | None, option("--comment", "TEXT", "Why, in words. Kept so that it can be erased.")
]
ClaimRef = Annotated[str, argument("REF", "The claim: its key, @12 or an event id.")]
FileFormat = Annotated[
    Literal["yaml", "json", "ndjson", "csv", "xlsx"] | None,
    option("--format", None, "Where the name of the file does not tell, as with stdin."),
]


def place_and_activity(
    named: tuple[str | None, str | None], given: tuple[str | None, str | None]
) -> tuple[str | None, str | None]:
    """Return the place and the activity, named as arguments or given as -j and -a.

    Raises InputError where one is said in both ways, or is empty, as an unset shell variable is.
    """
    for words, option_name, argument_value, value in zip(
        ("jurisdiction", "activity"), ("-j", "-a"), named, given, strict=True
    ):
        if "" in {argument_value, value}:
            raise InputError(
                f"the {words} is empty", hint="leave it out to ask for all, or check the variable"
            )
        if argument_value is not None and value is not None:
            raise InputError(
                f"the {words} is given twice, as {argument_value!r} and by {option_name} {value}"
            )
    return named[0] or given[0], named[1] or given[1]


def require_known(
    taxonomy: "api.Taxonomy",
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
