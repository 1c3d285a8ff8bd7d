"""A time-stamp authority in a directory: openssl, a root made for one test, no network."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_CONFIG = """
[req]
distinguished_name = dn
[dn]
[tsa_ext]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
[ca_ext]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[tsa]
default_tsa = t
[t]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
"""


class Authority:
    """Makes responses; ``roots`` are its certificates in PEM."""

    def __init__(self, place: Path) -> None:
        self.place = place
        (place / "conf").write_text(_CONFIG)
        (place / "serial").write_text("01\n")
        new = ("req", "-config", "conf", "-newkey", "rsa:2048", "-nodes", "-sha256")
        ca = ("-x509", "-days", "30", "-extensions", "ca_ext", "-subj", "/CN=Root")
        self._run(*new, *ca, "-keyout", "ca.key", "-out", "ca.pem")
        self._run(*new, "-subj", "/CN=Clock", "-keyout", "tsa.key", "-out", "tsa.csr")
        by = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30")
        ext = ("-extfile", "conf", "-extensions", "tsa_ext")
        self._run("x509", "-req", "-in", "tsa.csr", *by, *ext, "-out", "tsa.pem")
        self.roots = (place / "ca.pem").read_bytes()

    def stamp(self, data: bytes) -> bytes:
        """Return a TimeStampResp in DER over ``data``."""
        (self.place / "data").write_bytes(data)
        self._run("ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "query")
        keys = ("-signer", "tsa.pem", "-inkey", "tsa.key")
        self._run("ts", "-reply", "-config", "conf", "-queryfile", "query", *keys, "-out", "reply")
        return (self.place / "reply").read_bytes()

    def _run(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.place, check=True, capture_output=True)
