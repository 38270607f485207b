"""Profile a dataset: what its columns hold, and which of them may identify people."""

from __future__ import annotations

import json
from dataclasses import dataclass

from domain.datasets.profiling import profile
from domain.jobs import Job
from domain.kernel import DatasetId, OnProgress
from domain.ports import AuditLog, Blobs, Datasets
from domain.usecases.run_job import Outcome
from domain.usecases.source_tables import text_tables


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileDataset:
    """The work of a profile job."""

    datasets: Datasets
    blobs: Blobs
    audit: AuditLog

    def __call__(self, job: Job, on_progress: OnProgress) -> Outcome:
        dataset = self.datasets.get(job.organisation_id, DatasetId(job.subject_id))
        on_progress(0, 0, "reading")
        tables = text_tables(self.blobs, dataset, on_progress)
        report, metadata = profile(tables, dataset.metadata, on_progress)
        blob_id = self.blobs.put(job.organisation_id, json.dumps(report.to_document()).encode())

        def keep() -> None:
            self.datasets.profiled(job.organisation_id, dataset.id, metadata, blob_id)
            if dataset.profile_blob is not None:
                self.blobs.delete(job.organisation_id, dataset.profile_blob)
            self.audit.append(
                job.organisation_id,
                job.requested_by,
                "dataset.profiled",
                str(dataset.id),
                {"pii_flags": len(metadata.pii_flags)},
            )

        return Outcome(keep, lambda: self.blobs.delete(job.organisation_id, blob_id))
