"""What pages show, read into frozen lines: lists, progress, headers.

Every query takes the organisation; asking for another organisation's thing raises ``NotFound``.
Nothing is decided here: rows in, lines out, a fixed number of queries a page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery

from adapters.orm.lines import (
    AuditLine,
    DatasetLine,
    DatasetPage,
    EvaluationHeader,
    EvaluationLine,
    KeyLine,
    PackLine,
    ProjectLine,
    RunLine,
    RunPage,
    SampleBlock,
    TwinLine,
    WaitingLine,
)
from adapters.orm.mappers import dataset_entity, job_entity, run_entity, synthetic_entity
from adapters.orm.models import (
    ApiKeyRow,
    ApprovalRow,
    AuditEntryRow,
    DatasetRow,
    EvaluationRow,
    EvidencePackRow,
    JobRow,
    OrganisationRow,
    ProjectRow,
    SyntheticDatasetRow,
    TrainingRunRow,
)
from adapters.orm.stores.tenancy import not_found
from domain.compliance.audit_extract import WITHHELD, withheld
from domain.compliance.times_of_private_runs import to_the_hour
from domain.datasets.confirmation import Confirmation
from domain.datasets.entities import DatasetRole
from domain.jobs import Job, JobKind
from domain.kernel import OrganisationId, UserId

_MOST_WAITING = 20


class AuditLines(Sequence[AuditLine]):
    """Audit entries that are read a page at a time (for Django's paginator)."""

    def __init__(self, rows: QuerySet[AuditEntryRow], hidden: frozenset[str]) -> None:
        self._rows = rows
        self._hidden = hidden

    def __len__(self) -> int:
        return self._rows.count()

    def __getitem__(self, part: Any) -> Any:
        if isinstance(part, slice):
            return [self._line(row) for row in self._rows[part]]
        return self._line(self._rows[part])

    def _line(self, row: AuditEntryRow) -> AuditLine:
        untold = row.subject in self._hidden and withheld(row.action)
        return _withheld_line(row) if untold else _audit_line(row)


def _audit_line(row: AuditEntryRow) -> AuditLine:
    return AuditLine(
        index=row.index,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        details=json.loads(bytes(row.leaf))["details"],
    )


def _withheld_line(row: AuditEntryRow) -> AuditLine:
    told = _audit_line(row)
    return replace(told, at=to_the_hour(told.at), details={"withheld": WITHHELD})


def organisation_name(organisation_id: OrganisationId) -> str:
    """What the organisation is called."""
    return str(OrganisationRow.objects.values_list("name", flat=True).get(id=organisation_id))


def projects(organisation_id: OrganisationId) -> tuple[ProjectLine, ...]:
    """The organisation's projects, by name."""
    return tuple(_project_line(row) for row in _projects(organisation_id).order_by("name"))


def project(organisation_id: OrganisationId, project_id: UUID) -> ProjectLine:
    """One project."""
    row = _projects(organisation_id).filter(id=project_id).first()
    if row is None:
        raise not_found("project")
    return _project_line(row)


def _project_line(row: Mapping[str, Any]) -> ProjectLine:
    return ProjectLine(
        id=row["id"],
        name=row["name"],
        created_at=row["created_at"],
        datasets=row["living"],
        latest_upload=row["latest_upload"],
    )


def _projects(organisation_id: OrganisationId) -> QuerySet[Any, Any]:
    living = Q(datasets__deleted_at__isnull=True)
    return (
        ProjectRow.objects.filter(organisation_id=organisation_id)
        .annotate(living=Count("datasets", filter=living))
        .annotate(latest_upload=Max("datasets__created_at", filter=living))
        .values("id", "name", "created_at", "living", "latest_upload")
    )


def datasets(organisation_id: OrganisationId, project_id: UUID) -> tuple[DatasetLine, ...]:
    """The datasets of a project, newest first."""
    rows = (
        _living(organisation_id)
        .filter(project_id=project_id)
        .annotate(profile_state=Subquery(_newest_state(JobKind.PROFILE)))
        .annotate(run_count=Count("runs"))
        .annotate(private_runs=Count("runs", filter=Q(runs__privacy__isnull=False)))
        .values(
            "id",
            "name",
            "role",
            "tables",
            "created_by",
            "created_at",
            "expires_at",
            "confirmed_at",
            "confirmation",
            "profile_state",
            "run_count",
            "private_runs",
        )
        .order_by("-created_at")
    )
    return tuple(_dataset_line(row) for row in rows)


def _dataset_line(row: Mapping[str, Any]) -> DatasetLine:
    return DatasetLine(
        id=row["id"],
        name=row["name"],
        role=row["role"],
        rows=sum(t["rows"] for t in row["tables"]),
        tables=len(row["tables"]),
        created_by=row["created_by"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        confirmed_at=row["confirmed_at"],
        confirmation=Confirmation(row["confirmation"] or Confirmation.UNSEEN),
        profile_state=row["profile_state"],
        runs=row["run_count"],
        private=row["private_runs"] > 0,
    )


def holdouts(organisation_id: OrganisationId, project_id: UUID) -> tuple[tuple[UUID, str], ...]:
    """``(id, name)`` of the project's holdout datasets."""
    rows = _living(organisation_id).filter(project_id=project_id, role=DatasetRole.HOLDOUT)
    return tuple(rows.values_list("id", "name"))


def dataset(organisation_id: OrganisationId, dataset_id: UUID) -> DatasetPage:
    """A dataset's page."""
    row = _living(organisation_id).filter(id=dataset_id).select_related("project").first()
    if row is None:
        raise not_found("dataset")
    runs = (
        row.runs.annotate(fit_state=Subquery(_newest_state(JobKind.FIT)))
        .annotate(drawn=Count("synthetics"))
        .values_list(
            "id",
            "synthesizer",
            "seed",
            "created_by",
            "created_at",
            "fit_state",
            "rows_trained",
            "drawn",
            "privacy",
            named=True,
        )
        .order_by("-created_at")
    )
    return DatasetPage(
        dataset=dataset_entity(row),
        project=row.project.name,
        profile_job=_newest_jobs(organisation_id, [row.id]).get((JobKind.PROFILE, row.id)),
        runs=tuple(_run_line(line._asdict()) for line in runs),
    )


def _run_line(row: dict[str, Any]) -> RunLine:
    private = row.pop("privacy") is not None
    return RunLine(synthetics=row.pop("drawn"), private=private, **row)


def run(organisation_id: OrganisationId, run_id: UUID) -> RunPage:
    """A run's page: the run, what was drawn from it, and every job."""
    row = (
        TrainingRunRow.objects.filter(organisation_id=organisation_id, id=run_id)
        .select_related("dataset__project")
        .first()
    )
    if row is None:
        raise not_found("run")
    synthetics = list(
        SyntheticDatasetRow.objects.filter(run=row)
        .order_by("created_at")
        .prefetch_related("evaluations", "packs")
    )
    return RunPage(
        run=run_entity(row),
        dataset=row.dataset.name,
        metadata=dataset_entity(row.dataset).metadata,
        dataset_deleted=row.dataset.deleted_at is not None,
        project_id=row.dataset.project_id,
        project=row.dataset.project.name,
        **_jobs_and_samples(organisation_id, row, synthetics),
    )


def _jobs_and_samples(
    organisation_id: OrganisationId, run: TrainingRunRow, synthetics: list[SyntheticDatasetRow]
) -> dict[str, Any]:
    subjects = [run.id]
    for synthetic in synthetics:
        subjects += [synthetic.id]
        subjects += [e.id for e in synthetic.evaluations.all()]
        subjects += [p.id for p in synthetic.packs.all()]
    jobs = _newest_jobs(organisation_id, subjects)
    return {
        "fit_job": jobs.get((JobKind.FIT, run.id)),
        "samples": tuple(_sample_block(row, run, jobs) for row in synthetics),
    }


def _sample_block(
    row: SyntheticDatasetRow, run: TrainingRunRow, jobs: dict[tuple[JobKind, UUID], Job]
) -> SampleBlock:
    evaluations = sorted(row.evaluations.all(), key=lambda e: e.created_at)
    packs = sorted(row.packs.all(), key=lambda p: p.created_at)
    return SampleBlock(
        synthetic=synthetic_entity(row),
        job=jobs.get((JobKind.SAMPLE, row.id)),
        evaluations=tuple(
            EvaluationLine(
                id=e.id,
                created_at=e.created_at,
                measured=bool(e.report_blob),
                verdict=e.verdict,
                headline=e.headline or {},
                job=jobs.get((JobKind.EVALUATE, e.id)),
            )
            for e in evaluations
        ),
        packs=tuple(_pack_line(p, run, jobs.get((JobKind.PACK, p.id))) for p in packs),
    )


def _pack_line(pack: EvidencePackRow, run: TrainingRunRow, job: Job | None) -> PackLine:
    return PackLine(
        id=pack.id,
        created_at=pack.created_at,
        created_by=pack.created_by,
        size=pack.size,
        sha256=pack.sha256,
        built=bool(pack.blob_id),
        dataset=run.dataset.name,
        synthesizer=run.synthesizer,
        run_id=run.id,
        frameworks=tuple(pack.frameworks),
        formats=tuple(pack.formats),
        job=job,
    )


def waiting_for_a_word(organisation_id: OrganisationId, user: UserId) -> tuple[WaitingLine, ...]:
    """The newest rows that ``user``, who did not make them, may be the first to approve."""
    others = ApprovalRow.objects.filter(synthetic_dataset=OuterRef("pk")).exclude(
        Q(by=OuterRef("created_by")) | Q(by=OuterRef("run__created_by"))
    )
    rows = (
        SyntheticDatasetRow.objects.filter(organisation_id=organisation_id, given_blob="")
        .exclude(sample_seconds=None)
        .exclude(Q(created_by=user) | Q(run__created_by=user))
        .exclude(Exists(others))
        .select_related("run__dataset")
        .order_by("-created_at")[:_MOST_WAITING]
    )
    return tuple(
        WaitingLine(
            run_id=row.run_id,
            dataset=row.run.dataset.name,
            made_by=row.created_by,
            created_at=row.created_at,
        )
        for row in rows
    )


def packs(organisation_id: OrganisationId) -> tuple[PackLine, ...]:
    """Every finished pack of the organisation, newest first."""
    rows = _packs(organisation_id).order_by("-created_at")
    return tuple(_pack_line(row, row.synthetic_dataset.run, None) for row in rows)


def pack(organisation_id: OrganisationId, pack_id: UUID) -> PackLine:
    """One finished pack."""
    row = _packs(organisation_id).filter(id=pack_id).first()
    if row is None:
        raise not_found("evidence pack")
    return _pack_line(row, row.synthetic_dataset.run, None)


def _packs(organisation_id: OrganisationId) -> QuerySet[EvidencePackRow]:
    built = EvidencePackRow.objects.filter(organisation_id=organisation_id).exclude(blob_id="")
    return built.select_related("synthetic_dataset__run__dataset")


def evaluation(organisation_id: OrganisationId, evaluation_id: UUID) -> EvaluationHeader:
    """What stands above an evaluation's report."""
    row = (
        EvaluationRow.objects.filter(organisation_id=organisation_id, id=evaluation_id)
        .select_related("synthetic_dataset__run__dataset__project")
        .first()
    )
    if row is None:
        raise not_found("evaluation")
    run, source = row.synthetic_dataset.run, row.synthetic_dataset.run.dataset
    return EvaluationHeader(
        id=row.id,
        created_at=row.created_at,
        run_id=run.id,
        synthesizer=run.synthesizer,
        seed=row.synthetic_dataset.seed,
        rows=sum(t["rows"] for t in row.synthetic_dataset.tables),
        target=run.target,
        dataset_link=source.id if source.deleted_at is None else None,
        dataset=source.name,
        project_id=source.project_id,
        project=source.project.name,
    )


_MOST_TWINS = 50
"""A form offers no more of them."""


def private_twins(organisation_id: OrganisationId) -> tuple[TwinLine, ...]:
    """Drawn rows of private runs, newest first: what may be looked at again for nothing."""
    rows = (
        SyntheticDatasetRow.objects.filter(organisation_id=organisation_id, given_blob="")
        .exclude(run__statement=None)
        .exclude(tables=[])
        .values("id", "created_at", "run__dataset__name", "run__statement__epsilon")
        .order_by("-created_at")[:_MOST_TWINS]
    )
    return tuple(
        TwinLine(
            id=row["id"],
            dataset=row["run__dataset__name"],
            epsilon=row["run__statement__epsilon"],
            created_at=row["created_at"],
        )
        for row in rows
    )


def run_of_synthetic(organisation_id: OrganisationId, synthetic_id: UUID) -> UUID:
    """The run that a synthetic dataset was drawn from."""
    found = SyntheticDatasetRow.objects.filter(organisation_id=organisation_id, id=synthetic_id)
    run_id = found.values_list("run_id", flat=True).first()
    if run_id is None:
        raise not_found("synthetic dataset")
    return run_id


def job(organisation_id: OrganisationId, job_id: UUID) -> Job:
    """One job."""
    row = JobRow.objects.filter(organisation_id=organisation_id, id=job_id).first()
    if row is None:
        raise not_found("job")
    return job_entity(row)


def run_of_job(job: Job) -> UUID | None:
    """The run whose page shows the job; ``None`` for a job of no run (a profile)."""
    if job.kind is JobKind.FIT:
        return job.subject_id
    runs: dict[JobKind, QuerySet[Any, Any]] = {
        JobKind.SAMPLE: SyntheticDatasetRow.objects.values_list("run_id", flat=True),
        JobKind.EVALUATE: EvaluationRow.objects.values_list("synthetic_dataset__run_id", flat=True),
        JobKind.PACK: EvidencePackRow.objects.values_list("synthetic_dataset__run_id", flat=True),
    }
    if job.kind not in runs:
        return None
    rows = runs[job.kind].filter(organisation_id=job.organisation_id, id=job.subject_id)
    return rows.first()


def api_keys(organisation_id: OrganisationId) -> tuple[KeyLine, ...]:
    """The organisation's API keys, newest first."""
    rows = ApiKeyRow.objects.filter(organisation_id=organisation_id).values(
        "id", "name", "owner", "prefix", "created_at", "expires_at", "revoked_at"
    )
    return tuple(KeyLine(**row) for row in rows.order_by("-created_at"))


def audit_lines(
    organisation_id: OrganisationId, subject: str = "", hidden: frozenset[str] = frozenset()
) -> AuditLines:
    """The organisation's audit entries, newest first, about ``subject`` when one is given; of
    those about ``hidden`` subjects not what was counted on real rows."""
    rows = AuditEntryRow.objects.filter(organisation_id=organisation_id).order_by("-index")
    return AuditLines(rows.filter(subject=subject) if subject else rows, hidden)


def _living(organisation_id: OrganisationId) -> QuerySet[DatasetRow]:
    return DatasetRow.objects.filter(organisation_id=organisation_id, deleted_at__isnull=True)


def _newest_state(kind: JobKind) -> QuerySet[Any, Any]:
    jobs = JobRow.objects.filter(subject_id=OuterRef("id"), kind=kind).order_by("-created_at")
    return jobs.values("state")[:1]


def _newest_jobs(
    organisation_id: OrganisationId, subjects: Iterable[UUID]
) -> dict[tuple[JobKind, UUID], Job]:
    rows = JobRow.objects.filter(organisation_id=organisation_id, subject_id__in=list(subjects))
    return {(JobKind(r.kind), r.subject_id): job_entity(r) for r in rows.order_by("created_at")}
