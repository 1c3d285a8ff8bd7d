"""ECDSA on P-256 in ledger.log.keys: its one spelling, its signatures, and other people's tools."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer._key import SSlibKey

from ledger.errors import BadKey, BadSignature
from ledger.log import keys
from ledger.log.entry import Event, sign_event, to_dsse
from ledger.log.keys import KeySigner

if TYPE_CHECKING:
    from pathlib import Path

LEDGER = "1" * 64
ACTOR_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
P256 = ec.derive_private_key(7, ec.SECP256R1())
P256_DER = P256.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
SPKI_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
COMPRESSED = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")


def der(key: ec.EllipticCurvePublicKey | Ed25519PublicKey) -> str:
    """The padded base64 of a key's SubjectPublicKeyInfo, as cryptography makes it."""
    return b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


@pytest.mark.parametrize(
    "public_key",
    [
        der(ec.derive_private_key(7, ec.SECP384R1()).public_key()),
        der(ec.derive_private_key(7, ec.SECP256K1()).public_key()),
        b64encode(
            COMPRESSED + P256.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        ).decode(),
        b64encode(SPKI_P256 + bytes(64)).decode(),  # not on the curve
        b64encode(SPKI_P256 + bytes(63)).decode(),
        b64encode(SPKI_P256[:-1] + P256_DER[26:] + bytes(1)).decode(),
        b64encode(P256_DER + bytes(1)).decode(),
    ],
)
def test_bad_p256_public_key(public_key: str) -> None:
    """Another curve, a compressed point, one off the curve, bytes too few or too many: refused."""
    with pytest.raises(BadKey):
        keys.public_keyid(public_key)
    for scheme in keys.SCHEMES:
        with pytest.raises(BadKey):
            keys.verify(scheme, public_key, bytes(64), b"")


SCHEME = "ecdsa-sha2-nistp256"


@pytest.fixture
def p256() -> KeySigner:
    """The signer of one fixed P-256 key."""
    return KeySigner(P256)


def test_p256_public_key_and_keyid(p256: KeySigner) -> None:
    """The public key is the DER that cryptography writes, under the name TUF gives the scheme."""
    assert p256.scheme == SCHEME
    assert p256.public_key == der(P256.public_key())
    assert p256.keyid == sha256(P256_DER).hexdigest() == keys.public_keyid(p256.public_key)
    assert keys.scheme_of(p256.public_key) == SCHEME
    assert P256_DER[:27] == SPKI_P256


def test_p256_known_answer() -> None:
    """The signature of "sample" in RFC 6979 A.2.5 verifies; its s is in the upper half."""
    x = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    y = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
    r = 0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
    s = 0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8
    public_key = b64encode(SPKI_P256 + bytes.fromhex(x + y)).decode()
    assert s > ORDER // 2
    keys.verify(SCHEME, public_key, encode_dss_signature(r, s), b"sample")
    with pytest.raises(BadSignature):
        keys.verify(SCHEME, public_key, encode_dss_signature(r, s), b"Sample")


def test_p256_verify(p256: KeySigner, signer: KeySigner) -> None:
    """A signature verifies over its payload, under its key and scheme, and nothing else."""
    sig = p256.sign(b"payload")
    keys.verify(SCHEME, p256.public_key, sig, b"payload")
    other = KeySigner(keys.generate_p256())
    for key, s, payload in (
        (p256.public_key, sig, b"payloae"),
        (other.public_key, sig, b"payload"),
        (p256.public_key, sig[:-1], b"payload"),
        (p256.public_key, b"", b"payload"),
        (p256.public_key, signer.sign(b"payload"), b"payload"),
        (p256.public_key, encode_dss_signature(0, 0), b"payload"),
    ):
        with pytest.raises(BadSignature):
            keys.verify(SCHEME, key, s, payload)


