"""An S3 server on loopback."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ledger.checkpoints.storage import ObjectStorage, open_storage


@contextmanager
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStorage]:
    """A prefix in an empty bucket, over the S3 protocol."""
    s3fs = pytest.importorskip("s3fs")
    s3fs.S3FileSystem.clear_instance_cache()  # it may still speak to the server of another test
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        name = f"regledger-{uuid.uuid4()}"  # servers of one process share their buckets
        place = open_storage(f"s3://{name}/log")
        assert isinstance(place, ObjectStorage)
        place._files.mkdir(name)
        yield place
    finally:
        server.stop()
