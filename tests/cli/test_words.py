"""`list`, `help` and `record --template`: every id and word that a person may need."""

from __future__ import annotations

from typing import get_args

import pytest

from ledger.cli.list import KindOfWord
from ledger.cli.record import KindName
from ledger.domain import claim_parts, claim_words
from ledger.domain.claims import KINDS
from ledger.domain.definitions import DEFAULT_ORDER
from ledger.domain.glossary import GLOSSARY
from ledger.intake.model_fields import claim_fields
from ledger.wording.vocabulary import LISTS
from tests.cli.conftest import Cli

DAYS = {
    "2021-06-01": "✖ prohibited",
    "2022-03-01": "? undetermined: suspended",
    "2022-07-01": "✖ prohibited",
    "2023-05-01": "? undetermined: lapsed",
}


def test_every_word_of_the_models_has_a_meaning() -> None:
    """Kinds, forces, effects, acts, outcomes and stages: those of the models, and no others."""
    assert set(claim_words.KINDS) == set(KINDS)
    assert set(claim_words.FORCES) == set(DEFAULT_ORDER)
    for words, model in (
        (claim_words.EFFECTS, claim_parts.Effect),
        (claim_words.ACTS, claim_parts.Act),
        (claim_words.OUTCOMES, claim_parts.Outcome),
        (claim_words.STAGES, claim_parts.Stage),
    ):
        assert set(words) == set(get_args(model))


def test_what_can_be_listed_is_said_once() -> None:
    """The choices of the command are the lists that there are."""
    assert list(get_args(KindOfWord)) == list(LISTS)


@pytest.mark.parametrize("kind", list(LISTS))
def test_help_knows_every_id_that_can_be_listed(demo: Cli, kind: str) -> None:
    """The first and the last id of each list have a meaning of that sort."""
    words = demo.ok("list", kind, "--json").json["words"]
    assert words
    for word in (words[0], words[-1]):
        told = demo.ok("help", word["id"], "--json").json["meanings"]
        assert LISTS[kind] in {one["of"] for one in told}


def test_a_correction_is_no_template(sample: Cli) -> None:
    """A template that was not filled in replaces nothing, whatever command is given it."""
    file = sample.file("t.yaml", sample.ok("record", "--template", "norm").out)
    words = ("correct", "pk-sbp-c3-2018", file, "--reason", "other", "--as", "recorder")
    assert "still holds the text of the template" in sample(*words).err


def test_what_claims_name_is_listed_where_a_ledger_is(demo: Cli, cli: Cli) -> None:
    """Instruments and keys come from the claims: a new ledger has none, and says so."""
    assert "`regledger show pk-sbp-c3-2018`" in demo.ok("list", "keys", "c3-2018").out
    assert "PK.VAO.2025" in demo.ok("list", "instruments").out
    for unknown in ("PK.NOTHING.2025", "", "  "):
        assert demo("help", unknown).code == 2
    told = cli.ok("list", "keys")
    assert "No keys are recorded here." in told.out
    assert "there is no ledger here" in told.err


def test_help_knows_every_field_and_every_word_of_the_output(demo: Cli) -> None:
    """Fields of a claims file by their names; a word of both has both meanings."""
    for name in sorted(claim_fields())[:3]:
        assert "field of a claim" in demo.ok("help", name).out
    told = demo.ok("help", "commitment", "--json").json
    assert told["meaning"] == GLOSSARY["commitment"]
    assert [one["of"] for one in told["meanings"]] == ["", "kind of claim"]
    assert "(place) PK: Pakistan" in demo.ok("help", "Pakistan").out


def test_an_unknown_word_is_told_near_ones(demo: Cli) -> None:
    """Exit 2, and the ids among the words that are meant."""
    refused = demo("help", "va.exchang")
    assert refused.code == 2
    assert "va.exchange" in refused.err


def test_a_list_is_narrowed_by_a_text_in_any_column(demo: Cli) -> None:
    """By id, by name, in any case; nothing found is said."""
    assert [w["id"] for w in demo.ok("list", "places", "PAKISTAN", "--json").json["words"]] == [
        "PK"
    ]
    assert "va.mining.operate" in demo.ok("list", "activities", "a mine").out
    assert "No acts show 'zzz'" in demo.ok("list", "acts", "zzz").out
    assert demo("list", "nonsense").code == 2


def test_without_a_ledger_a_new_one_is_listed(cli: Cli) -> None:
    """With a note; a file that is no ledger is an error all the same."""
    listed = cli.ok("list", "classes")
    assert "vasp" in listed.out
    assert "there is no ledger here" in listed.err
    assert "No bodies are defined here" in cli.ok("list", "bodies").out
    cli.file("junk.db", "not a database" * 100)
    assert cli("list", "classes", "--db", "junk.db").code == 3


def test_names_of_others_do_not_reach_the_terminal(office: Cli) -> None:
    """A name with an escape is shown as text, in a list and in help."""
    office.file(
        "b.yaml", 'bodies:\n  - {id: PK.X, name: "Bad [31m\\u202e name", jurisdiction: PK}\n'
    )
    office.ok("define", "b.yaml", "--as", "sana")
    office.ok("review", "approve", "@6", "--as", "omar")
    assert "\u202e" not in office.ok("list", "bodies").out + office.ok("help", "PK.X").out


def test_a_cell_is_named_in_either_way(demo: Cli) -> None:
    """By arguments or by -j and -a, in `status` and in `why`; not in both at once."""
    cell = ("PK", "va.exchange")
    options = ("-j", "PK", "-a", "va.exchange")
    for command in ("status", "why"):
        assert demo.ok(command, *cell).out == demo.ok(command, *options).out
        assert demo.ok(command, "PK", "-a", "va.exchange").out == demo.ok(command, *cell).out
        twice = demo(command, *cell, "-j", "AE")
        assert twice.code == 2
        assert "given twice" in twice.err
    assert demo.ok("status", "PK").out == demo.ok("status", "-j", "PK").out
    assert "the activity is missing" in demo("why", "PK").err


# --- templates -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_table_to_fill_in_is_a_claim_once_it_is_filled_in(cli: Cli, kind: str) -> None:
    """As printed only its own examples are refused: every column is one that claims have."""
    cli.ok("init", "example.org/t", "--as", "ana", "--review", "none")
    name = cli.file("t.csv", cli.ok("record", "--template", kind, "--format", "csv").out)
    refused = cli("record", name, "--dry-run")
    assert refused.code == 2
    problems = [line for line in refused.err.splitlines() if line.startswith("  ")]
    assert problems
    assert all("text of the template" in one or "unknown" in one for one in problems)


def test_no_template_in_other_formats(cli: Cli) -> None:
    """JSON has no comments to explain itself by; kinds are those of claims, and the worked file."""
    assert cli("record", "--template", "norm", "--format", "json").code == 2
    assert cli("record", "--template", "worked", "--format", "csv").code == 2
    assert set(get_args(KindName)) == {*KINDS, "worked"}


def test_the_worked_file_does_what_it_says(cli: Cli) -> None:
    """A ban, a stay and a repeal: recorded as printed, the statuses are those of its comments."""
    cli.ok("init", "example.org/t", "--as", "ana", "--review", "none")
    text = cli.ok("record", "--template", "worked").out
    recorded = cli.ok("record", cli.file("worked.yaml", text))
    assert "warning" not in recorded.err
    for day, status in DAYS.items():
        assert day in text
        assert status in cli.ok("status", "-j", "PK", "-a", "va.pay", "--as-of", day).out
