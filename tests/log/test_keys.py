"""ledger.log.keys: signing, possession proofs and key files."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from ledger.errors import BadKey, BadSignature, Conflict, InputError, Unreachable, WrongPassphrase
from ledger.log import keys
from ledger.log.keys import KeySigner
from tests.examples import examples

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LEDGER = "1" * 64
ACTOR_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def der(public_key: object) -> str:
    """Return the padded base64 of a public key's SubjectPublicKeyInfo, as cryptography makes it."""
    assert hasattr(public_key, "public_bytes")
    return b64encode(
        public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode()


def test_public_key_and_keyid(signer: KeySigner) -> None:
    """The public key is the DER that cryptography writes, the keyid its SHA-256."""
    assert signer.public_key == der(ACTOR_KEY.public_key())
    assert signer.keyid == keys.public_keyid(signer.public_key)
    assert len(signer.keyid) == 64
    assert signer.scheme == "ed25519"


def test_signer_does_not_show_its_key(signer: KeySigner) -> None:
    """Neither repr nor str of a signer holds the private key."""
    seed = bytes(range(32)).hex()
    assert seed not in f"{signer!r}{signer}".lower()
    assert signer.keyid[:16] in repr(signer)


def test_verify(signer: KeySigner) -> None:
    """A signature verifies over its payload, under its key and scheme, and nothing else."""
    sig = signer.sign(b"payload")
    keys.verify("ed25519", signer.public_key, sig, b"payload")
    other = KeySigner(keys.generate())
    for scheme, key, s, payload in (
        ("ed25519", signer.public_key, sig, b"payloae"),
        ("ed25519", other.public_key, sig, b"payload"),
        ("ed25519", signer.public_key, sig[:-1], b"payload"),
        ("ed25519", signer.public_key, b"", b"payload"),
        ("ed25519", signer.public_key, sig + b"\0", b"payload"),
        ("Ed25519", signer.public_key, sig, b"payload"),
        ("", signer.public_key, sig, b"payload"),
    ):
        with pytest.raises(BadSignature):
            keys.verify(scheme, key, s, payload)


def test_signature_is_not_malleable(signer: KeySigner) -> None:
    """S + the group order, the same signature spelled anew, is refused (RFC 8032 5.1.7)."""
    sig = signer.sign(b"payload")
    order = 2**252 + 27742317777372353535851937790883648493
    twin = (int.from_bytes(sig[32:], "little") + order).to_bytes(32, "little")
    with pytest.raises(BadSignature):
        keys.verify("ed25519", signer.public_key, sig[:32] + twin, b"payload")


SPKI = "302a300506032b6570032100"


@pytest.mark.parametrize(
    "public_key",
    [
        "",
        "AA==",
        "not base64",
        der(ACTOR_KEY.public_key()).rstrip("="),
        der(ACTOR_KEY.public_key()) + "\n",
        b64encode(bytes(32)).decode(),
        b64encode(bytes.fromhex(SPKI) + bytes(31)).decode(),
        b64encode(bytes.fromhex(SPKI) + bytes(33)).decode(),
        "é",
    ],
)
def test_bad_public_key(public_key: str) -> None:
    """Anything but the one spelling of an Ed25519 or P-256 key is refused."""
    with pytest.raises(BadKey):
        keys.public_keyid(public_key)
    with pytest.raises(BadKey):
        keys.verify("ed25519", public_key, bytes(64), b"")


P = 2**255 - 19


def is_small_order(y: int) -> bool:
    """Whether the point(s) with this y on edwards25519 vanish when multiplied by 8.

    Doubling in y alone: y' = (y^2 + x^2) / (2 + x^2 - y^2), with x^2 from the curve's equation
    -x^2 + y^2 = 1 + d x^2 y^2 (RFC 8032 section 5.1).
    """
    d = -121665 * pow(121666, -1, P) % P
    for _ in range(3):
        x2 = (y * y - 1) * pow(d * y * y + 1, -1, P) % P
        y = (y * y + x2) * pow(2 + x2 - y * y, -1, P) % P
    return y == 1


def test_small_order_list_is_right() -> None:
    """The list holds five points of small order and three y that only look different mod p."""
    ys = sorted(int.from_bytes(y, "little") for y in keys._SMALL_ORDER)
    assert all(is_small_order(y % P) for y in ys)
    assert len(ys) == 7
    assert len({y % P for y in ys}) == 5
    assert not is_small_order(4 * pow(5, -1, P) % P)  # the base point


@pytest.mark.parametrize("y", sorted(keys._SMALL_ORDER))
@pytest.mark.parametrize("sign", [0, 0x80])
def test_small_order_is_refused(y: bytes, sign: int) -> None:
    """A key under which one signature fits many messages cannot be used, whatever its sign bit."""
    raw = y[:-1] + bytes([y[-1] | sign])
    with pytest.raises(BadKey, match="small order"):
        keys.public_keyid(b64encode(bytes.fromhex(SPKI) + raw).decode())


@given(
    st.text(max_size=80) | st.binary(min_size=40, max_size=48).map(lambda b: b64encode(b).decode())
)
def test_public_key_junk(text: str) -> None:
    """Junk in place of a public key is refused with our error."""
    with pytest.raises(BadKey):
        keys.public_keyid(text)


def test_key_proof(signer: KeySigner) -> None:
    """A proof of possession holds for its actor, ledger and key, and for no other."""
    proof = keys.key_proof(signer, actor="sana", ledger=LEDGER)
    good = {
        "actor": "sana",
        "ledger": LEDGER,
        "scheme": "ed25519",
        "public_key": signer.public_key,
    }
    keys.check_key_proof(proof, **good)
    other = KeySigner(keys.generate())
    for wrong in (
        {"actor": "omar"},
        {"ledger": "2" * 64},
        {"scheme": "rsa"},
        {"public_key": other.public_key},
    ):
        with pytest.raises(BadSignature):
            keys.check_key_proof(proof, **(good | wrong))
    for junk in (
        "",
        "AA==",
        proof[:-1],
        proof + "\n",
        keys.key_proof(other, actor="sana", ledger=LEDGER),
    ):
        with pytest.raises(BadSignature):
            keys.check_key_proof(junk, **good)


def test_key_proof_is_no_event_signature(signer: KeySigner) -> None:
    """The proof signs its own payload type, so it never passes for a signed event."""
    payload = keys._proof_payload("sana", LEDGER, signer.public_key)
    body = f'{{"actor":"sana","ledger":"{LEDGER}","public_key":"{signer.public_key}"}}'
    kind = "application/vnd.regledger.key+json"
    assert payload == f"DSSEv1 {len(kind)} {kind} {len(body)} {body}".encode()


@pytest.mark.parametrize("passphrase", [None, b"open sesame"])
@pytest.mark.parametrize("make", [keys.generate, keys.generate_p256, keys.generate_mldsa44])
def test_save_and_load(
    tmp_path: Path, make: Callable[[], keys.PrivateKey], passphrase: bytes | None
) -> None:
    """Every kind of key comes back from its file, which is 0600 and PKCS#8."""
    key = make()
    path = tmp_path / "key.pem"
    old = os.umask(0)
    try:
        keys.save_private(path, key, passphrase)
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    word = b"BEGIN ENCRYPTED PRIVATE KEY" if passphrase else b"BEGIN PRIVATE KEY"
    assert word in path.read_bytes()
    if not isinstance(key, MLDSA44PrivateKey):
        again = keys.load_signer(path, passphrase)
        assert again.public_key == der(key.public_key())
        keys.verify(again.scheme, again.public_key, again.sign(b"x"), b"x")
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        private = keys.load_private(path, passphrase)
        assert private.private_bytes_raw() == key.private_bytes_raw()


def test_load_signer(tmp_path: Path) -> None:
    """An actor's file gives a signer; a log's post-quantum key is not one."""
    key = keys.generate()
    keys.save_private(tmp_path / "a", key, b"x")
    assert keys.load_signer(tmp_path / "a", b"x").public_key == der(key.public_key())
    keys.save_private(tmp_path / "m", keys.generate_mldsa44(), None)
    assert isinstance(keys.load_private(tmp_path / "m", None), MLDSA44PrivateKey)
    with pytest.raises(BadKey, match="ML-DSA"):
        keys.load_signer(tmp_path / "m", None)


def test_never_overwrites(tmp_path: Path) -> None:
    """An existing file, or a link in its place, stays as it was."""
    path = tmp_path / "key.pem"
    path.write_bytes(b"precious")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for target in (path, tmp_path / "link"):
        with pytest.raises(Conflict):
            keys.save_private(target, ACTOR_KEY, None)
    assert path.read_bytes() == b"precious"
    assert not (tmp_path / "elsewhere").exists()


def test_bad_place_or_passphrase(tmp_path: Path) -> None:
    """A missing directory and an empty or overlong passphrase are refused, and no file is left."""
    with pytest.raises(Unreachable):
        keys.save_private(tmp_path / "no" / "key", ACTOR_KEY, None)
    for passphrase in (b"", b"x" * 2000):
        with pytest.raises(InputError):
            keys.save_private(tmp_path / "key", ACTOR_KEY, passphrase)
    assert list(tmp_path.iterdir()) == []


def test_a_signer_recognises_what_opened_it(tmp_path: Path) -> None:
    """The passphrase, with blanks around it, on a line of its own, decomposed; nothing else."""
    path = tmp_path / "key.pem"
    keys.save_private(path, ACTOR_KEY, "Sésame, ouvre-toi".encode())
    signer = keys.load_signer(path, "Sésame, ouvre-toi".encode())
    assert signer.has_secret
    for text in (
        "Sésame, ouvre-toi",
        "  Sésame, ouvre-toi\n",
        "first line\nSésame, ouvre-toi\nlast",
        "Se\u0301same, ouvre-toi",
    ):
        assert signer.opened_by(text)
    for text in ("", " ", "sésame, ouvre-toi", "Sésame", "Sésame, ouvre-toi!", "x" * 20_000):
        assert not signer.opened_by(text)
    assert "ouvre" not in repr(signer) + repr(vars(signer))


def test_a_key_that_needs_no_passphrase_recognises_none(tmp_path: Path) -> None:
    """What was given for a file that is not encrypted is no secret of that key."""
    keys.save_private(tmp_path / "key.pem", ACTOR_KEY, None)
    for passphrase in (None, b"", b"open sesame"):
        signer = keys.load_signer(tmp_path / "key.pem", passphrase)
        assert not signer.has_secret
        assert not any(map(signer.opened_by, ("", "open sesame")))


@pytest.mark.parametrize("passphrase", [None, b"", b"close sesame", b"x" * 2000])
def test_wrong_passphrase(tmp_path: Path, passphrase: bytes | None) -> None:
    """An encrypted file says that the passphrase is wrong, and never shows it."""
    path = tmp_path / "key.pem"
    keys.save_private(path, ACTOR_KEY, b"open sesame")
    with pytest.raises(WrongPassphrase) as caught:
        keys.load_signer(path, passphrase)
    assert caught.value.path == str(path)
    assert "sesame" not in str(caught.value)


def test_passphrase_that_is_not_needed(tmp_path: Path) -> None:
    """A passphrase for a file that is not encrypted is not looked at."""
    keys.save_private(tmp_path / "key", ACTOR_KEY, None)
    assert keys.load_signer(tmp_path / "key", b"x").public_key == der(ACTOR_KEY.public_key())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601, 0o777])
