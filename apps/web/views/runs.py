"""A training run: live progress, more samples, downloads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from adapters.orm import queries
from adapters.orm.lines import RunPage, SampleBlock
from apps.actors import actor_of
from apps.refusals import status_of
from apps.uploads import received
from apps.web.column_pages import target_columns
from apps.web.forms import CompletionForm, EvaluateForm, SampleForm, show_beside, values_of
from apps.web.release_blocks import RefusedRelease, release_blocks
from config.wiring import web
from domain.compliance.controls.catalogue import FRAMEWORKS
from domain.compliance.controls.formats import FORMATS
from domain.datasets.reading import SUPPORTED
from domain.jobs import JobKind
from domain.kernel import Actor, BadInput, Conflict, JobId, Permission, RunId, SyntheticDatasetId
from domain.synthesis.catalogue import CATALOGUE
from domain.synthesis.offered_conditions import draws_where, fills_and_shares
from domain.synthesis.told_run import told_run

SHOWN_SAMPLES = 10
"""The newest synthetic datasets that a run's page shows at first."""


@require_http_methods(["GET", "HEAD", "POST"])
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The run's steps, live. Posting asks for more rows of the same run."""
    actor = actor_of(request)
    actor.require(Permission.VIEW)
    form, refusal = SampleForm(request.POST or None), None
    if request.method == "POST":
        actor.require(Permission.TRAIN)
        try:
            values_of(form)
            web.request_sample()(actor, run_id=RunId(run_id), **form.request())
        except BadInput as error:
            show_beside(form, error)
            refusal = error
        else:
            return redirect("run", run_id)
    return run_page(request, actor, run_id, form=form, refusal=refusal)


@require_POST
def complete(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Queue the completing of a file, which was encrypted while it came in (``apps.uploads``)."""
    actor = actor_of(request)
    actor.require(Permission.TRAIN)
    try:
        came_in = received(request)
        if len(came_in.files) != 1:
            raise BadInput("Choose one file with the rows to complete.")
        form = CompletionForm(request.POST)
        values_of(form)
        web.request_completion()(
            actor, run_id=RunId(run_id), file=came_in.files[0], **form.request()
        )
    except BadInput as refusal:
        return run_page(
            request, actor, run_id, completion=CompletionForm(request.POST), refused=refusal
        )
    return redirect("run", run_id)


def run_page(
    request: HttpRequest,
    actor: Actor,
    run_id: UUID,
    *,
    form: SampleForm | None = None,
    refusal: BadInput | None = None,
    completion: CompletionForm | None = None,
    refused: BadInput | None = None,
    unreleased: RefusedRelease | None = None,
) -> HttpResponse:
    """The page of a run; each refusal stands beside the form that it answers."""
    page = queries.run(actor.organisation_id, run_id)
    page = replace(page, run=told_run(page.run, actor))
    chosen, private = CATALOGUE.get(page.run.synthesizer), page.run.privacy is not None
    show_all = "all" in request.GET
    earlier = 0 if show_all else max(len(page.samples) - SHOWN_SAMPLES, 0)
    shown = list(enumerate(page.samples, 1))[earlier:]
    working = any(not job.state.ended for job in page.jobs)
    busy = working and bool(request.htmx)  # type: ignore[attr-defined]
    context = {
        "page": page,
        "show_all": show_all,
        "earlier": earlier,
        **_released(actor, page, shown, unreleased, busy=busy),
        "targets": target_columns(page.metadata) if page.metadata else (),
        "synthesizer": chosen,
        "draws_where": chosen is not None and draws_where(chosen, private=private),
        "fills_and_shares": chosen is not None and fills_and_shares(chosen, private=private),
        "working": working,
        "form": form or SampleForm(),
        "completion": completion or CompletionForm(),
        "completion_refusal": refused,
        "limit_mb": settings.STUDIO_UPLOAD_LIMIT_MB,
        "accept": ",".join(SUPPORTED),
        "next_seed": 1 + max([page.run.seed, *(b.synthetic.seed for b in page.samples)]),
        "refusal": refusal,
    }
    template = "runs/_steps.html" if request.htmx else "runs/run.html"  # type: ignore[attr-defined]
    said = refusal or refused or (unreleased.refusal if unreleased else None)
    return render(request, template, context, status=status_of(said) if said else None)


def _released(
    actor: Actor,
    page: RunPage,
    shown: Sequence[tuple[int, SampleBlock]],
    refused: RefusedRelease | None,
    *,
    busy: bool,
) -> dict[str, object]:
    """The twins that are shown, each with its releases; while the page is ``busy`` asking every
    second, what it told of the gates before stays as it is."""
    samples = [(n, b, () if busy else release_blocks(actor, page, b, refused)) for n, b in shown]
    beside = any(release.refused for *_, releases in samples for release in releases)
    return {
        "samples": samples,
        "busy": busy,
        "frameworks": FRAMEWORKS,
        "formats": FORMATS,
        "unshown": refused.refusal if refused and not beside else None,
    }


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
    if job.kind is JobKind.TUNE:
        return redirect("tuning", job.subject_id)
    return redirect("run", queries.run_of_job(job))


@require_POST
def evaluate(request: HttpRequest, synthetic_id: UUID) -> HttpResponse:
    """Queue an evaluation of a synthetic dataset, on another target where one is named."""
    actor = actor_of(request)
    form = EvaluateForm(request.POST)
    values_of(form)
    web.request_evaluation()(
        actor, synthetic_id=SyntheticDatasetId(synthetic_id), asked=form.request()
    )
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
