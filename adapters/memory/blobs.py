"""Blobs in memory."""

from __future__ import annotations

import io
from datetime import datetime
from types import TracebackType
from typing import BinaryIO, Self
from uuid import uuid4

from domain.kernel import BlobId, NotFound, OrganisationId


class MemoryBlobs:
    """Keeps the promises of :class:`domain.ports.Blobs`."""

    def __init__(self) -> None:
        self._bytes: dict[tuple[OrganisationId, BlobId], bytes] = {}

    def writer(self, organisation_id: OrganisationId) -> MemoryBlobWriter:
        return MemoryBlobWriter(self._bytes, organisation_id)

    def put(self, organisation_id: OrganisationId, data: bytes) -> BlobId:
        with self.writer(organisation_id) as writer:
            writer.write(data)
            return writer.commit()

    def open(self, organisation_id: OrganisationId, blob_id: BlobId) -> BinaryIO:
        try:
            return io.BytesIO(self._bytes[organisation_id, blob_id])
        except KeyError:
            raise NotFound("There is no such file here; it may have been deleted.") from None

    def delete(self, organisation_id: OrganisationId, blob_id: BlobId) -> None:
        self._bytes.pop((organisation_id, blob_id), None)

    def sweep(self, now: datetime) -> int:
        return 0  # what a killed process held in memory went with it


class MemoryBlobWriter:
    """Bytes on their way in."""

    def __init__(
        self, shelf: dict[tuple[OrganisationId, BlobId], bytes], organisation_id: OrganisationId
    ) -> None:
        self._shelf = shelf
        self._organisation_id = organisation_id
        self._written = io.BytesIO()

    def write(self, data: bytes) -> int:
        return self._written.write(data)

    def commit(self) -> BlobId:
        blob_id = BlobId(uuid4().hex)
        self._shelf[self._organisation_id, blob_id] = self._written.getvalue()
        return blob_id

    def abort(self) -> None:
        self._written.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.abort()
