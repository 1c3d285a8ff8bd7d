"""The facts of one cell: they answer as all claims do, and loading them costs little."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ledger.domain.resolve.facts import Cell
from ledger.domain.resolve.matching import relevant
from ledger.domain.resolve.resolve import resolve
from ledger.projections import facts_loader
from tests.books import Desk, act, declaration, norm, note, open_desk
from tests.statements import statements

_DAY = date(2024, 6, 1)


def _history(desk: Desk) -> None:
    """Every kind of thing that may await review, or be decided later, or be disputed."""
    ban, said = desk.record(norm(key="ban", activity="va"), declaration(key="said", activity="va"))
    desk.record(note(key="note", activity="dc.ai"))
    desk.approve(ban, said)
    (ended,) = desk.record(act(key="end", target="key:ban", at="2024-05-01"))
    desk.book.dispute("said", reason_code="other", **desk.who("reviewer"))
    desk.approve(ended)
    desk.approve("note")
    changed = desk.book.correct(
        "said",
        declaration(key="said", activity="va", asserts="legal"),
        reason_code="wrong_effect",
        **desk.who("recorder"),
    )
    gone = desk.book.retract("end", reason_code="other", **desk.who("recorder"))
    desk.approve(gone.event)
    desk.approve(changed.event)
    desk.record(norm(key="late", activity="va.exchange", effect="authorise"))


def test_one_cell_is_answered_as_from_all_claims_at_every_point_of_knowledge(
    tmp_path: Path,
) -> None:
    """Under four eyes, with retractions, corrections, disputes and notes; as known at any entry."""
    desk = open_desk(tmp_path / "book.db")
    _history(desk)
    seen: set[str] = set()
    for seq in range(desk.book.size):
        facts = desk.book.base.facts(desk.book.base.point(_DAY, seq))
        for activity in ("va", "va.exchange", "dc.ai"):
            if not facts.taxonomy.knows("activity", activity):
                continue
            found = desk.book.status("PK", activity, as_of=_DAY, known_at=seq).resolution
            wanted = resolve(Cell("PK", activity), day=_DAY, facts=facts)
            assert found.to_value() == wanted.to_value(), (seq, activity)
            seen.update(found.flags, {f"noted {found.noted}"})
    assert seen >= {"awaiting_review", "disputed", "noted 0", "noted 1"}
    desk.book.close()


def test_an_act_upon_an_instrument_is_judged_by_all_its_norms(tmp_path: Path) -> None:
    """A repeal for exchanges under a power exempts them only if other rules of the text remain."""
    desk = open_desk(tmp_path / "book.db", review="none")
    text, power = {"id": "text"}, {"id": "power"}
    desk.record(
        norm(key="giving", activity="va.mining", instrument=power, effect="authorise"),
        norm(key="exchange", activity="va.exchange", instrument=text),
    )
    exempting = {"activity": "va.exchange", "force": "delegated", "enabling_instrument": "power"}
    desk.record(act(key="end", target="instrument:text", at="2024-05-01", **exempting))
    cell = Cell("PK", "va.exchange")
    for status in ("prohibited", "undetermined"):
        found = desk.book.status("PK", "va.exchange", as_of=_DAY).resolution
        facts = desk.book.base.facts(desk.book.base.point(_DAY, None))
        assert found.to_value() == resolve(cell, day=_DAY, facts=facts).to_value()
        assert found.to_value() == resolve(cell, day=_DAY, facts=relevant(cell, facts)).to_value()
        assert found.status == status
        short = desk.book.cells.board_brief(as_of=_DAY)
        assert short.cells["PK", "va.exchange"].status == status
        assert desk.book.verify().sound
        if status == "prohibited":
            desk.record(norm(key="custody", activity="va.custody", instrument=text))
    desk.book.close()


def test_a_longer_log_neither_asks_more_of_the_database_nor_reads_what_cannot_matter(
    tmp_path: Path,
) -> None:
    """The notes on a cell that nothing else bears on are counted, not read."""
    desk = open_desk(tmp_path / "book.db", review="none")
    desk.record(norm(key="ban", activity="va"), note(key="first", activity="dc.ai"))

    def cost(activity: str) -> tuple[int, int, int]:
        """Statements, claims read, and notes counted."""
        desk.book.status("PK", activity, as_of=_DAY)  # what is kept from then on
        facts_loader._parsed.cache_clear()
        with statements(desk.book.base.store.engine) as asked:
            noted = desk.book.status("PK", activity, as_of=_DAY).resolution.noted
        return len(asked), facts_loader._parsed.cache_info().misses, noted

    ruled, silent = cost("va.exchange"), cost("dc.ai")
    assert ruled[1:] == (1, 0)
    assert silent[1:] == (0, 1)
    assert max(ruled[0], silent[0]) <= 8
    desk.record(*(note(key=f"n{i}", activity="dc.ai") for i in range(20)))
    desk.record(*(note(key=f"v{i}", activity="va") for i in range(20)))
    assert cost("va.exchange") == ruled
    assert cost("dc.ai") == (*silent[:2], 21)
    desk.book.close()
