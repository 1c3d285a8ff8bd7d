"""Keys: who signs, how a signature is checked, and how private keys lie on disk.

==============  ================================================================================
public key      padded base64 of the DER SubjectPublicKeyInfo; for Ed25519 (RFC 8410 section 4)
                the 12 bytes ``302a300506032b6570032100`` and the 32 bytes of the key; for P-256
                (RFC 5480 section 2) the 27 bytes below and x and y, 32 bytes each: the point
                is never compressed, so that a key has one spelling and one id
keyid           hex SHA-256 of that DER
scheme          ``ed25519`` (RFC 8032) or ``ecdsa-sha2-nistp256`` (FIPS 186-5 with P-256 and
                SHA-256), as securesystemslib and TUF name them. Stored with each key
signature       over DSSE's PAE of the payload (:func:`ledger.log.encodings.pae`): the 64 bytes of
                RFC 8032, or the DER of ``SEQUENCE {r, s}`` (RFC 3279 section 2.2.3)
key proof       padded base64 of the new key's signature over
                ``PAE("application/vnd.regledger.key+json", canonical JSON of {actor, ledger,
                public_key})``: no actor can enrol another one's key
key file        PKCS#8 PEM or OpenSSH (ML-DSA-44: PKCS#8 only), mode 0600
==============  ================================================================================

From an ECDSA signature (r, s) anyone can make a second valid one, (r, n - s). Both are accepted, as
FIPS 186-5 has it and key services produce them; another spelling of the DER is not. This is
harmless here: an event is identified by its digest, which covers no signature, a log takes an
event id once, and the recorded signature is part of the leaf that is hashed.

A public key of small order is refused (RFC 8032 section 8.4 speaks of such points): under it a
signature verifies for many messages at once, and its owner could later repudiate each of them.

Worked example (the first key of RFC 8032 section 7.1)::

    >>> seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    >>> signer = KeySigner(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)))
    >>> signer.public_key
    'MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='
    >>> signer.keyid
    '06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9'
    >>> proof = key_proof(signer, actor="sana", ledger="0" * 64)
    >>> proof  # doctest: +ELLIPSIS
    'YePqMNgT+f5RWH2Y27ZkxpAQCRLXS7nVPc1PMhog4QzIv/yQgn9z...'
    >>> check_key_proof(
    ...     proof, actor="sana", ledger="0" * 64, scheme="ed25519", public_key=signer.public_key)
"""

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
    load_ssh_private_key,
)

from ledger.errors import BadKey, BadSignature, InputError, WrongPassphrase
from ledger.log import canonical
from ledger.log.encodings import from_b64, pae, to_b64
from ledger.log.passphrase_in_text import Passphrases
from ledger.log.private_file import read_private_file, write_new

ActorKey: TypeAlias = Ed25519PrivateKey | EllipticCurvePrivateKey
LogKey: TypeAlias = Ed25519PrivateKey | MLDSA44PrivateKey
PrivateKey: TypeAlias = ActorKey | LogKey

ED25519: Final = "ed25519"
P256: Final = "ecdsa-sha2-nistp256"
SCHEMES: Final = (ED25519, P256)
KEY_PAYLOAD_TYPE: Final = "application/vnd.regledger.key+json"

_SPKI_ED25519 = bytes.fromhex("302a300506032b6570032100")  # RFC 8410 section 4
# id-ecPublicKey, secp256r1, and the 0x04 of a point that is not compressed (RFC 5480 section 2)
_SPKI_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
_ECDSA = ECDSA(SHA256())
_OTHER_SCHEME = "neither an Ed25519 nor a P-256 key, and actors sign with nothing else"
_SIGN_BIT = 0x7F  # the top bit of the last byte is the sign of x, not part of y
# The y coordinates, little endian, of all points of order 1, 2, 4 and 8, in every encoding that
# fits 255 bits: y = 0, 1, the two of order 8, p-1, p and p+1 (p = 2^255-19).
_SMALL_ORDER = frozenset(
    bytes.fromhex(y)
    for y in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)


class Signer(Protocol):
    """An actor's signing key: a key file, or a card or service (:mod:`ledger.signers`)."""

    @property
    def keyid(self) -> str:
        """Hex SHA-256 of the DER SubjectPublicKeyInfo."""

    @property
    def scheme(self) -> str:
        """Name of the signature scheme: ``ed25519`` or ``ecdsa-sha2-nistp256``."""

    @property
    def public_key(self) -> str:
        """Padded base64 of the DER SubjectPublicKeyInfo."""

    def sign(self, payload: bytes) -> bytes:
        """Sign ``payload`` as it stands."""

    @property
    def has_secret(self) -> bool:
        """Whether a passphrase or PIN opened this key so far."""

    def opened_by(self, text: str) -> bool:
        """Return whether a line of ``text`` is such a passphrase or PIN."""


