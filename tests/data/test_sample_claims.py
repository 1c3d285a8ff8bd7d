"""The samples: every claim is well formed, sourced, and honest about what is in doubt."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import yaml
from pydantic import ValidationError

from ledger.demo import NAMES
from ledger.domain import edtf_dates
from ledger.domain.claims import CLAIM, KINDS
from tests.data.replay import DATA, Sample, load, merged, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

CLAIM_FILES = [
    (name, path.name) for name in NAMES for path in sorted((DATA / name).glob("[0-9][0-9]-*.yaml"))
]
FIRST = "2013"  # no sample tells of anything earlier
INSTRUMENT = "instrument:"
KEY = "key:"


def test_every_file_is_used_by_the_script(sample: Sample) -> None:
    """No claims file lies about unused, and the script names none that is missing."""
    lying = {name for where, name in CLAIM_FILES if where == sample.name}
    assert set(sample.files) == lying


@pytest.mark.parametrize(("where", "name"), CLAIM_FILES)
def test_every_claim_is_a_valid_claim(where: str, name: str) -> None:
    """Each claim of a file, with the file's defaults, is accepted by the claim models."""
    for content in merged(where, name):
        try:
            CLAIM.validate_python(content)
        except ValidationError as error:
            pytest.fail(f"{name}, {content.get('key')}: {error}")


def test_files_hold_plain_text_only(sample: Sample) -> None:
    """YAML turns no day or time of a file into something else than text, and no alias is used."""
    for path in (DATA / sample.name).glob("*.yaml"):
        text = path.read_text("utf-8")
        content = read_yaml(sample.name, path.name)
        assert all(isinstance(leaf, str | bool) for leaf in _leaves(content))
        assert not [t for t in yaml.scan(text) if isinstance(t, yaml.AliasToken | yaml.AnchorToken)]


@pytest.mark.parametrize(("name", "least"), [("pakistan", 40), ("world", 150), ("schools", 25)])
def test_there_are_enough_claims_of_every_kind(name: str, least: int) -> None:
    """Each sample is large enough, and has each of the eight kinds (schools: no decision)."""
    claims = load(name).claims.values()
    assert len(claims) >= least
    decisions = set() if name == "schools" else {"decision"}
    assert {claim["kind"] for claim in claims} == KINDS.keys() - {"decision"} | decisions


def test_keys_are_slugs_and_unique(sample: Sample) -> None:
    """Every claim has a key of its own, fit to be typed."""
    keys = [claim["key"] for step in sample.of("record") for claim in sample.files[step["file"]]]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]{2,62}", key) for key in keys)


def test_every_reference_exists(sample: Sample) -> None:
    """Activities, jurisdictions, addressees and bodies named by claims are all defined."""
    taxonomy = sample.taxonomy
    for name, claim in sample.versions:
        for kind in ("activity", "jurisdiction"):
            if kind in claim:  # an act may leave them to its target
                taxonomy.require(kind, claim[kind])
        for addressee in claim.get("addressees", ()):
            taxonomy.require_addressee(addressee)
        for body in _bodies_of(claim):
            assert body in taxonomy.bodies, f"{name}, {claim['key']}: {body}"


def test_the_enablers_of_the_pakistan_sample_are_recorded(pakistan: Sample) -> None:
    """Enablers point at instruments that some norm of the sample has."""
    known = _instruments(pakistan)
    for _, claim in pakistan.versions:
        for field in ("enabling_instrument", "saved_by"):
            assert claim.get(field, "PK.VAO.2025") in known


def test_every_instrument_that_is_aimed_at_is_recorded(sample: Sample) -> None:
    """Targets and citations point at instruments that some norm of the sample has."""
    known = _instruments(sample)
    for _, claim in sample.versions:
        assert set(claim.get("cites", ())) <= known, claim["key"]
        for target in (claim.get("target"), *(o["claim"] for o in claim.get("overrides", ()))):
            _check_target(target, known, set(sample.claims))


def test_no_statement_names_a_person(sample: Sample) -> None:
    """Names stand where they can be erased, never in the statement or the reason of a doubt."""
    names = {
        part
        for _, claim in sample.versions
        for speaker in claim.get("speakers", ())
        for part in re.findall(r"\w{4,}", speaker.get("person", ""))
    }
    assert names
    for _, claim in sample.versions:
        for text in (claim["statement"], claim.get("confidence_why", "")):
            assert not names & set(re.findall(r"\w+", text)), claim["key"]


def test_every_claim_has_web_sources(sample: Sample) -> None:
    """Every source has an address, a publisher and a title."""
    for _, claim in sample.versions:
        for report in claim["reports"]:
            address = urlsplit(report["url"])
            assert address.scheme in {"http", "https"}
            assert "." in address.netloc
            assert report["publisher"]
            assert report["title"]


