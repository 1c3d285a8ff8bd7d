"""Snapshots: the status of every spoken-of cell at one point, bound to the log that gave it.

A snapshot names the ledger, the prefix (size and Merkle root), the day, the view and the versions
of rules and taxonomy, and carries the digest of its own canonical bytes without ``digest``. The
same log gives the same bytes: a snapshot holds no time of making and no redactable value.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger.domain.resolve.neighbours import Differing
from ledger.domain.resolve.resolve import Resolution
from ledger.domain.resolve.status_values import View
from ledger.garbage_collection import seldom_collected
from ledger.json_values import members
from ledger.log import canonical
from ledger.text import spreadsheet

SCHEMA: Final = "regledger/snapshot/v1"
COLUMNS: Final = (
    "jurisdiction",
    "activity",
    "actor",
    "status",
    "normative_status",
    "reason",
    "basis_kind",
    "recognition",
    "basis",
    "flags",
    "pending",
    "commitments",
    "position",
    "actors",
    "children",
    "places",
    "candidates",
    "acts",
    "next_change",
)

_MEMBERS: Final = (  # written as they are
    *("status", "normative_status", "reason", "basis_kind", "recognition", "basis", "losers"),
    *("candidates", "acts", "recognition_candidates", "recognition_acts", "flags", "pending"),
    *("commitments", "position", "next_change"),
)
_TOLD: Final = ("status", "stage", "outcome")  # what is said of an element of a list


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The status of all spoken-of cells at one point, ordered by cell."""

    bound: Mapping[str, Any]  # ledger, origin, size, root, as_of, view, rules, taxonomy ...
    view: View
    cells: tuple[Resolution, ...]

    @seldom_collected()
    def to_value(self) -> dict[str, Any]:
        """Return JSON values with the digest: hex SHA-256 of the canonical bytes without it."""
        value = self._undigested()
        return {**value, "digest": canonical.sha256_hex(canonical.encode(value))}

    @seldom_collected()
    def to_json(self) -> bytes:
        """Return :meth:`to_value` as canonical JSON (RFC 8785) with a line feed at the end."""
        value = self._undigested()
        # Most of it is the cells, so each half is spelled once: what sorts before the digest, and
        # what sorts after it.
        before = canonical.encode({n: v for n, v in value.items() if n < "digest"})[:-1]
        after = canonical.encode({n: v for n, v in value.items() if n > "digest"})[1:]
        digest = canonical.sha256_hex(b"%b,%b" % (before, after))
        return b'%b,"digest":"%b",%b\n' % (before, digest.encode(), after)

    @seldom_collected()
    def to_csv(self) -> str:
        """Return CSV (RFC 4180) with a header; lists joined by spaces, cells without formulas."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for cell in self._cells():
            writer.writerow([spreadsheet(_text(cell.get(name))) for name in COLUMNS])
        return out.getvalue()

    def _undigested(self) -> dict[str, Any]:
        return {"schema": SCHEMA, **self.bound, "view": self.view, "cells": self._cells()}

    def _cells(self) -> list[dict[str, Any]]:
        return [_cell(shown) for shown in self.cells]


def _cell(shown: Resolution) -> dict[str, Any]:
    value = {
        **shown.cell.to_value(),
        **members(shown, *_MEMBERS),
        "actors": _differing(shown.actors),
        "children": _differing(shown.children),
        "places": _differing(shown.places),
    }
    return {name: member for name, member in value.items() if member is not None}


def _differing(others: Differing) -> list[dict[str, str]]:
    """Return each as id and status: dotted ids cannot be member names of canonical JSON."""
    return [{"id": one, "status": status} for one, status in others]


def _text(value: object) -> str:
    if value is None:
        return ""
    return " ".join(map(_word, value)) if isinstance(value, list) else str(value)


def _word(value: object) -> str:
    """Return an element of a list; of one with members the claim and what became of it."""
    if not isinstance(value, Mapping):
        return str(value)
    named = next(value[name] for name in ("claim", "act", "id") if name in value)
    told = value.get("states") or value.get("outcomes") or [value.get(name) for name in _TOLD]
    words = (one["state"] if isinstance(one, Mapping) else one for one in told)
    return ":".join((named, *(word for word in words if word)))
