"""One entry of the log in words: what it says, what became of it, and what vouches for it.

Everything an event says is untrusted; it leaves this module safe to be painted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ledger import api
from ledger.text import visible
from ledger.wording import entries
from ledger.wording.entries import second, time_bounds
from ledger.wording.field_labels import claim_fields, labels, scalar
from tui.text.claim_card import card
from tui.text.styled_pieces import BLANK, Paragraph, para

LABEL: Final = 19  # cells of the column of labels
_STYLES: Final = {"counting": "good", "pending": "warn", "rejected": "bad"}
STATES: Final = {  # symbol, word and style of what became of a reviewable event
    state: (*said, _STYLES.get(state, "dim")) for state, said in entries.STATES.items()
}
_ABOUT: Final = frozenset(  # relations to what an event decides on or replaces
    {"replaces", "retracts", "the claim", "approves", "rejects", "withdraws"}
)
_REFERENCES: Final = ("claim", "supersedes", "targets")  # by ids and digests
_BESIDE: Final = "  (kept beside the log, can be erased)"


def moment(stamp: str) -> str:
    """A time of the log to the second, made harmless."""
    return visible(second(stamp))


def state_words(state: str | None) -> str:
    """Return what became of an event, as symbol and word; empty for one that is not reviewed."""
    if state is None:
        return ""
    symbol, word, _ = STATES.get(state, ("?", visible(state), ""))
    return f"{symbol} {word}"


def in_words(
    shown: api.Shown,
    found: api.EntryReport,
    before: Mapping[str, Any] | None = None,
    *,
    related: bool = False,
    hashes: bool = False,
) -> list[Paragraph]:
    """Return the whole entry: what it says first, hashes last, folded unless ``hashes``.

    ``before`` is the content that a correction replaces; ``related`` entries are told where there
    is no list of them.
    """
    return [
        *alarm(shown),
        *_head(shown, found),
        BLANK,
        *_said(shown, found, before),
        *_captured(shown, found),
        *_quotes(found),
        *_withheld(shown),
        heading("Recorded"),
        *_recorded(shown, found),
        *(para(words) for words in time_bounds(shown.bounds.to_value())),
        *(_related(found.related) if related else ()),
        BLANK,
        *_hashes(shown, found, unfolded=hashes),
    ]


def raw(shown: api.Shown) -> list[Paragraph]:
    """Return the entry as stored, as indented JSON."""
    text = json.dumps(dict(shown.entry), indent=2, ensure_ascii=False)
    lines = text.splitlines() or [""]
    lines_shown = [
        para(line.lstrip(" "), indent=len(line) - len(line.lstrip(" "))) for line in lines
    ]
    return [*alarm(shown), *lines_shown]


def alarm(shown: api.Shown) -> list[Paragraph]:
    """Return the faults of an entry, to be read before all else; nothing where it is sound."""
    if not shown.faults:
        return []
    faults = [para(f"{fault.layer}: {fault.message}", "bad", indent=2) for fault in shown.faults]
    return [para(f" {shown.alarm} ", "alarm"), *faults, BLANK]


def heading(text: str) -> Paragraph:
    """Return a heading of the application."""
    return para(text, "heading")


def _head(shown: api.Shown, found: api.EntryReport) -> Iterator[Paragraph]:
    item = shown.item
    style = STATES.get(item.state or "", ("", "", ""))[2]
    yield Paragraph(
        (
            (f"@{item.seq}  ", "heading"),
            (visible(item.type), "bold"),
            (f"  by {visible(item.actor)}", ""),
            (f"  {state_words(item.state)}" if item.state else "", style),
        )
    )
    later = [v for v in shown.versions if v.seq > item.seq]
    if later:
        words_shown = "; ".join(f"@{v.seq} {state_words(v.state)}" for v in later)
        yield _field("newer versions", words_shown, "warn")
    disputes = [one.item.seq for one in found.related if one.relation == "disputed by"]
    if disputes:
        yield _field("disputed", "! by " + ", ".join(f"@{seq}" for seq in disputes), "flag")


def _said(
    shown: api.Shown, found: api.EntryReport, before: Mapping[str, Any] | None
) -> Iterator[Paragraph]:
    """Yield the claim as a card, then the other fields of the event and what it is about."""
    stored, opened = dict(shown.entry["event"]["data"]), dict(shown.opened)
    content = _content(opened)
    if content is not None:
        name = "content" if isinstance(opened.get("content"), Mapping) else "claim"
        inside = stored.get(name)
        there = dict(claim_fields(inside if isinstance(inside, Mapping) else {}))
        beside = {label for label, _ in claim_fields(content)} - there.keys()
        yield from card(content, before, beside=beside, hashes=False)
        opened.pop(name)
    about = [one for one in found.related if one.relation in _ABOUT]
    opened = {name: value for name, value in opened.items() if name not in _REFERENCES}
    if content is not None and (opened or about):
        yield BLANK
    for one in about:
        item = one.item
        yield _field(one.relation, f"@{item.seq} {visible(entries.named(item))}")
    yield from _members(opened, stored, "")
    yield BLANK


def _content(opened: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for name in ("content", "claim"):
        if isinstance(opened.get(name), Mapping):
            found: Mapping[str, Any] = opened[name]
            return found
    return None


def _members(
    value: Mapping[str, Any], stored: Mapping[str, Any], owner: str
) -> Iterator[Paragraph]:
    for name, label in labels(value, owner).items():
        if name != "reports":
            note = "" if name in stored else _BESIDE
            yield from _value(label, value[name], note, stored.get(name))


def _value(label: str, value: Any, note: str, stored: Any) -> Iterator[Paragraph]:
    if isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        beside = stored if isinstance(stored, list) else [None] * len(value)
        for number, (one, inside) in enumerate(zip(value, beside, strict=False), 1):
            named = f"{label} {number}" if len(value) > 1 else label
            yield from _value(named, one, note, inside)
        return
    if not isinstance(value, Mapping):
        yield from _text(label, scalar(value), note)
        return
    inside = stored if isinstance(stored, Mapping) else value
    hidden = [name for name in value if name not in inside]
    parts = [f"{name.replace('_', ' ')}: {scalar(one)}" for name, one in value.items()]
    said = ", ".join(hidden)
    yield from _text(label, "\n".join(parts), f"  ({said}: beside the log)" if said else note)


def _text(label: str, text: str, note: str = "") -> Iterator[Paragraph]:
    """Yield a field, however many lines it has, and after its last a remark."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        remark = ((note, "dim"),) if note and number == len(lines) - 1 else ()
        if number == 0:
            yield Paragraph((*_label(label), (visible(line), ""), *remark))
        else:
            yield Paragraph(((visible(line), ""), *remark), indent=LABEL)


