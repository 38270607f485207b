"""What ``EncryptedBlobs`` adds: nothing readable, nothing changed unnoticed, keys that shred."""

import io
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.blobs.encrypted import CHUNK, FORMAT, TAG, EncryptedBlobs
from adapters.blobs.files import FileBlobs
from adapters.memory import MemoryBlobKeys, MemoryBlobs, MemoryKeys
from domain.kernel import BlobId, NotFound, OrganisationId, StudioError
from domain.ports import Blobs

HERE = OrganisationId(uuid4())
SEALED = CHUNK + TAG
PLAIN = bytes(range(256)) * 700  # 2.7 chunks


def sealed_bytes(storage: Blobs, blob: BlobId) -> bytes:
    with storage.open(HERE, blob) as reader:
        return reader.read()


def chunks(sealed: bytes) -> list[bytes]:
    body = sealed[len(FORMAT) :]
    return [body[start : start + SEALED] for start in range(0, len(body), SEALED)]


def put_instead(
    storage: Blobs, blob_keys: MemoryBlobKeys, original: BlobId, sealed: bytes
) -> BlobId:
    """Store other bytes under the original's key, as one with access to the storage could."""
    blob = storage.put(HERE, sealed)
    blob_keys.add(HERE, blob, blob_keys.get(HERE, original))
    return blob


def test_nothing_of_the_plaintext_is_in_the_storage(
    storage: Blobs, encrypted: EncryptedBlobs
) -> None:
    secret = b"ann@example.org;1980-02-29;"
    sealed = sealed_bytes(storage, encrypted.put(HERE, secret * 5000))
    assert len(sealed) > 5000 * len(secret)
    assert secret[:8] not in sealed


def test_the_same_bytes_are_never_stored_alike(storage: Blobs, encrypted: EncryptedBlobs) -> None:
    first, second = (sealed_bytes(storage, encrypted.put(HERE, PLAIN)) for _ in range(2))
    assert first[:8] == second[:8] == FORMAT
    assert first[8:64] != second[8:64]


def damages() -> dict[str, object]:
    return {
        "a changed byte": lambda s: s[:5000] + bytes([s[5000] ^ 1]) + s[5001:],
        "a changed last byte": lambda s: s[:-1] + bytes([s[-1] ^ 1]),
        "a cut inside the last chunk": lambda s: s[:-5],
        "a last chunk left out": lambda s: FORMAT + b"".join(chunks(s)[:-1]),
        "a first chunk left out": lambda s: FORMAT + b"".join(chunks(s)[1:]),
        "two chunks swapped": lambda s: FORMAT + b"".join([chunks(s)[i] for i in (1, 0, 2)]),
        "a chunk twice": lambda s: FORMAT + b"".join([chunks(s)[i] for i in (0, 0, 1, 2)]),
        "bytes added at the end": lambda s: s + bytes(TAG + 3),
        "another format": lambda s: b"SDSblob2" + s[8:],
        "only the format": lambda s: s[: len(FORMAT)],
        "no bytes": lambda s: b"",
    }


@pytest.mark.parametrize("damage", damages())
def test_damage_is_noticed(
    damage: str, storage: Blobs, encrypted: EncryptedBlobs, blob_keys: MemoryBlobKeys
) -> None:
    original = encrypted.put(HERE, PLAIN)
    damaged = damages()[damage](sealed_bytes(storage, original))  # type: ignore[operator]
    blob = put_instead(storage, blob_keys, original, damaged)
    with pytest.raises(StudioError, match="changed or is incomplete"):
        encrypted.open(HERE, blob).read()


def test_a_blob_moved_to_another_organisation_cannot_be_read(
    storage: Blobs, encrypted: EncryptedBlobs, blob_keys: MemoryBlobKeys
) -> None:
    original = encrypted.put(HERE, PLAIN)
    elsewhere = OrganisationId(uuid4())
    moved = storage.put(elsewhere, sealed_bytes(storage, original))
    blob_keys.add(elsewhere, moved, blob_keys.get(HERE, original))
    with pytest.raises(StudioError, match="changed or is incomplete"):
        encrypted.open(elsewhere, moved).read()


def test_without_its_key_a_blob_is_gone_though_its_bytes_are_there(
    storage: Blobs, encrypted: EncryptedBlobs, blob_keys: MemoryBlobKeys
) -> None:
    blob = encrypted.put(HERE, PLAIN)
    blob_keys.delete(HERE, blob)
    assert sealed_bytes(storage, blob)
    with pytest.raises(NotFound):
        encrypted.open(HERE, blob)


def test_deleting_takes_key_and_bytes(
    storage: Blobs, encrypted: EncryptedBlobs, blob_keys: MemoryBlobKeys
) -> None:
    blob = encrypted.put(HERE, PLAIN)
    encrypted.delete(HERE, blob)
    with pytest.raises(NotFound):
        blob_keys.get(HERE, blob)
    with pytest.raises(NotFound):
        storage.open(HERE, blob)


def test_an_aborted_write_leaves_no_key(
    encrypted: EncryptedBlobs, blob_keys: MemoryBlobKeys
) -> None:
    with encrypted.writer(HERE) as writer:
        writer.write(PLAIN)
    assert blob_keys.rewrap(lambda wrapped: wrapped) == 0


def test_a_blob_whose_key_cannot_be_kept_leaves_no_bytes(tmp_path: Path) -> None:
    class FullDatabase(MemoryBlobKeys):
        def add(self, *given: object) -> None:
            raise OSError("disk full")

    blobs = EncryptedBlobs(FileBlobs(tmp_path), MemoryKeys(), FullDatabase())
    with pytest.raises(OSError, match="disk full"):
        blobs.put(HERE, PLAIN)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


moves = st.lists(
    st.tuples(st.integers(0, 3 * CHUNK), st.integers(0, 2 * CHUNK)), min_size=1, max_size=8
)


@given(size=st.integers(0, 3 * CHUNK), moves=moves)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_seeks_and_reads_give_what_a_plain_file_gives(
    size: int, moves: list[tuple[int, int]]
) -> None:
    data = (PLAIN + PLAIN)[:size]
    blobs = EncryptedBlobs(MemoryBlobs(), MemoryKeys(), MemoryBlobKeys())
    plain = io.BytesIO(data)
    with blobs.open(HERE, blobs.put(HERE, data)) as reader:
        for position, count in moves:
            plain.seek(position)
            reader.seek(position)
            assert reader.read(count) == plain.read(count)