def test_open_to_others(tmp_path: Path, mode: int) -> None:
    """A key file on which others have any right is refused, with the command that helps."""
    path = tmp_path / "key.pem"
    keys.save_private(path, ACTOR_KEY, None)
    path.chmod(mode)
    with pytest.raises(BadKey) as caught:
        keys.load_signer(path, None)
    assert f"{mode:04o}" in str(caught.value)
    assert "chmod 600" in caught.value.hint


def private_file(path: Path, data: bytes) -> Path:
    """Write a file nobody else may read."""
    path.write_bytes(data)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("passphrase", [None, b"open sesame"])
def test_openssh(tmp_path: Path, passphrase: bytes | None) -> None:
    """An OpenSSH file of an Ed25519 key loads, encrypted or not."""
    how = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    pem = ACTOR_KEY.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, how)
    path = private_file(tmp_path / "id_ed25519", pem)
    assert keys.load_signer(path, passphrase).public_key == der(ACTOR_KEY.public_key())
    if passphrase:
        for wrong in (None, b"", b"x"):
            with pytest.raises(WrongPassphrase):
                keys.load_signer(path, wrong)


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen")
@pytest.mark.parametrize(
    ("kind", "scheme"), [("ed25519", "ed25519"), ("ecdsa", "ecdsa-sha2-nistp256")]
)
def test_ssh_keygen(tmp_path: Path, kind: str, scheme: str) -> None:
    """What ssh-keygen itself makes, loads."""
    path = tmp_path / "id"
    command = ["ssh-keygen", "-q", "-t", kind, "-N", "pass", "-f", str(path)]
    subprocess.run(command, check=True, timeout=60)
    assert keys.load_signer(path, b"pass").scheme == scheme
    with pytest.raises(WrongPassphrase):
        keys.load_signer(path, b"other")


