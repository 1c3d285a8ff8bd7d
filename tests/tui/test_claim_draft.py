"""From texts of a form to a claim and back, and which field a problem belongs to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger, open_ledger
from ledger.clock import SimulatedClock
from ledger.domain.claims import KINDS
from ledger.domain.events import to_data
from ledger.intake import claim_template, read_claims
from ledger.intake.model_fields import model_fields
from tests.books import act, declaration, norm
from tests.tui.conftest import NOW
from tui.claim_draft import ClaimDraft, as_yaml, assemble, bare, counts, texts
from tui.form_fields import GROUPS, FieldSpec, group, kinds, nearest_field, reasons, sections


@pytest.fixture
def book(sample: Path) -> Ledger:
    """Return the sample, only read."""
    return open_ledger(str(sample / "demo.db"), clock=SimulatedClock(NOW))


def _specs(kind: str, raw: dict[str, Any]) -> dict[str, FieldSpec]:
    made = sections(kind, counts(raw, GROUPS))
    return {spec.path: spec for section in made for spec in section.fields}


def test_every_claim_of_the_sample_comes_out_of_the_form_as_it_went_in(book: Ledger) -> None:
    """Filled into a form and taken out again, nothing of a claim changes, whatever its kind."""
    seen = set()
    for item in book.entries.page(0, book.size):
        if item.type != "claim.recorded":
            continue
        content = bare(json.loads(json.dumps(book.show(item.event).opened["claim"])))
        specs = _specs(content["kind"], content)
        values = texts(content, specs.values())
        draft = ClaimDraft(content["kind"], specs, values, content, frozenset())
        found = draft.read(book)
        assert found.problems == (), item
        assert to_data(found.claims[0]) == content
        seen.add(content["kind"])
    assert len(seen) >= 6


def test_a_new_claim_can_be_made_of_texts_alone(book: Ledger) -> None:
    """Without what the form cannot show, the texts alone give the same claim."""
    for claim in (
        norm(
            key="new-one",
            deadlines=[{"date": "2025-01-01", "label": "soon"}],
            overrides=[{"claim": "instrument:PK.VAA.2026", "provision": "first"}],
            instrument={"id": "X.1", "title": "The X Act"},
            primary_source_seen=False,
            cites=["A.1", "B.2"],
        ),
        act(target="instrument:PK.VAA.2026", key="new-two", ex_tunc=False),
        declaration(key="new-three"),
    ):
        content = to_data(claim)
        specs = _specs(claim.kind, content)
        made = assemble(claim.kind, specs.values(), texts(content, specs.values()))
        draft = ClaimDraft(claim.kind, specs, texts(made, specs.values()), None, frozenset())
        assert draft.read(book).claims == (claim,)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_form_has_every_field_of_its_kind(kind: str) -> None:
    """All but captured evidence and selectors, left to the YAML tab; each says what it wants."""
    specs = _specs(kind, {})
    for name, member in model_fields(KINDS[kind]).items():
        if name == "kind":
            continue
        if member.model is None:
            wanted = [name]
        else:
            start = f"{name}[0]" if member.many else name
            inner = set(model_fields(member.model)) - {"evidence", "selector"}
            wanted = [f"{start}.{one}" for one in inner]
        assert set(wanted) <= set(specs), name
    assert all(spec.help for spec in specs.values() if not spec.prose)
    assert kinds()[kind]


def test_what_no_field_shows_is_kept_by_a_correction(book: Ledger) -> None:
    """Captured evidence stays with its source when only the title is corrected."""
    evidence = {"sha256": "0" * 64, "bytes": 7, "media_type": "text/html"}
    report = {"url": "https://example.org/a", "publisher": "Example", "title": "A report"}
    content = to_data(norm(reports=[{**report, "evidence": evidence}]))
    specs = _specs("norm", content)
    values = {**texts(content, specs.values()), "reports[0].title": "Another title"}
    made = assemble("norm", specs.values(), values, content)
    assert made["reports"] == [{**report, "title": "Another title", "evidence": evidence}]


def test_a_source_that_was_emptied_is_gone_and_one_left_out_is_told(book: Ledger) -> None:
    """Emptying all fields of the last source takes it away; a gap before another is a mistake."""
    report = {"url": "https://example.org/a", "publisher": "Example", "title": "A report"}
    content = to_data(norm(reports=[report, {**report, "url": "https://example.org/b"}]))
    specs = _specs("norm", content)
    values = texts(content, specs.values())
    last = {path: "" for path in specs if path.startswith("reports[1]")}
    assert assemble("norm", specs.values(), {**values, **last}, content)["reports"] == [report]
    first = {path: " " for path in specs if path.startswith("reports[0]")}
    found = ClaimDraft("norm", specs, {**values, **first}, content, frozenset()).read(book)
    assert {one.field for one in found.problems} == {
        "reports[0].url",
        "reports[0].publisher",
        "reports[0].title",
    }


def test_problems_stand_at_their_fields_with_what_was_meant(book: Ledger) -> None:
    """Wrong choices, unknown ids, unknown keys and faults between fields each find their field."""
    specs = _specs("lifecycle", {})
    values = {
        "jurisdiction": "PX",
        "activity": "va.exchnge",
        "addressees": "any, bnk",
        "force": "primery",
        "act": "extend",
        "target": "key:pk-vaa-2026-exchang",
        "at": "8 July",
        "statement": "x",
        "reports[0].url": "nowhere",
        "issuer": "PK.PVAR",
        "ex_tunc": "perhaps",
        "key": "pk-vaa-2026-exchange",
    }
    keys = frozenset(book.preview.vocabulary().keys)
    found = ClaimDraft("lifecycle", specs, values, None, keys).read(book)
    told = {one.field: one.words for one in found.problems}
    assert "did you mean va.exchange" in told["activity"]
    assert told["addressees"] == "unknown actor class 'bnk' (did you mean bank?)"
    assert told["force"] == "'primery' is not a possible value (did you mean primary?)"
    assert "pk-vaa-2026-exchange" in told["target"]
    assert "is not a date" in told["at"]
    assert "https" in told["reports[0].url"]
    assert told["reports[0].title"] == "is required"
    assert "did you mean PK.PVARA" in told["issuer"]
    assert "true nor false" in told["ex_tunc"]
    assert "until" in told  # between fields: an extension needs its last day
    assert found.claims == ()


def test_a_key_that_is_in_use_is_told_while_one_types(book: Ledger) -> None:
    """Only for a new claim: a correction keeps its key."""
    content = to_data(norm(key="pk-vaa-2026-exchange"))
    specs = _specs("norm", content)
    values = texts(content, specs.values())
    fresh = ClaimDraft("norm", specs, values, None, frozenset()).read(book)
    assert [one.field for one in fresh.problems] == ["key"]
    assert ClaimDraft("norm", specs, values, content, frozenset()).read(book).claims


def test_a_correction_wants_a_reason(book: Ledger) -> None:
    """A missing and an unknown reason are reported; blanks for underscores are understood."""
    content = to_data(norm(key="pk-vaa-2026-exchange"))
    why = {spec.path: spec for spec in reasons().fields}
    specs = {**why, **_specs("norm", content)}
    values = texts(content, specs.values())
    for given, fault in (("", "is required"), ("because", "is no reason"), ("wrong date", "")):
        read = ClaimDraft("norm", specs, {**values, "@reason": given}, content, frozenset()).read(
            book
        )
        assert fault in "".join(one.words for one in read.problems)
        assert bool(read.problems) is bool(fault)


def test_a_problem_belongs_to_the_nearest_field() -> None:
    """Elements belong to their list, a missing object to its first field, the rest to none."""
    paths = dict.fromkeys(["addressees", "reports[0].url", "reports[0].title", "instrument.id"])
    assert nearest_field("addressees[3]", paths) == "addressees"
    assert nearest_field("reports", paths) == "reports[0].url"
    assert nearest_field("reports[0].selector.exact", paths) == "reports[0].url"
    assert nearest_field("instrument", paths) == "instrument.id"
    assert nearest_field("sd", paths) == ""
    assert nearest_field("", paths) == ""


def test_the_draft_goes_on_as_yaml(book: Ledger) -> None:
    """The form's content is read from the YAML tab as the same claim, odd texts included."""
    claim = norm(
        key="new-one",
        statement='"quoted": & *odd, #no comment\x1b[31m',
        quote="two\nlines",
        made="2024",
        effective_from="2024-02-01",
        primary_source_seen=True,
    )
    parsed = read_claims(as_yaml(to_data(claim)).encode(), name="draft.yaml")
    assert [one.claim for one in parsed] == [claim]


