"""Promises of ``Blobs``, on every storage as it is and encrypted."""

import io
from uuid import uuid4

import pytest

from domain.kernel import BlobId, NotFound, OrganisationId
from domain.ports import Blobs

HERE = OrganisationId(uuid4())
ELSEWHERE = OrganisationId(uuid4())
CHUNK = 64 * 1024
PATTERN = bytes(range(256)) * 1024


def test_what_was_put_can_be_read(blobs: Blobs) -> None:
    blob = blobs.put(HERE, b"some bytes")
    with blobs.open(HERE, blob) as reader:
        assert reader.read() == b"some bytes"


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7])
def test_every_size_comes_back_to_the_byte(blobs: Blobs, size: int) -> None:
    with blobs.open(HERE, blobs.put(HERE, PATTERN[:size])) as reader:
        assert reader.read() == PATTERN[:size]


def test_a_blob_may_be_written_in_pieces_of_any_size(blobs: Blobs) -> None:
    with blobs.writer(HERE) as writer:
        for start, end in ((0, 3), (3, 3), (3, CHUNK + 5), (CHUNK + 5, len(PATTERN))):
            assert writer.write(PATTERN[start:end]) == end - start
        blob = writer.commit()
    with blobs.open(HERE, blob) as reader:
        assert reader.read() == PATTERN


def test_a_reader_seeks_and_tells_like_any_file(blobs: Blobs) -> None:
    with blobs.open(HERE, blobs.put(HERE, PATTERN)) as reader:
        assert reader.seekable()
        assert reader.seek(-10, io.SEEK_END) == len(PATTERN) - 10
        assert reader.read() == PATTERN[-10:]
        assert reader.seek(CHUNK - 2) == CHUNK - 2
        assert reader.read(4) == PATTERN[CHUNK - 2 : CHUNK + 2]
        assert reader.tell() == CHUNK + 2
        assert reader.seek(8, io.SEEK_CUR) == CHUNK + 10
        assert reader.read(1) == PATTERN[CHUNK + 10 : CHUNK + 11]
        reader.seek(len(PATTERN) + 5)
        assert reader.read(1) == b""


def test_aborting_twice_or_after_commit_is_harmless(blobs: Blobs) -> None:
    writer = blobs.writer(HERE)
    writer.write(b"kept")
    blob = writer.commit()
    writer.abort()
    writer.abort()
    with blobs.open(HERE, blob) as reader:
        assert reader.read() == b"kept"


def test_another_organisations_blob_does_not_exist(blobs: Blobs) -> None:
    blob = blobs.put(HERE, b"ours")
    with pytest.raises(NotFound):
        blobs.open(ELSEWHERE, blob)
    blobs.delete(ELSEWHERE, blob)
    with blobs.open(HERE, blob) as reader:
        assert reader.read() == b"ours"


@pytest.mark.parametrize("unknown", ["0" * 32, "nonsense", "../../etc/passwd", ""])
def test_an_unknown_id_is_not_found_and_deleting_it_is_harmless(blobs: Blobs, unknown: str) -> None:
    with pytest.raises(NotFound):
        blobs.open(HERE, BlobId(unknown))
    blobs.delete(HERE, BlobId(unknown))


def test_a_deleted_blob_is_gone_and_deleting_it_twice_is_harmless(blobs: Blobs) -> None:
    blob = blobs.put(HERE, b"gone")
    blobs.delete(HERE, blob)
    blobs.delete(HERE, blob)
    with pytest.raises(NotFound):
        blobs.open(HERE, blob)
