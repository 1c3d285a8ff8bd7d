"""`help`: what a word of the output, of a claims file or of the taxonomy means."""

from collections.abc import Iterator
from typing import Annotated

import typer

from ledger.cli import output
from ledger.cli.columns import paragraph
from ledger.cli.options import JsonOption, argument
from ledger.cli.output import Line, Styled
from ledger.cli.session import session_of


def help_(
    ctx: typer.Context,
    term: Annotated[
        str | None,
        argument(
            "TERM",
            "A status, reason, flag, rule, check or error code; a field, kind, force, effect, act,"
            " outcome or stage of a claim; or an id of `regledger list`.",
        ),
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Explain a word in a paragraph; without one, list the words of the output."""
    from ledger.domain.glossary import GLOSSARY

    if term is None:
        glossary = {"schema": "regledger/glossary/v1", "terms": dict(sorted(GLOSSARY.items()))}
        words = ", ".join(sorted(GLOSSARY))
        output.show(as_json, glossary, _list_lines(words))
        return
    from ledger.cli.list import known_ids
    from ledger.intake import field_meanings
    from ledger.wording.vocabulary import meanings

    known, recorded, _ = known_ids(session_of(ctx))
    told = meanings(term, known, field_meanings(), recorded)
    value = {
        "schema": "regledger/term/v1",
        "term": term,
        "meaning": told[0][1],
        "meanings": [{"of": group, "meaning": text} for group, text in told],
    }
    output.show(as_json, value, _lines(term, told))


def _list_lines(words: str) -> Iterator[Line]:
    yield ("`regledger help WORD` explains one of:",)
    yield from paragraph(words, first="  ", indent="  ")
    yield ("and every field and word of a claim, and every id: `regledger list --help`.",)


def _lines(term: str, told: list[tuple[str, str]]) -> Iterator[Line]:
    yield (Styled(term, "bold"),)
    for group, text in told:
        words = f"({group}) {text}" if group else text
        yield from paragraph(words, first="  ", indent="  ")
