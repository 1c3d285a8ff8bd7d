"""Statements of SQLAlchemy, compiled once for all engines of a run: each test makes some."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

import sqlalchemy as sa

_plain: Final = sa.create_engine
_COMPILED: Final[dict[str, dict[Any, Any]]] = defaultdict(dict)  # by the name of the dialect


class SharedCache:
    """The cache of an engine that leaves its own dialect out of the keys.

    The dialects of one name are set up alike here, and what they compile is the same. A program
    has one engine; tests open thousands, and compiling took an eighth of their time.
    """

    def __init__(self, name: str) -> None:
        self._compiled = _COMPILED[name]

    def get(self, key: tuple[Any, ...]) -> Any:
        """Return what was compiled for a statement, or None."""
        return self._compiled.get(key[1:])

    def __setitem__(self, key: tuple[Any, ...], value: Any) -> None:
        self._compiled[key[1:]] = value

    def clear(self) -> None:
        """Forget all."""
        self._compiled.clear()


def create_engine(*given: Any, **named: Any) -> sa.Engine:
    """Take the place of ``sqlalchemy.create_engine``."""
    engine = _plain(*given, **named)
    engine._compiled_cache = SharedCache(engine.dialect.name)  # type: ignore[assignment]
    return engine
