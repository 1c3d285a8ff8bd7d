"""Finding text: in every field that is shown, whatever its form, in both of the ways to ask."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.queries.history_filter import HistoryFilter
from ledger.store import schema
from tests.books import REPORT, Desk, declaration, norm, open_desk

FIELDS = {
    "instrument": {"id": "act-7", "title": "Décision générale", "number": "Nº 12/2018"},
    "reports": [
        {
            **REPORT,
            "url": "https://moniteur.example/x",
            "publisher": "Moniteur",
            "title": "Avis “A”",
        }
    ],
    "quote": "l’échange\nest interdit — toujours",
    "translation": "exchange is prohibited",
    "note": "seen in İzmir, Diyarbakır",
    "deadlines": [{"date": "2026-01-01", "label": "transition ends"}],
    "confidence": "low",
    "confidence_why": "second hand",
    "key": "the-claim",
}
NEEDLES = (
    ("Décision générale", "decision GENERALE", "DÉCISION", "d\u00e9cision", "de\u0301cision"),
    ("nº 12", "no 12/2018", "MONITEUR", "moniteur.example", 'avis "a"', "Avis „A“", "act-7"),
    ("l'échange est", "L’ECHANGE EST", "interdit - toujours", "interdit – toujours"),
    ("exchange is", "izmir", "İZMİR", "ızmır", "DIYARBAKIR", "diyarbakır", "transition ENDS"),
    ("second hand", "the-claim", "\uff24écision", "wrong_date", "a comment: peut-être"),
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A ledger with one claim full of texts, its review, a dispute, and a statement."""
    desk = open_desk(tmp_path_factory.mktemp("finding") / "a.db")
    desk.enter(norm(**FIELDS))
    who = desk.who("reviewer")
    desk.book.dispute("the-claim", reason_code="wrong_date", comment="a comment: peut-être", **who)
    desk.record(declaration(speakers=[{"person": "Z. Näme", "office": "Vice-Minister"}]))
    yield desk
    desk.book.close()


def seqs(desk: Desk, text: str) -> list[int]:
    """What the command line lists."""
    return [item.seq for item in desk.book.history(HistoryFilter(text=text), newest_first=False)]


@pytest.mark.parametrize("needle", [needle for some in NEEDLES for needle in some])
def test_every_field_is_found_in_any_form(desk: Desk, needle: str) -> None:
    """Composed or not, accents or none, Turkish letters, quotes, dashes, line ends."""
    # The search of the terminal stops at the very same entries.
    stops, at = [], 0
    while at < desk.book.size:
        seq, at = desk.book.entries.find(needle, start=at, newest_first=False)
        stops += [] if seq is None else [seq]
    for form in ("NFC", "NFD", "NFKC"):
        found = seqs(desk, unicodedata.normalize(form, needle))
        assert found, form
        assert stops == found


def test_reviews_and_disputes_are_found_by_the_key_of_their_claim(desk: Desk) -> None:
    """Their entries hold an id only; people know the key, and it is what is shown."""
    types = [i.type for i in desk.book.history(HistoryFilter(text="THE-claim"), newest_first=False)]
    assert types == ["claim.recorded", "event.reviewed", "claim.disputed"]


def test_people_are_found_by_name(desk: Desk) -> None:
    """Values that can be erased are found as long as they are there: speakers, actors."""
    assert len(seqs(desk, "z. name")) == len(seqs(desk, "vice-minister")) == 1
    assert len(seqs(desk, "The Reviewer")) == 1


def test_what_was_erased_is_not_found(tmp_path: Path) -> None:
    """A value that can be erased stands beside the log, and so does the search for it."""
    desk = open_desk(tmp_path / "a.db")
    desk.record(declaration(speakers=[{"person": "Z. Näme"}]))
    assert seqs(desk, "z. name")
    with desk.book.store.writing() as conn:
        conn.execute(schema.disclosure.delete())
    assert seqs(desk, "z. name") == []


def test_what_is_not_there_is_not_found(desk: Desk) -> None:
    """No text runs from one field into the next, and short words are not sought in hashes."""
    assert seqs(desk, "moniteur avis") == []
    assert seqs(desk, "generale n") == []
    for digits in ("ab", "cafe", "00"):
        assert all(
            digits in str(desk.book.show(f"@{q}").opened).lower() for q in seqs(desk, digits)
        )


def test_two_texts_are_both_looked_for(desk: Desk) -> None:
    """A search within a filtered list stops only at what the list shows."""
    within = HistoryFilter(text="moniteur")
    seq, _ = desk.book.entries.find("izmir", start=0, newest_first=False, within=within)
    assert seq is not None
    assert (
        desk.book.entries.find(
            "izmir", start=0, newest_first=False, within=HistoryFilter(text="office")
        )[0]
        is None
    )
