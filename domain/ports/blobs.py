"""Bytes of any size, and the keys they are encrypted with, as the use cases need them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import BinaryIO, Protocol

from domain.kernel import BlobId, OrganisationId


class BlobWriter(Protocol):
    """Bytes on their way in. Nothing exists until ``commit``; leaving the ``with`` block
    without it, or a crash, leaves no blob."""

    def write(self, data: bytes) -> int: ...

    def commit(self) -> BlobId: ...

    def abort(self) -> None:
        """Forget what was written. Harmless after ``commit`` and when called twice."""
        ...

    def __enter__(self) -> BlobWriter: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Abort unless committed."""
        ...


class Blobs(Protocol):
    """Byte strings of any size, by id, each in an organisation."""

    def writer(self, organisation_id: OrganisationId) -> BlobWriter: ...

    def put(self, organisation_id: OrganisationId, data: bytes) -> BlobId:
        """Write a small blob at once."""
        ...

    def open(self, organisation_id: OrganisationId, blob_id: BlobId) -> BinaryIO:
        """A seekable reader; ``NotFound`` when there is no such blob in the organisation."""
        ...

    def delete(self, organisation_id: OrganisationId, blob_id: BlobId) -> None:
        """Make the bytes unreadable for ever. Harmless when there is no such blob."""
        ...

    def sweep(self, now: datetime) -> int:
        """Remove what killed writers left behind more than a day ago; returns how many pieces."""
        ...


class BlobKeys(Protocol):
    """The wrapped data key of every encrypted blob. Deleting one shreds its blob."""

    def add(self, organisation_id: OrganisationId, blob_id: BlobId, wrapped: bytes) -> None: ...

    def get(self, organisation_id: OrganisationId, blob_id: BlobId) -> bytes: ...

    def delete(self, organisation_id: OrganisationId, blob_id: BlobId) -> None: ...

    def rewrap(self, rewrapped: Callable[[bytes], bytes]) -> int:
        """Replace every wrapped key by ``rewrapped(key)`` in one transaction; returns how many."""
        ...
