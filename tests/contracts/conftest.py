"""Which adapters the contracts are checked on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from storages.backends.s3 import S3Storage

from adapters.blobs.encrypted import EncryptedBlobs
from adapters.blobs.files import FileBlobs
from adapters.blobs.s3 import S3Blobs
from adapters.memory import MemoryBlobKeys, MemoryBlobs, MemoryKeys
from domain.kernel import OrganisationId
from domain.ports import Blobs
from tests.contracts import seaweed
from tests.contracts.worlds import World, memory_world, orm_world

_ROLLED_BACK = pytest.param("orm", marks=pytest.mark.django_db)
_COMMITTED = pytest.param("orm", marks=pytest.mark.django_db(transaction=True))


@pytest.fixture(params=["memory", _ROLLED_BACK])
def world(request: pytest.FixtureRequest) -> World:
    """Every store, in a transaction that is rolled back after the test."""
    return memory_world() if request.param == "memory" else orm_world()


@pytest.fixture(params=["memory", _COMMITTED])
def live_world(request: pytest.FixtureRequest) -> World:
    """Every store, with transactions that really commit."""
    return memory_world() if request.param == "memory" else orm_world()


@pytest.fixture
def organisation(request: pytest.FixtureRequest) -> OrganisationId:
    """An organisation of the test's world."""
    name = "live_world" if "live_world" in request.fixturenames else "world"
    return request.getfixturevalue(name).organisation()


@pytest.fixture
def at_once() -> Callable[[World, Callable[[int], Any], int], list[Any]]:
    """``at_once(world, call, times)``: the results of ``call(0)`` … in as many threads."""

    def run(world: World, call: Callable[[int], Any], times: int) -> list[Any]:
        def one(number: int) -> Any:
            try:
                return call(number)
            finally:
                world.leave_thread()

        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(one, range(times)))

    return run


@pytest.fixture(scope="session")
def s3_storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Storage]:
    """The bucket of a real S3 server."""
    with seaweed.running(tmp_path_factory.mktemp("seaweed")) as storage:
        yield storage


_S3 = pytest.param("s3", marks=pytest.mark.servers)


@pytest.fixture(params=["memory", "files", _S3])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """Blobs that keep bytes as they are."""
    if request.param == "memory":
        return MemoryBlobs()
    if request.param == "files":
        return FileBlobs(tmp_path / "blobs")
    return S3Blobs(request.getfixturevalue("s3_storage"))


@pytest.fixture
def blob_keys() -> MemoryBlobKeys:
    """Where encrypted blobs keep their keys."""
    return MemoryBlobKeys()


@pytest.fixture
def encrypted(storage: Blobs, blob_keys: MemoryBlobKeys) -> EncryptedBlobs:
    """Blobs encrypted over each storage."""
    return EncryptedBlobs(storage, MemoryKeys(), blob_keys)


@pytest.fixture(params=["as they are", "encrypted"])
def blobs(request: pytest.FixtureRequest, storage: Blobs, encrypted: EncryptedBlobs) -> Blobs:
    """Every kind of blobs."""
    return storage if request.param == "as they are" else encrypted
