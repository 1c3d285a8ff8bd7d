"""Signers behind a URI, with real ones of securesystemslib: key files, and a KMS on loopback."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from securesystemslib.signer._crypto_signer import CryptoSigner
from securesystemslib.signer._signature import Signature

from ledger import signers
from ledger.errors import (
    BadKey,
    Conflict,
    NotCompleted,
    PassphraseInText,
    Unreachable,
    WrongPassphrase,
)
from ledger.log import keys
from ledger.signers import UriSigner, import_signer, open_signer, read_signer, write_signer
from tests.books import norm, open_desk

MAKERS: dict[str, Callable[[], keys.ActorKey]] = {
    "ed25519": keys.generate,
    "ecdsa-sha2-nistp256": keys.generate_p256,
}
ANY_SCHEME = pytest.mark.parametrize("scheme", MAKERS)


def no_secret(name: str) -> NoReturn:
    """These signers want no PIN."""
    raise AssertionError(name)


def key_file(path: Path, key: keys.ActorKey) -> str:
    """Write a key as securesystemslib reads it; return its URI."""
    keys.save_private(path, key, None)
    return f"file2:{path}"


def public_pem(key: keys.ActorKey) -> bytes:
    """The public half in PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@ANY_SCHEME
def test_claims_are_signed_through_a_uri(tmp_path: Path, scheme: str) -> None:
    """An actor enrolled with such a key records claims, and the ledger verifies."""
    key = MAKERS[scheme]()
    made = import_signer(key_file(tmp_path / "sana.pem", key), None, no_secret)
    write_signer(tmp_path / "sana.signer", made)
    signer = open_signer(tmp_path / "sana.signer", no_secret)
    assert (signer.keyid, signer.scheme) == (keys.KeySigner(key).keyid, scheme)
    desk = open_desk(tmp_path / "a.db")
    desk.book.actors.rotate_key(
        desk.book.actors.key_request(signer, "recorder"), desk.signers["recorder"], actor="recorder"
    )
    (done,) = desk.book.record([norm(key="by-uri")], signer=signer, actor="recorder")
    assert desk.book.show(f"@{done.seq}").signer_key == signer.keyid
    assert desk.book.verify().faults == ()


@ANY_SCHEME
def test_the_file_has_the_uri_and_the_public_key(tmp_path: Path, scheme: str) -> None:
    """Its first line is the URI, the rest PEM; it is 0600 and is never overwritten."""
    key = MAKERS[scheme]()
    uri = key_file(tmp_path / "key.pem", key)
    path = tmp_path / "sana.signer"
    write_signer(path, import_signer(uri, None, no_secret))
    assert path.read_bytes() == uri.encode() + b"\n" + public_pem(key)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_signer(path) == (uri, public_pem(key))
    with pytest.raises(Conflict):
        write_signer(path, import_signer(uri, None, no_secret))


def test_a_public_key_can_be_given(tmp_path: Path) -> None:
    """Then nothing is fetched, and it must be the one that belongs to the private key."""
    key, other = keys.generate_p256(), keys.generate_p256()
    uri = key_file(tmp_path / "key.pem", key)
    assert import_signer(uri, public_pem(key), no_secret).scheme == "ecdsa-sha2-nistp256"
    for wrong in (other, keys.generate()):
        with pytest.raises(BadKey):
            import_signer(uri, public_pem(wrong), no_secret)
    with pytest.raises(BadKey, match="another key than the public key says"):
        import_signer(uri, public_pem(other), no_secret)
    with pytest.raises(BadKey, match="PEM"):
        import_signer(uri, b"junk", no_secret)


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("", "not the URI"),
        ("sana.pem", "not the URI"),
        ("FILE2:/a", "not the URI"),
        ("file2:/with a blank", "not the URI"),
        ("file2:/a\nhsm:2", "not the URI"),
        ("file2:/\x1b[31m", "not the URI"),
        ("file2:" + "a" * 3000, "not the URI"),
        ("vault:key", "no kind of signer is called vault"),
        ("hsm:02?label=a", "cannot be fetched"),
        ("azurekms://a.vault.azure.net/keys/b/c", "cannot be fetched"),
    ],
)
def test_a_wrong_uri_is_refused(uri: str, said: str) -> None:
    """What is no URI, a kind nobody knows, one whose public key has to be given."""
    with pytest.raises(BadKey, match=said) as caught:
        import_signer(uri, None, no_secret)
    assert caught.value.hint


