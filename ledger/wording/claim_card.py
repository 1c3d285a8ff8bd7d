"""A claim as a card: what it states first, then its fields, a correction with old and new.

The command line and the terminal show this one card wherever a claim is shown. Values are untrusted
text: whoever shows them makes them harmless first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from ledger.text import shorten
from ledger.wording.field_labels import claim_fields

STATEMENT: Final = "statement"
NOT_THERE: Final = "none"
_NAME: Final = 60  # cells of a sentence that stands for a claim without a key
_HASHES: Final = ("sha256", "sha512")


class CardRow(NamedTuple):
    """A field: its label, its text, and what it was before a correction where that differs.

    ``text`` is None where a correction takes the field away, ``was`` where it is as before.
    """

    label: str
    text: str | None
    was: str | None = None

    @property
    def is_hash(self) -> bool:
        """Whether it holds a hash, which stands last and may be folded."""
        return self.label.rpartition(" ")[2] in _HASHES


def claim_card(
    claim: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> Sequence[CardRow]:
    """Return the rows of a claim, its statement first and hashes last.

    ``before`` is the content that a correction replaces: a field that was not there then ``was``
    :data:`NOT_THERE`, and a field that is there no more has no text.
    """
    rows = list(_rows(claim, before))
    return sorted(rows, key=lambda row: (row.label != STATEMENT, row.is_hash))


def _rows(claim: Mapping[str, Any], before: Mapping[str, Any] | None) -> Iterator[CardRow]:
    now = dict(claim_fields(claim))
    if before is None:
        yield from (CardRow(label, text) for label, text in now.items())
        return
    then = dict(claim_fields(before))
    for label in dict.fromkeys([*now, *then]):
        old, new = then.get(label), now.get(label)
        yield CardRow(label, new, None if old == new else NOT_THERE if old is None else old)


def claim_name(key: str | None, statement: str) -> str:
    """Return what a claim is called: its key, else its sentence, never a piece of its id."""
    return key or f"“{shorten(statement, _NAME)}”"
