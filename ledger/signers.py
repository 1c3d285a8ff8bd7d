"""Signers behind a URI: a key that lies in a service, an HSM or a card instead of a file.

``securesystemslib.signer`` (the extra ``kms``) speaks to them. A file ``<actor>.signer`` in the
key directory stands where the key file would: its first line is the URI of the private key, the
rest is the public key in PEM (RFC 7468 section 13)::

    awskms:1234abcd-12ab-34cd-56ef-1234567890ab
    -----BEGIN PUBLIC KEY-----
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEjlM7b6C/e0YluzBmfAH7YH75+Lio...
    -----END PUBLIC KEY-----

It holds no secret: the service asks for its own credentials. Only schemes that every verifier of a
ledger can check are accepted: Ed25519, and ECDSA on P-256 with SHA-256. Each signature is verified
with the public key before it is returned, so that nothing is recorded with a service that signs by
another key or in another form.
"""

import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from ledger.errors import BadKey, BadSignature, NotCompleted, RegledgerError, Unreachable
from ledger.log import keys, private_file
from ledger.log.encodings import from_b64
from ledger.log.passphrase_in_text import Passphrases

Secret = Callable[[str], str]
_URI: Final = re.compile(r"[a-z][a-z0-9+.-]*:[\x21-\x7e]{1,2048}", re.ASCII)
# The extra of securesystemslib with the client of each kind of service.
_EXTRAS: Final = {
    "awskms": "awskms",
    "azurekms": "azurekms",
    "gcpkms": "gcpkms",
    "hsm": "hsm",
    "hv": "vault",
    "tkey": "tkey",
}
# Signed once to test a new signer. It is no event: it lacks the prefix of DSSE.
_TRIAL: Final = b"regledger asks whether this signer works"


class UriSigner:
    """A signer whose private key lies in a service or device; see :func:`open_signer`."""

    def __init__(
        self, uri: str, public_key: str, backend: Any, opened: Passphrases | None = None
    ) -> None:
        self.uri: Final = uri
        self._secrets = opened if opened is not None else _none_yet()
        self.opened_by: Final = self._secrets.hold
        self.public_key: Final = public_key
        self.keyid: Final = keys.public_keyid(public_key)
        self.scheme: Final = keys.scheme_of(public_key)
        self._backend = backend

    def __repr__(self) -> str:
        return f"<UriSigner {self.uri} {self.keyid[:16]}>"

    @property
    def has_secret(self) -> bool:
        """Whether a PIN or passphrase was asked for so far."""
        return bool(self._secrets)

    def sign(self, payload: bytes) -> bytes:
        """Have ``payload`` signed, and check the signature.

        Raises:
            BadKey: the service returned no signature by this signer's key.
            NotCompleted: the service did not answer, or refused.
        """
        with _foreign(self.uri):
            sig = bytes.fromhex(self._backend.sign(payload).signature)
        try:
            keys.verify(self.scheme, self.public_key, sig, payload)
        except BadSignature:
            raise BadKey(
                f"{self.uri} made a signature that is not by {self.scheme} key {self.keyid[:16]}",
                hint="is it the URI of another key? import the signer again",
            ) from None
        return sig


def open_signer(path: Path, secret: Secret) -> UriSigner:
    """Open the signer that a ``.signer`` file names.

    ``secret`` returns a PIN or passphrase by its name, if the device needs one.

    Raises:
        BadKey: the file or URI cannot be used, or holds another key.
        NotCompleted: the extra ``kms`` is missing, or the service does not answer.
    """
    uri, pem = read_signer(path)
    return _open(uri, keys.public_from_pem(pem), secret)


def import_signer(uri: str, public_pem: bytes | None, secret: Secret) -> UriSigner:
    """Open a signer for the first time: get its public key, and test that it signs.

    Args:
        uri: as securesystemslib writes it, such as ``awskms:<key id>`` or ``file2:<path>``.
        public_pem: the public key in PEM; None to fetch it from the service.
        secret: as in :func:`open_signer`.

    Raises:
        BadKey, NotCompleted: as :func:`open_signer`; BadKey also where the public key has to be
            given because it cannot be fetched, or is of a scheme that ledgers do not take.
    """
    _check_uri(uri)
    if public_pem is not None:
        signer = _open(uri, keys.public_from_pem(public_pem), secret)
    else:
        signer = _open(*_fetch(uri), secret)
    signer.sign(_TRIAL)
    return signer


def write_signer(path: Path, signer: UriSigner) -> None:
    """Write a ``.signer`` file; raises as :func:`ledger.log.private_file.write_new`."""
    key = load_der_public_key(from_b64(signer.public_key) or b"")
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    private_file.write_new(path, signer.uri.encode() + b"\n" + pem)