def test_an_unknown_kind_lists_the_known_ones() -> None:
    """With a public key, too, nothing is tried that is not known."""
    with pytest.raises(BadKey) as caught:
        import_signer("vault:key", public_pem(keys.generate()), no_secret)
    assert "awskms" in caught.value.hint
    assert "file2" in caught.value.hint


def test_a_missing_key_file(tmp_path: Path) -> None:
    """It is not there at first, or no longer there: exit 3, and which file."""
    path = tmp_path / "gone.pem"
    with pytest.raises(Unreachable, match=r"gone\.pem is not there"):
        import_signer(f"file2:{path}", None, no_secret)
    uri = key_file(path, keys.generate())
    write_signer(tmp_path / "a.signer", import_signer(uri, None, no_secret))
    path.unlink()
    with pytest.raises(Unreachable, match=r"gone\.pem: the file is not there"):
        open_signer(tmp_path / "a.signer", no_secret)


def test_the_prefix_of_securesystemslib_is_honoured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CRYPTO_SIGNER_PATH_PREFIX says where file2 names lie, for both halves."""
    key_file(tmp_path / "key.pem", keys.generate())
    monkeypatch.setenv("CRYPTO_SIGNER_PATH_PREFIX", str(tmp_path))
    assert import_signer("file2:key.pem", None, no_secret).scheme == "ed25519"


def test_keys_that_ledgers_do_not_take(tmp_path: Path) -> None:
    """RSA, another curve, an encrypted file, no key at all: refused for what they are."""
    other: dict[str, Any] = {
        "rsa": rsa.generate_private_key(65537, 2048),
        "p384": ec.generate_private_key(ec.SECP384R1()),
    }
    for name, key in other.items():
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path = tmp_path / name
        path.write_bytes(pem)
        path.chmod(0o600)
        with pytest.raises(BadKey, match="P-256"):
            import_signer(f"file2:{path}", None, no_secret)
    locked = tmp_path / "locked"
    how = BestAvailableEncryption(b"x")
    key = keys.generate_p256()
    locked.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how))
    locked.chmod(0o600)
    with pytest.raises(WrongPassphrase):
        import_signer(f"file2:{locked}", None, no_secret)
    with pytest.raises(BadKey, match="no signer that can be used"):
        import_signer(f"file2:{locked}", public_pem(key), no_secret)
    (tmp_path / "junk").write_bytes(b"junk")
    (tmp_path / "junk").chmod(0o600)
    for pem in (None, public_pem(key)):
        with pytest.raises(BadKey):
            import_signer(f"file2:{tmp_path / 'junk'}", pem, no_secret)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"file2:/a\n",
        b"file2:/a\njunk",
        b"no uri\n%s",
        b"\xff\xfe:/a\n%s",
        b"%s",
    ],
)
def test_a_bad_signer_file(tmp_path: Path, content: bytes) -> None:
    """A file of another form is refused, with its name and what it should hold."""
    path = tmp_path / "a.signer"
    path.write_bytes(content.replace(b"%s", public_pem(keys.generate())))
    path.chmod(0o600)
    with pytest.raises(BadKey, match=r"a\.signer") as caught:
        open_signer(path, no_secret)
    assert "import-signer" in caught.value.hint


def test_a_missing_or_open_signer_file(tmp_path: Path) -> None:
    """No file, or one that others may read, is refused like a key file."""
    with pytest.raises(Unreachable):
        open_signer(tmp_path / "a.signer", no_secret)
    uri = key_file(tmp_path / "key.pem", keys.generate())
    write_signer(tmp_path / "a.signer", import_signer(uri, None, no_secret))
    (tmp_path / "a.signer").chmod(0o644)
    with pytest.raises(BadKey, match="open to other users"):
        open_signer(tmp_path / "a.signer", no_secret)


class Forger:
    """Signs with another key than it says, as a misconfigured service would."""

    def __init__(self, answer: Callable[[bytes], str]) -> None:
        self.answer = answer

    def sign(self, payload: bytes) -> Signature:
        """Sign as told."""
        return Signature("00", self.answer(payload))


def test_a_signature_is_checked_before_anything_is_recorded(tmp_path: Path) -> None:
    """Another key's signature, a raw (r, s), no hex, another payload: nothing is appended."""
    key = keys.generate_p256()
    own, other = keys.KeySigner(key), keys.KeySigner(keys.generate_p256())
    desk = open_desk(tmp_path / "a.db")
    desk.book.actors.rotate_key(
        desk.book.actors.key_request(own, "recorder"), desk.signers["recorder"], actor="recorder"
    )
    size = desk.book.size
    for answer in (
        lambda payload: other.sign(payload).hex(),
        lambda payload: own.sign(payload + b"!").hex(),
        lambda _payload: "00" * 64,
        lambda _payload: "",
        lambda _payload: "not hex",
    ):
        signer = UriSigner("awskms:1", own.public_key, Forger(answer))
        with pytest.raises(BadKey, match="awskms:1"):
            desk.book.record([norm()], signer=signer, actor="recorder")
        with pytest.raises(BadKey):
            desk.book.actors.key_request(signer, "recorder")
    assert desk.book.size == size
    signer = UriSigner("awskms:1", own.public_key, Forger(lambda p: own.sign(p).hex()))
    desk.book.record([norm()], signer=signer, actor="recorder")
    assert desk.book.size == size + 1


