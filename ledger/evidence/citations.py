r"""Captured files: which files an event cites, and whether its quotes stand in their texts.

A claim cites a file as ``evidence: {sha256, bytes, media_type}`` in one of its reports. Its
``quote`` is looked for in the files of all its reports, the ``selector`` of a report in the file of
that report; only where the file is kept and its media type is ``text/...``. Both sides are
compared in Unicode NFC with every run of white space as one blank. An ellipsis in a quote stands
for any text: the parts beside it must follow one another.

    >>> contains_quote("<p>Dealing in virtual\n assets is <b>prohibited</b>.</p>", "is prohibited")
    False
    >>> page = b"<p>Dealing in virtual\n assets is <b>prohibited</b>.</p>"
    >>> contains_quote(readable_text(page, "text/html"), "Dealing \u2026 is  prohibited")
    True
"""

import re
import unicodedata
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from html import unescape
from typing import Any

from ledger.evidence.cited_files import cited_files
from ledger.json_values import members
from ledger.log import disclosure
from ledger.log.entry import decode_entry
from ledger.progress import Progress
from ledger.store import evidence_store
from ledger.store.log_store import LogStore

# https://www.iana.org/assignments/media-types: the top-level types that are registered
MEDIA_TYPES = frozenset(
    {"application", "audio", "example", "font", "haptics", "image", "message", "model"}
    | {"multipart", "text", "video"}
)
_TEXTS_KEPT = 4  # texts in memory at a time: neighbouring claims cite the same files
_LEFT_OUT = re.compile(r"[\[(]?(?:\u2026|\.\.\.)[\])]?")
_COMMENT = "<!--"
_COMMENT_END = re.compile("-->")
_TAG = re.compile(r"<!--|<([/!?]?)([A-Za-z][A-Za-z0-9]*)[^<>]*>")
_UNSEEN = frozenset({"script", "style", "template", "noscript"})
_UNSEEN_ENDS = {name: re.compile(rf"</{name}[^<>]*>", re.IGNORECASE) for name in _UNSEEN}
# Elements that stand inside a line of text; any other element ends a word.
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "i", "mark", "q", "s", "small", "span"}
    | {"strong", "sub", "sup", "u"}
)


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that a claim quotes from its sources; ``where`` names the member that holds them."""

    where: str
    text: str
    sources: tuple[str, ...]  # hex digests of the files to look in


@dataclass(frozen=True, slots=True)
class UnfoundQuote:
    """A quote that does not stand in the files that it names as sources."""

    seq: int
    where: str
    quote: str


@dataclass(frozen=True, slots=True)
class EvidenceReport:
    """The result of checking all captured files and quotes.

    ``wrong``: files whose bytes have another hash or length. ``missing``: (seq, hash) of files
    that are cited and not kept. ``unchecked``: quotes with no kept text to look in.
    """

    stored: int
    wrong: tuple[str, ...]
    cited: int
    missing: tuple[tuple[int, str], ...]
    found: int
    unfound: tuple[UnfoundQuote, ...]
    unchecked: int

    @property
    def sound(self) -> bool:
        """Return whether every kept file has the hash and length it should."""
        return not self.wrong

    def to_value(self) -> dict[str, Any]:
        """Return JSON values, schema ``regledger/evidence-check/v1``."""
        return {
            "schema": "regledger/evidence-check/v1",
            "sound": self.sound,
            "stored": self.stored,
            "wrong": list(self.wrong),
            "cited": self.cited,
            "missing": [{"seq": seq, "sha256": digest} for seq, digest in self.missing],
            "quotes_found": self.found,
            "quotes_not_found": [members(one) for one in self.unfound],
            "quotes_unchecked": self.unchecked,
        }


def quotes(data: dict[str, Any]) -> Iterator[Quote]:
    """Yield the quotes in an event's opened data that name files as sources."""
    content = next(
        (part for part in (data.get("content"), data.get("claim")) if isinstance(part, dict)), None
    )
    reports = content.get("reports") if content else None
    if content is None or not isinstance(reports, list):
        return
    everywhere = tuple(one.sha256 for one in cited_files(reports))
    if type(content.get("quote")) is str and everywhere:
        yield Quote("quote", content["quote"], everywhere)
    for number, report in enumerate(reports, 1):
        selector = report.get("selector") if isinstance(report, dict) else None
        exact = selector.get("exact") if isinstance(selector, dict) else None
        own = tuple(one.sha256 for one in cited_files(report))
        if type(exact) is str and own:
            yield Quote(f"report {number} selector", exact, own)


