"""Record a change, seal the log, and report the result, for every dialog and form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ledger import api
from ledger.errors import Conflict, RegledgerError
from tui.app_config import AppConfig
from tui.base_app import BaseApp


@dataclass(frozen=True, slots=True)
class Recorded:
    """The results of a recorded change; ``unsealed`` says why it could not be sealed."""

    results: tuple[api.RecordResult, ...]
    unsealed: str = ""


def same_ledger(book: api.Ledger, ledger: str) -> None:
    """Raise Conflict where ``book`` is not the ledger with this id, which was shown."""
    if book.policy.ledger != ledger:
        raise Conflict(
            f"This was opened over another ledger; {book.policy.origin} is there now.",
            hint="Copy what you typed, leave, and begin again. Nothing was signed.",
        )


def record(
    config: AppConfig,
    book: api.Ledger,
    change: Callable[[api.Ledger], Sequence[api.RecordResult]],
    *,
    ledger: str,
) -> Recorded:
    """Make a change, then seal the log where the log's keys are at hand. For a worker.

    Raises what the change raises, and Conflict where ``ledger``, the id of that which was shown,
    is not that of ``book``; nothing was recorded then.
    """
    same_ledger(book, ledger)
    results = tuple(change(book))
    if config.seal is None:
        return Recorded(results)
    try:
        config.seal(book)
    except RegledgerError as error:
        return Recorded(results, " ".join(part for part in (error.message, error.hint) if part))
    return Recorded(results)


def announce(app: BaseApp, done: Recorded, *, review: str = "") -> None:
    """Say what became of it, and let every screen catch up. ``review``: what was decided."""
    app.notify_text(words(done.results, review=review))
    if done.unsealed:
        app.notify_text(f"It is recorded, but not sealed: {done.unsealed}", severity="warning")
    app.source.forget_pages()
    app.poll()


def words(results: Sequence[api.RecordResult], *, review: str = "") -> str:
    """Return what became of it, in a sentence."""
    places = ", ".join(f"@{one.seq}" for one in results)
    if review:
        return f"{review}: recorded as {places}."
    if all(one.outcome == "already" for one in results):
        return f"This was recorded before, as {places}. Nothing was added."
    if any(one.state == "pending" for one in results):
        return f"Recorded as {places}. It awaits review: somebody else approves it (r)."
    return f"Recorded as {places}. It counts from now on."
