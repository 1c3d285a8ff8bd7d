"""The taxonomy as any prefix of the log knows it."""

from dataclasses import replace
from functools import lru_cache

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain.definitions import KIND_OF, Definition, subject_of_definition
from ledger.domain.event_models import TaxonomyAdopted
from ledger.domain.taxonomy import Taxonomy
from ledger.store import schema as s
from ledger.store.prepared import Prepared

ADOPTED = "taxonomy"  # the subject under which the starter taxonomy stands
_MODELS: dict[str, type[Definition]] = {kind: model for model, kind in KIND_OF.items()}
_FIRST_USE = 2  # entries: ledger.created, taxonomy.adopted
_Items = dict[str, Definition]  # by subject
_d, _v = s.definition.c, s.version.c
_SIZE: sa.BindParameter[int] = sa.bindparam("size", type_=sa.BigInteger)
_STARTER = sa.select(_d.data).where(_d.subject == ADOPTED)
_COUNTING = (
    sa.select(_d.subject, _d.data, _v.counts_from)
    .join(s.version, _v.event_id == _d.event_id)
    .where(_v.counts_from < _SIZE)
    .order_by(_v.counts_from, _v.seq)
)
# The few definitions first: nothing here may cost more in a longer log.
_DEFINES = sa.and_(_v.event_id.in_(sa.select(s.definition.c.event_id)), _v.seq < _SIZE)
_LAST_CHANGE = Prepared(
    sa.select(sa.func.max(sa.case((_v.decided_seq < _SIZE, _v.decided_seq), else_=_v.seq))).where(
        _DEFINES
    )
)
_WAITING = (
    sa.select(_v.subject, _v.seq)
    .where(_DEFINES, sa.or_(_v.decided_seq.is_(None), _v.decided_seq >= _SIZE))
    .order_by(_v.seq)
)


def taxonomy_at(conn: Connection, size: int) -> Taxonomy:
    """Return the taxonomy of the first ``size`` entries: the starter and what counts since.

    A definition counts in the prefix iff ``counts_from < size`` and it was not superseded within
    it. ``version`` of the answer names the entry with which the last change came to count, and
    ``waiting`` what was recorded within the prefix and neither counted nor decided in it.
    """
    starter = conn.execute(_STARTER).scalar()
    if starter is None or size < _FIRST_USE:
        return Taxonomy()
    since = tuple(map(tuple, conn.execute(_COUNTING, {"size": size})))
    waiting = {subject: int(seq) for subject, seq in conn.execute(_WAITING, {"size": size})}
    taxonomy = _folded(starter, since)
    return replace(taxonomy, waiting=waiting) if waiting else taxonomy


@lru_cache(maxsize=8)
def _folded(starter: bytes, since: tuple[tuple[str, bytes, int], ...]) -> Taxonomy:
    """Return the starter taxonomy with the definitions that count since, in their order."""
    items = _starter(starter)
    version = "starter"
    for subject, data, counts_from in since:  # in order, so that the last of one id stays
        items[subject] = _parsed(subject, data)
        version = f"@{counts_from}"
    return Taxonomy.of(items.values(), version=version)


def definition_of(conn: Connection, event_id: str) -> Definition | None:
    """Return the definition that one ``*.defined`` event carries, counting or not."""
    d = s.definition.c
    row = conn.execute(
        sa.select(d.subject, d.data).where(d.event_id == event_id, d.subject != ADOPTED)
    ).first()
    if row is None:
        return None
    return _parsed(row.subject, row.data)


def last_definition_change(conn: Connection, size: int) -> int:
    """Return the last seq below ``size`` with which a definition was recorded or decided, or 1."""
    found = _LAST_CHANGE.value(conn, {"size": size})
    return 1 if found is None else int(found)


def _starter(data: bytes) -> _Items:
    return {subject_of_definition(item): item for item in _adopted(data)}


# Each definition changes the taxonomy, of which the rest was read before.
@lru_cache(maxsize=2)
def _adopted(data: bytes) -> tuple[Definition, ...]:
    return tuple(TaxonomyAdopted.model_validate(orjson.loads(data)).items())


@lru_cache(maxsize=1024)
def _parsed(subject: str, data: bytes) -> Definition:
    return _MODELS[subject.partition(":")[0]].model_validate(orjson.loads(data))
