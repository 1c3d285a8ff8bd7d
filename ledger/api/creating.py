"""Creating a ledger: its database and its first two entries."""

from collections.abc import Sequence
from importlib import resources
from typing import Any, Literal

import orjson

from ledger.api.append import Writer
from ledger.api.event_signing import EventSigner, SignedDraft, build
from ledger.api.ledger import Ledger
from ledger.api.opened_ledger import OpenLedger
from ledger.clock import Clock, SystemClock
from ledger.domain import event_models
from ledger.domain.taxonomy import Taxonomy
from ledger.log import keys
from ledger.log.entry import ZERO
from ledger.store import migrate
from ledger.store.log_store import LogStore


def create_ledger(  # noqa: PLR0913  # what the first entry holds, each part by its name
    url: str,
    *,
    origin: str,
    actor: str,
    signer: keys.Signer,
    log_keys: Sequence[str],
    review: Literal["none", "four_eyes"] = "four_eyes",
    timezone: str = "UTC",
    clock: Clock | None = None,
    simulated: bool = False,
    taxonomy: dict[str, Any] | None = None,
) -> Ledger:
    """Create a ledger: its database, its first two entries, and the founder's roles.

    The founder is admin; with review ``none`` also recorder and reviewer. ``taxonomy`` is what the
    second entry adopts, by default the starter taxonomy.

    Raises:
        Conflict: there is a database already; it is never overwritten.
        InputError: an argument that the first entry cannot hold.
    """
    moment = clock or SystemClock()
    created = build(
        event_models.LedgerCreated,
        origin=origin,
        rules=1,
        clock="simulated" if simulated else "system",
        timezone=timezone,
        review=review,
        admin={"actor": actor, "scheme": signer.scheme, "public_key": signer.public_key},
        log_keys=tuple(log_keys),
    )
    first = EventSigner(ZERO, actor, signer, moment).sign(created)  # it cannot name itself yet
    event_signer = EventSigner(first.signed.digest, actor, signer, moment)
    adopted = event_models.TaxonomyAdopted.model_validate(taxonomy or starter_taxonomy())
    drafts = [first, event_signer.sign(adopted)]
    return _founded(url, moment, drafts)


def _founded(url: str, clock: Clock, drafts: Sequence[SignedDraft]) -> Ledger:
    """Make the database, append the first entries, and open the ledger."""
    migrate.create(url).dispose()
    base = OpenLedger(url, LogStore.open(url), clock)
    base.note_appended(Writer(base).append(drafts).entries)
    base.follow_status()
    return Ledger(base)


def starting_taxonomy() -> Taxonomy:
    """Return the taxonomy of a new ledger."""
    adopted = event_models.TaxonomyAdopted.model_validate(starter_taxonomy())
    return Taxonomy.of(adopted.items())


def starter_taxonomy() -> dict[str, Any]:
    """Return the taxonomy that new ledgers adopt, as JSON values."""
    text = resources.files("ledger.data").joinpath("taxonomy.json").read_bytes()
    value: dict[str, Any] = orjson.loads(text)
    return value
