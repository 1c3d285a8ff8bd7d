"""Read which heading of a table stands for which field: ``Wirksam ab: effective_from``."""

from typing import Final

from ledger.intake.claims_file import read_document
from ledger.intake.file_problems import FileProblems, quoted
from ledger.intake.line_numbers import NumberedMap
from ledger.intake.table import field_problem

_CASE: Final = "headings are the same in any case, and without blanks around them"


def read_headings(data: bytes, *, name: str) -> dict[str, str]:
    """Return fields by their headings in lower case; an empty field leaves the column out.

    Raises BadClaimsFile for a file that is no mapping of texts, or names what is no field.
    """
    problems = FileProblems(name)
    tree = read_document(data, problems)
    found: dict[str, str] = {}
    if not isinstance(tree, NumberedMap):
        problems.stop(1, "is no mapping", hint="write HEADING: FIELD, each on a line")
    for heading, field in tree.items():
        line, plain = tree.lines[heading], heading.strip().lower()
        if plain in found:
            problems.add(line, f"names the heading {quoted(heading)} twice", hint=_CASE)
        elif field is not None and not isinstance(field, str):
            problems.add(line, f"maps {quoted(heading)} to what is no text")
        elif field and (hint := field_problem(field)) is not None:
            problems.add(line, f"no claim has a field {quoted(field)}", field=heading, hint=hint)
        else:
            found[plain] = field or ""
    problems.check()
    return found
