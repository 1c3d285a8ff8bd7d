"""The log as rows: one contract for both back ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, text

from ledger.errors import BadProof, BrokenChain, Conflict, RegledgerError
from ledger.log.chain import Head
from ledger.log.merkle import leaf_hash, root
from ledger.store import migrate, schema
from ledger.store.log_store import LogStore, StoredEntry
from tests.store.fakes import append, chained, fill

if TYPE_CHECKING:
    from collections.abc import Sequence


def _stamp(second: int) -> str:
    return f"2026-01-01T00:{second // 60:02}:{second % 60:02}.000000Z"


def test_the_head_of_an_empty_log(store: LogStore) -> None:
    """An empty log has the empty head, no pages and the root of nothing."""
    with store.reading() as conn:
        assert store.head(conn) == Head.EMPTY
        assert store.compact_range(conn, 0).size == 0
        assert store.entry_at(conn, 0) is None
        assert store.size_at(conn, "9999") == 0
    assert list(store.pages()) == []


def test_append_and_read_again(store: LogStore) -> None:
    """What was appended comes back byte for byte, is found by id, and is the new head."""
    with store.writing() as conn:
        rows = append(store, conn, ["a", "b", "c"])
    with store.reading() as conn:
        head = store.head(conn)
        assert head == Head(3, rows[2].leaf_hash.hex(), rows[2].recorded_at, "digest of a")
        assert store.bytes_at(conn, 1) == rows[1].data
        assert store.events(conn, ["b"])["b"][0] == 1
        assert store.events(conn, ["z"]) == {}
        assert store.events(conn, ["c", "z", "a"]) == {
            "a": (0, "digest of a"),
            "c": (2, "digest of c"),
        }
        with pytest.raises(BrokenChain):
            store.bytes_at(conn, 3)
    assert list(store.pages()) == [(one.seq, one.data) for one in rows]


def test_append_takes_the_head_it_expects(store: LogStore) -> None:
    """Entries chained to a head that is no longer the head are refused, whole."""
    fill(store, 1)
    for head in (Head.EMPTY, Head(1, "1" * 64, ""), Head(2, "0" * 64, "")):
        with pytest.raises(Conflict, match="does not continue the log"), store.writing() as conn:
            store.append(conn, chained(head, ["late"]), head=head)
    assert store.size() == 1


@pytest.mark.parametrize("what", ["seq", "prev", "recorded_at"])
def test_append_takes_only_a_chain(store: LogStore, what: str) -> None:
    """A batch whose entries do not continue each other is refused with the place and the member."""
    fill(store, 1)
    wrong: dict[str, int | str] = {"seq": 7, "prev": "f" * 64, "recorded_at": "2025"}
    with store.reading() as conn:
        head = store.head(conn)
    first, second = chained(head, ["x", "y"])
    with pytest.raises(BrokenChain) as caught, store.writing() as conn:
        store.append(conn, [first, second._replace(**{what: wrong[what]})], head=head)  # type: ignore[arg-type]
    assert caught.value.what == what
    assert store.size() == 1


@pytest.mark.parametrize("column", ["event_id", "claim_key"])
def test_unique_columns(store: LogStore, column: str) -> None:
    """A second entry with the same event id or claim key is a conflict that names the column."""
    with store.writing() as conn:
        (row,) = chained(Head.EMPTY, ["one"])
        store.append(conn, [row._replace(claim_key="key")], head=Head.EMPTY)
    with store.reading() as conn:
        head = store.head(conn)
    (row,) = chained(head, ["one" if column == "event_id" else "two"])
    key = "key" if column == "claim_key" else None
    with pytest.raises(Conflict, match=rf"entry\.{column}"), store.writing() as conn:
        store.append(conn, [row._replace(claim_key=key)], head=head)
    assert store.size() == 1
    with store.reading() as conn:
        assert store.seq_of_claim_key(conn, "key") == 0
        assert store.claim_keys(conn, ["key", "other"]) == {"key": (0, "one")}


@pytest.mark.parametrize("guarded", [True, False])
def test_the_log_cannot_fork_without_the_lock(store: LogStore, *, guarded: bool) -> None:
    """Two entries on one head collide on a unique key or a guard, even past our own checks."""
    fill(store, 2)
    with store.writing() as conn:
        if not guarded:
            schema.remove_guards(conn)
    with store.reading() as conn:
        (row,) = chained(store.head(conn), ["fork"])
    first = _values(row)
    again = {**first, "event_id": "other", "seq": 2 if guarded else 3}
    with store.writing() as conn:
        conn.execute(insert(schema.entry), first)
    with pytest.raises(Conflict) as caught, store.writing() as conn:
        conn.execute(insert(schema.entry), again)
    assert ("continue" in str(caught.value)) == guarded
    assert store.size() == 3


def _values(row: StoredEntry) -> dict[str, object]:
    values = {name: getattr(row, name) for name in row._fields}
    values["bytes"] = values.pop("data")
    return values


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seq": 3}, "seq"),
        ({"seq": 1}, "seq"),
        ({"prev": "e" * 64}, "prev"),
        ({"leaf_hash": b"short"}, "."),
    ],
)
def test_the_database_checks_the_chain(
    store: LogStore, change: dict[str, object], message: str
) -> None:
    """A row that does not continue the log is refused by the database itself."""
    fill(store, 2)
    with store.reading() as conn:
        (row,) = chained(store.head(conn), ["raw"])
    with pytest.raises(Conflict, match=message), store.writing() as conn:
        conn.execute(insert(schema.entry), {**_values(row), **change})
    assert store.size() == 2


def test_a_server_checks_the_leaf_hash_itself(postgres_url: str) -> None:
    """PostgreSQL has SHA-256 built in, so its guard compares the hash too (SQLite cannot)."""
    migrate.create(postgres_url).dispose()
    store = LogStore.open(postgres_url)
    fill(store, 2)
    with store.reading() as conn:
        (row,) = chained(store.head(conn), ["raw"])
    wrong = {**_values(row), "leaf_hash": b"x" * 32}
    with pytest.raises(Conflict, match="leaf_hash"), store.writing() as conn:
        conn.execute(insert(schema.entry), wrong)
    assert store.size() == 2
    store.close()


_REWRITES: Sequence[str] = (
    "UPDATE entry SET actor = 'eve' WHERE seq = 0",
    "DELETE FROM entry WHERE seq = 1",
    "DELETE FROM entry",
    "UPDATE tree_node SET idx = 7",
    "DELETE FROM tree_node",
    "UPDATE disclosure SET text = 'other'",
)


def _with_everything(store: LogStore) -> None:
    with store.writing() as conn:
        append(store, conn, [str(n) for n in range(256)])
        store.put_disclosures(conn, [("d", 0, "secret")])


@pytest.mark.parametrize("statement", _REWRITES)
def test_guards_refuse_to_rewrite(store: LogStore, statement: str) -> None:
    """UPDATE and DELETE on the log are refused, and allowed once the guards are dropped."""
    _with_everything(store)
    with pytest.raises(Conflict, match="is refused"), store.writing() as conn:
        conn.execute(text(statement))
    with store.writing() as conn:
        schema.remove_guards(conn)
        assert conn.execute(text(statement)).rowcount > 0


@pytest.mark.parametrize("table", ["entry", "tree_node", "disclosure"])
def test_guards_refuse_truncate(postgres_store: LogStore, table: str) -> None:
    """PostgreSQL's TRUNCATE, which fires no row trigger, is refused too."""
    with pytest.raises(Conflict, match="TRUNCATE"), postgres_store.writing() as conn:
        conn.execute(text(f"TRUNCATE {table}"))


