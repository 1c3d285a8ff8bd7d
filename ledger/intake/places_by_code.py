"""Define parts of countries by their codes alone."""

from collections.abc import Iterable

from ledger.domain.definitions import Definition, Jurisdiction
from ledger.domain.taxonomy import Taxonomy
from ledger.errors import InputError
from ledger.places import part_of_country


def places_by_code(codes: Iterable[str], taxonomy: Taxonomy) -> list[Definition]:
    """Return these parts of countries and the parts they lie in, the outer before the inner.

    What the taxonomy knows already is left out. Raises InputError for a code that ISO 3166-2 does
    not list.
    """
    found: dict[str, Definition] = {}
    for code in codes:
        if part_of_country(code) is None and not taxonomy.knows("jurisdiction", code):
            raise InputError(
                f"ISO 3166-2 lists no part of a country as {code!r}",
                hint="codes are like US-NY; other places are defined in a file, with their name",
            )
        found |= _missing(code, taxonomy)
    return list(found.values())


def _missing(code: str, taxonomy: Taxonomy) -> dict[str, Definition]:
    part = part_of_country(code)
    if part is None or taxonomy.knows("jurisdiction", code):
        return {}
    place = Jurisdiction(id=code, name=part.name, kind="subdivision", parent=part.parent)
    return {**_missing(part.parent, taxonomy), code: place}