def test_no_source_is_younger_than_the_record(sample: Sample) -> None:
    """A claim rests on nothing that was surely published after it was recorded."""
    for step in sample.of("record", "correct"):
        day = sample.day(step["at"])
        for claim in sample.files[step["file"]]:
            for report in claim["reports"]:
                earliest = edtf_dates.parse(report.get("published", FIRST)).earliest
                assert earliest is not None
                # A guide without a day of its own may be as young as it likes.
                assert earliest <= day, f"{claim['key']}: {report['url']}"


def test_nothing_is_recorded_before_it_was_said_or_made(sample: Sample) -> None:
    """The sample records the past: no statement or law is dated after its record."""
    for step in sample.of("record", "correct"):
        for claim in sample.files[step["file"]]:
            for field in ("uttered_at", "made"):
                earliest = edtf_dates.parse(claim.get(field, FIRST)).earliest
                assert earliest is not None
                assert earliest <= sample.day(step["at"]), claim["key"]


def test_no_original_is_claimed_to_have_been_read(pakistan: Sample) -> None:
    """Norms and acts upon them all say that their original was not seen."""
    for _, claim in pakistan.versions:
        if claim["kind"] in {"norm", "lifecycle"}:
            assert claim["primary_source_seen"] is False, claim["key"]


@pytest.mark.parametrize("name", ["world", "schools"])
def test_a_rule_whose_text_was_not_seen_is_never_sure(name: str) -> None:
    """A norm or act says whether its original was seen; unseen, its confidence is not high."""
    for _, claim in load(name).versions:
        if claim["kind"] in {"norm", "lifecycle"}:
            assert claim["primary_source_seen"] or claim["confidence"] != "high", claim["key"]


def test_doubt_is_explained(sample: Sample) -> None:
    """A claim of less than high confidence says why."""
    for _, claim in sample.versions:
        assert claim["confidence"] == "high" or claim["confidence_why"], claim["key"]


def test_what_is_uncertain_is_dated_so(pakistan: Sample) -> None:
    """The Act's days are given as a range, and the extension has no day on which it was made."""
    act = [claim for key, claim in pakistan.claims.items() if key.startswith("pk-vaa-2026-")]
    assert {claim["effective_from"] for claim in act} == {"[2026-03-04..2026-03-07]"}
    assert all("number" not in claim["instrument"] for claim in act)
    extension = pakistan.claims["pk-vao-2025-extension"]
    assert "made" not in extension
    assert extension["confidence"] == "low"


def test_the_ordinance_lasts_120_days_and_once_more_as_long(pakistan: Sample) -> None:
    """The last days agree with counts of 120 days that include the first."""
    norms = [c for _, c in pakistan.versions if c.get("instrument", {}).get("id") == "PK.VAO.2025"]
    assert len(norms) == 4
    for norm in norms:
        first = date.fromisoformat(norm["effective_from"])
        assert date.fromisoformat(norm["effective_to"]) == first + timedelta(days=119)
    extension = pakistan.claims["pk-vao-2025-extension"]
    again = date.fromisoformat(extension["at"])
    assert again == date(2025, 11, 5)
    assert date.fromisoformat(extension["until"]) == again + timedelta(days=119)


def test_one_instrument_is_dated_alike_everywhere(pakistan: Sample) -> None:
    """The norms of one instrument share its days, so that doubt about them moves together."""
    days: dict[str, set[tuple[str, str]]] = {}
    for _, claim in pakistan.versions:
        if claim["kind"] == "norm":
            pair = (claim.get("made", ""), claim["effective_from"]) if "made" in claim else ("", "")
            days.setdefault(claim["instrument"]["id"], set()).add(pair)
    assert all(len(found) == 1 for found in days.values())


def test_quotes_are_short(sample: Sample) -> None:
    """At most one short phrase is quoted."""
    quotes = [claim["quote"] for _, claim in sample.versions if "quote" in claim]
    assert len(quotes) <= 1
    assert all(len(quote.split()) <= 8 for quote in quotes)


def test_bodies_stand_after_their_parents(sample: Sample) -> None:
    """Bodies can be defined in file order, each once."""
    seen: set[str] = set()
    for body in sample.bodies:
        assert body.id not in seen
        assert body.parent is None or body.parent in seen
        seen.add(body.id)


def _instruments(sample: Sample) -> set[str]:
    return {c["instrument"]["id"] for _, c in sample.versions if "instrument" in c}


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for member in value.values():
            yield from _leaves(member)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _bodies_of(claim: dict[str, Any]) -> Iterator[str]:
    if "issuer" in claim:
        yield claim["issuer"]
    for speaker in claim.get("speakers", ()):
        if "body" in speaker:
            yield speaker["body"]


def _check_target(target: str | None, instruments: set[str], keys: set[str]) -> None:
    if target is None:
        return
    if target.startswith(INSTRUMENT):
        assert target.removeprefix(INSTRUMENT) in instruments
    else:
        assert target.startswith(KEY)
        assert target.removeprefix(KEY) in keys
