"""Two versions of a text compared word by word, two versions of a record field by field.

Nothing is lost: the parts of a comparison, put together, give both texts back, and fields that are
the same are counted, never dropped. How long it takes is bounded whatever the texts hold: what is
too much to compare by words is compared by sentences first, and in the end shown as replaced.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

# A word with what belongs to it (2025-07-08, s.12, v1/2) and the blanks after it; else a character.
_WORD: Final = re.compile(r"\w+(?:[-/.:'\u2019]\w+)*\s*|\s+|[^\w\s]\s*")
_SENTENCE: Final = re.compile(r"[^.;:!?\n]*(?:[.;:!?\n]+\s*|$)")
_MOST_PAIRS: Final = 60_000  # equal tokens of both sides: what difflib's time grows with
_MOST_TOKENS: Final = 4_000
_ALIKE: Final = 0.3  # share of equal words below which two texts are two texts


@dataclass(frozen=True, slots=True)
class TextPart:
    """A stretch of both texts: the same in both, or ``old`` replaced by ``new``."""

    old: str
    new: str

    @property
    def same(self) -> bool:
        """Return whether it is in both texts."""
        return self.old == self.new


def word_diff(old: str, new: str) -> list[TextPart]:
    """Compare two texts. The ``old`` of all parts is the one, the ``new`` of all the other.

    >>> [(p.old, p.new) for p in word_diff("in July 2024", "in June 2024")]
    [('in ', 'in '), ('July ', 'June '), ('2024', '2024')]
    """
    if old == new:
        return [TextPart(old, new)] if old else []
    found = _compared(old, new, _WORD, _MOST_PAIRS)
    if found is None:
        found = _refined(_compared(old, new, _SENTENCE, _MOST_PAIRS) or [TextPart(old, new)])
    return _tidy(found)


def _refined(parts: Sequence[TextPart]) -> list[TextPart]:
    """Return the parts with replaced sentences compared by words, as far as time allows."""
    changed = sum(not part.same for part in parts)
    each = 4 * _MOST_PAIRS // max(1, changed)
    made: list[TextPart] = []
    for part in parts:
        inside = None if part.same else _compared(part.old, part.new, _WORD, each)
        made += [part] if inside is None else inside
    return made


def _tokens(pattern: re.Pattern[str], text: str) -> list[str]:
    return [token for token in pattern.findall(text) if token]


def _compared(
    old_text: str, new_text: str, pattern: re.Pattern[str], pairs: int
) -> list[TextPart] | None:
    """Return the parts by tokens; None where more than ``pairs`` would have to be held together."""
    old, new = _tokens(pattern, old_text), _tokens(pattern, new_text)
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    a, b = old[head : len(old) - tail], new[head : len(new) - tail]
    if not a or not b:
        inside = [TextPart("".join(a), "".join(b))]
    else:
        counts = Counter(b)
        if len(a) + len(b) > _MOST_TOKENS or sum(counts[token] for token in a) > pairs:
            return None
        matcher = SequenceMatcher(None, a, b, autojunk=False)
        inside = [
            TextPart("".join(a[i:j]), "".join(b[k:m])) for _, i, j, k, m in matcher.get_opcodes()
        ]
    before, after = "".join(old[:head]), "".join(old[len(old) - tail :])
    return [
        part
        for part in (TextPart(before, before), *inside, TextPart(after, after))
        if part != _NONE
    ]


_NONE: Final = TextPart("", "")


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many tokens both begin with."""
    for number, (a, b) in enumerate(zip(old, new, strict=False)):
        if a != b:
            return number
    return min(len(old), len(new))


