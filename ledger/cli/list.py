"""`list`: the ids and words that a claims file, an option or an answer may name."""

from typing import Annotated, Literal

import typer

from ledger import api
from ledger.cli import output
from ledger.cli.columns import table
from ledger.cli.options import JsonOption, argument
from ledger.cli.session import Session, session_of
from ledger.errors import NoLedger

KindOfWord = Literal[
    "activities",
    "classes",
    "places",
    "bodies",
    "regimes",
    "kinds",
    "forces",
    "effects",
    "acts",
    "outcomes",
    "stages",
    "instruments",
    "keys",
]


def list_(
    ctx: typer.Context,
    kind: Annotated[KindOfWord, typer.Argument(metavar="KIND", help="What to list.")],
    word: Annotated[
        str | None, argument("[WORD]", "Only what shows this text, in its id, name or meaning.")
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """List ids or words that a claims file, an option or an answer may name.

    KIND is activities, classes (of actors), places, bodies, regimes, kinds (of claims), forces,
    effects, acts, outcomes, stages, or instruments and keys (of claims), the newest first and
    at most 5,000. Without a ledger it lists what a new one knows.
    """
    from ledger.wording.vocabulary import found, words_of

    known, recorded, notes = known_ids(session_of(ctx))
    words = found(words_of(kind, known, recorded), word or "")
    value = {
        "schema": "regledger/list/v1",
        "kind": kind,
        "words": [one._asdict() for one in words],
    }
    rows = table(
        (one.id, one.name, one.about) if one.name else (one.id, one.about) for one in words
    )
    what = "recorded" if kind in {"instruments", "keys"} else "defined"
    nothing = f"No {kind} show {word!r}." if word else f"No {kind} are {what} here."
    output.show(as_json, value, rows or [(nothing,)], notes=notes)


def known_ids(session: Session) -> "tuple[api.Taxonomy, dict[str, tuple[str, ...]], list[str]]":
    """Return the taxonomy, the ids that only claims give by their list, and notes.

    Where there is no ledger they are those of a new one, and a note says so. Raises what opening
    the ledger raises, but not where there is none.
    """
    try:
        with session.opened() as ledger:
            used = ledger.preview.vocabulary()
            return ledger.taxonomy, {"instruments": used.instruments, "keys": used.keys}, []
    except NoLedger as error:
        if error.malformed:
            raise
    from ledger.api.creating import starting_taxonomy

    return starting_taxonomy(), {}, ["there is no ledger here: this is what a new one knows"]
