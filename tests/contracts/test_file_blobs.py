"""What is left in the folder of ``FileBlobs``, and in the bucket of ``S3Blobs``."""

import os
import signal
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from storages.backends.s3 import S3Storage

from adapters.blobs.encrypted import EncryptedBlobs
from adapters.blobs.files import FileBlobs
from adapters.blobs.s3 import S3Blobs
from adapters.memory import MemoryBlobKeys, MemoryKeys
from domain.kernel import OrganisationId, utc_now

HERE = OrganisationId(uuid4())
PLANTED = b"Grace Hopper, 1906-12-09"
KILLED_UPLOAD = """
import sys, time
from pathlib import Path
from uuid import uuid4
from adapters.blobs.encrypted import EncryptedBlobs
from adapters.blobs.files import FileBlobs
from adapters.memory import MemoryBlobKeys, MemoryKeys
blobs = EncryptedBlobs(FileBlobs(Path(sys.argv[1])), MemoryKeys(), MemoryBlobKeys())
writer = blobs.writer(uuid4())
writer.write(sys.argv[2].encode() * 20_000)
print("uploading", flush=True)
time.sleep(60)
"""


def files_under(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_an_aborted_write_leaves_no_file(tmp_path: Path) -> None:
    with FileBlobs(tmp_path).writer(HERE) as writer:
        writer.write(b"half")
    assert files_under(tmp_path) == []


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    FileBlobs(tmp_path).put(HERE, b"bytes")
    [file] = files_under(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_killed_upload_leaves_nothing_readable_and_is_swept_after_a_day(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", KILLED_UPLOAD, str(tmp_path), PLANTED.decode()]
    upload = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert upload.stdout
    assert upload.stdout.readline() == b"uploading\n"
    upload.send_signal(signal.SIGKILL)
    upload.wait()
    upload.stdout.close()

    [left] = files_under(tmp_path)
    assert left.name.endswith(".unfinished")
    assert PLANTED not in left.read_bytes()
    blobs = FileBlobs(tmp_path)
    assert blobs.sweep(utc_now()) == 0, "it could still be going on"
    assert blobs.sweep(utc_now() + timedelta(days=1, minutes=1)) == 1
    assert files_under(tmp_path) == []


def test_sweeping_leaves_finished_blobs_alone(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    blob = blobs.put(HERE, b"old but finished")
    os.utime(files_under(tmp_path)[0], (0, 0))
    assert blobs.sweep(utc_now()) == 0
    with blobs.open(HERE, blob) as reader:
        assert reader.read() == b"old but finished"


def test_planted_plaintext_is_in_no_file(tmp_path: Path) -> None:
    EncryptedBlobs(FileBlobs(tmp_path), MemoryKeys(), MemoryBlobKeys()).put(
        HERE, b"name\n" + PLANTED * 10_000
    )
    [file] = files_under(tmp_path)
    assert file.stat().st_size > 200_000
    assert PLANTED[:12] not in file.read_bytes()


@pytest.mark.servers
def test_an_aborted_upload_leaves_no_object_and_no_parts(s3_storage: S3Storage) -> None:
    organisation = OrganisationId(uuid4())
    with S3Blobs(s3_storage).writer(organisation) as writer:
        writer.write(b"x" * 6_000_000)  # more than one part
        writer.write(b"y")
    assert list(s3_storage.bucket.objects.filter(Prefix=str(organisation))) == []
    uploads = list(s3_storage.bucket.multipart_uploads.all())
    assert [u for u in uploads if u.object_key.startswith(str(organisation))] == []


@pytest.mark.servers
def test_a_blob_of_several_parts_is_read_in_the_middle(s3_storage: S3Storage) -> None:
    data = os.urandom(11_000_000)
    blobs = S3Blobs(s3_storage)
    with blobs.open(HERE, blobs.put(HERE, data)) as reader:
        reader.seek(10_485_000)
        assert reader.read(2000) == data[10_485_000:10_487_000]
