"""Makes the tables of countries and their parts from kept libraries; run by hand, not at install.

    npm pack cldr-localenames-full@48.2.0 cldr-subdivisions-full@48.2.0   # and unpack both
    python docs/iso3166.py LOCALENAMES SUBDIVISIONS

Names are those of Unicode CLDR 48.2 in English (Unicode-3.0, kept in
``ledger/data/UNICODE-LICENSE``). Which codes ISO 3166-1 and 3166-2 list today, and which part of a
country lies in which other, is looked up in pycountry 26 (LGPL-2.1), of which nothing is copied.
Writes ``ledger/data/iso3166-2.tsv`` and the countries in ``ledger/data/taxonomy.json``; a country
or part that stands there already keeps its name.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

import pycountry

DATA: Final = Path(__file__).parent.parent / "ledger/data"
_SHORT: Final = "-alt-short"  # CLDR's shorter name of a place, where it has two
_NAMES: Final = {  # where the name that CLDR gives first says more, or less, than the place
    "BA": "Bosnia & Herzegovina",
    "CD": "Congo (Democratic Republic)",
    "CG": "Congo (Republic)",
    "MO": "Macao",
}


def main() -> None:
    """Write both tables."""
    countries, parts = (Path(one) for one in sys.argv[1:3])
    names = _names(countries / "main/en/territories.json", "territories")
    subdivisions = _names(parts / "subdivisions/en/en.json", "subdivisions")
    listed = {one.code: one for one in pycountry.subdivisions}
    rows = []
    for code in sorted(listed):
        name = subdivisions.get(code.replace("-", "").lower())
        if name is not None:
            rows.append(
                f"{code}\t{listed[code].parent_code or listed[code].country_code}\t{name}\n"
            )
    (DATA / "iso3166-2.tsv").write_text("".join(rows), encoding="utf-8")
    _put_countries({c.alpha_2: _country(c.alpha_2, names) for c in pycountry.countries})


def _names(path: Path, kind: str) -> dict[str, str]:
    tree: Any = json.loads(path.read_text(encoding="utf-8"))
    tree = tree["main"]["en"] if "main" in tree else tree["subdivisions"]
    found: dict[str, str] = tree["localeDisplayNames"][kind]
    return found


def _country(code: str, names: dict[str, str]) -> str:
    name = _NAMES.get(code) or names.get(f"{code}{_SHORT}") or names[code]
    # "US" is a short name too, but not one to read.
    return names[code] if len(name) <= len(code) else name.replace("\u2019", "'")


def _put_countries(names: dict[str, str]) -> None:
    """Add the countries that the starter taxonomy lacks, in order, one a line."""
    path = DATA / "taxonomy.json"
    lines = path.read_text(encoding="utf-8").splitlines()
    first = lines.index('  "jurisdictions": [') + 1
    last = next(n for n, line in enumerate(lines) if line.startswith('    {"id": "EU"'))
    held = {json.loads(line.strip().rstrip(","))["id"]: line for line in lines[first:last]}
    for code, name in names.items():
        place = json.dumps({"id": code, "name": name, "kind": "country"}, ensure_ascii=False)
        held.setdefault(code, f"    {place},")
    lines[first:last] = [held[code] for code in sorted(held)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
