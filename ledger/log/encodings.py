r"""The small spellings every part of the log shares: base64, digests, times and DSSE's PAE.

====================  ==========================================================================
hex digest            64 lower-case hex digits of SHA-256
time                  ``YYYY-MM-DDTHH:MM:SS.ffffffZ``: UTC, always six digits, a day that exists
base64                RFC 4648 section 4, padded, no line breaks, pad bits zero
base64url             RFC 4648 section 5, unpadded, pad bits zero
PAE(type, body)       ``"DSSEv1" SP len(type) SP type SP len(body) SP body``; lengths in bytes, as
                      decimal ASCII (DSSE protocol, https://github.com/secure-systems-lab/dsse)
====================  ==========================================================================

Every reader here accepts one spelling: it decodes, encodes again and compares, because
``base64.b64decode`` drops junk and takes non-zero pad bits even with ``validate=True``.

Worked example::

    >>> pae("http://example.com/HelloWorld", b"hello world")
    b'DSSEv1 29 http://example.com/HelloWorld 11 hello world'
    >>> from_b64("AA=="), from_b64("AB=="), from_b64("AA")
    (b'\x00', None, None)
    >>> is_stamp("2025-07-08T09:30:00.000000Z"), is_stamp("2025-02-30T09:30:00.000000Z")
    (True, False)
"""

import re
from binascii import Error, a2b_base64, b2a_base64
from datetime import date
from functools import lru_cache

# Also used inside the longer patterns of ledger.log.entry, so that a form is spelled once.
DIGEST = r"[0-9a-f]{64}"
STAMP = r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z"
SLUG = r"[a-z0-9][a-z0-9._-]{0,62}"

_DIGEST = re.compile(DIGEST)
_STAMP = re.compile(STAMP, re.ASCII)
# Of bytes: text is translated one character at a time, which takes ten times as long.
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_TO_URL = bytes.maketrans(b"+/", b"-_")


def is_digest(text: object) -> bool:
    """Return whether ``text`` is 64 lower-case hex digits."""
    return type(text) is str and _DIGEST.fullmatch(text) is not None


def is_stamp(text: object) -> bool:
    """Return whether ``text`` is a time in the one accepted spelling, on a day that exists."""
    return type(text) is str and _STAMP.fullmatch(text) is not None and is_real_day(text)


def is_real_day(stamp: str) -> bool:
    """Return whether a text in the form of a time names a day that exists."""
    return _is_day(stamp[:10])


@lru_cache(maxsize=1024)  # most entries are of the day of the one before
def _is_day(text: str) -> bool:
    try:
        # Its own leniency is shut out by the form.
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def to_b64(data: bytes) -> str:
    """Encode as padded standard base64."""
    return b2a_base64(data, newline=False).decode("ascii")


def from_b64(text: str | bytes) -> bytes | None:
    """Decode padded standard base64; None for any spelling :func:`to_b64` would not write."""
    try:
        data = a2b_base64(text, strict_mode=True)
    except (Error, ValueError):  # ValueError: text that is not ASCII
        return None
    again = b2a_base64(data, newline=False)
    return data if again == (text.encode("ascii") if isinstance(text, str) else text) else None


def to_b64url(data: bytes) -> str:
    """Encode as unpadded base64url."""
    return _url_bytes(data).decode("ascii")


def from_b64url(text: str) -> bytes | None:
    """Decode unpadded base64url; None for any spelling :func:`to_b64url` would not write."""
    try:
        given = text.encode("ascii")
        padded = given.translate(_TO_STANDARD) + b"=" * (-len(given) % 4)
        data = a2b_base64(padded, strict_mode=True)
    except (Error, ValueError):  # ValueError: text that is not ASCII
        return None
    return data if _url_bytes(data) == given else None


def _url_bytes(data: bytes) -> bytes:
    return b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL)


def pae(payload_type: str, body: bytes) -> bytes:
    """Return DSSE's pre-authentication encoding: the bytes that a signature signs.

    Args:
        payload_type: the media type of ``body``.
        body: the payload as it stands, not its base64.
    """
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)
