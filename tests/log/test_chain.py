"""ledger.log.chain: entries follow each other, or the first that does not is named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadEntry, BrokenChain, NotCanonical, NotVerified
from ledger.log.chain import Head, check_chain
from ledger.log.entry import ZERO, Entry, make_entry, sign_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ledger.log.keys import KeySigner


def data(entries: list[Entry]) -> list[bytes]:
    """Return the bytes of the entries."""
    return [e.data for e in entries]


def again(entry: Entry, **place: Any) -> Entry:
    """Return the same signed event at another place."""
    spot: dict[str, Any] = {"seq": entry.seq, "prev": entry.prev, "recorded_at": entry.recorded_at}
    return make_entry(entry.signed, **(spot | place))


def test_good_log(make_log: Callable[[int], list[Entry]]) -> None:
    """A good log passes, and yields its entries in order."""
    log = make_log(5)
    assert list(check_chain(data(log))) == log
    assert log[0].prev == ZERO


def test_resume(make_log: Callable[[int], list[Entry]]) -> None:
    """From any head the rest of the log continues, and no other part does."""
    log = make_log(6)
    head = Head.EMPTY
    for size, entry in enumerate(log):
        assert list(check_chain(data(log[size:]), head=head)) == log[size:]
        head = head.after(entry)
        assert head == Head(
            size + 1, entry.leaf_hash.hex(), entry.recorded_at, log[0].signed.digest
        )
    with pytest.raises(BrokenChain):
        list(check_chain(data(log[5:]), head=head))


def first_break(entries: list[Entry], head: Head = Head.EMPTY) -> BrokenChain:
    """Return the error with which the chain breaks."""
    with pytest.raises(BrokenChain) as caught:
        list(check_chain(data(entries), head=head))
    return caught.value


def test_reordered(make_log: Callable[[int], list[Entry]]) -> None:
    """Two entries swapped: the first of them is named by its position."""
    log = make_log(5)
    log[2], log[3] = log[3], log[2]
    error = first_break(log)
    assert (error.seq, error.what) == (2, "seq")
    assert "expected 2" in str(error)
    assert "is 3" in str(error)


def test_removed_and_inserted(make_log: Callable[[int], list[Entry]]) -> None:
    """A missing or doubled entry breaks seq where it happens; a cut tail shows only in the size."""
    log = make_log(5)
    assert (first_break(log[:2] + log[3:]).seq, first_break(log[1:]).seq) == (2, 0)
    assert first_break([*log[:3], *log[2:]]).seq == 3
    assert len(list(check_chain(data(log[:4])))) == 4


def test_edited(make_log: Callable[[int], list[Entry]]) -> None:
    """An entry made anew with a good form breaks prev of the next."""
    log = make_log(5)
    log[2] = again(log[2], recorded_at=log[3].recorded_at)
    error = first_break(log)
    assert (error.seq, error.what) == (3, "prev")
    assert log[2].leaf_hash.hex() in str(error)


def test_bad_prev(make_log: Callable[[int], list[Entry]]) -> None:
    """An entry that names another predecessor breaks at itself."""
    log = make_log(3)
    log[2] = again(log[2], prev=ZERO)
    error = first_break(log)
    assert (error.seq, error.what) == (2, "prev")


def test_first_entry_has_no_predecessor(make_log: Callable[[int], list[Entry]]) -> None:
    """Entry 0 names 64 zeros and nothing else."""
    log = make_log(1)
    assert first_break([again(log[0], prev="1" * 64)]).what == "prev"


def test_time_goes_back(make_log: Callable[[int], list[Entry]]) -> None:
    """Equal times pass; an earlier one, though well chained, is refused."""
    log = make_log(3)
    same = again(log[2], recorded_at=log[1].recorded_at)
    assert list(check_chain(data([*log[:2], same])))[2] == same
    error = first_break([*log[:2], again(log[2], recorded_at="2025-07-08T09:29:59.999999Z")])
    assert (error.seq, error.what) == (2, "recorded_at")


def test_event_of_another_ledger(make_log: Callable[[int], list[Entry]], signer: KeySigner) -> None:
    """An event signed for another ledger is refused, in the middle and at seq 0."""
    log = make_log(3)
    foreign = sign_event(replace(log[2].signed.event, ledger="1" * 64), signer)
    moved = make_entry(foreign, seq=2, prev=log[2].prev, recorded_at=log[2].recorded_at)
    error = first_break([*log[:2], moved])
    assert (error.seq, error.what) == (2, "ledger")
    first = make_entry(foreign, seq=0, prev=ZERO, recorded_at=log[0].recorded_at)
    assert first_break([first]).what == "ledger"


def test_ledger_unknown_to_the_caller(make_log: Callable[[int], list[Entry]]) -> None:
    """A head without a ledger id checks the rest of the chain, and stays without one."""
    log = make_log(3)
    head = Head(2, log[1].leaf_hash.hex(), log[1].recorded_at)
    assert head.after(log[2]).ledger == ""
    known = replace(head, ledger="2" * 64)
    assert first_break(log[2:], known).what == "ledger"


def test_bad_bytes_are_named_by_position(make_log: Callable[[int], list[Entry]]) -> None:
    """Bytes that are no entry carry the position at which they stand."""
    raw = data(make_log(4))
    for bad, kind in ((raw[2] + b" ", NotCanonical), (b"{}", BadEntry), (b"", NotCanonical)):
        with pytest.raises(kind) as caught:
            list(check_chain([*raw[:2], bad, raw[3]]))
        assert caught.value.seq == 2


def test_lazy(make_log: Callable[[int], list[Entry]]) -> None:
    """Entries are taken one at a time: what was yielded before a break was checked."""
    log = make_log(4)
    taken = 0

    def source() -> Iterator[bytes]:
        nonlocal taken
        for entry in log:
            taken += 1
            yield entry.data

    stream = check_chain(source())
    assert next(stream) == log[0]
    assert taken == 1


@given(st.permutations(range(5)), st.integers(0, 5))
def test_only_prefixes_pass(
    make_log: Callable[[int], list[Entry]], order: list[int], count: int
) -> None:
    """Of all arrangements of a log's entries, only its prefixes are chains."""
    log = make_log(5)
    picked = [log[i] for i in order[:count]]
    if order[:count] == list(range(count)):
        assert list(check_chain(data(picked))) == picked
        return
    with pytest.raises(NotVerified):
        list(check_chain(data(picked)))