def test_a_scheme_goes_with_its_kind_of_key(p256: KeySigner, signer: KeySigner) -> None:
    """A key under the name of the other scheme is refused, whatever it signed."""
    for scheme, one in ((SCHEME, signer), ("ed25519", p256)):
        with pytest.raises(BadKey, match=f"of scheme {one.scheme}, not {scheme}"):
            keys.verify(scheme, one.public_key, one.sign(b"x"), b"x")
    for scheme in ("ecdsa", "ecdsa-sha2-nistp384", "ECDSA-SHA2-NISTP256"):
        with pytest.raises(BadSignature, match="not known"):
            keys.verify(scheme, p256.public_key, p256.sign(b"x"), b"x")


def test_p256_signature_has_one_spelling_and_a_twin(p256: KeySigner) -> None:
    """Only the shortest DER is taken; (r, n - s) verifies too, as FIPS 186-5 has it."""
    sig = p256.sign(b"payload")
    r, s = decode_dss_signature(sig)
    keys.verify(SCHEME, p256.public_key, encode_dss_signature(r, ORDER - s), b"payload")
    rest = sig[2:]
    longer_int = b"\x02" + bytes([rest[1] + 1]) + b"\0" + rest[2:]
    for other in (
        sig + b"\0",
        b"\x30\x81" + sig[1:],  # the length in two bytes
        b"\x30" + bytes([len(longer_int)]) + longer_int,  # r with a zero too many
        r.to_bytes(32, "big") + s.to_bytes(32, "big"),  # as in IEEE P1363 and JOSE
        encode_dss_signature(r + ORDER, s),
        encode_dss_signature(r, s + ORDER),
    ):
        with pytest.raises(BadSignature):
            keys.verify(SCHEME, p256.public_key, other, b"payload")
        with pytest.raises(InvalidSignature):  # so the one-file verifier, which asks it, agrees
            P256.public_key().verify(other, b"payload", ec.ECDSA(SHA256()))


def test_p256_key_proof(p256: KeySigner, signer: KeySigner) -> None:
    """A proof of possession holds for its actor, ledger, scheme and key."""
    proof = keys.key_proof(p256, actor="sana", ledger=LEDGER)
    good = {"actor": "sana", "ledger": LEDGER, "scheme": SCHEME, "public_key": p256.public_key}
    keys.check_key_proof(proof, **good)
    for wrong in ({"actor": "omar"}, {"ledger": "2" * 64}):
        with pytest.raises(BadSignature):
            keys.check_key_proof(proof, **(good | wrong))
    for wrong in ({"scheme": "ed25519"}, {"public_key": signer.public_key}):
        with pytest.raises(BadKey):
            keys.check_key_proof(proof, **(good | wrong))


def test_openssl_makes_keys_that_load(tmp_path: Path) -> None:
    """What `openssl ecparam -genkey` writes (SEC 1 in PEM) is read, too."""
    pem = P256.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    path = tmp_path / "ec.pem"
    path.write_bytes(pem)
    path.chmod(0o600)
    assert b"BEGIN EC PRIVATE KEY" in pem
    assert keys.load_signer(path, None).public_key == der(P256.public_key())


def test_a_public_key_in_pem() -> None:
    """PEM of either kind gives the log's spelling; anything else is refused."""
    for key in (ACTOR_KEY, P256):
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        assert keys.public_from_pem(pem) == der(key.public_key())
    other = ec.derive_private_key(7, ec.SECP384R1()).public_key()
    quantum = keys.generate_mldsa44().public_key()
    private = P256.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for bad in (
        b"",
        b"junk",
        private,
        other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        quantum.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ):
        with pytest.raises(BadKey):
            keys.public_from_pem(bad)


def test_securesystemslib_accepts_a_p256_envelope(event: Event, p256: KeySigner) -> None:
    """The public DSSE verifier verifies our export with the actor's key, and no changed one."""
    made = to_dsse(sign_event(event, p256))
    key = SSlibKey.from_crypto(P256.public_key(), keyid=p256.keyid)
    assert (key.scheme, key.keytype) == (SCHEME, "ecdsa")
    envelope = Envelope.from_dict(json.loads(json.dumps(made)))
    assert envelope.verify([key], 1) == {p256.keyid: key}
    changed = Envelope.from_dict({**made, "payloadType": "text/plain"})
    with pytest.raises(VerificationError):
        changed.verify([key], 1)
