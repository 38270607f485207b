"""``jobs/{id}``: how far a job is, and what it made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpResponseBase, JsonResponse
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adapters.orm import api_queries
from apps.api.documentation import file_answer, identifier, operation
from apps.api.reports import EvaluationReportSerializer
from apps.api.resource import Body, Resource, attachment, read_query
from config.wiring import web
from domain.evaluation.report import Rendering
from domain.jobs import Job, JobKind, JobState
from domain.kernel import (
    Actor,
    BadInput,
    Conflict,
    EvaluationId,
    PackId,
    Permission,
    SyntheticDatasetId,
)
from domain.synthesis.spec_wording import spec_sentences
from domain.synthesis.told_run import hides_time


class JobSerializer(serializers.Serializer[Any]):
    """A job and how far it is."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField([k.value for k in JobKind])
    state = serializers.ChoiceField([s.value for s in JobState])
    share = serializers.FloatField(allow_null=True, help_text="Progress, 0 to 1; null if unknown.")
    note = serializers.CharField(help_text="What is being done now.")
    seconds_left = serializers.FloatField(
        allow_null=True,
        help_text="Estimated time to the end of what is being done now; null while unknown.",
    )
    error = serializers.CharField(help_text="Why the job failed; empty otherwise.")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    conditions = serializers.SerializerMethodField(
        help_text="Of a sample: what was asked of the rows, and once they are drawn what was not "
        "reached of it, in sentences."
    )
    links = serializers.SerializerMethodField(help_text="Where to go from here, by name.")

    def get_conditions(self, job: Job) -> list[str]:
        """Of a sample job only."""
        if job.kind is not JobKind.SAMPLE:
            return []
        drawn = api_queries.synthetic(job.organisation_id, job.subject_id)
        return list(spec_sentences(drawn.spec, given=drawn.completed))

    def get_links(self, job: Job) -> dict[str, str]:
        """Addresses that make sense for the job now."""
        return _links(job)


class JobStatus(Resource):
    """How far a job is."""

    @operation(
        tag="Jobs",
        summary="See how far a job is",
        parameters=[identifier("a job")],
        answers={200: JobSerializer},
        refusals=(404,),
    )
    def get(self, request: Request, id: UUID) -> Response:
        self.actor.require(Permission.VIEW)
        job = api_queries.job(self.actor.organisation_id, id)
        return Response(JobSerializer(_told(job, self.actor)).data)


def _told(job: Job, actor: Actor) -> Job:
    """``job`` without the times that would tell how many trials a charged choice took."""
    if job.kind is not JobKind.FIT:
        return job
    run = api_queries.training_run(job.organisation_id, job.subject_id)
    return replace(job, started_at=None, ended_at=None) if hides_time(run, actor) else job


class DownloadQuery(Body):
    """Which file of a sample."""

    format = serializers.CharField(
        default=None,
        help_text="Of a sample: csv (default), parquet, or json: all tables in one document, "
        "nested as they came.",
    )
    table = serializers.CharField(
        default=None, help_text="Of a sample of several tables: which one; else the first."
    )
    rendering = serializers.ChoiceField(
        [r.value for r in Rendering],
        default=None,
        help_text=(
            "Of an evaluation: internal (default; true numbers) or shareable (small cells lumped, "
            "rare words masked, extremes clipped: for those who may not see the real rows)."
        ),
    )


class JobDownload(Resource):
    """What a job made."""

    @operation(
        tag="Jobs",
        summary="Download what a job made",
        description=(
            "A sample job gives a synthetic table (CSV or Parquet) or all of them as one JSON "
            "document, a pack job the evidence pack (zip), an evaluate job its report (JSON). "
            "Every download is audited."
        ),
        parameters=[identifier("a job"), DownloadQuery],
        answers={
            (200, "text/csv"): file_answer("The synthetic table."),
            (200, "application/vnd.apache.parquet"): file_answer("The synthetic table."),
            (200, "application/zip"): file_answer("The evidence pack."),
            (200, "application/json"): OpenApiResponse(EvaluationReportSerializer),
        },
        refusals=(400, 404, 409),
    )
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        query = read_query(DownloadQuery, request)
        job = api_queries.job(self.actor.organisation_id, id)
        download = _DOWNLOADS.get(job.kind)
        if download is None:
            raise Conflict(f"A {job.kind} job makes nothing to download; {_INSTEAD[job.kind]}.")
        if job.kind is not JobKind.SAMPLE and (query["format"] or query["table"]):
            raise BadInput("Only the download of a sample job takes a format and a table.")
        if job.kind is not JobKind.EVALUATE and query["rendering"]:
            raise BadInput("Only the download of an evaluate job takes a rendering.")
        _check_done(job)
        return download(self.actor, job, query)


def _check_done(job: Job) -> None:
    if job.state in (JobState.FAILED, JobState.CANCELLED):
        reason = f": {job.error}" if job.error else "."
        raise Conflict(f"This job was {job.state}, so it made nothing{reason}")
    if job.state is not JobState.SUCCEEDED:
        raise Conflict("This job has not finished yet; ask again when its state is “succeeded”.")


def _sample(actor: Actor, job: Job, query: Mapping[str, Any]) -> HttpResponseBase:
    made = web.download_synthetic()(
        actor,
        synthetic_id=SyntheticDatasetId(job.subject_id),
        table=query["table"],
        file_format=query["format"] or "csv",
    )
    return attachment(made.stream, made.name, made.media_type)


def _pack(actor: Actor, job: Job, query: Mapping[str, Any]) -> HttpResponseBase:
    made = web.download_pack()(actor, pack_id=PackId(job.subject_id))
    return attachment(made.stream, made.name, made.media_type)


def _evaluation(actor: Actor, job: Job, query: Mapping[str, Any]) -> HttpResponseBase:
    report = web.download_evaluation()(
        actor,
        evaluation_id=EvaluationId(job.subject_id),
        rendering=Rendering(query["rendering"] or Rendering.INTERNAL),
    )
    return JsonResponse(report.to_document())


_DOWNLOADS: dict[JobKind, Callable[[Actor, Job, Mapping[str, Any]], HttpResponseBase]] = {
    JobKind.SAMPLE: _sample,
    JobKind.PACK: _pack,
    JobKind.EVALUATE: _evaluation,
}
_INSTEAD = {
    JobKind.FIT: "download the sample job that follows it",
    JobKind.PROFILE: "see datasets/{id}/pii-flags for what it found",
}


def _links(job: Job) -> dict[str, str]:
    links = {"self": reverse("api:job-status", args=[job.id])}
    if job.state is not JobState.SUCCEEDED:
        return links
    if job.kind in _DOWNLOADS:
        links["download"] = reverse("api:job-download", args=[job.id])
    for name, route in _NEXT.get(job.kind, {}).items():
        links[name] = reverse(f"api:{route}", args=[job.subject_id])
    return links


_NEXT = {
    JobKind.PROFILE: {"pii_flags": "pii-flags"},
    JobKind.FIT: {
        "training": "training",
        "model_card": "model-card",
        "compliance_pack": "compliance-pack",
        "gates": "gates",
    },
    JobKind.SAMPLE: {"evaluate": "evaluate"},
}
