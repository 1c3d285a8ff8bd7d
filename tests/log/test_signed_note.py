"""ledger.log.signed_note: verifier keys in one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadKey
from ledger.log import keys, signed_note

KNOWN = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"


def test_known_answer() -> None:
    """The key of the C2SP signed-note page is read, and spelled the same again."""
    key = signed_note.parse_vkey(KNOWN)
    assert (key.name, key.type, key.key_id.hex()) == ("example.com/foo", 1, "530d903a")
    assert str(key) == signed_note.vkey(key.name, key.type, key.public_key) == KNOWN


@pytest.mark.parametrize("key_type", [signed_note.ED25519, signed_note.COSIGNATURE_ED25519])
def test_ed25519_types(key_type: int) -> None:
    """The type is part of the key id: one key under two types has two ids."""
    raw = bytes(range(32))
    key = signed_note.parse_vkey(signed_note.vkey("log.example", key_type, raw))
    assert (key.type, key.public_key) == (key_type, raw)
    assert signed_note.key_id("log.example", 1, raw) != signed_note.key_id("log.example", 4, raw)


def test_mldsa44() -> None:
    """A post-quantum log key of 1,312 bytes goes through the same form."""
    raw = keys.generate_mldsa44().public_key().public_bytes_raw()
    assert len(raw) == 1312
    text = signed_note.vkey("log.example", signed_note.COSIGNATURE_MLDSA44, raw)
    assert signed_note.parse_vkey(text).public_key == raw


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "++",
        "example.com/foo",
        KNOWN.replace("530d903a", "530d903b"),
        KNOWN.replace("530d903a", "530D903A"),
        KNOWN.replace("530d903a", "0530d903a"),
        KNOWN.replace("530d903a", ""),
        KNOWN.replace("foo", "bar"),
        KNOWN.replace("/foo", "/ foo"),
        KNOWN.replace("+Ae", "+Ae="),
        KNOWN + "\n",
        " " + KNOWN,
        KNOWN[:-1] + "l",
        KNOWN[:-4],
        "example.com/foo+530d903a+",
        "example.com/foo+530d903a+AQ==",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ],
)
def test_refused(text: str) -> None:
    """A wrong key id, another spelling, an unknown type or a short key is refused."""
    with pytest.raises(BadKey):
        signed_note.parse_vkey(text)


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\u2028b", "a\0", "\ud800"]
)
def test_bad_names(name: str) -> None:
    """A name with white space, plus, control characters, or none, is refused."""
    with pytest.raises(BadKey):
        signed_note.vkey(name, 1, bytes(32))


def test_bad_types_and_lengths() -> None:
    """Unknown types and keys of another length are refused when written too."""
    for key_type, raw in ((2, bytes(32)), (255, bytes(32)), (1, bytes(31)), (6, bytes(32))):
        with pytest.raises(BadKey):
            signed_note.vkey("log.example", key_type, raw)


@given(st.text(max_size=60) | st.from_regex(r"[a-z]{1,5}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}"))
def test_junk(text: str) -> None:
    """Junk is refused with our error, whatever it is."""
    with pytest.raises(BadKey):
        signed_note.parse_vkey(text)
