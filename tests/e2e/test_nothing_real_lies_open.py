"""Plant values that occur nowhere else, use the product, and search everything it wrote."""

import json
import socket
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.servers import Instance

pytestmark = pytest.mark.slow

PLANTED = "Zyxwvut-Qqplanted"


@pytest.fixture
def instance(tmp_path):
    running = Instance(tmp_path / "data", {"TMPDIR": str(tmp_path / "temporary")})
    running.data_dir.mkdir()
    (tmp_path / "temporary").mkdir()
    yield running
    running.stop()


def planted_csv(rows=300) -> bytes:
    lines = [f"{PLANTED}-{i:04}x,{i % 50},{'ab'[i % 2]}" for i in range(rows)]
    return ("who,age,group\n" + "\n".join(lines) + "\n").encode()


def files_with_the_plant(*folders: Path) -> list[Path]:
    found = []
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and PLANTED.encode() in path.read_bytes():
                found.append(path)
    return found


def test_the_whole_main_job_leaves_no_real_value_in_any_file(instance, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "people.csv").write_bytes(planted_csv())
    words = ("--out", str(tmp_path / "out"), "--set", "max_epochs=2")
    made = instance.manage("synthesize", str(tmp_path / "in" / "people.csv"), *words, check=False)
    assert made.returncode == 3, made.stderr  # two epochs are too few to pass the gates
    run = json.loads((tmp_path / "out" / "timings.json").read_text())["run"]
    let_out = instance.manage("approve_release", run, "--override", "--reason", "A test.")
    packed = instance.manage("build_pack", run, "--out", str(tmp_path / "out" / "pack.zip"))
    said = "".join(done.stdout + done.stderr for done in (made, let_out, packed))
    assert PLANTED not in said
    assert (instance.data_dir / "studio.sqlite3").exists()
    assert files_with_the_plant(instance.data_dir, tmp_path / "temporary") == []
    written = b"".join(p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file())
    real = {line.split(b",")[0] for line in planted_csv().splitlines()[1:]}
    assert not [value for value in real if value in written]


def test_an_upload_that_is_killed_halfway_leaves_nothing_readable(instance, tmp_path):
    user, _ = instance.first_start()
    key = instance.manage("create_api_key", "--user", user, "--name", "test").stdout.split()[-1]
    address = instance.start_web()
    web = instance.processes[-1]
    with half_an_upload(address, key, planted_csv(rows=200_000)):
        instance.kill(web)
    assert files_with_the_plant(instance.data_dir, tmp_path / "temporary") == []
    assert list((tmp_path / "temporary").rglob("*upload*")) == []


def half_an_upload(address: str, key: str, data: bytes) -> socket.socket:
    """Send the first half of a multipart upload, and keep the connection open."""
    where = urlsplit(address)
    head = (
        b'--cut\r\nContent-Disposition: form-data; name="file"; filename="people.csv"\r\n'
        b"Content-Type: text/csv\r\n\r\n"
    )
    length = len(head) + len(data) + len(b"\r\n--cut--\r\n")
    request = (
        f"POST /api/v1/upload HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: {length}\r\n\r\n"
    ).encode()
    connection = socket.create_connection((where.hostname, where.port))
    connection.sendall(request + head + data[: len(data) // 2])
    time.sleep(1)
    return connection


def test_what_an_api_upload_keeps_is_encrypted(instance, tmp_path):
    user, _ = instance.first_start()
    key = instance.manage("create_api_key", "--user", user, "--name", "test").stdout.split()[-1]
    address = instance.start_web()
    body = (
        b'--cut\r\nContent-Disposition: form-data; name="file"; filename="people.csv"\r\n'
        b"Content-Type: text/csv\r\n\r\n" + planted_csv(rows=200_000) + b"\r\n--cut--\r\n"
    )
    request = urllib.request.Request(
        f"{address}/api/v1/upload",
        data=body,
        headers={
            "Authorization": f"Bearer {key}",
            "Content-Type": "multipart/form-data; boundary=cut",
        },
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status in (200, 201, 202)
    blobs = [p for p in (instance.data_dir / "blobs").rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in blobs) > 1_000_000
    assert files_with_the_plant(instance.data_dir, tmp_path / "temporary") == []
