"""`help TERM`: the glossary in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.cli import output
from ledger.cli.layout import paragraph
from ledger.cli.output import Line, Styled

if TYPE_CHECKING:
    from collections.abc import Iterator


def explanation(term: str) -> str:
    """What a word of the output means. Raises UnknownId with the nearest words."""
    from ledger.domain.glossary import lookup

    return lookup(term)


def term_lines(term: str, meaning: str) -> Iterator[Line]:
    """A word and its meaning."""
    yield (Styled(term, "bold"),)
    yield from paragraph(meaning, output.columns(), first="  ", indent="  ")


def all_lines() -> Iterator[Line]:
    """Every word there is an explanation of."""
    from ledger.domain.glossary import GLOSSARY

    yield ("`regledger help WORD` explains one of:",)
    yield from paragraph(", ".join(sorted(GLOSSARY)), output.columns(), first="  ", indent="  ")


def all_value() -> dict[str, Any]:
    """The glossary as JSON."""
    from ledger.domain.glossary import GLOSSARY

    return {"schema": "regledger/glossary/v1", "terms": dict(sorted(GLOSSARY.items()))}