def readable_text(content: bytes, media_type: str) -> str | None:
    """Return the text of a captured file as a browser shows it; None where it is not text."""
    if not media_type.startswith("text/"):
        return None
    text = content.decode("utf-8-sig", "replace")
    if media_type != "text/html":
        return text
    return _shown(text)


def contains_quote(text: str, quote: str) -> bool:
    """Return whether the words of a quote stand in a text."""
    return find_quote(plain(text), quote) is not None


def find_quote(text: str, quote: str) -> tuple[int, int] | None:
    """Return start and end of the words of a quote in a text that :func:`plain` returned."""
    start, at = -1, 0
    for part in _LEFT_OUT.split(plain(quote)):
        words = part.strip()
        found = text.find(words, at)
        if found < 0:
            return None
        if words and start < 0:
            start = found
        at = found + len(words)
    return max(start, 0), at


def plain(text: str) -> str:
    """Return a text in Unicode NFC with every run of white space as one blank."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def check_evidence(store: LogStore, *, progress: Progress | None = None) -> EvidenceReport:
    """Hash every kept file, and check the citations and quotes of every entry.

    A page of entries and a few files are in memory at a time. Raises NotVerified where an entry is
    damaged.
    """
    with store.reading() as conn:
        names = [one.sha256 for one in evidence_store.listing(conn)]
    walk = _Walk(store, set(names))
    wrong = tuple(name for name in names if not walk.is_whole(name))
    size = store.size()
    for seq, data in store.pages(0, size):
        walk.visit(seq, data)
        if progress is not None:
            progress(seq + 1, size)
    return EvidenceReport(
        stored=len(names),
        wrong=wrong,
        cited=len(walk.cited),
        missing=tuple((seq, name) for name, seq in walk.cited.items() if name not in walk.kept),
        found=walk.found,
        unfound=tuple(walk.unfound),
        unchecked=walk.unchecked,
    )


@dataclass(slots=True)
class _Walk:
    """One pass over the log. ``cited`` maps each hash to the first seq that names it."""

    store: LogStore
    kept: set[str]
    cited: dict[str, int] = field(default_factory=dict)
    found: int = 0
    unchecked: int = 0
    unfound: list[UnfoundQuote] = field(default_factory=list)
    _texts: OrderedDict[str, str | None] = field(default_factory=OrderedDict)

    def is_whole(self, name: str) -> bool:
        """Return whether a kept file has the hash and length it should."""
        with self.store.reading() as conn:
            stored = evidence_store.get(conn, name)
        return stored is None or (
            sha256(stored.content).hexdigest() == name and len(stored.content) == stored.info.length
        )

    def visit(self, seq: int, data: bytes) -> None:
        """Collect the citations of an entry, and look for its quotes."""
        if b'"evidence":' not in data and b'"_sd":' not in data:
            return
        event = decode_entry(data, at=seq).signed.event
        with self.store.reading() as conn:
            texts = self.store.disclosures(conn, disclosure.digests_in(event.data))
        opened, _ = disclosure.reveal(event.data, texts)
        for one in cited_files(opened):
            self.cited.setdefault(one.sha256, seq)
        for quote in quotes(opened):
            self._look_for(seq, quote)

    def _look_for(self, seq: int, quote: Quote) -> None:
        texts = [text for name in quote.sources if (text := self._text(name)) is not None]
        if not texts:
            self.unchecked += 1
        elif any(contains_quote(text, quote.text) for text in texts):
            self.found += 1
        else:
            self.unfound.append(UnfoundQuote(seq, quote.where, quote.text))

    def _text(self, name: str) -> str | None:
        if name not in self.kept:
            return None
        if name not in self._texts:
            with self.store.reading() as conn:
                stored = evidence_store.get(conn, name)
            text = readable_text(stored.content, stored.info.media_type) if stored else None
            self._texts[name] = text
            if len(self._texts) > _TEXTS_KEPT:
                self._texts.popitem(last=False)
            return text
        return self._texts[name]


def _shown(page: str) -> str:
    """Return the text that an HTML page shows, in one pass over it.

    ``html.parser`` takes minutes for 150 KB of unclosed tags, and pages are untrusted.
    """
    parts: list[str] = []
    at = 0
    while match := _TAG.search(page, at):
        parts.append(page[at : match.start()])
        at = match.end()
        name = (match[2] or "").lower()
        if match[0] == _COMMENT:
            at = _after(_COMMENT_END, page, at)
        elif name in _UNSEEN and not match[1]:
            at = _after(_UNSEEN_ENDS[name], page, at)
        parts.append("" if name in _INLINE else " ")
    parts.append(page[at:])
    return unescape("".join(parts))


def _after(end: re.Pattern[str], page: str, at: int) -> int:
    found = end.search(page, at)
    return found.end() if found else len(page)
