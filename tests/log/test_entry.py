"""ledger.log.entry: events and entries in one spelling, and DSSE as others read it."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer._key import SSlibKey

from ledger.errors import BadEntry, BadKey, BadSignature, InputError, NotCanonical
from ledger.log import canonical
from ledger.log.encodings import pae
from ledger.log.entry import (
    MAX_ENTRY_BYTES,
    ZERO,
    Entry,
    Event,
    Signature,
    SignedEvent,
    check_signature,
    decode_entry,
    event_digest,
    make_entry,
    sign_event,
    to_dsse,
)
from ledger.log.keys import KeySigner

STAMP = "2025-07-08T09:30:00.000000Z"
ID = "0197e2f0-0000-7000-8000-000000000001"


def spelled(value: Any) -> bytes:
    """Return canonical JSON by the standard library alone (names here are ASCII)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def as_value(entry: Entry) -> dict[str, Any]:
    """Return the entry as parsed JSON."""
    value: dict[str, Any] = json.loads(entry.data)
    return value


def test_bytes_are_as_specified(entry: Entry, signed: SignedEvent) -> None:
    """Entry, event, digest and leaf hash equal what the standard library makes of the table."""
    value = as_value(entry)
    assert set(value) == {"event", "format", "prev", "recorded_at", "seq", "signatures"}
    assert set(value["event"]) == {"actor", "data", "id", "ledger", "made_at", "type", "version"}
    assert entry.data == spelled(value) == canonical.encode(value)
    assert signed.payload == spelled(value["event"])
    assert signed.digest == sha256(spelled(value["event"])).hexdigest()
    assert entry.leaf_hash == sha256(b"\0" + entry.data).digest()
    assert value["format"] == 1


def test_round_trip(entry: Entry) -> None:
    """Reading gives back the same entry and the exact bytes that were signed."""
    again = decode_entry(entry.data)
    assert again == entry
    assert again.signed.payload == again.signed.event.encode()
    assert Event.from_value(json.loads(again.signed.payload)) == entry.signed.event


TEXT = st.text(alphabet='aé"\\,{}:id\u2028\n', max_size=12)


@given(
    st.dictionaries(
        st.sampled_from(["id", "event", "format", "x_1"]),
        TEXT | st.lists(TEXT | st.integers(-9, 9), max_size=3) | st.just({"id": ',"id":"'}),
        max_size=4,
    ),
    st.integers(0, canonical.MAX_INT),
)
def test_round_trip_of_any_data(data: dict[str, Any], seq: int) -> None:
    """Text that looks like the rest of an entry does not mislead the reader."""
    event = Event("sana", data, ID, ZERO, STAMP, "claim.recorded", 1)
    signed = SignedEvent(event, event.encode(), Signature("ab" * 32, b"sig"))
    entry = make_entry(signed, seq=seq, prev=ZERO, recorded_at=STAMP)
    again = decode_entry(entry.data)
    assert again == entry
    assert again.signed.payload == event.encode()
    assert entry.data == canonical.encode(json.loads(entry.data))


def changed(entry: Entry, path: tuple[str | int, ...], value: Any) -> bytes:
    """Return the entry with one member set (or with ``...`` removed), spelled canonically."""
    whole = as_value(entry)
    spot: Any = whole
    for step in path[:-1]:
        spot = spot[step]
    if value is ...:
        del spot[path[-1]]
    else:
        spot[path[-1]] = value
    return spelled(whole)


