"""What the tables keep of a claim's content: its digest, and the key that its importer gave it.

Nothing here needs the store, so that a process that only checks entries need not load it.
"""

from hashlib import sha256
from typing import Any, Final

import orjson

from ledger.domain import events
from ledger.domain.claims import Claim, ClaimBase
from ledger.log.disclosure import DIGESTS, EACH

# What can be erased of a claim: members of its own, and one of each element of a list.
_OWN: Final = frozenset(path[0] for path in ClaimBase.redactable if len(path) == 1)
_OF_EACH: Final = {
    path[0]: frozenset({path[2], DIGESTS}) for path in ClaimBase.redactable if EACH in path
}
_SKIPPED: Final = _OWN | {"key", DIGESTS}


def content_digest(claim: Claim) -> str:
    """Return a digest of a claim's content, without its key and what can be erased.

    It is the same for a claim as it was given, as it was recorded, and after an erasure.
    """
    return digest_of_content(events.to_data(claim))


def digest_of_content(data: dict[str, Any]) -> str:
    """Return the :func:`content_digest` of a claim from its data, concealed or not."""
    kept = {name: value for name, value in data.items() if name not in _SKIPPED}
    for name, skipped in _OF_EACH.items():
        if name in kept:
            kept[name] = [
                {inner: value for inner, value in one.items() if inner not in skipped}
                for one in kept[name]
            ]
    return sha256(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)).hexdigest()


def claim_key(type_: str, data: dict[str, Any]) -> str | None:
    """Return what stands in the column ``claim_key`` of an entry with these data."""
    claim = data.get("claim") if type_ == "claim.recorded" else None
    return claim.get("key") if isinstance(claim, dict) else None
