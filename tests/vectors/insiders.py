"""Faults by a dishonest operator: the log's keys sealed them, so chain, tiles and root all fit.

What is left to notice them: the signatures of the actors, the rules, and a checkpoint that
somebody kept from before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.log.checkpoint import Checkpoint
from ledger.log.merkle import leaf_hash, root
from ledger.log.witness_policy import simple
from tests.vectors.cases import HOLDS, Case, bad
from tests.vectors.forging import BUNDLE, TEXTS, TILE, Book, chain, edit, moved, resealed, sealed
from tests.vectors.people import ADMIN, ORIGIN
from tests.vectors.resealing import NO_MEMORY, NO_RULES, REWRITTEN, both, resealed_case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.vectors.forging import Changed
    from tests.vectors.people import LogKeys


def cases(book: Book, other: LogKeys, elsewhere: LogKeys) -> Iterator[Case]:
    """Yield them.

    ``other`` are keys of the same name that are not this log's, ``elsewhere`` keys of another name.
    """
    yield from _rewritten(book)
    yield from _edited(book)
    yield from _sealed(book, other, elsewhere)


# --- what only memory shows ----------------------------------------------------------------------


def _rewritten(book: Book) -> Iterator[Case]:
    rows = book.rows
    unseen = (HOLDS, HOLDS)
    swapped = [*rows[:6], rows[7], rows[6], *rows[8:]]
    yield resealed_case(
        book, "reordered_6_7", "two claims changed places", chain(swapped), unseen, NO_MEMORY
    )
    yield resealed_case(
        book,
        "deleted_entry",
        "a claim nobody refers to was left out",
        chain(rows[:7] + rows[8:]),
        unseen,
        NO_MEMORY,
    )
    yield resealed_case(
        book, "truncated_tail", "the last entry was left out", chain(rows[:11]), unseen, NO_MEMORY
    )
    earlier = [moved(row, "2024-01-01T09:00:00.000000Z") for row in rows]
    yield resealed_case(
        book,
        "edited_recorded_at",
        "every entry was recorded at once",
        chain(earlier),
        unseen,
        NO_MEMORY,
    )
    yield resealed_case(
        book,
        "good_grown",
        "one more entry, as it should be: no fault",
        chain([*rows, book.dispute()]),
        unseen,
    )
    unknown = book.say("weather.observed", {"sky": "blue"}, version=7)
    yield resealed_case(
        book,
        "unknown_type",
        "entry 12 is an event of a type nobody knows yet",
        chain([*rows, unknown]),
        (bad(12, "rules"), HOLDS),
        NO_RULES,
    )


# --- chain and signatures ------------------------------------------------------------------------


def _edited(book: Book) -> Iterator[Case]:
    rows = book.rows

    def at_6(old: bytes, new: bytes) -> list[bytes]:
        return chain(rows, {6: edit(old, new)})

    prev = book.entries[6].split(b'"prev":"')[1][:4]
    yield resealed_case(
        book,
        "bad_prev_hash",
        "prev of entry 6 names no entry",
        at_6(prev, b"0000"),
        both(6, "prev"),
    )
    yield resealed_case(
        book,
        "edited_field",
        "the statement of the claim at 6 was changed",
        at_6(b"Dealing is prohibited.", b"Dealing is permitted.."),
        both(6, "signature"),
        kept=bad(8, "rules"),  # entry 8 approved what it said before
    )
    wrong = rows[6].sig.replace(rows[6].sig[10], "A" if rows[6].sig[10] != "A" else "B")
    yield resealed_case(
        book,
        "bad_signature",
        "the signature of entry 6 is another",
        at_6(rows[6].sig.encode(), wrong.encode()),
        both(6, "signature"),
        kept=REWRITTEN,
    )
    yield resealed_case(
        book,
        "clock_backwards",
        "entry 6 is earlier than entry 5",
        at_6(b'"recorded_at":"2024', b'"recorded_at":"2023'),
        both(6, "recorded_at"),
    )
    yield resealed_case(
        book, "bad_seq", "entry 6 says seq 7", at_6(b'"seq":6', b'"seq":7'), both(6, "seq")
    )
    yield resealed_case(
        book,
        "unknown_format",
        "entry 6 says format 2",
        at_6(b'"format":1', b'"format":2'),
        both(6, "format"),
    )
    swapped = [*rows[:4], rows[5], rows[4], *rows[6:]]
    yield resealed_case(
        book,
        "reordered_4_5",
        "an actor is given a role before being enrolled",
        chain(swapped),
        both(4, "rules"),
    )


# --- checkpoints ---------------------------------------------------------------------------------


def _sealed(book: Book, other: LogKeys, elsewhere: LogKeys) -> Iterator[Case]:
    leaves = [leaf_hash(one) for one in book.entries]
    refused = bad(None, "checkpoint")
    yield Case(
        "bad_root_resealed", "the log signed a root that is not that of its entries",
        {"checkpoint": sealed(Checkpoint(ORIGIN, 12, leaves[0]), book.keys)}, refused, refused,
        refused,
    )  # fmt: skip
    foreign = elsewhere[0].vkey.name
    yield Case(
        "wrong_origin_resealed", "the checkpoint is of another origin, signed in its name",
        {"checkpoint": sealed(Checkpoint(foreign, 12, root(leaves)), elsewhere)}, refused, refused,
        refused,
    )  # fmt: skip
    changed_keys = book.say(
        "log.keys_changed", {"log_keys": [str(key.vkey) for key in other]}, by="admin", signer=ADMIN
    )
    entries = chain([*book.rows, changed_keys])
    old = resealed(book, entries)
    policy = {"policy": simple([key.vkey for key in other]).encode()}
    new: Changed = {**resealed(book, entries, other), **policy}
    yield Case(
        "good_new_log_keys", "the log's keys changed at 12, and the new ones sealed: no fault", new,
        HOLDS, HOLDS, HOLDS,
    )  # fmt: skip
    yield Case(
        "old_log_key_resealed", "the log's keys changed at 12, and the old ones sealed",
        {**old, **policy}, refused, refused, refused,
    )  # fmt: skip


def another_ledger(book: Book, files: dict[str, bytes]) -> Case:
    """A whole other ledger in the place of the good one, under the same name and log keys."""
    changed: Changed = {path: files[path] for path in (BUNDLE, TILE, "checkpoint", TEXTS)}
    refused = bad(None, "trust")
    what = "a whole other ledger, with the same origin, people and log keys"
    return Case(
        "other_ledger_resealed", what, changed, refused, refused, bad(None, "remembered", "trust")
    )