SIG = ("signatures", 0, "sig")
BAD_MEMBERS: dict[str, tuple[tuple[str | int, ...], Any, str]] = {
    "format_2": (("format",), 2, "format 2"),
    "format_true": (("format",), True, "format True"),
    "format_text": (("format",), "1", "format '1'"),
    "no_format": (("format",), ..., "missing: format"),
    "extra_member": (("hint",), 1, "unknown member: hint"),
    "seq_negative": (("seq",), -1, "seq -1"),
    "seq_text": (("seq",), "0", "seq '0'"),
    "seq_true": (("seq",), True, "seq True"),
    "seq_null": (("seq",), None, "seq None"),
    "prev_upper": (("prev",), "A" * 64, "prev"),
    "prev_short": (("prev",), "0" * 63, "prev"),
    "prev_null": (("prev",), None, "prev"),
    "recorded_at_no_micros": (("recorded_at",), "2025-07-08T09:30:00Z", "recorded_at"),
    "recorded_at_no_day": (("recorded_at",), "2025-02-30T09:30:00.000000Z", "recorded_at"),
    "recorded_at_not_ascii": (("recorded_at",), "２025-07-08T09:30:00.000000Z", "recorded_at"),
    "signatures_none": (("signatures",), [], "array of one"),
    "signatures_object": (("signatures",), {}, "array of one"),
    "signature_text": (("signatures", 0), "x", "not an object"),
    "signature_extra": (("signatures", 0, "cert"), "x", "unknown member: cert"),
    "keyid_short": (("signatures", 0, "keyid"), "ab", "keyid"),
    "keyid_missing": (("signatures", 0, "keyid"), ..., "missing: keyid"),
    "sig_empty": (SIG, "", "sig"),
    "sig_number": (SIG, 1, "sig"),
    "sig_unpadded": (SIG, "AA", "sig"),
    "sig_pad_bits": (SIG, "AB==", "sig"),
    "sig_white_space": (SIG, "AA==\n", "sig"),
    "sig_url_alphabet": (SIG, "_-8=", "sig"),
    "sig_not_ascii": (SIG, "é", "sig"),
    "event_null": (("event",), None, "event is not an object"),
    "event_extra": (("event", "x"), 1, "unknown member: x"),
    "event_short": (("event", "actor"), ..., "missing: actor"),
    "actor_upper": (("event", "actor"), "Sana", "actor"),
    "actor_number": (("event", "actor"), 1, "actor"),
    "data_array": (("event", "data"), [], "data is not an object"),
    "id_upper": (("event", "id"), ID.replace("e", "E"), "id"),
    "id_version_4": (("event", "id"), ID.replace("-7", "-4"), "id"),
    "id_variant": (("event", "id"), ID.replace("-8000", "-c000"), "id"),
    "ledger_short": (("event", "ledger"), "00", "ledger"),
    "made_at_offset": (("event", "made_at"), "2025-07-08T09:30:00.000000+00:00", "made_at"),
    "made_at_no_day": (("event", "made_at"), "2025-04-31T09:30:00.000000Z", "made_at"),
    "type_one_word": (("event", "type"), "claim", "type"),
    "type_upper": (("event", "type"), "Claim.recorded", "type"),
    "type_dots": (("event", "type"), "claim..recorded", "type"),
    "version_0": (("event", "version"), 0, "version 0"),
    "version_true": (("event", "version"), True, "version True"),
    "version_text": (("event", "version"), "1", "version '1'"),
}


@pytest.mark.parametrize("name", BAD_MEMBERS)
def test_bad_member(name: str, entry: Entry) -> None:
    """Each missing, extra or malformed member is refused by name, and at its position."""
    path, value, message = BAD_MEMBERS[name]
    with pytest.raises(BadEntry, match=message) as caught:
        decode_entry(changed(entry, path, value), at=7)
    assert caught.value.seq == 7
    assert str(caught.value).startswith("entry 7: ")


BAD_SPELLINGS = {
    "white_space": (b'"format":1', b'"format": 1'),
    "white_space_in_data": (b'"n":[1,', b'"n":[1, '),
    "duplicate": (b'"format":1', b'"format":1,"format":1'),
    "float_seq": (b'"seq":0', b'"seq":0.0'),
    "minus_zero": (b'"seq":0', b'"seq":-0'),
    "leading_zero": (b'"seq":0', b'"seq":00'),
    "seq_2_53": (b'"seq":0', b'"seq":9007199254740992'),
    "version_2_53": (b'"version":1', b'"version":9999999999999999'),
    "escaped": (b'"sana"', b'"s\\u0061na"'),
    "order": (b'"actor":"sana","data"', b'"data":{},"actor":"sana","dat"'),
    "order_in_data": (b'{"n":[', b'{"z":1,"n":['),
    "last_byte": (b"]}", b"]} "),
    "nested_too_deep": (b"[1,null", b"[" * 15 + b"]" * 15 + b",[1,null"),
    "float_in_data": (b"[1,null", b"[1.5,null"),
    "not_nfc": ("Möbius".encode(), "Mo\u0308bius".encode()),
}


