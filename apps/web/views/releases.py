"""Before rows leave: a person's approval, and the pack that is asked for then."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from adapters.orm import queries
from apps.actors import actor_of
from apps.web.forms import values_of
from apps.web.release_blocks import RefusedRelease
from apps.web.release_forms import ApprovalForm, PackForm, ReleaseForm
from apps.web.views.runs import run_page
from config.wiring import web
from domain.kernel import Actor, BadInput, Conflict, StudioError, SyntheticDatasetId


@require_http_methods(["GET", "POST"])
def approve(request: HttpRequest, synthetic_id: UUID) -> HttpResponse:
    """Keep a person's word that a synthetic dataset may leave."""
    actor, form = actor_of(request), ApprovalForm(request.POST)
    if request.method == "GET":
        return _run(actor, synthetic_id)
    try:
        values_of(form)
        approval = web.approve_release()(
            actor, synthetic_id=SyntheticDatasetId(synthetic_id), **form.request()
        )
    except (BadInput, Conflict) as refusal:
        return _refused(request, actor, form, synthetic_id, refusal)
    messages.success(request, f"{approval.sentence} Now a pack can be built.")
    return _run(actor, synthetic_id)


@require_http_methods(["GET", "POST"])
def pack(request: HttpRequest, synthetic_id: UUID) -> HttpResponse:
    """Queue an evidence pack about a synthetic dataset."""
    actor, form = actor_of(request), PackForm(request.POST)
    if request.method == "GET":
        return _run(actor, synthetic_id)
    try:
        values_of(form)
        web.request_pack()(actor, synthetic_id=SyntheticDatasetId(synthetic_id), **form.request())
    except BadInput as refusal:
        return _refused(request, actor, form, synthetic_id, refusal)
    return _run(actor, synthetic_id)


def _run(actor: Actor, synthetic_id: UUID) -> HttpResponse:
    """The run's page; also for whoever loads a refused form's address again."""
    return redirect("run", queries.run_of_synthetic(actor.organisation_id, synthetic_id))


def _refused(
    request: HttpRequest,
    actor: Actor,
    form: ReleaseForm,
    synthetic_id: UUID,
    refusal: StudioError,
) -> HttpResponse:
    """The run's page, with the refusal where it was asked for."""
    refused = RefusedRelease(
        synthetic_id=SyntheticDatasetId(synthetic_id),
        with_evaluation=form["with_evaluation"].value() is True,
        refusal=refusal,
        approval=isinstance(form, ApprovalForm),
        reason=str(form["reason"].value() or "") if "reason" in form.fields else "",
    )
    run_id = queries.run_of_synthetic(actor.organisation_id, synthetic_id)
    return run_page(request, actor, run_id, unreleased=refused)
