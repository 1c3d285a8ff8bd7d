"""A ledger of P-256 keys from its founder on: published, and read by both verifiers alike."""

from __future__ import annotations

import base64
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.signer._key import SSlibKey

import ledger.data
from ledger import create_ledger
from ledger.checkpoints.publish import publish
from ledger.checkpoints.storage import DirectoryStorage
from ledger.clock import SimulatedClock
from ledger.errors import RegledgerError
from ledger.log import canonical, keys
from ledger.log.checkpoint import log_signers
from ledger.log.entry import ZERO, Event, SignedEvent, check_signature, make_entry, sign_event
from tests.books import START, norm
from tests.checkpoints.sealed import ORIGIN, SealedDesk

FILE = Path(ledger.data.__path__[0]) / "verifier.py"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
COMPROMISED = "2024-01-10T00:00:00.000000Z"


def load() -> ModuleType:
    """The one-file verifier as a module."""
    spec = importlib.util.spec_from_file_location("verifier", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


VERIFIER = load()


def open_p256(path: Path) -> SealedDesk:
    """A ledger founded with a P-256 key, by one person."""
    clock = SimulatedClock(START)
    founder = keys.KeySigner(keys.generate_p256())
    log_keys = log_signers(ORIGIN, Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate())
    book = create_ledger(
        str(path),
        origin=ORIGIN,
        actor="founder",
        signer=founder,
        log_keys=[str(one.vkey) for one in log_keys],
        review="none",
        clock=clock,
        simulated=True,
    )
    return SealedDesk(book, clock, {"founder": founder}, log_keys=log_keys)


def live(desk: SealedDesk) -> None:
    """Somebody enrols with Ed25519, rotates to P-256, and that key is stolen and revoked."""
    book, founder = desk.book, desk.who("founder")
    old, new = keys.KeySigner(keys.generate()), keys.KeySigner(keys.generate_p256())
    book.actors.enroll(
        book.actors.key_request(old, "sana"), roles=("recorder",), name="Sana", **founder
    )
    book.record([norm(key="a")], signer=old, actor="sana")
    desk.on("2024-01-05")
    book.actors.rotate_key(book.actors.key_request(new, "sana"), old, actor="sana")
    book.record([norm(key="b")], signer=new, actor="sana")
    book.actors.grant("sana", "reviewer", **founder)
    desk.on("2024-01-20")
    book.record([norm(key="c")], signer=new, actor="sana")
    book.actors.revoke_role("sana", "reviewer", **founder)
    book.actors.revoke_key("sana", compromised_since=COMPROMISED, **founder)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> SealedDesk:
    """Such a ledger, sealed and published."""
    folder = tmp_path_factory.mktemp("p256")
    made = open_p256(folder / "a.db")
    live(made)
    made.book.record([norm(key="d")], **made.who("founder"))
    made.seal()
    publish(made.book.store, DirectoryStorage(folder / "pub"), with_disclosures=True)
    return made


@pytest.fixture
def folder(desk: SealedDesk) -> Path:
    """Where it was published."""
    return Path(desk.book.url.removeprefix("sqlite:///")).with_name("pub")


def test_both_verifiers_accept_it(
    desk: SealedDesk, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rotated between schemes, revoked, roles given and taken: sound for both."""
    assert desk.book.verify().faults == ()
    founder = desk.signers["founder"].keyid
    assert VERIFIER.main([str(folder), "--founder", founder]) == 0
    assert f"entries {desk.book.size}," in capsys.readouterr().out


def test_entries_name_what_is_suspect(desk: SealedDesk) -> None:
    """Of the stolen key only what came after the theft, and it still counts."""
    stolen = desk.book.actors.signed_by("sana").keys[1]
    assert (stolen.scheme, stolen.compromised_since) == (keys.P256, COMPROMISED)
    found = list(desk.book.actors.signed_by(stolen.keyid).entries)
    assert [(i.item.subject, i.counts, i.suspect) for i in found] == [("c", True, True)]


def test_dsse_of_every_entry_is_accepted_by_securesystemslib(desk: SealedDesk) -> None:
    """Each exported envelope verifies with the public key that the log has for its key id."""
    held = {
        one.keyid: one
        for actor in ("founder", "sana")
        for one in desk.book.actors.signed_by(actor).keys
    }
    schemes = set()
    for seq in range(desk.book.size):
        shown = desk.book.show(f"@{seq}")
        own = held[shown.signer_key]
        crypto = load_der_public_key(base64.b64decode(own.public_key))
        key = SSlibKey.from_crypto(crypto, keyid=own.keyid)
        assert key.scheme == own.scheme
        envelope = Envelope.from_dict(json.loads(json.dumps(dict(shown.dsse))))
        assert envelope.verify([key], 1) == {own.keyid: key}
        schemes.add(key.scheme)
    assert schemes == set(keys.SCHEMES)


# --- the two verifiers, one signature at a time ---------------------------------------------------

SIGNER = keys.KeySigner(ec.derive_private_key(7, ec.SECP256R1()))
ED25519 = keys.KeySigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
EVENT = Event(
    actor="sana",
    data={"n": 1},
    id="0197e2f0-0000-7000-8000-000000000001",
    ledger="0" * 64,
    made_at="2025-07-08T09:30:00.000000Z",
    type="demo.made",
    version=1,
)
SIGNED = sign_event(EVENT, SIGNER)
R, S = decode_dss_signature(SIGNED.signature.sig)


def spki(key: Any) -> str:
    """The padded base64 of a key's SubjectPublicKeyInfo."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def compressed() -> str:
    """The signer's key with its point written compressed."""
    key = ec.derive_private_key(7, ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    head = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
    return base64.b64encode(head + point).decode()


GOOD_SIG = SIGNED.signature.sig
CASES: dict[str, tuple[str, str, bytes, bool]] = {
    "good": (keys.P256, SIGNER.public_key, GOOD_SIG, True),
    "twin": (keys.P256, SIGNER.public_key, encode_dss_signature(R, ORDER - S), True),
    "trailing byte": (keys.P256, SIGNER.public_key, GOOD_SIG + b"\0", False),
    "long form of length": (keys.P256, SIGNER.public_key, b"\x30\x81" + GOOD_SIG[1:], False),
    "r + n": (keys.P256, SIGNER.public_key, encode_dss_signature(R + ORDER, S), False),
    "zero": (keys.P256, SIGNER.public_key, encode_dss_signature(0, 0), False),
    "raw": (
        keys.P256,
        SIGNER.public_key,
        R.to_bytes(32, "big") + S.to_bytes(32, "big"),
        False,
    ),
    "empty": (keys.P256, SIGNER.public_key, b"", False),
    "compressed key": (keys.P256, compressed(), GOOD_SIG, False),
    "other scheme": (keys.ED25519, SIGNER.public_key, GOOD_SIG, False),
    "unknown scheme": ("ecdsa", SIGNER.public_key, GOOD_SIG, False),
    "ed25519 key": (keys.P256, ED25519.public_key, GOOD_SIG, False),
    "p384 key": (
        keys.P256,
        spki(ec.derive_private_key(7, ec.SECP384R1()).public_key()),
        GOOD_SIG,
        False,
    ),
    "no key": (keys.P256, base64.b64encode(bytes(91)).decode(), GOOD_SIG, False),
}


@pytest.mark.parametrize("name", CASES)
def test_the_two_agree_on_a_signature(name: str) -> None:
    """The library and the one-file verifier take and refuse the same."""
    scheme, public_key, sig, good = CASES[name]
    message = b"DSSEv1 36 application/vnd.regledger.event+json %d " % len(SIGNED.payload)
    message += SIGNED.payload

    def ours() -> None:
        keys.verify(scheme, public_key, sig, message)

    def theirs() -> None:
        VERIFIER.check_signature(scheme, public_key, sig, message)

    assert accepts(ours, RegledgerError) is good
    assert accepts(theirs, VERIFIER.Bad) is good


def accepts(check: Callable[[], None], refusal: type[Exception]) -> bool:
    """Whether a check passes."""
    try:
        check()
    except refusal:
        return False
    return True


def test_the_key_id_is_the_same_for_both() -> None:
    """SHA-256 of the DER: what the one-file verifier returns is what the entry names."""
    message = b"x"
    keyid = VERIFIER.check_signature(keys.P256, SIGNER.public_key, SIGNER.sign(message), message)
    assert keyid == SIGNER.keyid == SIGNED.signature.keyid
    check_signature(SIGNED, SIGNER.public_key, scheme=keys.P256)


def test_a_twin_signature_is_another_entry_of_the_same_event() -> None:
    """The digest that names an event covers no signature; the leaf hash covers it."""
    twin = SignedEvent(
        EVENT, SIGNED.payload, type(SIGNED.signature)(SIGNER.keyid, CASES["twin"][2])
    )
    check_signature(twin, SIGNER.public_key, scheme=keys.P256)
    assert twin.digest == SIGNED.digest
    one, two = (make_entry(s, seq=0, prev=ZERO, recorded_at=EVENT.made_at) for s in (SIGNED, twin))
    assert one.leaf_hash != two.leaf_hash
    assert canonical.decode(one.data) != canonical.decode(two.data)