@pytest.mark.parametrize("name", BAD_SPELLINGS)
def test_bad_spelling(name: str, entry: Entry) -> None:
    """Any other spelling of an entry is refused, in its frame as in its data."""
    old, new = BAD_SPELLINGS[name]
    assert old in entry.data
    data = entry.data.replace(old, new)
    with pytest.raises((NotCanonical, BadEntry)) as caught:
        decode_entry(data, at=3)
    assert caught.value.seq == 3


def test_deepest_data(signer: KeySigner) -> None:
    """An event that can be encoded always fits its entry, and the next level is refused."""
    value: Any = 1
    for _ in range(13):
        value = [value]
    event = Event("sana", {"a": value}, ID, ZERO, STAMP, "demo.made", 1)
    entry = make_entry(sign_event(event, signer), seq=0, prev=ZERO, recorded_at=STAMP)
    assert decode_entry(entry.data) == entry
    with pytest.raises(InputError, match="16 deep"):
        replace(event, data={"a": [value]}).encode()
    with pytest.raises(NotCanonical, match="16 deep"):
        decode_entry(entry.data.replace(b"[1]", b"[[1]]"))


@given(source=st.data())
def test_every_flip_is_noticed(source: st.DataObject, entry: Entry, signer: KeySigner) -> None:
    """One changed byte is refused by form, or is another event, or breaks the signature's key."""
    at = source.draw(st.integers(0, len(entry.data) - 1))
    bad = bytearray(entry.data)
    bad[at] ^= source.draw(st.integers(1, 255))
    try:
        found = decode_entry(bytes(bad))
    except (NotCanonical, BadEntry):
        return
    assert canonical.encode(json.loads(bad)) == bytes(bad)
    assert found.leaf_hash != entry.leaf_hash
    frame_changed = (found.seq, found.prev, found.recorded_at) != (0, ZERO, STAMP)
    if not frame_changed:
        with pytest.raises(BadSignature):
            check_signature(found.signed, signer.public_key)


@given(st.binary(max_size=60) | st.from_regex(rb'\{"event":\{"actor":"a","data":\{.{0,30}'))
def test_junk(data: bytes) -> None:
    """Junk is refused with our errors only."""
    with pytest.raises((NotCanonical, BadEntry)):
        decode_entry(data)


@given(start=st.integers(0, 900), stop=st.integers(0, 900), junk=st.binary(max_size=6))
def test_spliced(start: int, stop: int, junk: bytes, entry: Entry) -> None:
    """An entry with a piece replaced is refused, or is still in its one spelling."""
    data = entry.data[:start] + junk + entry.data[stop:]
    try:
        found = decode_entry(data)
    except (NotCanonical, BadEntry):
        return
    assert canonical.encode(json.loads(data)) == data == found.data


@pytest.mark.parametrize("value", [None, [], "x", 1, {"actor": "sana"}])
def test_event_from_other_values(value: object) -> None:
    """Whatever is not an object of the seven members is a bad entry."""
    with pytest.raises(BadEntry):
        Event.from_value(value)


@pytest.mark.parametrize("data", [b"[]", b"1", b"null", b"{}"])
def test_other_values_as_entry(data: bytes) -> None:
    """Canonical JSON of something else is a bad entry."""
    with pytest.raises(BadEntry):
        decode_entry(data)


def test_size_limit(signer: KeySigner) -> None:
    """65,535 bytes pass; one more is refused with the way out, and refused when read."""
    event = Event("sana", {"note": ""}, ID, ZERO, STAMP, "demo.made", 1)
    empty = make_entry(sign_event(event, signer), seq=0, prev=ZERO, recorded_at=STAMP)
    room = MAX_ENTRY_BYTES - len(empty.data)
    full = replace(event, data={"note": "x" * room})
    entry = make_entry(sign_event(full, signer), seq=0, prev=ZERO, recorded_at=STAMP)
    assert len(entry.data) == MAX_ENTRY_BYTES == 65_535
    assert decode_entry(entry.data) == entry
    over = sign_event(replace(event, data={"note": "x" * (room + 1)}), signer)
    with pytest.raises(InputError, match="65,536 bytes") as caught:
        make_entry(over, seq=0, prev=ZERO, recorded_at=STAMP)
    assert "evidence" in caught.value.hint
    with pytest.raises(BadEntry, match="65,536 bytes"):
        decode_entry(entry.data.replace(b"xx", b"xxx", 1))


