"""Find the unknown ids and references of a claims file while the file is read.

The rules refuse the first unknown id only; the reader of a file reports all of them, each with
its line and the nearest known ids.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ledger.domain.claim_parts import INSTRUMENT_PREFIX
from ledger.domain.taxonomy import ANY, ORG, IdKind, Taxonomy
from ledger.domain.validation_messages import FieldProblem, nearest
from ledger.errors import UnknownId

_KEY_REF: Final = "key:"
_LONGEST: Final = 100  # a longer text is no id; the models say so


def unknown_ids(claim: Mapping[str, Any], taxonomy: Taxonomy) -> Iterator[FieldProblem]:
    """Yield every id of a raw claim that is not defined; the models refuse what is no id.

    What is defined and awaits review may be named: the rules decide about it.
    """
    for field, kind, value in _ids(claim):
        is_id = isinstance(value, str) and 0 < len(value) <= _LONGEST
        if is_id and not taxonomy.knows(kind, value) and taxonomy.pending(kind, value) is None:
            error = taxonomy.unknown(kind, value)
            yield FieldProblem(field, error.message, error.hint)


def unknown_references(
    claim: Mapping[str, Any], keys: frozenset[str], holds: Callable[[str], bool]
) -> Iterator[FieldProblem]:
    """Yield every reference of a raw claim to a claim that neither the file nor the ledger has.

    ``keys`` are those given in the file; ``holds`` says whether the ledger has a claim of this key
    or id. References to instruments are left to the rules.
    """
    for field, ref in _references(claim):
        if not isinstance(ref, str) or ref.startswith(INSTRUMENT_PREFIX):
            continue
        key = ref.removeprefix(_KEY_REF)
        if 0 < len(key) <= _LONGEST and key not in keys and not holds(key):
            kind = "claim key" if ref.startswith(_KEY_REF) else "claim"
            error = UnknownId(kind, key, nearest(key, keys))
            yield FieldProblem(field, error.message, error.hint)


def _references(claim: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yield (field, reference) where a claim names other claims."""
    if claim.get("kind") == "lifecycle":
        yield "target", claim.get("target")
    if claim.get("kind") == "norm":
        for n, one in enumerate(_list(claim.get("overrides"))):
            if isinstance(one, Mapping):
                yield f"overrides[{n}].claim", one.get("claim")


def _ids(claim: Mapping[str, Any]) -> Iterator[tuple[str, IdKind, Any]]:
    """Yield (field, kind, id) for every id in a claim."""
    yield "jurisdiction", "jurisdiction", claim.get("jurisdiction")
    yield "activity", "activity", claim.get("activity")
    yield "issuer", "body", claim.get("issuer")
    for n, one in enumerate(_list(claim.get("addressees"))):
        if isinstance(one, str) and one.startswith(ORG):
            yield f"addressees[{n}]", "body", one.removeprefix(ORG)
        elif one != ANY:
            yield f"addressees[{n}]", "actor class", one
    for n, speaker in enumerate(_list(claim.get("speakers"))):
        if isinstance(speaker, Mapping):
            yield f"speakers[{n}].body", "body", speaker.get("body")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