def _tidy(parts: Sequence[TextPart]) -> list[TextPart]:
    """Join what is easier to read as one: equal crumbs between changes, texts hardly alike."""
    equal = sum(len(p.old) for p in parts if p.same)
    longest = max(sum(len(p.old) for p in parts), sum(len(p.new) for p in parts))
    if equal < _ALIKE * longest:
        return _joined_middle(parts)
    made: list[TextPart] = []
    for number, part in enumerate(parts):
        crumb = part.same and 0 < number < len(parts) - 1 and not re.search(r"\w", part.old)
        if made and (crumb or not part.same) and not made[-1].same:
            made[-1] = TextPart(made[-1].old + part.old, made[-1].new + part.new)
        else:
            made.append(part)
    return made


def _joined_middle(parts: Sequence[TextPart]) -> list[TextPart]:
    """Return everything between the first change and the last as one change."""
    changed = [number for number, part in enumerate(parts) if not part.same]
    if not changed:
        return list(parts)
    first, last = changed[0], changed[-1]
    middle = parts[first : last + 1]
    one = TextPart("".join(p.old for p in middle), "".join(p.new for p in middle))
    return [*parts[:first], one, *parts[last + 1 :]]


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One field of a record in both versions; None where a version does not have it."""

    path: str
    old: str | None
    new: str | None

    @property
    def same(self) -> bool:
        """Return whether both versions have it alike."""
        return self.old == self.new


_MISSING: Final = object()  # a member that is not there; null is a value


def field_diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FieldDiff]:
    """Compare two JSON objects field by field, in their order; equal fields are in the result too.

    Items of a list are matched by what they hold, so that one put in front does not make all the
    others look changed. A list of plain values is one field.
    """
    return list(_object(old, new, ""))


def _object(old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[FieldDiff]:
    for name in [*new, *(name for name in old if name not in new)]:
        inside = f"{path}.{name}" if path else name
        yield from _value(old.get(name, _MISSING), new.get(name, _MISSING), inside)


def _value(old: Any, new: Any, path: str) -> Iterator[FieldDiff]:
    if _is_object(old, new):
        yield from _object(_or(old, {}), _or(new, {}), path)
    elif _is_list(old, new):
        yield from _list(_or(old, []), _or(new, []), path)
    else:
        field = FieldDiff(path, _text(old), _text(new))
        # Two values may read alike and differ, such as true and "true".
        yield (
            FieldDiff(path, _key(old), _key(new)) if field.same and not _equal(old, new) else field
        )


def _or(value: Any, nothing: Any) -> Any:
    return nothing if value is _MISSING else value


def _equal(old: Any, new: Any) -> bool:
    """Return whether two values are one in JSON, where true is not 1."""
    return old is new or (_MISSING not in (old, new) and _key(old) == _key(new))


def _list(old: Sequence[Any], new: Sequence[Any], path: str) -> Iterator[FieldDiff]:
    a, b = [_key(item) for item in old], [_key(item) for item in new]
    for tag, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            pairs = [*zip(range(i, j), range(k, m), strict=True)]
        else:
            both = min(j - i, m - k)
            pairs = [*zip(range(i, i + both), range(k, k + both), strict=True)]
            for at in range(i + both, j):
                yield from _value(old[at], _MISSING, f"{path}[{at}]")
        for x, y in pairs:
            yield from _value(old[x], new[y], f"{path}[{y}]")
        if tag != "equal":
            for at in range(k + both, m):
                yield from _value(_MISSING, new[at], f"{path}[{at}]")


def _is_object(*values: Any) -> bool:
    return _all(dict, values) and any(v for v in values if v is not _MISSING)


def _is_list(*values: Any) -> bool:
    items = (item for v in values if isinstance(v, list) for item in v)
    return _all(list, values) and any(isinstance(item, dict | list) for item in items)


def _all(kind: type, values: Sequence[Any]) -> bool:
    given = [value for value in values if value is not _MISSING]
    return bool(given) and all(isinstance(value, kind) for value in given)


def _key(item: Any) -> str:
    return json.dumps(item, sort_keys=True, ensure_ascii=False)


def _text(value: Any) -> str | None:
    if value is _MISSING:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return _key(value)