BAD_PLACES: list[dict[str, Any]] = [
    {"seq": -1},
    {"seq": 2**53},
    {"seq": True},
    {"prev": "0" * 63},
    {"prev": "A" * 64},
    {"recorded_at": "2025-07-08T09:30:00Z"},
]


@pytest.mark.parametrize("wrong", BAD_PLACES)
def test_make_entry_refuses(wrong: dict[str, Any], signed: SignedEvent) -> None:
    """A malformed place is the caller's mistake."""
    place: dict[str, Any] = {"seq": 0, "prev": ZERO, "recorded_at": STAMP} | wrong
    with pytest.raises(InputError):
        make_entry(signed, **place)


def test_make_entry_refuses_what_does_not_belong_together(signed: SignedEvent) -> None:
    """A payload of another event, a bad key id or no signature never becomes an entry."""
    for bad in (
        replace(signed, payload=signed.payload + b" "),
        replace(signed, event=replace(signed.event, actor="omar")),
        replace(signed, signature=Signature("AB" * 32, b"x")),
        replace(signed, signature=Signature("ab" * 32, b"")),
    ):
        with pytest.raises(InputError):
            make_entry(bad, seq=0, prev=ZERO, recorded_at=STAMP)


@pytest.mark.parametrize(
    "wrong",
    [
        {"actor": "Sana"},
        {"id": "x"},
        {"ledger": ""},
        {"made_at": STAMP + "\n"},
        {"type": "x"},
        {"version": 0},
        {"data": []},
        {"data": {"a": 1.5}},
        {"data": {"A": 1}},
        {"data": {"a": "o\u0308"}},
    ],
)
def test_encode_refuses(wrong: dict[str, Any], event: Event) -> None:
    """A malformed event cannot be encoded, hence not signed."""
    with pytest.raises(InputError):
        replace(event, **wrong).encode()


def test_signature(signed: SignedEvent, signer: KeySigner) -> None:
    """The signer's key verifies; any other key, scheme or payload does not."""
    check_signature(signed, signer.public_key)
    other = KeySigner(Ed25519PrivateKey.from_private_bytes(bytes(32)))
    forged = replace(signed, signature=Signature(other.keyid, signed.signature.sig))
    for bad, key, scheme in (
        (signed, other.public_key, "ed25519"),
        (forged, other.public_key, "ed25519"),
        (signed, signer.public_key, "rsa"),
        (replace(signed, payload=signed.payload + b" "), signer.public_key, "ed25519"),
        (replace(signed, signature=Signature(signer.keyid, b"")), signer.public_key, "ed25519"),
    ):
        with pytest.raises(BadSignature):
            check_signature(bad, key, scheme=scheme)
    with pytest.raises(BadKey):
        check_signature(signed, "AA==")


def test_digest_of_event(signed: SignedEvent) -> None:
    """The digest is plain SHA-256 of the payload, without any prefix."""
    assert event_digest(signed.payload) == sha256(signed.payload).hexdigest() == signed.digest


def ssl_key(signer: KeySigner) -> SSlibKey:
    """Return the signer's public key as securesystemslib wants it."""
    return SSlibKey.from_crypto(signer._key.public_key(), keyid=signer.keyid)


def test_securesystemslib_accepts_our_envelope(signed: SignedEvent, signer: KeySigner) -> None:
    """The public DSSE verifier reads our export and verifies it with the actor's key."""
    envelope = Envelope.from_dict(json.loads(json.dumps(to_dsse(signed))))
    assert envelope.payload == signed.payload
    assert envelope.pae() == pae(envelope.payload_type, signed.payload)
    key = ssl_key(signer)
    assert envelope.verify([key], 1) == {signer.keyid: key}


def test_securesystemslib_refuses_a_changed_envelope(
    signed: SignedEvent, signer: KeySigner
) -> None:
    """The same verifier refuses another payload or payload type under our signature."""
    other = replace(signed, payload=signed.payload.replace(b"sana", b"omar"))
    for value in (to_dsse(other), {**to_dsse(signed), "payloadType": "text/plain"}):
        with pytest.raises(VerificationError):
            Envelope.from_dict(value).verify([ssl_key(signer)], 1)