class KeySigner:
    """A signer that holds an Ed25519 or P-256 private key in memory. It never shows it.

    ``passphrase`` is what opened it, to be recognised. Raises BadKey for a key on another curve.
    """

    def __init__(self, private_key: ActorKey, passphrase: bytes | None = None) -> None:
        self._key = private_key
        self._sign = _signing(private_key)
        der = private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        self._secrets = Passphrases(sha256(der).digest(), passphrase)
        self.opened_by: Final = self._secrets.hold
        self.public_key: Final = _spelled(private_key.public_key())
        self.keyid, self.scheme, _ = _load_public(self.public_key)

    def __repr__(self) -> str:
        return f"<KeySigner {self.keyid[:16]}>"

    @property
    def has_secret(self) -> bool:
        """Whether a passphrase opened this key."""
        return bool(self._secrets)

    def sign(self, payload: bytes) -> bytes:
        """Return the signature of ``payload``: 64 bytes of Ed25519, or the DER of an ECDSA one."""
        return self._sign(payload)


def _signing(key: ActorKey) -> Callable[[bytes], bytes]:
    """Return what signs with a key; asking an abstract class for each signature takes long."""
    if isinstance(key, Ed25519PrivateKey):
        return key.sign
    return lambda payload: key.sign(payload, _ECDSA)


PublicKey: TypeAlias = Ed25519PublicKey | EllipticCurvePublicKey


def _spelled(key: PublicKey) -> str:
    return to_b64(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


@lru_cache(maxsize=4096)
def _load_public(public_key: str) -> tuple[str, str, PublicKey]:
    """Return keyid, scheme and key. Cached: a ledger has few keys and many signatures."""
    der = from_b64(public_key) or b""
    try:
        if der.startswith(_SPKI_ED25519) and len(der) == len(_SPKI_ED25519) + 32:
            return sha256(der).hexdigest(), ED25519, _ed25519(der[len(_SPKI_ED25519) :])
        if der.startswith(_SPKI_P256) and len(der) == len(_SPKI_P256) + 64:
            return sha256(der).hexdigest(), P256, _p256(der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadKey(f"the public key cannot be used: {error}") from None
    raise BadKey("the public key is not base64 of an Ed25519 or P-256 SubjectPublicKeyInfo")


def _ed25519(raw: bytes) -> PublicKey:
    if raw[:-1] + bytes([raw[-1] & _SIGN_BIT]) in _SMALL_ORDER:
        raise BadKey("the public key has small order: its signatures prove nothing")
    return Ed25519PublicKey.from_public_bytes(raw)


def _p256(der: bytes) -> PublicKey:
    # The library also refuses points that are not on the curve; P-256 has no small order.
    key = load_der_public_key(der)
    assert isinstance(key, EllipticCurvePublicKey)  # noqa: S101  # as the prefix says
    return key


def public_from_pem(pem: bytes) -> str:
    """Return a public key in PEM (RFC 7468 section 13) as the log spells it: padded base64.

    Raises:
        BadKey: not a public key in PEM, or not an Ed25519 or P-256 one.
    """
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise BadKey(
            "not a public key in PEM form", hint="it begins with -----BEGIN PUBLIC KEY-----"
        ) from None
    if not isinstance(key, Ed25519PublicKey | EllipticCurvePublicKey):
        raise BadKey(_OTHER_SCHEME)
    public_key = _spelled(key)
    _load_public(public_key)
    return public_key


def scheme_of(public_key: str) -> str:
    """Name the scheme that a public key (padded base64) signs with; raises BadKey."""
    return _load_public(public_key)[1]


def public_keyid(public_key: str) -> str:
    """Return the hex SHA-256 of the DER SubjectPublicKeyInfo given in padded base64.

    Raises:
        BadKey: not the accepted spelling of an Ed25519 or P-256 key, or a key of small order.
    """
    return _load_public(public_key)[0]


def verify(scheme: str, public_key: str, sig: bytes, payload: bytes) -> None:
    """Check a signature over ``payload`` as it stands.

    Raises:
        BadSignature: it does not verify, or the scheme is unknown.
        BadKey: ``public_key`` is not a key of this scheme.
    """
    check = _verifying(scheme, public_key)
    try:
        check(sig, payload)
    except InvalidSignature:
        raise BadSignature("the signature does not verify") from None


@lru_cache(maxsize=4096)
def _verifying(scheme: str, public_key: str) -> Callable[[bytes, bytes], None]:
    """Return what verifies with a key; asking an abstract class for each signature takes long."""
    if scheme not in SCHEMES:
        known = " and ".join(SCHEMES)
        raise BadSignature(f"signature scheme {scheme!r} is not known here, only {known}")
    _, found, key = _load_public(public_key)
    if found != scheme:
        raise BadKey(f"the public key is of scheme {found}, not {scheme}")
    if isinstance(key, Ed25519PublicKey):
        return key.verify
    return lambda sig, payload: key.verify(sig, payload, _ECDSA)


def key_proof(signer: Signer, *, actor: str, ledger: str) -> str:
    """Prove possession of the signer's key, for this actor in this ledger only (padded base64)."""
    return to_b64(signer.sign(_proof_payload(actor, ledger, signer.public_key)))


def check_key_proof(proof: str, *, actor: str, ledger: str, scheme: str, public_key: str) -> None:
    """Check what :func:`key_proof` made.

    Raises:
        BadSignature: not base64, or made by another key, for another actor or ledger.
        BadKey: ``public_key`` is not a key.
    """
    sig = from_b64(proof)
    if sig is None:
        raise BadSignature("the key proof is not padded base64")
    verify(scheme, public_key, sig, _proof_payload(actor, ledger, public_key))


def _proof_payload(actor: str, ledger: str, public_key: str) -> bytes:
    body = canonical.encode({"actor": actor, "ledger": ledger, "public_key": public_key})
    return pae(KEY_PAYLOAD_TYPE, body)


def generate() -> Ed25519PrivateKey:
    """Make a new actor key, or the classical one of a log's two keys."""
    return Ed25519PrivateKey.generate()


def generate_p256() -> EllipticCurvePrivateKey:
    """Make a new actor key on P-256, which NIST approves and smart cards can hold."""
    return generate_private_key(SECP256R1())


def generate_mldsa44() -> MLDSA44PrivateKey:
    """Make the post-quantum one of a log's two keys (FIPS 204, ML-DSA-44)."""
    return MLDSA44PrivateKey.generate()


def save_private(path: Path, key: PrivateKey, passphrase: bytes | None) -> None:
    """Write a new key file: PKCS#8 PEM, mode 0600, flushed to disk before this returns.

    Args:
        path: a file that does not exist yet, in a directory that does.
        key: Ed25519, P-256 or ML-DSA-44.
        passphrase: encrypts the file; None leaves it unencrypted.

    Raises:
        Conflict: there is something at ``path``; it was not touched.
        InputError: an empty or overlong passphrase. Unreachable: it cannot be written there.
    """
    write_new(path, to_pem(key, passphrase))


def to_pem(key: PrivateKey, passphrase: bytes | None) -> bytes:
    """Return the content of a key file, PKCS#8 in PEM. Raises InputError for a bad passphrase."""
    try:
        how = NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase)
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)
    except ValueError:  # cryptography's own bounds
        raise InputError("a passphrase has 1 to 1,023 bytes") from None