def test_other_kinds_of_key(tmp_path: Path) -> None:
    """A sound file of another algorithm is refused for what it is; a log has no P-256 key."""
    for curve in (ec.SECP384R1(), ec.SECP256K1()):
        key = ec.derive_private_key(7, curve)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with pytest.raises(BadKey, match="P-256"):
            keys.load_signer(private_file(tmp_path / "curve", pem), None)
        with pytest.raises(BadKey, match="P-256"):
            KeySigner(key)
    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    with pytest.raises(BadKey, match="neither an Ed25519 nor a P-256"):
        keys.load_signer(private_file(tmp_path / "rsa", pem), None)
    for form in (PrivateFormat.PKCS8, PrivateFormat.OpenSSH):
        pem = keys.generate_p256().private_bytes(Encoding.PEM, form, NoEncryption())
        path = private_file(tmp_path / "key", pem)
        with pytest.raises(BadKey, match="neither"):
            keys.load_private(path, None)


PEM = ACTOR_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
BAD_FILES = {
    "empty": b"",
    "text": b"hello",
    "public_key": ACTOR_KEY.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    ),
    "truncated": PEM[:60],
    "no_footer": PEM.split(b"-----END")[0],
    "bad_base64": PEM.replace(b"M", b"*"),
    "openssh_header_only": b"-----BEGIN OPENSSH PRIVATE KEY-----\n",
    "openssh_garbage": (
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"
    ),
    "encrypted_garbage": (
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"
    ),
    "too_large": PEM + b"#" * 70_000,
}