@pytest.mark.parametrize("table", ["entry", "tree_node"])
def test_guards_refuse_replace(sqlite_store: LogStore, table: str) -> None:
    """SQLite's INSERT OR REPLACE, which fires no DELETE trigger, is refused too."""
    _with_everything(sqlite_store)
    with sqlite_store.engine.connect() as conn:  # the pool has this one connection
        conn.exec_driver_sql("PRAGMA recursive_triggers = OFF")
    with pytest.raises(Conflict), sqlite_store.writing() as conn:
        conn.execute(text(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1"))  # noqa: S608


def test_disclosures_may_be_deleted(store: LogStore) -> None:
    """Disclosures are kept and found by digest, and are the one thing that DELETE works on."""
    _with_everything(store)
    with store.writing() as conn:
        store.put_disclosures(conn, [("e", 1, "more"), ("f", 1, "most")])
        store.put_disclosures(conn, [])
    with store.reading() as conn:
        assert store.disclosures(conn, ["d", "f", "x"]) == {"d": "secret", "f": "most"}
    with store.writing() as conn:
        conn.execute(text("DELETE FROM disclosure WHERE digest = 'd'"))
    with store.reading() as conn:
        assert store.disclosures(conn, ["d"]) == {}
    with pytest.raises(Conflict, match=r"disclosure\.digest"), store.writing() as conn:
        store.put_disclosures(conn, [("e", 2, "again")])


def test_many_ids_at_once(store: LogStore) -> None:
    """Looking up more ids than a statement takes parameters works."""
    fill(store, 600)
    with store.reading() as conn:
        found = store.events(conn, [f"event {n}" for n in range(5_000)])
    assert {seq for seq, _ in found.values()} == set(range(600))


@pytest.mark.parametrize(
    ("start", "stop", "page"),
    [(0, None, 256), (0, None, 7), (0, 300, 300), (299, 300, 1), (13, 27, 5), (300, None, 4)],
)
def test_pages(store: LogStore, start: int, stop: int | None, page: int) -> None:
    """Pages give start <= seq < stop in order, whatever the size of a page."""
    fill(store, 300)
    found = [seq for seq, _ in store.pages(start, stop, page=page)]
    assert found == list(range(start, 300 if stop is None else stop))


def test_pages_hold_no_lock_between(store: LogStore) -> None:
    """A writer is not held up by a reader that works on a page; the reader's end stays fixed."""
    fill(store, 20)
    seen = []
    for seq, _ in store.pages(page=5):
        if seq % 5 == 2:
            fill(store, 1)
        seen.append(seq)
    assert seen == list(range(20))
    assert store.size() == 24


@pytest.mark.parametrize(("gone", "found"), [(0, 0), (4, 4), (7, 7), (9, 9)])
def test_a_hole_is_evidence(store: LogStore, gone: int, found: int) -> None:
    """Reading stops with an error at the first missing seq, also at the end of the range."""
    fill(store, 10)
    with store.writing() as conn:
        schema.remove_guards(conn)
        conn.execute(text("DELETE FROM entry WHERE seq = :gone"), {"gone": gone})
    with pytest.raises(BrokenChain) as caught:
        list(store.pages(0, 10, page=4))
    assert caught.value.seq == found


def test_size_at(store: LogStore) -> None:
    """The size at a moment counts all entries recorded up to and including it."""
    counts = [1, 3, 1, 5, 2]  # entries recorded at seconds 0, 2, 4, ...
    for batch, count in enumerate(counts):
        with store.writing() as conn:
            head = store.head(conn)
            names = [f"{batch}.{n}" for n in range(count)]
            entries = chained(head, names, recorded_at=_stamp(2 * batch))
            store.append(conn, entries, head=head)
    with store.reading() as conn:
        assert store.size_at(conn, "2025-12-31T23:59:59.999999Z") == 0
        for second in range(12):
            expected = sum(counts[: second // 2 + 1])
            assert store.size_at(conn, _stamp(second)) == expected


@pytest.mark.parametrize("batches", [[1] * 5, [255, 1, 1], [256], [300, 300], [1030]])
def test_the_tree_from_stored_hashes(store: LogStore, batches: list[int]) -> None:
    """The stored hashes give the root of every size, and one row per complete tile hash."""
    for count in batches:
        fill(store, count)
    size = sum(batches)
    leaves = [leaf_hash(data) for _, data in store.pages()]
    with store.reading() as conn:
        for at in {0, 1, size // 2, 255, 256, 257, 512, size - 1, size}:
            if at <= size:
                assert store.compact_range(conn, at).root() == root(leaves[:at])
        assert store.hashes(conn, 0, 0, size) == leaves
        assert len(store.hashes(conn, 1, 0, size)) == size // 256
        with pytest.raises(BadProof):
            store.compact_range(conn, size + 1)


def test_a_second_tree_node_is_refused(store: LogStore) -> None:
    """A tile hash is recorded once and never again."""
    _with_everything(store)
    with pytest.raises(RegledgerError), store.writing() as conn:
        conn.execute(insert(schema.tree_node), {"level": 1, "idx": 0, "hash": b"x" * 32})
