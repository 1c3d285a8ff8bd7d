"""Values that may have to be erased: RFC 9901 Disclosures (the format behind SD-JWT).

A redactable member ``name: value`` of an object leaves the event and becomes

* a **text** = base64url of the JSON array ``[salt, name, value]`` (section 4.2.1), kept beside the
  log and deletable; ``salt`` is base64url of at least 128 random bits, so that a deleted value
  cannot be guessed from what stays;
* a **digest** = base64url of SHA-256 of the text's ASCII bytes (section 4.2.3), which stays in the
  signed event as an element of the object's ``_sd`` array, sorted, without duplicates.

base64url is unpadded. The array is canonical JSON, without white space; a text of another
writer, with white space, is read as well, since the text is hashed as it stands. Only members of
objects are disclosed, never array elements (section 4.2.2). A value inside a disclosed value may
itself be disclosed (section 4.2.6).

Worked example (the array of section 4.2.1, with a space after each comma)::

    >>> text = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    >>> parse(text)
    ('_26bc4LT-ac6q2KI6cBW5es', 'family_name', 'Möbius')
    >>> digest_of(text)
    'X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0'
    >>> data, made = conceal({"a": 1, "note": "x"}, [("note",)], salts=lambda: bytes(16))
    >>> data
    {'a': 1, '_sd': ['HJOaUMaZILSC8c8RnGhjxd2As1smbkxHjF-BYCd18mE']}
    >>> made[0].text
    'WyJBQUFBQUFBQUFBQUFBQUFBQUFBQUFBIiwibm90ZSIsIngiXQ'
    >>> reveal(data, {made[0].digest: made[0].text})
    ({'a': 1, 'note': 'x'}, [])
    >>> reveal(data, {})
    ({'a': 1}, ['HJOaUMaZILSC8c8RnGhjxd2As1smbkxHjF-BYCd18mE'])
"""

import re
from bisect import insort
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, NamedTuple

from ledger.errors import BadDisclosure, InputError, NotCanonical
from ledger.log import canonical
from ledger.log.canonical import MAX_DEPTH, JsonValue
from ledger.log.encodings import from_b64url, to_b64url

DIGESTS: Final = "_sd"
EACH: Final = "*"
MIN_SALT_BYTES: Final = 16

_DIGEST = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes
_CONTAINERS = (dict, list)
# Disclosures inside disclosures may nest without end, data of an event may not.
_TOO_DEEP: Final = f"nested more than {MAX_DEPTH} deep"


class Disclosure(NamedTuple):
    """One concealed value: ``text`` may be deleted, ``digest`` stays in the log."""

    digest: str
    text: str


def digest_of(text: str) -> str:
    """Return the unpadded base64url of SHA-256 of the text's ASCII bytes.

    Raises:
        BadDisclosure: the text is not ASCII.
    """
    if not text.isascii():
        raise BadDisclosure("a disclosure is ASCII text")
    return to_b64url(sha256(text.encode("ascii")).digest())


def conceal(
    data: dict[str, Any], paths: Iterable[tuple[str, ...]], *, salts: Callable[[], bytes]
) -> tuple[dict[str, Any], list[Disclosure]]:
    """Replace the members at ``paths`` by digests.

    Args:
        data: an event's data; it is not changed.
        paths: each a way of member names, ``"*"`` for every element of an array, to the member to
            conceal: ``("claim", "speakers", "*", "person")``. What is not there is skipped.
        salts: gives a fresh salt of at least 16 random bytes at each call.

    Returns:
        The data with ``_sd`` arrays, and the disclosures in the order in which they were made.

    Raises:
        InputError: a short salt, a value outside canonical JSON, data that has ``_sd`` already, or
            a path that ends in an array element.
    """
    concealed = _copy(data)
    return concealed, conceal_within(concealed, paths, salts=salts)


def conceal_within(
    data: dict[str, Any], paths: Iterable[tuple[str, ...]], *, salts: Callable[[], bytes]
) -> list[Disclosure]:
    """Do as :func:`conceal` in data that the caller gives up: they are changed, and not copied.

    The caller knows that they have no ``_sd``. Raises InputError as :func:`conceal` does otherwise.
    """
    made: list[Disclosure] = []
    for way, names in _ways(tuple(paths)):
        holders = _holders(data, way)
        for name in names if holders else ():
            made.extend([_take(holder, name, salts()) for holder in holders if name in holder])
    return made


