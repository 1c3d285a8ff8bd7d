"""The themes: dark, light, high contrast, and the terminal's own sixteen colours.

Colours of a status come from ``success``, ``warning``, ``error`` and ``secondary`` of a theme, so
any theme of Textual works too. Contrast of text on ``background`` is at least 7:1 in the high
contrast theme and 4.5:1 in the others (WCAG 2.2, 1.4.3 and 1.4.6).
"""

from typing import Final

from textual.theme import Theme

DARK: Final = "regledger-dark"

THEMES: Final = (
    Theme(
        name=DARK,
        primary="#6ca8f0",
        secondary="#7fd0d8",
        accent="#c9a5f5",
        success="#7ddb8c",
        warning="#f2c55c",
        error="#ff8a80",
        foreground="#dde3ea",
        background="#12161c",
        surface="#181d25",
        panel="#232a35",
    ),
    Theme(
        name="regledger-light",
        primary="#1f5fa8",
        secondary="#0b6a75",
        accent="#6b3fa0",
        success="#1a6b2b",
        warning="#7a5200",
        error="#b3261e",
        foreground="#1a1f26",
        background="#fbfbf9",
        surface="#f1f2ef",
        panel="#e2e5e2",
        dark=False,
    ),
    Theme(
        name="regledger-contrast",
        primary="#ffffff",
        secondary="#00ffff",
        accent="#ffff00",
        success="#00ff00",
        warning="#ffd700",
        error="#ff9d9d",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#1c1c1c",
    ),
)
# What the theme key walks through; the palette offers all themes of Textual besides.
CYCLE: Final = (*(theme.name for theme in THEMES), "ansi-dark", "ansi-light")