def _field(label: str, text: str, style: str = "") -> Paragraph:
    return Paragraph((*_label(label), (visible(text), style)))


def _label(label: str) -> tuple[tuple[str, str], ...]:
    safe = visible(label)[: LABEL - 1]
    return ((safe + " " * (LABEL - len(safe)), "dim"),)


def _captured(shown: api.Shown, found: api.EntryReport) -> Iterator[Paragraph]:
    """Yield which captured files a claim cites, and whether they are here."""
    cited = [one["evidence"] for one in _reports(shown) if isinstance(one.get("evidence"), Mapping)]
    if not cited:
        return
    yield heading("Captured files")
    for evidence in cited:
        digest = str(evidence.get("sha256", ""))
        if digest in found.damaged:
            kept, style = "✖ the file stored here has another hash", "bad"
        elif digest in found.kept:
            kept, style = "✔ stored here, its hash checked now", "good"
        else:
            kept, style = "not stored here", "warn"
        size = f"{evidence.get('bytes', '?')} bytes, {evidence.get('media_type', '')}"
        yield Paragraph(((visible(size), ""), (f"  {kept}", style)))
    yield BLANK


def _reports(shown: api.Shown) -> Sequence[Mapping[str, Any]]:
    return (_content(shown.opened) or {}).get("reports") or ()


