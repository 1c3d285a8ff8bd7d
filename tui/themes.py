"""The themes: dark, light, high contrast, and the terminal's own sixteen colours.

Colours of a status come from ``success``, ``warning``, ``error`` and ``secondary`` of a theme, so
any theme of Textual works too. Contrast of text on ``background`` is at least 7:1 in the high
contrast theme and 4.5:1 in the others (WCAG 2.2, 1.4.3 and 1.4.6).
"""

from typing import Final

from textual.theme import Theme

DARK: Final = "regledger-dark"
PLAIN: Final = "ansi-dark"  # under NO_COLOR: made for terminals that paint no backgrounds

_ROLES: Final = "primary secondary accent success warning error foreground background surface panel"


def _theme(name: str, colours: str, *, dark: bool = True) -> Theme:
    """Make a theme of ten colours, in the order of the roles."""
    roles = dict(zip(_ROLES.split(), colours.split(), strict=True))
    return Theme(name=name, dark=dark, **roles)  # type: ignore[arg-type]  # all are colours


THEMES: Final = (
    _theme(
        DARK,
        "#6ca8f0 #7fd0d8 #c9a5f5 #7ddb8c #f2c55c #ff8a80 #dde3ea #12161c #181d25 #232a35",
    ),
    _theme(
        "regledger-light",
        "#1f5fa8 #0b6a75 #6b3fa0 #1a6b2b #7a5200 #b3261e #1a1f26 #fbfbf9 #f1f2ef #e2e5e2",
        dark=False,
    ),
    _theme(
        "regledger-contrast",
        "#ffffff #00ffff #ffff00 #00ff00 #ffd700 #ff9d9d #ffffff #000000 #000000 #1c1c1c",
    ),
)
# What the theme key walks through; the palette offers all themes of Textual besides.
CYCLE: Final = (*(theme.name for theme in THEMES), PLAIN, "ansi-light")
