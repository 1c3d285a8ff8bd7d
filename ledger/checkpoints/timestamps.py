r"""RFC 3161 time-stamps of checkpoints: requesting one from an authority, checking it offline.

===========  ===================================================================================
request      TimeStampReq (RFC 3161 2.4.1): SHA-256 of the note's bytes, a random nonce, and the
             wish for the authority's certificates; POST as ``application/timestamp-query``
response     TimeStampResp (2.4.2) in DER, stored byte for byte as it came:
             status, and a CMS signed TSTInfo with the imprint, genTime, accuracy and nonce
imprint      SHA-256 of the checkpoint note *as sealed*: its text and the log's own lines. The
             cosignatures that witnesses add later are not part of it
===========  ===================================================================================

A token says: these bytes existed by genTime, within the authority's accuracy. So every entry of
that checkpoint was recorded by then. ``openssl ts -verify`` checks the same::

    openssl ts -verify -data note -in 1.tsr -CAfile ca.pem

:func:`read` needs no certificate: it proves that the token speaks of the note, and takes the
authority's word for the rest. Only :func:`check` verifies the signature, against given roots.

Worked example: the note ``b"hello note\n"`` has the imprint

    >>> imprint(b"hello note\n").hex()
    'd91206229a022a13e022fa8deb06ab418e18c4a37861e6d0556ad9a74de85585'
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from ledger.errors import BadTimeStamp, InputError, NotVerified, Unreachable

if TYPE_CHECKING:
    import httpx
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse, TimeStampTokenInfo

QUERY_TYPE: Final = "application/timestamp-query"
REPLY_TYPE: Final = "application/timestamp-reply"
_SHA256: Final = "2.16.840.1.101.3.4.2.1"
_GRANTED: Final = 0
_HTTP_OK: Final = 200
_SANE: Final = range(2000, 9000)  # years; beyond, adding an accuracy could overflow
_COARSEST: Final = timedelta(days=1)
_OTHER_ROOT: Final = "damaged, or made by an authority below another root certificate"
_WHOLE_SECONDS: Final = timedelta(seconds=1)  # genTime is read to the second: it may be later


@dataclass(frozen=True, slots=True)
class Token:
    """What a time-stamp says. ``authority`` is the subject of the certificate that signed it."""

    gen_time: datetime  # aware, UTC, whole seconds
    accuracy: timedelta  # zero where the authority says nothing of it
    authority: str

    @property
    def latest(self) -> datetime:
        """Return the latest moment that the token allows: by then the bytes existed."""
        return self.gen_time + self.accuracy + _WHOLE_SECONDS

    @property
    def earliest(self) -> datetime:
        """Return the earliest moment at which the token can have been made."""
        return self.gen_time - self.accuracy


def imprint(note: bytes) -> bytes:
    """Return the message imprint that an authority signs: SHA-256 of the note's bytes."""
    return sha256(note).digest()


def request(note: bytes, url: str, *, client: httpx.Client) -> bytes:
    """Request a time-stamp of ``note`` from an authority; return its response in DER.

    The response is checked as far as it can be without a root certificate: it was granted, is of
    this note, and answers this request.

    Raises:
        Unreachable: no answer, or one that is no time-stamp.
        BadTimeStamp: the authority refused, or answered another request.
        InputError: not an http(s) address.
    """
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    from ledger.checkpoints import http

    address = http.require_address(url)
    builder = TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA256)
    asked = builder.nonce(nonce=True).cert_request(cert_request=True).build()
    answer = http.post(client, address, asked.as_bytes(), media_type=QUERY_TYPE)
    if answer.status != _HTTP_OK:
        said = http.first_line(answer.body)
        raise Unreachable(url, f"the authority answered {answer.status}: {said or 'nothing more'}")
    if answer.media_type != REPLY_TYPE:
        raise Unreachable(
            url,
            f"this is no time-stamp authority: it answered with {answer.media_type or 'no type'!r}",
            hint="check the address with the authority's documentation",
        )
    if _read(answer.body, note).nonce != asked.nonce:
        raise BadTimeStamp(f"{url} answered another request than ours (the nonce differs)")
    return answer.body


def read(response: bytes, note: bytes) -> Token:
    """Read a token over ``note``. Its signature is NOT checked: see :func:`check`.

    Raises BadTimeStamp: not in DER, refused, of another hash algorithm or of other bytes.
    """
    return _read(response, note).token