def _quotes(found: api.EntryReport) -> Iterator[Paragraph]:
    for one in found.passages:
        yield heading(
            "Quote in its context" if one.where == "quote" else f"In its context: {one.where}"
        )
        yield _passage(one)
        yield BLANK


def _passage(one: api.Passage) -> Paragraph:
    if one.found is None:
        return Paragraph(((f"“{visible(one.quote)}”", ""), (f"  ({one.note})", "warn")))
    before, quoted, after = (visible(part) for part in one.found)
    ends = ("… " if before else "", " …" if after else "")
    return Paragraph(
        ((ends[0] + before, "dim"), (quoted, "match"), (after + ends[1], "dim")), indent=2
    )


def _withheld(shown: api.Shown) -> Iterator[Paragraph]:
    if not shown.withheld:
        return
    many = len(shown.withheld)
    yield heading("Withheld")
    words = "1 value is" if many == 1 else f"{many} values are"
    yield para(f"{words} not here: erased, or kept elsewhere. Their digests stay:", "warn")
    yield from (para(digest, "dim", indent=2) for digest in shown.withheld)
    yield BLANK


def _recorded(shown: api.Shown, found: api.EntryReport) -> Iterator[Paragraph]:
    """Yield when it was recorded, and whether its signature and its place hold."""
    item, signed = shown.item, found.signed
    yield _field("recorded", moment(item.recorded_at))
    yield _field("signed", moment(str(shown.entry["event"]["made_at"])))
    if signed.fault:
        yield para(f"✖ NOT GOOD: {signed.fault}", "bad")
    else:
        yield para("✔ good: checked now over these bytes, with the enrolled key", "good")
    if signed.from_seq is not None:
        until = f" to @{signed.to_seq}" if signed.to_seq is not None else ", still in force"
        yield _field("key in force", f"from @{signed.from_seq}{until}")
    if signed.compromised_since:
        late = item.recorded_at >= signed.compromised_since
        words = "this entry is later" if late else "this entry is earlier"
        words_shown = f"said to be compromised since {moment(signed.compromised_since)}: {words}"
        yield _field("", words_shown, "bad" if late else "warn")
    if found.inclusion_fault:
        yield para(f"✖ NOT PROVED: {found.inclusion_fault}", "bad")
    elif found.included is not None:
        words = (
            f"✔ its hashes lead to the root of the checkpoint of size {found.included}, checked now"
        )
        yield para(words, "good")


def _hashes(shown: api.Shown, found: api.EntryReport, *, unfolded: bool) -> Iterator[Paragraph]:
    """Yield ids, keys and hashes, or one line that they are there."""
    if not unfolded:
        yield Paragraph((("▸ hashes, keys and ids", "heading"), ("  # shows them", "dim")))
        return
    yield heading("Hashes, keys and ids")
    signed, opened = found.signed, shown.opened
    yield _field("event", shown.item.event)
    yield _field("key", f"{signed.keyid}{f' ({signed.scheme})' if signed.scheme else ''}")
    yield _field("event digest", shown.digest)
    yield _field("leaf hash", shown.leaf_hash)
    yield _field("entry before", str(shown.entry["prev"]))
    named = {name: opened[name] for name in _REFERENCES if name in opened}
    yield from _members({k: v for k, v in named.items() if v != _content(opened)}, named, "")
    for one in _reports(shown):
        if isinstance(one.get("evidence"), Mapping):
            yield _field("captured file", f"SHA-256 {one['evidence'].get('sha256', '')}")


def _related(related: Sequence[api.RelatedEntry]) -> Iterator[Paragraph]:
    if related:
        yield from (BLANK, heading("Related (enter opens the entry, and they can be followed)"))
    for one in related:
        item = one.item
        words_shown = f"@{item.seq} {item.recorded_at[:10]} by {item.actor}: {item.summary[:300]}"
        yield _field(one.relation, words_shown)
