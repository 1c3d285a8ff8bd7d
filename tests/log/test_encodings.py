"""ledger.log.encodings: one spelling each for base64, digests and times."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.log import encodings


@given(st.binary(max_size=70))
def test_base64_round_trip(data: bytes) -> None:
    """Both alphabets agree with the standard library and read back what they wrote."""
    assert encodings.to_b64(data) == base64.b64encode(data).decode()
    assert encodings.from_b64(encodings.to_b64(data)) == data
    assert encodings.to_b64url(data) == base64.urlsafe_b64encode(data).decode().rstrip("=")
    assert encodings.from_b64url(encodings.to_b64url(data)) == data


@given(st.text(alphabet="AB/+-_= \n\té9", max_size=12))
def test_base64_has_one_spelling(text: str) -> None:
    """Whatever is accepted is spelled exactly as the writer would."""
    data = encodings.from_b64(text)
    assert data is None or encodings.to_b64(data) == text
    data = encodings.from_b64url(text)
    assert data is None or encodings.to_b64url(data) == text


@pytest.mark.parametrize(
    "text", ["AB==", "AAB=", "AA", "AA=", "AA===", "A A=", "AA==\n", "=", "AAA=AAA=", "A", "Aé=="]
)
def test_base64_junk(text: str) -> None:
    """Pad bits, missing pads, white space and joined texts are refused, not repaired."""
    assert encodings.from_b64(text) is None


@pytest.mark.parametrize("text", ["AB", "AA==", "A", "+/+/", "AA\n", "é"])
def test_base64url_junk(text: str) -> None:
    """The URL alphabet takes no pads, no standard alphabet and no loose bits."""
    assert encodings.from_b64url(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "2025-07-08T09:30:00Z",
        "2025-07-08T09:30:00.123Z",
        "2025-07-08T09:30:00.1234567Z",
        "2025-07-08T09:30:00.000000",
        "2025-07-08T09:30:00.000000+00:00",
        "2025-07-08 09:30:00.000000Z",
        "2025-07-08t09:30:00.000000z",
        "2025-07-08T24:00:00.000000Z",
        "2025-07-08T23:60:00.000000Z",
        "2016-12-31T23:59:60.000000Z",
        "2025-02-29T00:00:00.000000Z",
        "2025-13-01T00:00:00.000000Z",
        "0000-01-01T00:00:00.000000Z",
        "٢025-07-08T09:30:00.000000Z",
        "2025-07-08T09:30:00.000000Z\n",
        20250708,
        None,
    ],
)
def test_not_a_time(text: object) -> None:
    """Any other spelling of a time, and any day that does not exist, is refused."""
    assert not encodings.is_stamp(text)


def test_times() -> None:
    """Six digits and Z are accepted, leap days included."""
    assert encodings.is_stamp("2024-02-29T23:59:59.999999Z")


def test_digest_and_slug() -> None:
    """Upper case, other lengths and a last line feed are refused."""
    assert encodings.is_digest("0f" * 32)
    assert not any(
        encodings.is_digest(t) for t in ("0F" * 32, "0f" * 31, "0f" * 32 + "\n", b"0f" * 32)
    )
    assert re.fullmatch(encodings.SLUG, "sana.r-2_x")
    assert not any(
        re.fullmatch(encodings.SLUG, t) for t in ("", "Sana", "-a", "a" * 64, "a b", "a\n")
    )


def test_pae_counts_bytes() -> None:
    """Lengths in PAE are those of the UTF-8 bytes, not of the characters."""
    assert encodings.pae("é", "ü".encode()) == "DSSEv1 2 é 2 ü".encode()
