"""What people made: datasets, runs, twins, evaluations, packs with the words that let them out, and
the jobs that made them."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from adapters.orm.models import (
    ApprovalRow,
    DatasetRow,
    EvaluationRow,
    EvidencePackRow,
    JobRow,
    SyntheticDatasetRow,
    TrainingRunRow,
)
from apps.backoffice.acting import acting_in
from apps.backoffice.records import Record
from apps.backoffice.site import site
from config.wiring import web
from domain.compliance.controls.catalogue import framework_title
from domain.jobs import JobKind
from domain.kernel import JobId, StudioError


@admin.register(DatasetRow, site=site)
class Datasets(Record):
    """Uploaded datasets, without a word of what is in them."""

    list_display = ["name", "organisation", "project", "role", "created_by", "created_at"]
    list_filter = ["organisation", "role", "created_at", "deleted_at"]
    search_fields = ["id", "name", "created_by"]
    date_hierarchy = "created_at"
    fields = [
        *["id", "name", "organisation", "project", "role", "rows", "created_by", "created_at"],
        *["confirmed_by", "confirmed_at", "confirmation", "expires_at", "deleted_at"],
    ]

    @admin.display(description="rows")
    def rows(self, dataset: DatasetRow) -> int:
        """Rows over all tables."""
        return sum(table["rows"] for table in dataset.tables)


@admin.register(TrainingRunRow, site=site)
class TrainingRuns(Record):
    """Fitted synthesizers."""

    list_display = ["dataset", "synthesizer", "seed", "organisation", "created_by", "created_at"]
    list_filter = ["organisation", "synthesizer", "created_at"]
    list_select_related = ["dataset", "organisation"]
    search_fields = ["id", "dataset__name", "created_by"]
    date_hierarchy = "created_at"
    fields = [
        *["id", "organisation", "dataset", "synthesizer", "settings", "seed", "target"],
        *["holdout_share", "holdout_dataset", "privacy", "created_by", "created_at"],
        *["rows_trained", "rows_held_out", "fit_seconds", "notes", "versions"],
    ]


@admin.register(SyntheticDatasetRow, site=site)
class SyntheticDatasets(Record):
    """Twins."""

    list_display = ["run", "drawn", "seed", "organisation", "created_by", "created_at"]
    list_filter = ["organisation", "created_at"]
    list_select_related = ["run", "organisation"]
    search_fields = ["id", "run__id", "created_by"]
    date_hierarchy = "created_at"
    fields = [
        *["id", "organisation", "run", "rows", "drawn", "seed", "spec", "csv"],
        *["created_by", "created_at", "sample_seconds"],
    ]

    @admin.display(description="rows drawn")
    def drawn(self, synthetic: SyntheticDatasetRow) -> int:
        """Rows over all tables; 0 until sampled."""
        return sum(table["rows"] for table in synthetic.tables)


@admin.register(EvaluationRow, site=site)
class Evaluations(Record):
    """Measurements of twins."""

    list_display = ["synthetic_dataset", "verdict", "organisation", "created_by", "created_at"]
    list_filter = ["organisation", "verdict", "created_at"]
    search_fields = ["id", "synthetic_dataset__id", "created_by"]
    date_hierarchy = "created_at"
    fields = [
        *["id", "organisation", "synthetic_dataset", "seed", "verdict", "headline"],
        *["created_by", "created_at", "seconds"],
    ]


@admin.register(EvidencePackRow, site=site)
class EvidencePacks(Record):
    """Evidence packs."""

    list_display = [
        *["id", "synthetic_dataset", "mapped_to", "size"],
        *["organisation", "created_by", "created_at"],
    ]
    list_filter = ["organisation", "created_at"]
    search_fields = ["id", "synthetic_dataset__id", "sha256", "created_by"]
    date_hierarchy = "created_at"
    fields = [
        *["id", "organisation", "synthetic_dataset", "evaluation", "mapped_to", "forms"],
        *["approval", "sha256", "size"],
        *["audit_size", "audit_root", "created_by", "created_at", "seconds"],
    ]

    @admin.display(description="mapped to")
    def mapped_to(self, pack: EvidencePackRow) -> str:
        """Frameworks by their names."""
        return ", ".join(framework_title(name) for name in pack.frameworks) or "–"

    @admin.display(description="forms")
    def forms(self, pack: EvidencePackRow) -> str:
        """Formats of the mapping."""
        return ", ".join(pack.formats) or "–"

    @admin.display(description="approved by")
    def approval(self, pack: EvidencePackRow) -> str:
        """Whose word it was built with: the last one before its job began."""
        job = JobRow.objects.filter(kind=JobKind.PACK, subject_id=pack.pk).first()
        if not pack.blob_id or job is None or job.started_at is None:
            return "–"
        words = ApprovalRow.objects.filter(synthetic_dataset=pack.synthetic_dataset_id)
        word = words.filter(at__lte=job.started_at).order_by("-at").first()
        if word is None or word.evaluation_id != pack.evaluation_id:
            return "nobody"
        over = f", overriding {', '.join(word.overridden)}" if word.overridden else ""
        return f"{word.by} on {word.at:%Y-%m-%d %H:%M} UTC{over}"


@admin.register(ApprovalRow, site=site)
class Approvals(Record):
    """People's words that synthetic rows may leave."""

    list_display = ["synthetic_dataset", "by", "at", "over", "organisation"]
    list_filter = ["organisation", "at"]
    search_fields = ["id", "synthetic_dataset__id", "by", "reason"]
    date_hierarchy = "at"
    fields = [
        *["id", "organisation", "synthetic_dataset", "evaluation"],
        *["by", "at", "reason", "over"],
    ]

    @admin.display(description="overriding")
    def over(self, approval: ApprovalRow) -> str:
        """The gates that spoke against it."""
        return ", ".join(approval.overridden) or "–"


@admin.register(JobRow, site=site)
class Jobs(Record):
    """Everything that takes time."""

    list_display = [
        *["kind", "state", "progress", "note", "attempt"],
        *["organisation", "requested_by", "created_at"],
    ]
    list_filter = ["state", "kind", "organisation", "created_at"]
    list_select_related = ["organisation"]
    search_fields = ["id", "subject_id", "requested_by", "worker"]
    date_hierarchy = "created_at"
    actions = ["cancel"]
    fields = [
        *["id", "organisation", "kind", "subject_id", "requested_by", "created_at", "after"],
        *["state", "progress", "note", "error", "attempt", "worker", "lease_until"],
        *["cancel_requested", "cpu_seconds", "started_at", "ended_at"],
    ]

    @admin.display(description="progress")
    def progress(self, job: JobRow) -> str:
        """Steps done of all steps."""
        return f"{job.done} of {job.total}" if job.total else "–"

    @admin.action(description="Cancel the selected jobs")
    def cancel(self, request: HttpRequest, jobs: QuerySet[JobRow]) -> None:
        """Ask each job to stop; those that cannot say why."""
        for job in jobs:
            try:
                actor = acting_in(request, job.organisation_id)
                web.cancel_job()(actor, job_id=JobId(job.id))
            except StudioError as refusal:
                self.message_user(request, f"{job}: {refusal.message}", messages.ERROR)
            else:
                self.message_user(request, f"{job}: told to stop.", messages.SUCCESS)
