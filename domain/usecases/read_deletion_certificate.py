"""Read the certificate that a dataset was deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.compliance.legal.deletion import DeletionCase, deletion_certificate, deletion_entry
from domain.datasets.entities import Dataset
from domain.kernel import Actor, Conflict, DatasetId, Permission
from domain.ports import AuditLog, Clock, Datasets, Keys, TrainingRuns
from domain.ports.pack_templates import PackTemplates
from domain.usecases.private_cases import keyed_digests


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDeletionCertificate:
    """What was deleted, when, by whom and how; files of private runs have keyed names only."""

    datasets: Datasets
    runs: TrainingRuns
    templates: PackTemplates
    audit: AuditLog
    keys: Keys
    clock: Clock
    organisation: str
    product_version: str

    def __call__(self, actor: Actor, *, dataset_id: DatasetId) -> dict[str, Any]:
        actor.require(Permission.VIEW)
        dataset = self.datasets.remembered(actor.organisation_id, dataset_id)
        entries = self.audit.about(actor.organisation_id, frozenset({str(dataset.id)}))
        entry = deletion_entry(entries, dataset)
        if entry is None:
            raise Conflict("This dataset is still there; delete it to get a certificate.")
        template = self.templates.newest(actor.organisation_id)
        return deletion_certificate(
            DeletionCase(
                dataset=dataset,
                entry=entry,
                organisation=template.name_or(self.organisation) if template else self.organisation,
                product_version=self.product_version,
                created_at=self.clock(),
                keyed_digests=keyed_digests(self.keys, dataset) if self._private(dataset) else (),
            )
        )

    def _private(self, dataset: Dataset) -> bool:
        """Whether any run that learned from it was private."""
        owner = dataset.organisation_id
        runs = (self.runs.get(owner, run) for run in self.runs.of_dataset(owner, dataset.id))
        return any(run.privacy is not None for run in runs)
