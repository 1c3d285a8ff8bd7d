"""The field types of every model, and their common base class.

All text is brought to Unicode NFC *before* its length is measured, so that what was accepted once
is accepted again when the log is replayed. NUL and lone surrogates are refused: many programs cut
text off at NUL, and a lone surrogate has no UTF-8 form and so no hash (RFC 8785 section 3.2.2.2).
Other control characters are kept; :mod:`ledger.text` makes text safe to show.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
    ValidationInfo,
)
from pydantic_core import PydanticCustomError

from ledger.domain.edtf_dates import parse
from ledger.errors import BadDate

# The validation context of a replay: what depends on the machine (its time zone database) was
# checked when the event was recorded and is not checked again.
REPLAY = {"replay": True}
MAX_INT = 2**53 - 1  # RFC 8785 3.2.2.3: beyond it JSON numbers are not exact everywhere
_SURROGATE = re.compile("[\ud800-\udfff]")
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_RETRIEVED = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?Z)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Value(BaseModel):
    """Base of every model: frozen, and without unnamed members.

    A model is built when it is first used: a command uses few of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)


def clean(value: Any) -> Any:
    """Return text in NFC, anything else as it is. Raises ValueError for NUL and lone surrogates."""
    if not isinstance(value, str) or (value.isascii() and "\0" not in value):
        return value
    if "\0" in value:
        raise ValueError("holds a NUL character")
    if _SURROGATE.search(value):
        raise ValueError("holds half of a surrogate pair, which has no UTF-8 form")
    return unicodedata.normalize("NFC", value)


def _edtf(value: str) -> str:
    try:
        parse(value)
    except BadDate as error:
        raise ValueError(f"{error.message}; {error.hint}") from error
    return value


def _day(value: Any) -> Any:
    # pydantic alone would take numbers and date-times as well: one spelling only.
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("is not a day written YYYY-MM-DD")
    if isinstance(value, str | date):
        return value
    raise ValueError("is not a day written YYYY-MM-DD")


def _stamp(value: str) -> str:
    if not _STAMP.fullmatch(value):
        raise ValueError("is not a UTC time like 2025-06-06T09:30:00.000000Z")
    return _existing(value)


def _retrieved(value: str) -> str:
    if not _RETRIEVED.fullmatch(value):
        raise ValueError("is not a day or UTC time like 2025-06-06 or 2025-06-06T09:30Z")
    return _existing(value)


def _existing(value: str) -> str:
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"is not a time that exists: {error}") from error
    return value


def _zone(value: str, info: ValidationInfo) -> str:
    if info.context is REPLAY:
        return value
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        # OSError: a directory of the zone database, such as "Asia".
        raise ValueError("is not an IANA time zone such as Asia/Karachi") from error
    return value


def _text(most: int, *, least: int = 1, pattern: str | None = None) -> Any:
    return StringConstraints(min_length=least, max_length=most, pattern=pattern)


_CLEAN = BeforeValidator(clean)

ACTIVITY = r"^[a-z0-9][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*)*$"
SLUG = r"^[a-z0-9][a-z0-9._-]{0,62}$"
BODY = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
JURISDICTION = r"^[A-Z]{2,3}(-[A-Z0-9]{1,3})*$"
PLACE_OR_ALL = r"^(\*|[A-Z]{2,3}(-[A-Z0-9]{1,3})*)$"
CLASS = r"^[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*)*$"
ADDRESSEE = r"^([a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*)*|org:[A-Za-z0-9][A-Za-z0-9._-]{0,62})$"
INSTRUMENT = r"^[A-Za-z0-9][A-Za-z0-9._:/~-]{0,127}$"
REFERENCE = r"^[A-Za-z0-9][A-Za-z0-9._:/~-]{0,139}$"
URL = r"^(https?://|urn:)\S+$"
LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
MEDIA_TYPE = r"^[a-z]+/[A-Za-z0-9][A-Za-z0-9.+_-]{0,100}$"
ORIGIN = r"^[^\s\p{C}+]+$"
BASE64 = r"^[A-Za-z0-9+/]+={0,2}$"
DIGEST = r"^[A-Za-z0-9_-]{43}$"
HEX = r"^[0-9a-f]{64}$"
UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"

