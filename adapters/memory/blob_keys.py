"""Wrapped data keys in memory."""

from __future__ import annotations

from collections.abc import Callable

from domain.kernel import BlobId, NotFound, OrganisationId


class MemoryBlobKeys:
    """Keeps the promises of :class:`domain.ports.BlobKeys`."""

    def __init__(self) -> None:
        self._wrapped: dict[tuple[OrganisationId, BlobId], bytes] = {}

    def add(self, organisation_id: OrganisationId, blob_id: BlobId, wrapped: bytes) -> None:
        self._wrapped[organisation_id, blob_id] = wrapped

    def get(self, organisation_id: OrganisationId, blob_id: BlobId) -> bytes:
        try:
            return self._wrapped[organisation_id, blob_id]
        except KeyError:
            raise NotFound("There is no such file here; it may have been deleted.") from None

    def delete(self, organisation_id: OrganisationId, blob_id: BlobId) -> None:
        self._wrapped.pop((organisation_id, blob_id), None)

    def rewrap(self, rewrapped: Callable[[bytes], bytes]) -> int:
        new = {blob: rewrapped(key) for blob, key in self._wrapped.items()}
        self._wrapped.update(new)
        return len(self._wrapped)
