"""Datasets in rows."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from adapters.orm.mappers import dataset_columns, dataset_entity
from adapters.orm.models import DatasetRow
from adapters.orm.stores.tenancy import change_one, the_one
from domain.datasets.confirmation import Confirmation
from domain.datasets.entities import Dataset, Metadata
from domain.kernel import BlobId, DatasetId, OrganisationId, UserId


class OrmDatasets:
    """Keeps the promises of :class:`domain.ports.Datasets`."""

    def add(self, dataset: Dataset) -> None:
        DatasetRow.objects.create(**dataset_columns(dataset))

    def get(self, organisation_id: OrganisationId, dataset_id: DatasetId) -> Dataset:
        return dataset_entity(the_one(_living(organisation_id, dataset_id), "dataset"))

    def remembered(self, organisation_id: OrganisationId, dataset_id: DatasetId) -> Dataset:
        rows = DatasetRow.objects.filter(organisation_id=organisation_id, id=dataset_id)
        return dataset_entity(the_one(rows, "dataset"))

    def profiled(
        self,
        organisation_id: OrganisationId,
        dataset_id: DatasetId,
        metadata: Metadata,
        profile_blob: BlobId,
    ) -> None:
        change_one(
            _living(organisation_id, dataset_id),
            "dataset",
            metadata=metadata.to_document(),
            profile_blob=profile_blob,
            confirmed_by="",
            confirmed_at=None,
            confirmation="",
        )

    def confirm(
        self,
        organisation_id: OrganisationId,
        dataset_id: DatasetId,
        metadata: Metadata,
        by: UserId,
        at: datetime,
        how: Confirmation,
    ) -> None:
        change_one(
            _living(organisation_id, dataset_id),
            "dataset",
            metadata=metadata.to_document(),
            confirmed_by=by,
            confirmed_at=at,
            confirmation=how,
        )

    def delete(self, organisation_id: OrganisationId, dataset_id: DatasetId, at: datetime) -> None:
        change_one(_living(organisation_id, dataset_id), "dataset", deleted_at=at)

    def releases(
        self, organisation_id: OrganisationId, dataset_id: DatasetId
    ) -> tuple[DatasetId, ...]:
        this = the_one(_living(organisation_id, dataset_id), "dataset")
        earlier = DatasetRow.objects.filter(
            organisation_id=organisation_id,
            project_id=this.project_id,
            name=this.name,
            created_at__lt=this.created_at,
        ).order_by("-created_at")
        return (dataset_id, *(DatasetId(d) for d in earlier.values_list("id", flat=True)))

    def has_file(self, organisation_id: OrganisationId, sha256: str) -> bool:
        kept = DatasetRow.objects.filter(organisation_id=organisation_id)
        lists = kept.values_list("files", flat=True).iterator()
        return any(file["sha256"] == sha256 for files in lists for file in files)

    def expired(self, now: datetime) -> tuple[Dataset, ...]:
        due = DatasetRow.objects.filter(expires_at__lte=now, deleted_at__isnull=True)
        return tuple(dataset_entity(row) for row in due.order_by("expires_at"))


def _living(organisation_id: OrganisationId, dataset_id: DatasetId) -> QuerySet[DatasetRow]:
    return DatasetRow.objects.filter(
        organisation_id=organisation_id, id=dataset_id, deleted_at__isnull=True
    )