def test_the_yaml_tab_is_read_as_a_file_is(book: Ledger) -> None:
    """Problems come with their line; a correction is one claim; a template is ready to record."""
    specs: dict[str, FieldSpec] = {}
    text = claim_template("norm").replace("force: primary", "force: primery")
    found = ClaimDraft("norm", specs, {}, None, frozenset(), text).read(book)
    assert found.claims == ()
    line = next(n for n, one in enumerate(text.splitlines(), 1) if "primery" in one)
    assert (line, True) in [(n, words.startswith(f"draft.yaml:{n}:")) for n, words in found.lines]
    assert ClaimDraft("norm", specs, {}, None, frozenset(), "claims: [").read(book).lines
    one = to_data(norm(key="a"))
    two = as_yaml(one) + as_yaml(to_data(norm(key="b"))).removeprefix("claims:\n")
    assert len(ClaimDraft("norm", specs, {}, None, frozenset(), two).read(book).claims) == 2
    assert (
        "a correction is one"
        in ClaimDraft("norm", specs, {}, one, frozenset(), two).read(book).lines[0][1]
    )


def test_one_more_of_a_group_has_its_own_paths() -> None:
    """The third speaker's fields do not touch those of the first two."""
    made = group("declaration", "speakers", 2)
    assert [spec.path for spec in made] == [
        "speakers[2].person",
        "speakers[2].office",
        "speakers[2].body",
    ]
    assert made[0].label == "speaker 3: person"
