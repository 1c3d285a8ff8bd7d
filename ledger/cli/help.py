"""`help`: what a word of the output means."""

from collections.abc import Iterator
from typing import Annotated

from ledger.cli import output
from ledger.cli.columns import paragraph
from ledger.cli.options import JsonOption, argument
from ledger.cli.output import Line, Styled


def help_(
    term: Annotated[
        str | None,
        argument("TERM", "A status, reason, flag, rule, layer of verification or error code."),
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Explain a word of the output in a paragraph; without one, list the words."""
    from ledger.domain.glossary import GLOSSARY, lookup

    if term is None:
        value = {"schema": "regledger/glossary/v1", "terms": dict(sorted(GLOSSARY.items()))}
        words = ", ".join(sorted(GLOSSARY))
        output.show(as_json, value, _lines("`regledger help WORD` explains one of:", words))
        return
    meaning = lookup(term)
    found = {"schema": "regledger/term/v1", "term": term, "meaning": meaning}
    output.show(as_json, found, _lines(Styled(term, "bold"), meaning))


def _lines(title: str | Styled, text: str) -> Iterator[Line]:
    yield (title,)
    yield from paragraph(text, first="  ", indent="  ")
