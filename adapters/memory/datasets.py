"""Datasets in memory."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from adapters.memory.shelf import Shelf
from domain.datasets.confirmation import Confirmation
from domain.datasets.entities import Dataset, Metadata
from domain.kernel import BlobId, DatasetId, NotFound, OrganisationId, UserId


class MemoryDatasets:
    """Keeps the promises of :class:`domain.ports.Datasets`."""

    def __init__(self) -> None:
        self._datasets: Shelf[Dataset] = Shelf()

    def add(self, dataset: Dataset) -> None:
        self._datasets.put(dataset)

    def get(self, organisation_id: OrganisationId, dataset_id: DatasetId) -> Dataset:
        dataset = self.remembered(organisation_id, dataset_id)
        if dataset.deleted_at:
            raise NotFound("There is no such dataset here; it may have been deleted.")
        return dataset

    def remembered(self, organisation_id: OrganisationId, dataset_id: DatasetId) -> Dataset:
        return cast(Dataset, self._datasets.take(organisation_id, dataset_id, "dataset"))

    def profiled(
        self,
        organisation_id: OrganisationId,
        dataset_id: DatasetId,
        metadata: Metadata,
        profile_blob: BlobId,
    ) -> None:
        self._datasets.change(
            self.get(organisation_id, dataset_id),
            metadata=metadata,
            profile_blob=profile_blob,
            confirmed_by=None,
            confirmed_at=None,
            confirmation=Confirmation.UNSEEN,
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
        self._datasets.change(
            self.get(organisation_id, dataset_id),
            metadata=metadata,
            confirmed_by=by,
            confirmed_at=at,
            confirmation=how,
        )

    def delete(self, organisation_id: OrganisationId, dataset_id: DatasetId, at: datetime) -> None:
        self._datasets.change(self.get(organisation_id, dataset_id), deleted_at=at)

    def releases(
        self, organisation_id: OrganisationId, dataset_id: DatasetId
    ) -> tuple[DatasetId, ...]:
        this = self.get(organisation_id, dataset_id)
        earlier = [
            d
            for d in self._datasets.values()
            if (d.organisation_id, d.project_id, d.name)
            == (organisation_id, this.project_id, this.name)
            and d.created_at < this.created_at
        ]
        newest_first = sorted(earlier, key=lambda d: d.created_at, reverse=True)
        return (dataset_id, *(d.id for d in newest_first))

    def has_file(self, organisation_id: OrganisationId, sha256: str) -> bool:
        own = [d for d in self._datasets.values() if d.organisation_id == organisation_id]
        return any(file.sha256 == sha256 for dataset in own for file in dataset.files)

    def ids(self, organisation_id: OrganisationId) -> tuple[DatasetId, ...]:
        """Of everything that was uploaded, deleted or not."""
        return tuple(d.id for d in self._datasets.values() if d.organisation_id == organisation_id)

    def with_files_of(
        self, organisation_id: OrganisationId, dataset_id: DatasetId
    ) -> tuple[DatasetId, ...]:
        """Those that came with a file of this dataset."""
        own = [d for d in self._datasets.values() if d.organisation_id == organisation_id]
        wanted = {f.sha256 for d in own if d.id == dataset_id for f in d.files}
        return tuple(d.id for d in own if wanted & {f.sha256 for f in d.files})

    def expired(self, now: datetime) -> tuple[Dataset, ...]:
        due = [d for d in self._datasets.values() if d.expires_at <= now and not d.deleted_at]
        return tuple(sorted(due, key=lambda d: d.expires_at))
