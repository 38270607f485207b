"""What the API reads beside use cases: one query each, always inside one organisation."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from adapters.orm.mappers import dataset_entity, job_entity, run_entity, synthetic_entity
from adapters.orm.models import (
    AuditEntryRow,
    DatasetRow,
    EvidencePackRow,
    JobRow,
    ProjectRow,
    SyntheticDatasetRow,
    TrainingRunRow,
)
from adapters.orm.stores.tenancy import the_one
from domain.datasets.entities import Dataset
from domain.jobs import Job, JobKind
from domain.kernel import JobId, NotFound, OrganisationId, PackId, ProjectId
from domain.synthesis.runs import SyntheticDataset, TrainingRun


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditHead:
    """The state of the whole instance's log, which every entry is part of."""

    size: int
    root: str
    """Hex of the RFC 6962 tree head."""
    signature: str
    """Hex of the Ed25519 signature over size and root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackLine:
    """The newest pack of a run, and whether it can be downloaded."""

    id: PackId
    built: bool


def job(organisation_id: OrganisationId, job_id: UUID) -> Job:
    """The job; :class:`NotFound` in any other organisation."""
    rows = JobRow.objects.filter(organisation_id=organisation_id, id=job_id)
    return job_entity(the_one(rows, "job"))


def latest_job(organisation_id: OrganisationId, kind: JobKind, subject_id: UUID) -> JobId | None:
    """The newest job of that kind for that subject."""
    rows = JobRow.objects.filter(organisation_id=organisation_id, kind=kind, subject_id=subject_id)
    found = rows.order_by("-created_at").values_list("id", flat=True).first()
    return JobId(found) if found else None


def training_run(organisation_id: OrganisationId, run_id: UUID) -> TrainingRun:
    """The training run; :class:`NotFound` in any other organisation."""
    rows = TrainingRunRow.objects.filter(organisation_id=organisation_id, id=run_id)
    return run_entity(the_one(rows, "training run"))


def synthetic(organisation_id: OrganisationId, synthetic_id: UUID) -> SyntheticDataset:
    """What was asked of a sample, and what was reached of it."""
    own = SyntheticDatasetRow.objects.filter(organisation_id=organisation_id)
    return synthetic_entity(the_one(own.filter(id=synthetic_id), "synthetic dataset"))


def dataset(organisation_id: OrganisationId, dataset_id: UUID) -> Dataset:
    """The dataset; :class:`NotFound` when it was deleted or is another organisation's."""
    rows = DatasetRow.objects.filter(
        organisation_id=organisation_id, id=dataset_id, deleted_at__isnull=True
    )
    return dataset_entity(the_one(rows, "dataset"))


def project_called(organisation_id: OrganisationId, name_or_id: str) -> ProjectId:
    """The project of that name or id; :class:`NotFound` names what to do."""
    rows = ProjectRow.objects.filter(organisation_id=organisation_id)
    for project_id, name in rows.values_list("id", "name"):
        if name_or_id in (name, str(project_id)):
            return ProjectId(project_id)
    raise NotFound(f"There is no project “{name_or_id}”; create it on the web page first.")


def newest_pack(organisation_id: OrganisationId, run_id: UUID) -> PackLine:
    """The newest pack of the run's newest synthetic dataset, a built one before one that is not;
    :class:`NotFound` when the run is not the organisation's or no pack was asked for."""
    the_one(TrainingRunRow.objects.filter(organisation_id=organisation_id, id=run_id), "generator")
    twins = SyntheticDatasetRow.objects.filter(
        organisation_id=organisation_id, run_id=run_id, given_blob=""
    )
    newest = twins.order_by("-created_at").values("id")[:1]
    packs = EvidencePackRow.objects.filter(
        organisation_id=organisation_id, synthetic_dataset_id__in=newest
    ).order_by("-created_at")
    row = packs.exclude(blob_id="").first() or packs.first()
    if row is None:
        raise NotFound("No evidence pack was asked for; send “pack”: true to synthesize.")
    return PackLine(id=PackId(row.id), built=bool(row.blob_id))


def audit_head() -> AuditHead | None:
    """The newest head; ``None`` while nothing has happened."""
    row = AuditEntryRow.objects.order_by("-index").first()
    if row is None:
        return None
    return AuditHead(
        size=row.index + 1, root=bytes(row.root).hex(), signature=bytes(row.signature).hex()
    )
