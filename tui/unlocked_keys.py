"""Opened keys, kept for a while so that a passphrase is asked for once, and never kept itself.

:class:`UnlockedKeys` holds signers by actor. It forgets all of them after :data:`IDLE_S` seconds
without a key press, and when told to.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from ledger import api
from ledger.errors import BadKey, RegledgerError
from tui.app_config import AppConfig

IDLE_S: Final = 300.0  # seconds without a key press after which the keys are forgotten


class Secret:
    """A passphrase on its way to the key it opens. Nothing that prints it shows it."""

    __slots__ = ("_held",)

    def __init__(self, typed: str) -> None:
        self._held = typed.encode("utf-8", "surrogatepass")

    def __repr__(self) -> str:
        return "<Secret>"

    def __bool__(self) -> bool:
        return bool(self._held)

    def take(self) -> bytes:
        """Return it, and forget it."""
        held, self._held = self._held, b""
        return held


class UnlockedKeys:
    """Opened keys by actor, until no key was pressed for ``idle_s`` seconds of ``clock``."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, idle_s: float = IDLE_S
    ) -> None:
        self._clock = clock
        self._idle_s = idle_s
        self._held: dict[str, api.Signer] = {}
        self._last = clock()

    def __repr__(self) -> str:
        return f"<UnlockedKeys {len(self._held)} keys>"

    def get(self, actor: str) -> api.Signer | None:
        """Return the open key of an actor; None where it has to be opened."""
        self.expire()
        return self._held.get(actor)

    def put(self, actor: str, signer: api.Signer) -> None:
        """Keep an opened key."""
        self.expire()
        self._held[actor] = signer
        self._last = self._clock()

    def touch(self) -> None:
        """Count the idle time from now on, unless it is over already."""
        self.expire()
        self._last = self._clock()

    def expire(self) -> bool:
        """Forget the keys once the idle time is over; True where some were held."""
        if self._held and self._clock() - self._last >= self._idle_s:
            return self.lock()
        return False

    def lock(self) -> bool:
        """Forget all keys now; True where some were held."""
        held = bool(self._held)
        self._held.clear()
        return held


def open_key(config: AppConfig, actor: str, secret: Secret | None) -> api.Signer:
    """Open the key of an actor; ``secret`` is used up.

    Raises:
        WrongPassphrase: it needs one, or another one.
        BadKey: there is no key, or none that can be used.
    """
    if config.signer is None:
        raise BadKey("nothing can be signed here", hint="start with keys at hand")
    try:
        return config.signer(actor, secret.take() if secret is not None else None)
    except RegledgerError:
        raise
    except Exception as error:  # noqa: BLE001  # a trace of it would show the passphrase as a local
        raise BadKey(f"the key of {actor} cannot be opened ({type(error).__name__})") from None