def check(response: bytes, note: bytes, *, roots: bytes) -> Token:
    """Check a time-stamp of ``note`` down to a root, at the time it was made; needs no network.

    Args:
        response: TimeStampResp in DER.
        note: the checkpoint as sealed.
        roots: trusted certificates in PEM, as obtained from the authority itself.

    Raises:
        BadTimeStamp: as :func:`read`; or no chain to a root, a certificate that is not for
            time-stamping, a signature that does not verify.
        InputError: ``roots`` holds no certificate.
    """
    from rfc3161_client import VerifierBuilder, decode_timestamp_response

    token = read(response, note)
    trusted = load_roots(roots)
    failed: BadTimeStamp | None = None
    # All together, then one by one: of two roots with one name OpenSSL looks at the first only.
    for some in (trusted, *([one] for one in trusted)):
        verifier = VerifierBuilder(roots=some).build()
        try:
            with _hostile(f"the time-stamp by {token.authority or 'nobody named'} does not verify"):
                verifier.verify(decode_timestamp_response(response), imprint(note))
        except BadTimeStamp as error:
            failed = failed or error
        else:
            return token
    raise failed or BadTimeStamp("no root was given to check the time-stamp with")


def checked(response: bytes, note: bytes, roots: bytes | None) -> Token:
    """Check a time-stamp where ``roots`` are given (:func:`check`), else only :func:`read` it."""
    return read(response, note) if roots is None else check(response, note, roots=roots)


def load_roots(pem: bytes) -> list[Certificate]:
    """Read trusted certificates in PEM.

    Raises InputError: there is none in it, or one that cannot be read.
    """
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(pem)
    except ValueError:
        raise InputError(
            "there is no certificate in PEM in the file of roots",
            hint="a root certificate starts with -----BEGIN CERTIFICATE-----",
        ) from None


def _read(response: bytes, note: bytes) -> _Parsed:
    parsed = _parse(response)
    if parsed.algorithm != _SHA256:
        raise BadTimeStamp(f"the time-stamp is over another hash than SHA-256: {parsed.algorithm}")
    if parsed.imprint != imprint(note):
        raise BadTimeStamp("the time-stamp speaks of other bytes than this checkpoint")
    return parsed


@contextmanager
def _hostile(what: str) -> Iterator[None]:
    """Turn whatever third-party parsers raise on untrusted bytes into BadTimeStamp."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # certificates that are merely odd
            yield
    except NotVerified:
        raise
    except Exception as error:  # noqa: BLE001  # KeyError, InvalidVersion, AssertionError, ...
        said = str(error) or type(error).__name__
        raise BadTimeStamp(f"{what}: {said}", hint=_OTHER_ROOT) from None


@dataclass(frozen=True, slots=True)
class _Parsed:
    """The members of a response that matter here."""

    token: Token
    algorithm: str
    imprint: bytes
    nonce: int | None


def _parse(response: bytes) -> _Parsed:
    """Parse a granted response in its one spelling, with a token that can be read."""
    from rfc3161_client import decode_timestamp_response

    with _hostile("the time-stamp is not a TimeStampResp in DER"):
        decoded = decode_timestamp_response(response)
        if decoded.status != _GRANTED:
            said = "; ".join(decoded.status_string) or "it does not say why"
            raise BadTimeStamp(
                f"the authority gave no time-stamp (status {decoded.status}): {said}"
            )
        if decoded.as_bytes() != response:
            raise BadTimeStamp("the time-stamp is not in the one spelling that DER allows")
        info = decoded.tst_info
        moment = info.gen_time.astimezone(UTC)
        token = Token(moment, _accuracy(info), _authority(decoded))
        if not _SANE.start <= moment.year < _SANE.stop:
            raise BadTimeStamp(f"the time-stamp is of the year {moment.year}")
        return _Parsed(
            token,
            info.message_imprint.hash_algorithm.dotted_string,
            info.message_imprint.message,
            info.nonce,
        )


def _accuracy(info: TimeStampTokenInfo) -> timedelta:
    said = info.accuracy
    # Absent is possible, whatever the type says.
    parts = (getattr(said, name, None) or 0 for name in ("seconds", "millis", "micros"))
    seconds, millis, micros = parts
    accuracy = timedelta(seconds=seconds, milliseconds=millis, microseconds=micros)
    if accuracy > _COARSEST:
        raise BadTimeStamp(f"the time-stamp is accurate to {accuracy} only, which says nothing")
    return accuracy


def _authority(decoded: TimeStampResponse) -> str:
    """Return the subject of the certificate that the signature names; empty where it is absent."""
    from cryptography.x509 import load_der_x509_certificate

    signers = {(s.issuer, s.serial_number) for s in decoded.signed_data.signer_infos}
    for der in sorted(decoded.signed_data.certificates):
        certificate = load_der_x509_certificate(der)
        if (certificate.issuer, certificate.serial_number) in signers:
            return certificate.subject.rfc4514_string()
    return ""
