"""Searches for the smallest ε that keeps a goal: ask for one, watch it, read what it found."""

from __future__ import annotations

import json
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from adapters.orm import queries
from apps.actors import actor_of
from apps.refusals import status_of
from apps.web.column_pages import target_columns, unit_columns
from apps.web.forms import values_of
from apps.web.tuning_form import TuningForm
from config.wiring import web
from domain.evaluation.tuning_pictures import tuning_context
from domain.kernel import BadInput, Conflict, DatasetId, Permission, StudioError, TuningId


@require_http_methods(["GET", "HEAD", "POST"])
def tune(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """The form of a search; posting queues it."""
    actor = actor_of(request)
    actor.require(Permission.TRAIN)
    page = queries.dataset(actor.organisation_id, dataset_id)
    form, refusal = TuningForm(request.POST or None), None
    if request.method == "POST":
        try:
            values_of(form)
            tuning, _ = web.request_tuning()(
                actor, dataset_id=DatasetId(dataset_id), wish=form.wish()
            )
        except (BadInput, Conflict) as error:
            refusal = error
        else:
            return redirect("tuning", tuning.id)
    datasets = queries.datasets(actor.organisation_id, page.dataset.project_id)
    metadata = page.dataset.metadata
    context = {
        "page": page,
        "form": form,
        "refusal": refusal,
        "others": [d for d in datasets if d.id != page.dataset.id],
        "twins": queries.private_twins(actor.organisation_id),
        "targets": target_columns(metadata) if metadata else (),
        "units": unit_columns(metadata) if metadata else (),
        "searches": web.list_tunings()(actor, dataset_id=DatasetId(dataset_id)),
    }
    return render(request, "datasets/tune.html", context, status=_status(refusal))


def _status(refusal: StudioError | None) -> int | None:
    return status_of(refusal) if refusal else None


@require_safe
def tuning(request: HttpRequest, tuning_id: UUID) -> HttpResponse:
    """One search: its progress, then its frontier."""
    actor = actor_of(request)
    found, job = web.read_tuning()(actor, tuning_id=TuningId(tuning_id))
    context: dict[str, object] = {
        "tuning": found,
        "job": job,
        "page": queries.dataset(actor.organisation_id, found.dataset_id),
    }
    if found.log is not None:
        context |= tuning_context(found.log)
    response = render(request, "datasets/tuning.html", context)
    if request.htmx and (job is None or job.state.ended):  # type: ignore[attr-defined]
        response["HX-Refresh"] = "true"  # charts are drawn when a page is loaded
    return response


@require_safe
def log(request: HttpRequest, tuning_id: UUID) -> HttpResponse:
    """The log as a file: what it takes to do the search again."""
    found, _ = web.read_tuning()(actor_of(request), tuning_id=TuningId(tuning_id))
    if found.log is None:
        raise Conflict("This search has not finished; wait for its job.")
    written = json.dumps(found.log.to_document(), indent=2, ensure_ascii=False)
    return HttpResponse(
        f"{written}\n",
        content_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="tuning.json"'},
    )