def load_any(path: Path, passphrase: bytes | None) -> PrivateKey:
    """Read a private key of an actor, a log or a witness; raises what :func:`load_private` does."""
    key, _ = _load(path, passphrase)
    if not isinstance(key, Ed25519PrivateKey | EllipticCurvePrivateKey | MLDSA44PrivateKey):
        raise BadKey(f"{path}: {_OTHER_SCHEME}")
    return key


def load_signer(path: Path, passphrase: bytes | None) -> KeySigner:
    """Read an actor's key file: Ed25519 or P-256, PKCS#8 PEM or OpenSSH.

    Raises what :func:`load_private` raises; BadKey also for a key that actors do not sign with.
    """
    key, used = _load(path, passphrase)
    if isinstance(key, MLDSA44PrivateKey):
        raise BadKey(f"{path} is a log's ML-DSA-44 key; actors sign with Ed25519 or P-256")
    if not isinstance(key, Ed25519PrivateKey | EllipticCurvePrivateKey):
        raise BadKey(f"{path}: {_OTHER_SCHEME}")
    try:
        return KeySigner(key, used)
    except BadKey as error:
        raise BadKey(f"{path}: {error.message}") from None


def load_private(path: Path, passphrase: bytes | None) -> LogKey:
    """Read a private key of a log or a witness: PKCS#8 PEM, or OpenSSH (Ed25519).

    Args:
        path: the key file. Only its owner may have any access to it.
        passphrase: not needed, and not looked at, where the file is not encrypted.

    Raises:
        WrongPassphrase: the file is encrypted, and not with this passphrase (or None was given).
        Unreachable: there is no such file.
        BadKey: one that others may read, or that holds no such key.
    """
    key, _ = _load(path, passphrase)
    if not isinstance(key, Ed25519PrivateKey | MLDSA44PrivateKey):
        raise BadKey(f"{path} is neither an Ed25519 nor an ML-DSA-44 key")
    return key


def _load(path: Path, passphrase: bytes | None) -> tuple[object, bytes | None]:
    pem = read_private_file(path)
    for used in (None, passphrase or None):
        key = _parse_private(path, pem, used)
        if key is not None:
            return key, used
    raise WrongPassphrase(str(path))


def _parse_private(path: Path, pem: bytes, passphrase: bytes | None) -> object | None:
    """Return the key, or None where it needs a(nother) passphrase."""
    load = load_ssh_private_key if b"BEGIN OPENSSH PRIVATE KEY" in pem else load_pem_private_key
    try:
        return load(pem, passphrase)
    except TypeError:  # how cryptography says that a passphrase is needed
        return None
    except UnsupportedAlgorithm as error:
        raise BadKey(f"{path} cannot be read: {error}") from None
    except ValueError:
        # With a passphrase, only the library's message tells a wrong one from a damaged file.
        if passphrase is not None:
            return None
        raise BadKey(f"{path} holds no private key in PKCS#8 PEM or OpenSSH form") from None
