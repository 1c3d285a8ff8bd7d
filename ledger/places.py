"""The parts of countries that ISO 3166-2 lists, with their English names.

The table ships with the library (``data/iso3166-2.tsv``, made by ``docs/iso3166.py``), so that
recording depends on no other library's version. It is read when a code is asked for, and decides
nothing: what a ledger knows is defined in its log.
"""

from functools import cache
from importlib import resources
from typing import NamedTuple


class Part(NamedTuple):
    """A part of a country; ``parent`` is the country, or the part that this one lies in."""

    code: str
    parent: str
    name: str


def part_of_country(code: str) -> Part | None:
    """Return the part of a country that has this code, None where ISO 3166-2 lists none."""
    return _parts().get(code)


@cache
def _parts() -> dict[str, Part]:
    text = resources.files("ledger.data").joinpath("iso3166-2.tsv").read_text(encoding="utf-8")
    return {part.code: part for part in (Part(*line.split("\t")) for line in text.splitlines())}