def read_signer(path: Path) -> tuple[str, bytes]:
    """Return the URI and the PEM of a ``.signer`` file.

    Raises BadKey: the file is missing, open to others, or of another form.
    """
    first, _, pem = private_file.read_private_file(path).partition(b"\n")
    uri = first.decode("ascii", "replace").strip()
    try:
        _check_uri(uri)
        keys.public_from_pem(pem)
    except BadKey as error:
        raise BadKey(f"{path}: {error.message}", hint=_FORM) from None
    return uri, pem


_FORM: Final = (
    "its first line is a URI, the rest a public key in PEM; `regledger key import-signer` writes it"
)


def _check_uri(uri: str) -> None:
    if not _URI.fullmatch(uri):
        raise BadKey(
            f"{uri[:80]!r} is not the URI of a signer",
            hint="such as awskms:KEY-ID, gcpkms:NAME, hsm:ID?label=TOKEN or file2:/path/to/key.pem",
        )


def _open(uri: str, public_key: str, secret: Secret) -> UriSigner:
    library = _library_for(uri)
    with _foreign(uri):
        crypto = load_der_public_key(from_b64(public_key) or b"")
        public = library.SSlibKey.from_crypto(crypto, keys.public_keyid(public_key))
        opened = _none_yet()

        def noted(what: str) -> str:
            given = secret(what)
            opened.add(given)
            return given

        backend = library.Signer.from_priv_key_uri(uri, public, noted)
        return UriSigner(uri, public_key, backend, opened)


def _none_yet() -> Passphrases:
    return Passphrases(secrets.token_bytes(32))


def _fetch(uri: str) -> tuple[str, str]:
    """Return the URI, with its version where that kind has one, and the public key."""
    kind, _, name = uri.partition(":")
    library = _library_for(uri)
    if kind == "file2":
        return uri, _public_of_file(uri, name)
    with _foreign(uri):
        if kind == "awskms":
            found, key = library.AWSSigner.import_(name, keys.P256)
        elif kind == "gcpkms":
            found, key = library.GCPSigner.import_(name)
        elif kind == "hv":
            found, key = library.VaultSigner.import_(name.partition("/")[0])
        else:
            raise BadKey(
                f"{uri}: from here the public key cannot be fetched",
                hint="give it with --public-key FILE, in PEM",
            )
        return found, _public_of(uri, key)


def _public_of(uri: str, key: Any) -> str:
    if key.scheme not in keys.SCHEMES:
        raise BadKey(
            f"{uri} signs with {key.scheme}, which ledgers do not take",
            hint=f"make a key of {' or '.join(keys.SCHEMES)} there",
        )
    held = key.keyval["public"]
    if key.scheme == keys.P256:
        return keys.public_from_pem(held.encode())
    raw = Ed25519PublicKey.from_public_bytes(bytes.fromhex(held))
    return keys.public_from_pem(raw.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def _public_of_file(uri: str, name: str) -> str:
    prefix = os.environ.get("CRYPTO_SIGNER_PATH_PREFIX", "")  # where file2 looks, too
    path = Path(prefix, name)
    if not path.exists():
        raise Unreachable(uri, f"{path} is not there")
    return keys.load_signer(path, None).public_key


def _library_for(uri: str) -> ModuleType:
    try:
        from securesystemslib import signer as found
    except ImportError:
        raise NotCompleted(
            "a signer behind a URI needs securesystemslib, which is not installed",
            hint="pip install 'regledger[kms]'",
        ) from None
    library: ModuleType = found
    kind, known = uri.partition(":")[0], sorted(library.SIGNER_FOR_URI_SCHEME)
    if kind not in known:
        raise BadKey(
            f"{uri}: no kind of signer is called {kind}", hint=f"known are {', '.join(known)}"
        )
    return library


@contextmanager
def _foreign(uri: str) -> Iterator[None]:
    """Turn whatever a client of a service raises into a RegledgerError."""
    from securesystemslib.exceptions import (
        KeyMismatchError,
        UnsupportedAlgorithmError,
        UnsupportedLibraryError,
    )

    try:
        yield
    except RegledgerError:
        raise
    except KeyMismatchError:
        raise BadKey(
            f"{uri} holds another key than the public key says",
            hint="give the public key that belongs to it, or import the signer again",
        ) from None
    except UnsupportedLibraryError as error:
        extra = _EXTRAS.get(uri.partition(":")[0], "crypto")
        raise NotCompleted(
            f"{uri}: {error}", hint=f"pip install 'securesystemslib[{extra}]'"
        ) from None
    except FileNotFoundError:
        raise Unreachable(uri, "the file is not there") from None
    except (ValueError, TypeError, UnsupportedAlgorithm, UnsupportedAlgorithmError) as error:
        raise BadKey(f"{uri} is no signer that can be used: {error}") from None
    except Exception as error:  # noqa: BLE001  # securesystemslib says: anything may come out
        raise Unreachable(
            uri,
            f"it did not sign or answer ({type(error).__name__}: {error})",
            hint="check the name of the key, and the credentials that this kind of service needs",
        ) from None
