"""Recognise a passphrase in a text that is about to be signed, without keeping the passphrase.

A passphrase typed into the wrong field would stand in the log for ever. So a signer remembers a
keyed hash (RFC 7693) of each passphrase or PIN that opened its key, and compares texts with it;
trying the key file again would cost a tenth of a second for each text.
"""

import hmac
import unicodedata
from hashlib import blake2b
from typing import Final

_LONGEST: Final = 1023  # bytes of a passphrase, as ``cryptography`` bounds it


class Passphrases:
    """The passphrases and PINs that opened one key, as keyed hashes.

    ``key`` keys the hash: 1 to 64 secret bytes that live as long as the signer.
    """

    __slots__ = ("_key", "_lengths", "_marks")

    def __init__(self, key: bytes, known: bytes | None = None) -> None:
        self._key = key
        self._marks: list[bytes] = []
        self._lengths: set[int] = set()  # in characters; most lines have none of these
        if known is not None:
            self.add(known)

    def __repr__(self) -> str:
        return f"<Passphrases {len(self._marks)}>"

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return bool(self._marks)

    def add(self, secret: bytes | str) -> None:
        """Remember one more; blanks around it do not count, as in texts."""
        text = secret if isinstance(secret, str) else secret.decode("utf-8", "surrogateescape")
        if text.strip():
            self._marks.append(self._mark(text))
            self._lengths.add(len(_plain(text)))

    def hold(self, text: str) -> bool:
        """Return whether a line of ``text`` is one of them, in any Unicode normal form."""
        return bool(self._marks) and any(map(self._known, text.splitlines()))

    def _known(self, line: str) -> bool:
        if len(line) > _LONGEST or (line.isascii() and len(line.strip()) not in self._lengths):
            return False
        mark = self._mark(line)
        return any(hmac.compare_digest(mark, one) for one in self._marks)

    def _mark(self, text: str) -> bytes:
        return blake2b(_plain(text).encode("utf-8", "surrogateescape"), key=self._key).digest()


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip())
