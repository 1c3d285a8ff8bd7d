r"""Untrusted text made safe to show.

The text of a claim comes from strangers: it may hold terminal escapes that move the cursor,
bidirectional controls that show ``cba`` for ``abc``, characters of no width that make two ids look
alike, or a spreadsheet formula. Text is *kept* as it was given (it is hashed and signed) and made
harmless here when it is shown, by one rule for the command line and the terminal application.

What :func:`visible` replaces, each by an escape in Python's spelling (``\x1b``, ``\u202e``):

- C0 and C1 controls and DEL (terminals act on them; U+009B alone starts a control sequence);
- U+2028 and U+2029 (line ends to some programs and not to others);
- bidirectional controls (Unicode UAX #9 section 2) and every other format control;
- characters that have no width or ink of their own: soft hyphen, word joiner, byte order mark,
  tag characters, supplementary variation selectors, the Hangul fillers;
- surrogates and non-characters.

The joiners U+200C and U+200D stay where the Arabic and Indic scripts need them to spell a word:
between two letters of such a script. The backslash itself is not escaped: the result is to be
read by people, not to be turned back.
"""

import re
import unicodedata
from functools import lru_cache

_JOINING = r"\u0600-\u06ff\u0750-\u077f\u0870-\u08ff\u0900-\u0dff"
_UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    r"\ud800-\udfff\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff]"
    rf"|(?<![{_JOINING}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINING}])"
)
_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}
# The characters that start a formula, also in their full-width forms, which some programs fold
# (OWASP, CSV Injection). Leading blanks do not help: some programs trim them.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
ELLIPSIS = "…"


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if code <= 0xFF:  # noqa: PLR2004  # the three spellings of a Python escape
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  # same


def _escape_but_newline(match: re.Match[str]) -> str:
    return "\n" if match[0] == "\n" else _escape(match)


def visible(text: str, *, newline: bool = False) -> str:
    r"""Return text with everything that acts on a terminal, or hides, written out.

    >>> print(visible("red \x1b[31m, back \u202eabc"))
    red \x1b[31m, back \u202eabc

    Args:
        text: any text at all, lone surrogates included.
        newline: keep line feeds as they are; without it the result is one line.

    Returns:
        Text that encodes as UTF-8. Safe text comes back unchanged, so a second call does nothing.
    """
    return _UNSAFE.sub(_escape_but_newline if newline else _escape, text)


def spreadsheet(text: str) -> str:
    """Return a cell's text, behind an apostrophe if a spreadsheet could run it as a formula.

    For text only, never for numbers. Controls are left to :func:`visible`, quoting to the writer
    of the file.
    """
    return f"'{text}" if _FORMULA.match(text) else text


# What one hand types and another prints: quotes, dashes, letters without a decomposition, and the
# two spellings of Arabic letters on Arabic and Urdu or Persian keyboards.
_ALIKE = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\u02b9\u0060\u00b4\u2039\u203a", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58", "-"),
        "\u0131": "i",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "\u064a": "\u06cc",
        "\u0649": "\u06cc",
        "\u0643": "\u06a9",
        "\u0640": "",
    }
)
_BLANKS = re.compile(r"[^\S\x1c-\x1f]+")


def fold(text: str) -> str:
    r"""Return text as it is searched for: what only looks different is alike.

    Case, Turkish dotted and dotless i included; accents; composed, decomposed and compatible forms
    (NFKC); quotes, dashes and blanks of every kind; characters without a width of their own.

    >>> fold("  D\u00c9CISION \u2013 \u2018\u0130lan\u2019\n") == fold("de\u0301cision - 'ilan'")
    True
    """
    if not text.isascii():
        # U+00B4 would come apart into a blank and an accent: quotes go first.
        plain = unicodedata.normalize("NFKD", text.translate(_ALIKE)).casefold()
        plain = unicodedata.normalize("NFKD", plain).translate(_ALIKE)
        text = "".join(c for c in plain if not unicodedata.combining(c) and not _hides(c))
    return _BLANKS.sub(" ", text.lower().replace("`", "'")).strip(" ")


def _hides(character: str) -> bool:
    return unicodedata.category(character) == "Cf"


@lru_cache(maxsize=4096)
def _cells(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0  # drawn on the character before it
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def width(text: str) -> int:
    """Return how many terminal cells a line of :func:`visible` text takes (Unicode UAX #11).

    Characters of ambiguous width count as one, as terminals outside East Asia draw them.
    """
    return len(text) if text.isascii() else sum(map(_cells, text))


def shorten(text: str, cells: int) -> str:
    """Return one visible line of at most ``cells`` terminal cells; an ellipsis ends a cut text.

    A wide character is never halved: the line may come out one cell shorter.
    """
    line = visible(text)
    if width(line) <= cells:
        return line
    if cells < 1:
        return ""
    left = cells - 1  # the ellipsis takes one
    kept = 0
    for character in line:
        left -= _cells(character)
        if left < 0:
            break
        kept += 1
    return line[:kept] + ELLIPSIS
