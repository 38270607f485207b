"""Delete a dataset: its keys are destroyed, so that no copy of its bytes can be read again."""

from __future__ import annotations

from dataclasses import dataclass

from domain.datasets.entities import Dataset
from domain.kernel import SYSTEM, Actor, BlobId, DatasetId, Permission, UserId
from domain.ports import (
    Atomic,
    AuditLog,
    Blobs,
    Clock,
    Datasets,
    PrivacyLedger,
    SyntheticDatasets,
    TrainingRuns,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteDataset:
    """Shred a dataset's source, tables and profile, and the models that learned from it.

    Rows that were completed by those models go too, for they hold what a person gave. Synthetic
    data drawn from the models stay, and so do scores and packs.
    """

    datasets: Datasets
    runs: TrainingRuns
    synthetics: SyntheticDatasets
    ledger: PrivacyLedger
    blobs: Blobs
    audit: AuditLog
    atomic: Atomic
    clock: Clock

    def __call__(self, actor: Actor, *, dataset_id: DatasetId) -> None:
        actor.require(Permission.DELETE)
        dataset = self.datasets.get(actor.organisation_id, dataset_id)
        self.shred(dataset, actor.user_id, "dataset.deleted")

    def shred(self, dataset: Dataset, by: UserId, action: str) -> None:
        """Delete ``dataset`` and write down who did.

        The bytes go inside the transaction: what breaks off halfway is still there to be deleted
        again, and nothing is left that no row knows of.
        """
        with self.atomic():
            self.datasets.delete(dataset.organisation_id, dataset.id, self.clock())
            models = self.runs.forget_artifacts(dataset.organisation_id, dataset.id)
            completed = [
                blob_id
                for run_id in self.runs.of_dataset(dataset.organisation_id, dataset.id)
                for blob_id in self.synthetics.forget_completed(dataset.organisation_id, run_id)
            ]
            self.audit.append(
                dataset.organisation_id,
                by,
                action,
                str(dataset.id),
                {
                    "blobs": len(dataset.blob_ids),
                    "models": len(models),
                    "completed": len(completed),
                },
            )
            for blob_id in (*dataset.blob_ids, *models, *completed, *self._unspent(dataset)):
                self.blobs.delete(dataset.organisation_id, blob_id)

    def _unspent(self, dataset: Dataset) -> tuple[BlobId, ...]:
        """The digests of its people, no longer known, where nothing of their privacy was spent.

        Where something was, they stay: uploading the same rows again gives no new budget.
        """
        account = self.ledger.account(dataset.organisation_id, dataset.id)
        known = account.population.people_blob
        if known is None or account.own:
            return ()
        gone = self.ledger.recognise(dataset.organisation_id, dataset.id, None, known)
        return (known,) if gone else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireDatasets:
    """Shred every dataset past its date, and sweep up after killed uploads.

    Run by the schedule, for all organisations.
    """

    datasets: Datasets
    blobs: Blobs
    delete: DeleteDataset
    clock: Clock

    def __call__(self) -> int:
        self.blobs.sweep(self.clock())
        expired = self.datasets.expired(self.clock())
        for dataset in expired:
            self.delete.shred(dataset, SYSTEM, "dataset.expired")
        return len(expired)
