"""The sample ledgers as plain values, what of them counts at the end of a day, and its answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

import ledger.data
from ledger.domain.claims import CLAIM, KINDS, Claim
from ledger.domain.definitions import Activity, ActorClass, Body, Jurisdiction, Profile
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.resolve import Resolution, resolve
from ledger.domain.resolve.status_values import View
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import Taxonomy

DATA = Path(ledger.data.__path__[0])
KEY = "key:"
SECTIONS: dict[str, Any] = {  # a section of a definitions file: the model of its items
    "activities": Activity,
    "actor_classes": ActorClass,
    "jurisdictions": Jurisdiction,
    "bodies": Body,
}
MAKES = ("define", "record", "correct", "retract")


def read_starter() -> dict[str, Any]:
    """The starter taxonomy as it stands in its file."""
    value: dict[str, Any] = json.loads((DATA / "taxonomy.json").read_bytes())
    return value


def read_yaml(sample: str, name: str) -> dict[str, Any]:
    """A file of a sample as it stands."""
    value: dict[str, Any] = yaml.safe_load((DATA / sample / name).read_text("utf-8"))
    return value


def merged(sample: str, name: str) -> list[dict[str, Any]]:
    """The claims of a file, each with those of the file's defaults that its kind has."""
    document = read_yaml(sample, name)
    return [_with_defaults(claim, document.get("defaults", {})) for claim in document["claims"]]


def _with_defaults(claim: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    known = KINDS[str(claim.get("kind", defaults.get("kind")))].model_fields
    return {**{name: value for name, value in defaults.items() if name in known}, **claim}


@cache
def load(name: str) -> Sample:
    """The script of a sample and the files it names."""
    script = read_yaml(name, "script.yaml")
    steps = script["steps"]
    claims = {step["file"] for step in steps if step["do"] in {"record", "correct"}}
    defined = [read_yaml(name, step["file"]) for step in steps if step["do"] == "define"]
    return Sample(name, script, {file: merged(name, file) for file in claims}, defined)


@dataclass
class Sample:
    """The script and everything it names."""

    name: str
    script: dict[str, Any]
    files: dict[str, list[dict[str, Any]]]
    defined: list[dict[str, Any]]  # the definitions files
    _counting: dict[date, tuple[CountedClaim, ...]] = field(default_factory=dict)

    @property
    def steps(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.script["steps"]
        return found

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        return [step for step in self.steps if step["do"] in kinds]

    @cached_property
    def bodies(self) -> list[Body]:
        """The bodies that the sample defines, in file order."""
        return [Body.model_validate(body) for file in self.defined for body in file["bodies"]]

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The starter taxonomy with what the sample defines."""
        starter = read_starter()
        found = [
            model.model_validate(item)
            for section, model in SECTIONS.items()
            for file in (starter, *self.defined)
            for item in file.get(section, ())
        ]
        return Taxonomy.of([*found, *(Profile.model_validate(one) for one in starter["profiles"])])

    def ask(
        self, cell: Cell, day: str, known: date = date.max, view: View = "normative"
    ) -> Resolution:
        """Answer for a cell, the day of the law, and the day up to which claims are known."""
        facts = Facts(
            claims=self.counting(known),
            pending=(),
            taxonomy=self.taxonomy,
            size=1,
            head="0" * 64,
            rules=1,
        )
        return resolve(cell, day=date.fromisoformat(day), view=view, facts=facts)

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
        if day not in self._counting:
            self._counting[day] = self._counted(day)
        return self._counting[day]

    def _counted(self, day: date) -> tuple[CountedClaim, ...]:
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
                claim = CLAIM.validate_python(_resolved(content))
                fold.counts[key] = _Held(claim, fold.first[key], seq, day)

    def keys(self, step: dict[str, Any]) -> list[str]:
        """The keys of the claims a step records, corrects or takes back."""
        if step["do"] in {"record", "correct"}:
            return [claim["key"] for claim in self.files[step["file"]]]
        return list(step.get("keys", ()))


def _resolved(content: dict[str, Any]) -> dict[str, Any]:
    """A claim whose target is a claim id: here the key of that claim is its id."""
    target = content.get("target", "")
    return content | {"target": target.removeprefix(KEY)} if target.startswith(KEY) else content


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
