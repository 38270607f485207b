"""A real S3 server for tests: SeaweedFS on free ports of this machine, its data in a folder."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

from adapters.blobs.s3 import s3_storage

_PATIENCE_SECONDS = 60
_SERVERS = ("master", "volume", "filer", "s3")


@contextmanager
def running(folder: Path) -> Iterator[S3Storage]:
    """The storage of an empty bucket on a server that runs for the length of the block."""
    ports = _free_ports(2 * len(_SERVERS))
    _write_identities(folder / "s3.json")
    log = (folder / "weed.log").open("wb")
    server = subprocess.Popen(_command(folder, ports), stdout=log, stderr=log, cwd=folder)
    try:
        storage = s3_storage(
            {
                "bucket": "twins",
                "endpoint": f"http://127.0.0.1:{ports[2 * _SERVERS.index('s3')]}",
                "region": "us-east-1",
                "access_key": "tester",
                "secret_key": "not-so-secret",
            }
        )
        _wait_for_bucket(storage, server)
        yield storage
    finally:
        server.kill()  # its data goes with the folder; a graceful stop takes half a minute
        server.wait(timeout=30)
        log.close()


def _command(folder: Path, ports: list[int]) -> list[str]:
    weed = Path(sys.executable).with_name("weed")
    command = [str(weed), "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
    command += ["-s3", f"-s3.config={folder / 's3.json'}"]
    command += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
    command += ["-volume.max=20", "-master.volumeSizeLimitMB=64", "-master.telemetry=false"]
    for number, server in enumerate(_SERVERS):
        command += [f"-{server}.port={ports[2 * number]}"]
        command += [f"-{server}.port.grpc={ports[2 * number + 1]}"]
    return command


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _write_identities(path: Path) -> None:
    keys = [{"accessKey": "tester", "secretKey": "not-so-secret"}]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    identities = [{"name": "tester", "credentials": keys, "actions": actions}]
    path.write_text(json.dumps({"identities": identities}))


def _wait_for_bucket(storage: S3Storage, server: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            storage.bucket.create()
            storage.bucket.put_object(Key="ready", Body=b"ready")
            storage.bucket.Object("ready").delete()
        except (BotoCoreError, ClientError):
            if server.poll() is not None or time.monotonic() > give_up:
                raise
            time.sleep(0.3)
        else:
            return