def reveal(data: dict[str, Any], texts: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Put disclosed values back; the inverse of :func:`conceal` where all texts are given.

    Args:
        data: an event's data with ``_sd`` arrays; it is not changed.
        texts: digest to text; it may hold more than are needed.

    Returns:
        The data without any ``_sd``, and the digests no text was given for, in order.

    Raises:
        BadDisclosure: a malformed ``_sd``, a digest that occurs twice, a text that has not its
            digest, or one that names a member that is already there.
    """
    opening = _Opening(texts)
    opened = opening.value(data, 0)
    return opened, opening.withheld


def named_in(data: JsonValue, texts: Mapping[str, str]) -> tuple[set[str], list[str]]:
    """Return every digest that the data or the texts name, and those no text was given for.

    Raises:
        BadDisclosure: as :func:`reveal` does.
    """
    opening = _Opening(texts)
    opening.visit(data, 0)
    return opening.named, opening.withheld


def digests_in(data: JsonValue) -> list[str]:
    """Return all digests that stand openly in ``data``, in order.

    Raises:
        BadDisclosure: a malformed ``_sd``, or a digest that occurs twice.
    """
    opening = _Opening({})
    opening.visit(data, 0)
    return opening.withheld


def parse(text: str) -> tuple[str, str, JsonValue]:
    """Read a disclosure text: ``(salt, name, value)``.

    Raises:
        BadDisclosure: not unpadded base64url of such an array, or a value outside the limits of
            canonical JSON (white space and escapes are free).
    """
    raw = from_b64url(text)
    if raw is None:
        raise BadDisclosure("a disclosure is unpadded base64url")
    match _read(raw):
        case [str(salt), str(name), value] if name not in (DIGESTS, "..."):
            return salt, name, value
    raise BadDisclosure("a disclosure is a JSON array of salt, name and value")


def _read(raw: bytes) -> JsonValue:
    try:
        return canonical.decode(raw)  # as this program writes it, and much faster
    except NotCanonical:
        pass
    try:
        parts = canonical.read(raw)
        canonical.encode(parts)
    except (NotCanonical, InputError) as error:
        raise BadDisclosure(f"a disclosure that cannot be read: {error}") from None
    return parts


@lru_cache(maxsize=64)
def _ways(
    paths: tuple[tuple[str, ...], ...],
) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Return each way with the names of the members at its end.

    Deeper paths come first: a value inside a concealed value is then concealed inside it.
    """
    for path in paths:
        if path[-1] in (EACH, DIGESTS):
            raise InputError(f"{'.'.join(path)} is not the name of a member to conceal")
    names: dict[tuple[str, ...], list[str]] = {}
    for path in sorted(paths, key=len, reverse=True):
        names.setdefault(path[:-1], []).append(path[-1])
    return tuple((way, tuple(ends)) for way, ends in names.items())


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        if DIGESTS in value:
            raise InputError(f"{DIGESTS} is reserved for digests")
        copied = dict(value)
        for name, member in value.items():
            if type(member) is not str:
                copied[name] = _copy(member)
        return copied
    if isinstance(value, list | tuple):
        return [v if type(v) is str else _copy(v) for v in value]
    return value


def _holders(value: Any, way: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the objects that ``way`` leads to from ``value``; none where it breaks off."""
    found = [value]
    for step in way:
        if step == EACH:
            found = [item for v in found if isinstance(v, list) for item in v]
        else:
            found = [v[step] for v in found if isinstance(v, dict) and step in v]
    return [v for v in found if isinstance(v, dict)]


def _take(holder: dict[str, Any], name: str, salt: bytes) -> Disclosure:
    if len(salt) < MIN_SALT_BYTES:
        raise InputError(f"a salt has at least {MIN_SALT_BYTES} bytes")
    text = to_b64url(canonical.encode([to_b64url(salt), name, holder[name]]))
    del holder[name]
    disclosure = Disclosure(digest_of(text), text)
    # In order, which does not show which member was which (section 4.2.4.1).
    insort(holder.setdefault(DIGESTS, []), disclosure.digest)
    return disclosure


class _Opening:
    """One walk through data, putting back what there is a text for (section 7.1)."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self.named: set[str] = set()
        self.withheld: list[str] = []

    def value(self, value: Any, depth: int) -> Any:
        """Return ``value`` opened; ``depth`` objects and arrays stand around it."""
        if not isinstance(value, _CONTAINERS):
            return value
        if depth >= MAX_DEPTH:
            raise BadDisclosure(_TOO_DEEP)
        depth += 1
        if isinstance(value, list):
            return [self.value(v, depth) if isinstance(v, _CONTAINERS) else v for v in value]
        opened = {
            n: self.value(v, depth) if isinstance(v, _CONTAINERS) else v
            for n, v in value.items()
            if n != DIGESTS
        }
        for name, inner in self._disclosed(value, opened) if DIGESTS in value else ():
            opened[name] = self.value(inner, depth)
        return opened

    def visit(self, value: Any, depth: int) -> None:
        """Walk through ``value`` as :meth:`value` does, and put nothing back."""
        if not isinstance(value, _CONTAINERS):
            return
        if depth >= MAX_DEPTH:
            raise BadDisclosure(_TOO_DEEP)
        depth += 1
        if isinstance(value, list):
            for one in value:
                if isinstance(one, _CONTAINERS):
                    self.visit(one, depth)
            return
        for name, member in value.items():
            if type(member) is not str and isinstance(member, _CONTAINERS) and name != DIGESTS:
                self.visit(member, depth)
        if DIGESTS in value:
            names = set(value)
            for name, inner in self._disclosed(value, names):
                names.add(name)
                self.visit(inner, depth)

    def _disclosed(self, holder: dict[str, Any], there: Collection[str]) -> Iterator[Any]:
        """Yield (name, value) of each member disclosed; ``there`` are the names that it has."""
        for digest in self._digests(holder):
            text = self._texts.get(digest)
            if text is None:
                self.withheld.append(digest)
                continue
            if digest_of(text) != digest:
                raise BadDisclosure(f"the text given for {digest} has another digest")
            _, name, inner = parse(text)
            if name in there:
                raise BadDisclosure(f"{digest} discloses {name}, which is there already")
            yield name, inner

    def _digests(self, holder: dict[str, Any]) -> list[str]:
        digests = holder[DIGESTS]
        if not isinstance(digests, list) or not digests:
            raise BadDisclosure(f"{DIGESTS} is not an array of digests")
        for digest in digests:
            if type(digest) is not str or not _DIGEST.fullmatch(digest):
                raise BadDisclosure(f"{digest!r} is not a digest")
            if digest in self.named:
                raise BadDisclosure(f"digest {digest} occurs twice")
            self.named.add(digest)
        if digests != sorted(digests):
            raise BadDisclosure(f"{DIGESTS} is not sorted")
        return digests