def test_the_pin_of_a_device_is_no_text_to_sign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the device asks for it only when it signs, as an HSM does."""
    key = keys.generate()
    uri = key_file(tmp_path / "key.pem", key)
    desk = open_desk(tmp_path / "a.db")
    desk.book.actors.rotate_key(
        desk.book.actors.key_request(keys.KeySigner(key), "recorder"), **desk.who("recorder")
    )

    def device(_uri: str, public: Any, secret: Callable[[str], str]) -> Any:
        class Device:
            def sign(self, payload: bytes) -> Signature:
                assert secret("PIN") == "4711"
                return Signature(public.keyid, keys.KeySigner(key).sign(payload).hex())

        return Device()

    monkeypatch.setattr("securesystemslib.signer.Signer.from_priv_key_uri", device)
    signer = import_signer(uri, public_pem(key), lambda _what: "4711")
    size = desk.book.size
    for claim in (norm(note="4711"), norm(statement="4711")):
        with pytest.raises(PassphraseInText):
            desk.book.record([claim], signer=signer, actor="recorder")
    assert desk.book.size == size
    desk.book.record([norm(note="47110")], signer=signer, actor="recorder")


@pytest.mark.parametrize("error", [ConnectionError("no route"), RuntimeError("denied"), KeyError()])
def test_a_service_that_fails_is_an_error_of_ours(error: Exception) -> None:
    """Whatever a client raises while it signs: exit 3, with the URI."""

    def fail(_payload: bytes) -> str:
        raise error

    own = keys.KeySigner(keys.generate())
    with pytest.raises(Unreachable, match="awskms:1"):
        UriSigner("awskms:1", own.public_key, Forger(fail)).sign(b"x")


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No securesystemslib: exit 3 and the command that helps."""
    uri = key_file(tmp_path / "key.pem", keys.generate())
    monkeypatch.setitem(sys.modules, "securesystemslib", None)
    monkeypatch.setitem(sys.modules, "securesystemslib.signer", None)
    with pytest.raises(NotCompleted) as caught:
        import_signer(uri, None, no_secret)
    assert caught.value.hint == "pip install 'regledger[kms]'"


