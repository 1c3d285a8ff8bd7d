"""A ledger full of words that try to harm the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ledger import open_ledger
from ledger.clock import SimulatedClock
from tests.books import Desk, norm, open_desk
from tests.tui.conftest import NOW
from tui.app import RegledgerApp
from tui.app_config import AppConfig

ESC = "a\x1b[31mred\x1b[2Jb"
OSC = "a\x1b]52;c;ZXZpbA==\x07b\x1b]8;;http://evil\x1b\\c"
C1 = "a\x9b31mred\x85b"
BIDI = "a\u202eevil\u2066b"
MARKUP = "[/foo] [bold]x[/bold] [@click=app.quit]y[/] [link=http://evil]z[/link]"
LONG = "w" * 2000  # the most a line holds; prose holds 10,000
COMBINING = "e" + "\u0301" * 300 + " zalgo"
URDU = "ورچوئل اثاثوں کا لین دین ممنوع ہے"
CJK = "虚拟资产交易被禁止" * 20
NASTY = (ESC, OSC, C1, BIDI, MARKUP, LONG, COMBINING, URDU, CJK)


@dataclass
class Hostile:
    """The ledger and how to start an application over it."""

    desk: Desk
    launch: AppConfig


def hostile(folder: Path) -> Hostile:
    """Claims that carry each of ``NASTY`` in statement, quote, note and source; one waits.

    Each has the key ``n<index>``, is about PK va.exchange, and all but the last are approved.
    """
    path = folder / "hostile.db"
    desk = open_desk(path)
    for n, text in enumerate(NASTY):
        report = {"url": "https://example.org/a", "publisher": text[:300], "title": text[:300]}
        claim = norm(
            key=f"n{n}",
            activity="va.exchange",
            statement=text,
            quote=text if text is not LONG else "w" * 10_000,
            note=text,
            reports=[report],
        )
        desk.later(hours=1)
        (desk.enter if n + 1 < len(NASTY) else desk.record)(claim)
    launch = AppConfig(
        name="hostile.db",
        open=lambda: open_ledger(str(path), clock=SimulatedClock(NOW)),
        keys=lambda: tuple(desk.signers),
        signer=lambda actor, _secret: desk.signers[actor],
        config_directory=folder / "config",
        state_directory=folder / "state",
        exports=folder / "exports",
    )
    return Hostile(desk, launch)


def harmless(app: RegledgerApp) -> str:
    """Return the text of the screen; fails if a character on it could act on a terminal.

    Every strip of the screen as it goes to the terminal is looked at, style controls of Textual's
    own excepted: these are not part of a segment's text.
    """
    seen = []
    width = app.size.width
    for strip in app.screen._compositor.render_strips():
        text = "".join(segment.text for segment in strip if not segment.control)
        acting = [c for c in text if ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F or c in "\u202e\u2066"]
        assert not acting, (acting, text)
        assert strip.cell_length <= width
        seen.append(text)
    return "\n".join(seen)
