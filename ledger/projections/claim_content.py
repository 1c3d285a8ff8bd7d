"""What the tables keep of a claim's content: its digest, and the key that its importer gave it.

Nothing here needs the store, so that a process that only checks entries need not load it.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import orjson

from ledger.domain import events
from ledger.domain.claims import Claim, ClaimBase
from ledger.log.disclosure import DIGESTS, EACH


def content_digest(claim: Claim) -> str:
    """Return a digest of a claim's content, without its key and what can be erased.

    It is the same for a claim as it was given, as it was recorded, and after an erasure.
    """
    return digest_of_content(events.to_data(claim))


def digest_of_content(data: dict[str, Any]) -> str:
    """Return the :func:`content_digest` of a claim from its data, which are used up."""
    data.pop("key", None)
    data.pop(DIGESTS, None)
    for path in ClaimBase.redactable:
        if path[0] in data:
            _drop(data, path)
    return sha256(orjson.dumps(data, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _drop(value: Any, path: Sequence[str]) -> None:
    """Remove the member at the end of a path, and the digests of such members with it."""
    for inner in value if isinstance(value, list) else (value,):
        if isinstance(inner, dict):
            inner.pop(DIGESTS, None)
            if len(path) == 1:
                inner.pop(path[0], None)
            elif path[0] == EACH:
                _drop(inner, path[1:])
            else:
                _drop(inner.get(path[0]), path[1:])


def claim_key(type_: str, data: dict[str, Any]) -> str | None:
    """Return what stands in the column ``claim_key`` of an entry with these data."""
    claim = data.get("claim") if type_ == "claim.recorded" else None
    return claim.get("key") if isinstance(claim, dict) else None