@pytest.mark.parametrize(("uri", "extra"), [("gcpkms:a", "gcpkms"), ("hv:a/1", "vault")])
def test_without_the_client_of_a_service_it_says_what_to_install(uri: str, extra: str) -> None:
    """Their clients are not installed here: exit 3 and the command that helps."""
    pytest.importorskip("securesystemslib")
    for pem in (None, public_pem(keys.generate())):
        with pytest.raises(NotCompleted) as caught:
            import_signer(uri, pem, no_secret)
        assert caught.value.hint == f"pip install 'securesystemslib[{extra}]'"


def test_importing_it_loads_no_client() -> None:
    """Who signs with a file pays nothing: the library is loaded when a URI is opened."""
    assert not hasattr(signers, "securesystemslib")
    assert "securesystemslib" not in vars(signers)


def test_what_we_sign_securesystemslib_signs_alike() -> None:
    """A signature by its CryptoSigner is one of ours, for both schemes."""
    for make in MAKERS.values():
        own = keys.KeySigner(make())
        theirs = CryptoSigner(own._key)
        sig = bytes.fromhex(theirs.sign(b"payload").signature)
        keys.verify(own.scheme, own.public_key, sig, b"payload")


# --- a KMS that speaks the protocol of AWS --------------------------------------------------------


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of a key management service on loopback."""
    from moto.kms.utils import ECDSAPrivateKey
    from moto.server import ThreadedMotoServer

    def sign_digest(self: Any, message: bytes, signing_algorithm: str) -> bytes:
        assert signing_algorithm == "ECDSA_SHA_256"
        signed: bytes = self.private_key.sign(message, ec.ECDSA(Prehashed(SHA256())))
        return signed

    # With MessageType DIGEST, AWS signs the digest; moto says itself that it does not do that yet.
    monkeypatch.setattr(ECDSAPrivateKey, "sign", sign_digest)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        from boto3.session import Session  # type: ignore[import-untyped]  # comes without types

        yield Session().client("kms")
    finally:
        server.stop()


def new_kms_key(kms: Any, spec: str) -> str:
    """Make a key in the service; return its id."""
    made = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec=spec)
    return str(made["KeyMetadata"]["KeyId"])


def test_claims_are_signed_by_a_kms(tmp_path: Path, kms: Any) -> None:
    """The public key is fetched, the key never leaves the service, and the ledger verifies."""
    uri = f"awskms:{new_kms_key(kms, 'ECC_NIST_P256')}"
    write_signer(tmp_path / "sana.signer", import_signer(uri, None, no_secret))
    signer = open_signer(tmp_path / "sana.signer", no_secret)
    assert signer.scheme == "ecdsa-sha2-nistp256"
    desk = open_desk(tmp_path / "a.db")
    desk.book.actors.rotate_key(
        desk.book.actors.key_request(signer, "recorder"), desk.signers["recorder"], actor="recorder"
    )
    desk.book.record([norm(key=f"k{n}") for n in range(3)], signer=signer, actor="recorder")
    assert desk.book.verify().faults == ()


def test_a_kms_says_no(tmp_path: Path, kms: Any) -> None:
    """A key that is not there, of another scheme, or another one's public key: errors of ours."""
    with pytest.raises(Unreachable, match="NotFoundException"):
        import_signer("awskms:00000000-0000-0000-0000-000000000000", None, no_secret)
    with pytest.raises(BadKey, match="no signer that can be used"):
        import_signer(f"awskms:{new_kms_key(kms, 'RSA_2048')}", None, no_secret)
    first, second = (f"awskms:{new_kms_key(kms, 'ECC_NIST_P256')}" for _ in range(2))
    write_signer(tmp_path / "a.signer", import_signer(first, None, no_secret))
    _, pem = read_signer(tmp_path / "a.signer")
    with pytest.raises(BadKey, match="not by ecdsa-sha2-nistp256 key"):
        import_signer(second, pem, no_secret)
