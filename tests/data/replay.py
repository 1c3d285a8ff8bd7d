"""The sample ledger as plain values, and what of it counts at the end of a day."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

import ledger.data
from ledger.domain.claims import CLAIM, Claim
from ledger.domain.state_records import CountedClaim

DATA = Path(ledger.data.__path__[0])
PAKISTAN = DATA / "pakistan"
MAKES = ("define", "record", "correct", "retract")


def read_starter() -> dict[str, Any]:
    """The starter taxonomy as it stands in its file."""
    value: dict[str, Any] = json.loads((DATA / "taxonomy.json").read_bytes())
    return value


def read_yaml(name: str) -> dict[str, Any]:
    """A file of the sample as it stands."""
    value: dict[str, Any] = yaml.safe_load((PAKISTAN / name).read_text("utf-8"))
    return value


def merged(name: str) -> list[dict[str, Any]]:
    """The claims of a file, each with the file's defaults below its own members."""
    document = read_yaml(name)
    return [{**document.get("defaults", {}), **claim} for claim in document["claims"]]


@dataclass
class Sample:
    """The script and everything it names."""

    script: dict[str, Any]
    files: dict[str, list[dict[str, Any]]]

    @property
    def steps(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.script["steps"]
        return found

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        return [step for step in self.steps if step["do"] in kinds]

    @cached_property
    def claims(self) -> dict[str, dict[str, Any]]:
        """Every claim as it was first recorded, by key."""
        return {
            claim["key"]: claim for step in self.of("record") for claim in self.files[step["file"]]
        }

    @cached_property
    def versions(self) -> list[tuple[str, dict[str, Any]]]:
        """Every content a claim ever had, with the file it stands in."""
        return [
            (step["file"], claim)
            for step in self.of("record", "correct")
            for claim in self.files[step["file"]]
        ]

    def day(self, stamp: str) -> date:
        zone = ZoneInfo(self.script["ledger"]["timezone"])
        return datetime.fromisoformat(stamp).astimezone(zone).date()

    def counting(self, day: date) -> tuple[CountedClaim, ...]:
        """The claims that count at the end of this day, as the review steps made them count."""
        fold = _Fold()
        for seq, step in enumerate(self.steps, start=2):
            if self.day(step["at"]) <= day:
                self._apply(fold, step, seq)
        return tuple(
            CountedClaim(
                id=key,
                claim=held.claim,
                seq=held.seq,
                counted_seq=held.counted_seq,
                counted_on=held.counted_on,
                disputed=key in fold.disputed,
            )
            for key, held in fold.counts.items()
        )

    def _apply(self, fold: _Fold, step: dict[str, Any], seq: int) -> None:
        if step["do"] in MAKES:
            fold.made[step["id"]] = step
            fold.first.update({key: seq for key in self.keys(step) if key not in fold.first})
        elif step["do"] == "dispute":
            fold.disputed.update(step["keys"])
        elif step["do"] == "review" and step["decision"] == "approve":
            for name in step["of"]:
                self._approve(fold, fold.made[name], seq, self.day(step["at"]))

    def _approve(self, fold: _Fold, made: dict[str, Any], seq: int, day: date) -> None:
        if made["do"] == "retract":
            for key in made["keys"]:
                del fold.counts[key]
        elif made["do"] != "define":
            for content in self.files[made["file"]]:
                key = content["key"]
                claim = CLAIM.validate_python(content)
                fold.counts[key] = _Held(claim, fold.first[key], seq, day)

    def keys(self, step: dict[str, Any]) -> list[str]:
        """The keys of the claims a step records, corrects or takes back."""
        if step["do"] in {"record", "correct"}:
            return [claim["key"] for claim in self.files[step["file"]]]
        return list(step.get("keys", ()))


@dataclass(frozen=True)
class _Held:
    claim: Claim
    seq: int
    counted_seq: int
    counted_on: date


@dataclass
class _Fold:
    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)
    counts: dict[str, _Held] = field(default_factory=dict)
    disputed: set[str] = field(default_factory=set)
