"""Waiting for the application to come to rest: by what is left to do, never by the clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from textual._callback import invoke
from textual._compositor import Compositor
from textual.timer import Timer

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen

_draw: Final = Compositor.render_update
LIMIT_S: Final = 120  # for what never comes to rest; nothing waits for it otherwise
SHORT_S: Final = 2  # a shorter timer is a pause before something is done; a toast stays longer


async def quiet(*_: object) -> bool:
    """Wait until no task can go on: each waits for a thread, for a timer, or to be called.

    Takes the place of what Textual's pilot does after a key press, which is to sleep until the
    process has used little processor time for a while.
    """
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]  # what could go on
    calm = 0
    while calm < 2:
        await asyncio.sleep(0)
        calm = 0 if ready else calm + 1
    return True


def drawn_at_rest(compositor: Compositor, *, full: bool = False, **more: Any) -> object:
    """Leave what has changed on a screen to be drawn once, when all is at rest.

    Takes the place of ``Compositor.render_update``. Without a terminal what it draws is thrown
    away, and an application that opens draws itself ten times. Pictures are drawn in full.
    """
    return _draw(compositor, full, **more) if full else None


async def turns(number: int) -> None:
    """Let the event loop turn so many times: the same point in the work of an app, every time."""
    for _ in range(number):
        await asyncio.sleep(0)


async def at_rest(app: App[Any]) -> None:
    """Wait until everything asked for is answered and painted.

    Pauses after typing or moving are cut short: they end as soon as nothing else is left to do.
    """
    end = time.monotonic() + LIMIT_S
    while app._running and app._exception is None:
        await quiet()
        threads = [w._task for w in app.workers if w._task is not None and not w.is_finished]
        timers = list(_pauses(app))
        unpainted = _unpainted(app)
        if threads:
            left = end - time.monotonic()
            await asyncio.wait(threads, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        elif _thinking():
            await asyncio.sleep(0.001)  # nothing says when a thread that was given up has ended
        elif timers:
            await _ring(timers[0])
        elif unpainted:
            for screen in unpainted:
                screen._on_timer_update()
        elif app.animator._animations or app.animator._scheduled:
            await app.animator.wait_until_complete()
        else:
            with app.screen._context():
                _draw(app.screen._compositor, screen_stack=app._background_screens)
            return
        assert time.monotonic() < end, f"no rest: {app.workers} {timers} {unpainted}"


def _thinking() -> bool:
    """Return whether a thread still works, perhaps for a worker that was cancelled."""
    pool = asyncio.get_running_loop()._default_executor  # type: ignore[attr-defined]
    return pool is not None and pool._idle_semaphore._value < len(pool._threads)


def _pauses(app: App[Any]) -> Iterator[Timer]:
    """Yield the timers that will do something once, and soon, in the order they are due."""
    pumps = (app, *app._registry)
    found = [timer for pump in pumps for timer in pump._timers if _is_pause(timer)]
    yield from sorted(found, key=lambda timer: timer._interval)


def _is_pause(timer: Timer) -> bool:
    waiting = timer._task is not None and not timer._task.done()
    return waiting and timer._repeat == 0 and timer._interval < SHORT_S


async def _ring(timer: Timer) -> None:
    """Let a timer do now what it would do when its time has passed."""
    timer.stop()
    assert timer._callback is not None
    with timer.target._context():  # type: ignore[attr-defined]  # a message pump
        await invoke(timer._callback)


def _unpainted(app: App[Any]) -> list[Screen[Any]]:
    """Return the screens that will be painted at the next of their sixty turns a second."""
    screens = (*app._background_screens, *app._screen_stack[-1:])
    return [screen for screen in screens if _is_due(screen._update_timer)]


def _is_due(painting: Timer) -> bool:
    return painting._active.is_set()
