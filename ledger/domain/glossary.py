"""Look up the meaning of a flag, reason, status, rule, view, error code or verify layer."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from ledger.domain.glossary_terms import TERMS
from ledger.errors import UnknownId

GLOSSARY: Mapping[str, str] = TERMS
_ON_RECOGNITION = "recognition:"


def lookup(term: str) -> str:
    """Return the paragraph for a term.

    A term with details, such as ``walked_back:<claim>``, is looked up as it stands and then by its
    stem; a flag on the line of recognition, ``recognition:<flag>``, by that flag. Case does not
    matter, and spaces and hyphens count as underscores.

    Raises:
        UnknownId: no such term; it names the nearest terms.
    """
    wanted = term.strip().lower().replace(" ", "_").replace("-", "_")
    for name in (wanted, wanted.removeprefix(_ON_RECOGNITION), wanted.partition(":")[0]):
        if name in GLOSSARY:
            return GLOSSARY[name]
    nearest = difflib.get_close_matches(wanted, GLOSSARY, n=3, cutoff=0.5)
    raise UnknownId("term", term, nearest)


def short(term: str) -> str:
    """Return the first sentence of a term's paragraph. Raises UnknownId as :func:`lookup` does."""
    paragraph = lookup(term)
    end = paragraph.find(". ")
    return paragraph if end < 0 else paragraph[: end + 1]
