"""Make a table of claims to fill in, a column for every field; and a file to learn from."""

import csv
import io
from collections.abc import Iterator
from importlib import resources

from ledger.domain.claims import KINDS
from ledger.errors import UnknownId
from ledger.intake.claim_template import example_of, needed
from ledger.intake.model_fields import ModelField, model_fields

Column = tuple[str, str]  # the name of a column, and what the example row holds there


def csv_template(kind: str) -> str:
    """Return CSV with the fields of this kind, those that are needed first. Raises UnknownId.

    The row below the header is a claim whose required fields hold the examples of the YAML
    template: it is refused until they are replaced.
    """
    if kind not in KINDS:
        raise UnknownId("kind of claim", kind, tuple(KINDS))
    known = dict(model_fields(KINDS[kind]))
    first = known.pop("kind")
    listed = [first, *sorted(known.values(), key=lambda member: not needed(member, kind))]
    columns = [column for member in listed for column in _columns(member, kind, "", wanted=True)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(name for name, _ in columns)
    writer.writerow(value for _, value in columns)
    return text.getvalue()


def worked_example() -> str:
    """Return the claims file to learn from, YAML with a ban, a stay and a repeal."""
    return resources.files("ledger.data").joinpath("worked.yaml").read_text("utf-8")


def _columns(member: ModelField, kind: str, path: str, *, wanted: bool) -> Iterator[Column]:
    """Yield the columns of one field; ``wanted``: what holds it is part of the example."""
    inside = f"{path}.{member.name}".lstrip(".")
    wanted = wanted and (needed(member, kind) if not path else member.required)
    if member.model is None:
        plain = ".".join(step for step in inside.split(".") if not step.isdecimal())
        example = kind if inside == "kind" else example_of(kind, plain)[0]
        yield inside, example.strip("[]") if wanted else ""
        return
    below = f"{inside}.0" if member.many else inside
    for one in model_fields(member.model).values():
        yield from _columns(one, kind, below, wanted=wanted)
