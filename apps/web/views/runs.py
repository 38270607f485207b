"""A training run: live progress, more samples, downloads."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from adapters.orm import queries
from apps.actors import actor_of
from apps.refusals import status_of
from apps.web.forms import SampleForm, values_of
from config.wiring import web
from domain.jobs import JobKind
from domain.kernel import BadInput, Conflict, JobId, Permission, RunId, SyntheticDatasetId
from domain.synthesis.catalogue import CATALOGUE


@require_http_methods(["GET", "HEAD", "POST"])
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The run's steps, live. Posting asks for more rows of the same run."""
    actor = actor_of(request)
    actor.require(Permission.VIEW)
    form, refusal = SampleForm(request.POST or None), None
    if request.method == "POST":
        actor.require(Permission.TRAIN)
        try:
            given = values_of(form)
            web.request_sample()(actor, run_id=RunId(run_id), **given)
        except BadInput as error:
            refusal = error
        else:
            return redirect("run", run_id)
    page = queries.run(actor.organisation_id, run_id)
    context = {
        "page": page,
        "synthesizer": CATALOGUE.get(page.run.synthesizer),
        "working": any(not job.state.ended for job in page.jobs),
        "form": form,
        "next_seed": 1 + max([page.run.seed, *(b.synthetic.seed for b in page.samples)]),
        "refusal": refusal,
    }
    template = "runs/_steps.html" if request.htmx else "runs/run.html"  # type: ignore[attr-defined]
    return render(request, template, context, status=status_of(refusal) if refusal else None)


@require_POST
def cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Stop a job and go back to where it is shown."""
    actor = actor_of(request)
    try:
        job = web.cancel_job()(actor, job_id=JobId(job_id))
    except Conflict as refusal:  # it ended while the button was being pressed
        messages.warning(request, refusal.message)
        job = queries.job(actor.organisation_id, job_id)
    if job.kind is JobKind.PROFILE:
        return redirect("dataset", job.subject_id)
    return redirect("run", queries.run_of_job(job))


@require_POST
def evaluate(request: HttpRequest, synthetic_id: UUID) -> HttpResponse:
    """Queue an evaluation of a synthetic dataset."""
    actor = actor_of(request)
    web.request_evaluation()(actor, synthetic_id=SyntheticDatasetId(synthetic_id))
    return redirect("run", queries.run_of_synthetic(actor.organisation_id, synthetic_id))


@require_POST
def pack(request: HttpRequest, synthetic_id: UUID) -> HttpResponse:
    """Queue an evidence pack about a synthetic dataset."""
    actor = actor_of(request)
    web.request_pack()(actor, synthetic_id=SyntheticDatasetId(synthetic_id))
    return redirect("run", queries.run_of_synthetic(actor.organisation_id, synthetic_id))


@require_safe
def download(request: HttpRequest, synthetic_id: UUID, file_format: str) -> FileResponse:
    """One synthetic table as a file. Audited."""
    file = web.download_synthetic()(
        actor_of(request),
        synthetic_id=SyntheticDatasetId(synthetic_id),
        table=request.GET.get("table"),
        file_format=file_format,
    )
    return FileResponse(
        file.stream, as_attachment=True, filename=file.name, content_type=file.media_type
    )
