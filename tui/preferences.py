"""The user's settings, and what the application remembers of its user.

``settings.toml`` in the configuration directory is written by people::

    theme = "regledger-light"
    actor = "bank"
    view = "normative"

``tui.json`` in the state directory is written by us: for each ledger the size that was last seen on
the board, and the saved views. A file that cannot be read counts as none, and is reported.
"""

import json
import tomllib
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Self, cast, get_args

from ledger import files
from ledger.domain.resolve.status_values import View
from ledger.errors import NotCanonical
from ledger.log import canonical
from tui.query_context import ANY, QueryContext

SETTINGS: Final = "settings.toml"
STATE: Final = "tui.json"
_MEMBERS: Final = ("theme", "actor", "view")


@dataclass(frozen=True, slots=True)
class UserSettings:
    """The content of the settings file."""

    theme: str | None = None
    actor: str = ANY
    view: View = "prudential"
    problems: tuple[str, ...] = ()


def read_settings(directory: Path) -> UserSettings:
    """Read the settings file. Nothing is raised: a wrong file must not stop the application."""
    file = directory / SETTINGS
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return UserSettings()
    except (OSError, ValueError, RecursionError) as error:
        return UserSettings(problems=(f"{file}: {error}",))
    problems = [f"{file}: there is no setting {name!r}" for name in content if name not in _MEMBERS]
    wrong = [name for name in _MEMBERS if not isinstance(content.get(name, ""), str)]
    problems += [f"{file}: {name} is not a text" for name in wrong]
    view = content.get("view", "prudential")
    if view not in get_args(View):
        problems.append(f"{file}: view is prudential or normative")
        view = "prudential"
    theme, actor = (content.get(n) if n not in wrong else None for n in ("theme", "actor"))
    return UserSettings(theme, actor or ANY, cast("View", view), tuple(problems))


@dataclass(slots=True)
class UserMemory:
    """Values remembered between runs; every change is written at once, as a whole."""

    file: Path
    seen: dict[str, str] = field(default_factory=dict)  # ledger id -> ``D@K`` last looked at
    views: dict[str, dict[str, Any]] = field(default_factory=dict)  # name -> QueryContext as JSON
    theme: str | None = None

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Read the memory of a directory, an empty one where there is none to be read."""
        memory = cls(directory / STATE)
        wrong = (OSError, NotCanonical, ValueError, TypeError, AttributeError, LookupError)
        with suppress(*wrong):
            content: Any = canonical.read(memory.file.read_bytes())
            theme = content.get("theme")
            memory.theme = theme if isinstance(theme, str) else None
            memory.seen = {str(k): str(v) for k, v in content["seen"].items()}
            memory.views = {str(k): dict(v) for k, v in content["views"].items()}
        return memory

    def remember_point(self, ledger: str, point: str) -> None:
        """Remember the point that a ledger's board was last looked at."""
        self.seen[ledger] = point
        self._write()

    def save_view(self, name: str, context: QueryContext) -> None:
        """Keep a context under a name."""
        self.views[name] = asdict(context)
        self._write()

    def saved(self, name: str) -> QueryContext | None:
        """Return the context kept under a name; None where there is no usable one."""
        with suppress(KeyError, TypeError):
            return QueryContext(**self.views[name])
        return None

    def forget_view(self, name: str) -> None:
        """Forget a saved view."""
        self.views.pop(name, None)
        self._write()

    def keep_theme(self, theme: str) -> None:
        """Remember the theme that was chosen."""
        self.theme = theme
        self._write()

    def _write(self) -> None:
        # Not worth a word if it fails (a read-only home): only comfort is lost.
        with suppress(OSError):
            value = {"seen": self.seen, "views": self.views, "theme": self.theme}
            files.replace_file(self.file, json.dumps(value).encode(), mode=0o600)