@pytest.mark.parametrize("passphrase", [None, b"x"])
@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file(tmp_path: Path, name: str, passphrase: bytes | None) -> None:
    """A file that is no key says so, with or without a passphrase, and shows none of it."""
    path = private_file(tmp_path / "key", BAD_FILES[name])
    with pytest.raises(BadKey) as caught:
        keys.load_private(path, passphrase)
    assert "MC4C" not in str(caught.value)


def test_unknown_cipher(tmp_path: Path) -> None:
    """An OpenSSH file under a cipher that is not known here says so, whatever the passphrase."""
    how = BestAvailableEncryption(b"x")
    pem = ACTOR_KEY.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, how)
    first, *lines, last = pem.splitlines()
    body = b64decode(b"".join(lines)).replace(b"aes256-ctr", b"aes257-xyz")
    path = private_file(tmp_path / "key", b"\n".join([first, b64encode(body), last, b""]))
    with pytest.raises(BadKey, match="cannot be read"):
        keys.load_private(path, b"x")


def test_no_file(tmp_path: Path) -> None:
    """A missing file, a directory, a FIFO and a name with NUL are refused at once."""
    os.mkfifo(tmp_path / "fifo", 0o600)
    (tmp_path / "dir").mkdir(0o700)
    with pytest.raises(Unreachable):
        keys.load_private(tmp_path / "none", None)
    for name in ("dir", "fifo", "a\0b"):
        with pytest.raises(BadKey):
            keys.load_private(tmp_path / name, None)


@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=80), kind=st.sampled_from(["", "OPENSSH ", "ENCRYPTED ", "EC "]))
def test_file_junk(tmp_path: Path, body: bytes, kind: str) -> None:
    """Junk inside a good frame is refused with our errors only."""
    frame = "-----{} " + kind + "PRIVATE KEY-----\n"
    text = frame.format("BEGIN") + b64encode(body).decode() + "\n" + frame.format("END")
    path = private_file(tmp_path / "key", text.encode())
    with pytest.raises(BadKey):
        keys.load_private(path, b"x")
