"""A time-stamp authority over HTTP on loopback: openssl answers, certificates are made here."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_CONFIG = """[tsa]
default_tsa = here
[here]
serial = serial
default_policy = 1.2.3.4.1
digests = {digest}
signer_digest = sha256
ess_cert_id_alg = sha256
clock_precision_digits = 3
accuracy = secs:1, millisecs:500
"""
_ROOT = "Root of Example"
_PEM = serialization.Encoding.PEM


@dataclass
class Authority:
    """Answers queries from a directory; ``roots`` are what one must trust to believe it."""

    place: Path
    name: str = "Clock of Example"
    digest: str = "sha256"
    roots: bytes = field(init=False)
    _swap: tuple[bytes, bytes] = field(init=False)

    def __post_init__(self) -> None:
        if shutil.which("openssl") is None:
            pytest.skip("there is no openssl")
        self.place.mkdir(parents=True)
        above, own = Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())
        root = _certificate(_ROOT, above.public_key(), above)
        leaf, other = (
            _certificate(self.name, own.public_key(), above, usage=usage)
            for usage in (ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING)
        )
        der = serialization.Encoding.DER
        self._swap = (leaf.public_bytes(der), other.public_bytes(der))
        self.roots = root.public_bytes(_PEM)
        (self.place / "ca.pem").write_bytes(self.roots)
        (self.place / "tsa.pem").write_bytes(leaf.public_bytes(_PEM))
        kind = serialization.PrivateFormat.PKCS8
        key = own.private_bytes(_PEM, kind, serialization.NoEncryption())
        (self.place / "tsa.key").write_bytes(key)
        (self.place / "tsa.cnf").write_text(_CONFIG.format(digest=self.digest))
        (self.place / "serial").write_text("01\n")

    def reply(self, query: bytes) -> bytes:
        """Answer one TimeStampReq."""
        (self.place / "query").write_bytes(query)
        signer = ("-signer", "tsa.pem", "-inkey", "tsa.key")
        conf = ("-config", "tsa.cnf", "-section", "here")
        self._run("ts", "-reply", *conf, "-queryfile", "query", *signer, "-out", "reply")
        return (self.place / "reply").read_bytes()

    def disguised(self, response: bytes) -> bytes:
        """The same response with a certificate for the same key that is for signing code."""
        right, wrong = self._swap
        assert response.count(right) == 1
        assert len(right) == len(wrong)
        return response.replace(right, wrong)

    def accepts(self, response: bytes, data: bytes) -> bool:
        """Whether `openssl ts -verify` accepts a response over ``data`` with our root."""
        (self.place / "response").write_bytes(response)
        (self.place / "data").write_bytes(data)
        words = ("ts", "-verify", "-data", "data", "-in", "response", "-CAfile", "ca.pem")
        done = subprocess.run(("openssl", *words), cwd=self.place, capture_output=True, check=False)
        return done.returncode == 0

    def _run(self, *words: str) -> None:
        subprocess.run(("openssl", *words), cwd=self.place, capture_output=True, check=True)


def _certificate(
    name: str,
    key: Ed25519PublicKey | ec.EllipticCurvePublicKey,
    above: Ed25519PrivateKey,
    *,
    usage: x509.ObjectIdentifier | None = None,
) -> x509.Certificate:
    """A root where ``usage`` is None. The signature of the root has always the same length."""
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(_ROOT))
        .public_key(key)
        .serial_number(1 if usage is None else 2)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=10))
        .add_extension(x509.BasicConstraints(ca=usage is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
    if usage is not None:
        made = made.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
    return made.sign(above, None)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


Answer = tuple[int, str, bytes]


@contextmanager
def served(answer: Callable[[str, bytes], Answer]) -> Iterator[str]:
    """Serve POST on loopback: ``answer(path, body)`` to status, media type and body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, kind, said = answer(self.path, body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(said)))
            if status in {301, 307}:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_args: object) -> None:
            """A client that gave up waiting."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def stamping(authority: Authority) -> Callable[[str, bytes], Answer]:
    """What an authority does with a request."""

    def answer(_path: str, body: bytes) -> Answer:
        return 200, "application/timestamp-reply", authority.reply(body)

    return answer
