"""Wrapped data keys in rows."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection, transaction
from django.db.models import QuerySet

from adapters.orm.models import BlobKeyRow
from adapters.orm.stores.tenancy import the_one
from domain.kernel import BlobId, OrganisationId


class OrmBlobKeys:
    """Keeps the promises of :class:`domain.ports.BlobKeys`."""

    def add(self, organisation_id: OrganisationId, blob_id: BlobId, wrapped: bytes) -> None:
        BlobKeyRow.objects.create(organisation_id=organisation_id, blob_id=blob_id, wrapped=wrapped)

    def get(self, organisation_id: OrganisationId, blob_id: BlobId) -> bytes:
        return bytes(the_one(_own(organisation_id, blob_id), "file").wrapped)

    def delete(self, organisation_id: OrganisationId, blob_id: BlobId) -> None:
        _own(organisation_id, blob_id).delete()
        transaction.on_commit(_forget_old_pages)

    def rewrap(self, rewrapped: Callable[[bytes], bytes]) -> int:
        with transaction.atomic():
            rows = list(BlobKeyRow.objects.select_for_update().order_by("id"))
            for row in rows:
                row.wrapped = rewrapped(bytes(row.wrapped))
            BlobKeyRow.objects.bulk_update(rows, ["wrapped"], batch_size=500)
        return len(rows)


def _forget_old_pages() -> None:
    """Empty SQLite's write-ahead log, where a page with the deleted key may still stand.

    While somebody reads, SQLite puts it off; the next deletion or the last connection does it.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _own(organisation_id: OrganisationId, blob_id: BlobId) -> QuerySet[BlobKeyRow]:
    return BlobKeyRow.objects.filter(organisation_id=organisation_id, blob_id=blob_id)