Line = Annotated[str, _text(2000), _CLEAN]
Name = Annotated[str, _text(300), _CLEAN]
Prose = Annotated[str, _text(10_000), _CLEAN]
Piece = Annotated[str, _text(2000, least=0), _CLEAN]
Edtf = Annotated[str, _text(64), AfterValidator(_edtf), _CLEAN]
Day = Annotated[date, BeforeValidator(_day)]
Stamp = Annotated[str, _text(27), AfterValidator(_stamp)]
Retrieved = Annotated[str, _text(27), AfterValidator(_retrieved)]
Zone = Annotated[str, _text(64), AfterValidator(_zone)]
Slug = Annotated[str, _text(63, pattern=SLUG)]
ActivityId = Annotated[str, _text(100, pattern=ACTIVITY)]
ClassId = Annotated[str, _text(63, pattern=CLASS)]
BodyId = Annotated[str, _text(63, pattern=BODY)]
JurisdictionId = Annotated[str, _text(15, pattern=JURISDICTION)]
PlaceOrAll = Annotated[str, _text(15, pattern=PLACE_OR_ALL)]
Addressee = Annotated[str, _text(67, pattern=ADDRESSEE)]
Hex = Annotated[str, _text(64, pattern=HEX)]
EventId = Annotated[str, _text(36, pattern=UUID)]
InstrumentId = Annotated[str, _text(128, pattern=INSTRUMENT)]
Reference = Annotated[str, _text(140, pattern=REFERENCE)]
Url = Annotated[str, _text(2000, pattern=URL), _CLEAN]
Language = Annotated[str, _text(35, pattern=LANGUAGE)]
MediaType = Annotated[str, _text(127, pattern=MEDIA_TYPE)]
Origin = Annotated[str, _text(255, pattern=ORIGIN), _CLEAN]
Base64 = Annotated[str, _text(8192, pattern=BASE64)]
Digest = Annotated[str, _text(43, pattern=DIGEST)]
Count = Annotated[StrictInt, Field(ge=0, le=MAX_INT)]

# What each pattern asks for, in words, for messages.
IN_WORDS = {
    ACTIVITY: "is not an activity id: lower-case words joined by dots, such as va.exchange",
    SLUG: "is not a slug: lower-case letters, digits and . _ - (at most 63)",
    BODY: "is not a body id: letters, digits and . _ - (at most 63), such as PK.SBP",
    JURISDICTION: "is not a jurisdiction: ISO 3166 or a union's code, such as PK, PK-KP, EU",
    PLACE_OR_ALL: "is neither * nor a jurisdiction such as PK",
    CLASS: "is not an actor class: lower-case words joined by dots, such as vasp.registered",
    ADDRESSEE: "is neither an actor class such as bank nor org:<body id>",
    HEX: "is not a SHA-256 in 64 lower-case hex digits",
    UUID: "is not an event id (a UUID in lower case)",
    INSTRUMENT: "is not an instrument id: letters, digits and . _ : / ~ - without spaces",
    REFERENCE: "is neither a claim id nor instrument:<id>",
    URL: "is not an http, https or urn address",
    LANGUAGE: "is not a language tag such as en or ur",
    MEDIA_TYPE: "is not a media type such as text/html",
    ORIGIN: "is not a log name: no spaces, no plus sign, no control characters",
    BASE64: "is not base64",
    DIGEST: "is not a disclosure digest",
}


class Redactable(Value):
    """An object whose members may be withheld: their digests stand in ``_sd`` (RFC 9901)."""

    sd: tuple[Digest, ...] = Field(default=(), alias="_sd")


class Fault(NamedTuple):
    """A problem between several members; the member to look at first comes first."""

    fields: tuple[str, ...]
    message: str
    hint: str = ""


def refuse(faults: Sequence[Fault]) -> None:
    """Raise PydanticCustomError with all of these faults, if there are any."""
    if faults:
        text = "; ".join(f"{fault.fields[0]}: {fault.message}" for fault in faults)
        raise PydanticCustomError("faults", "{text}", {"text": text, "faults": tuple(faults)})
