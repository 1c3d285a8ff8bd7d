"""Write a claim as YAML that `record` and `correct` read."""

from collections.abc import Mapping
from typing import Any, Final

import yaml

# What the log puts into a claim in place of values that can be erased.
_LOGS_OWN: Final = "_sd"


def claim_yaml(content: Mapping[str, Any]) -> str:
    """Return a claims file with this one claim, without what only the log writes."""
    claim = _plain(content)
    return yaml.safe_dump([claim], allow_unicode=True, sort_keys=False, width=96)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(held) for name, held in value.items() if name != _LOGS_OWN}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
