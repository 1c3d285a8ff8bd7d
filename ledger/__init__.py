"""regledger: an event-sourced compliance ledger whose history can be proved.

The public names load on first use, so that importing the package costs nothing::

    from ledger import open_ledger
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ledger.api.creating import create_ledger
    from ledger.api.ledger import Ledger
    from ledger.api.opening import open_ledger

__all__ = ["Ledger", "create_ledger", "open_ledger"]
_PUBLIC = {"Ledger": "ledger", "create_ledger": "creating", "open_ledger": "opening"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'ledger' has no attribute {name!r}")
    from importlib import import_module  # of SQLAlchemy, which takes a quarter of a second

    return getattr(import_module(f"ledger.api.{_PUBLIC[name]}"), name)
