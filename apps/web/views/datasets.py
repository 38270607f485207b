"""A dataset from upload to the start of a synthesis."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from adapters.orm import queries
from adapters.orm.lines import DatasetPage
from apps.actors import actor_of
from apps.refusals import status_of
from apps.uploads import received
from apps.web.column_pages import column_views, table_choices, target_columns, unit_columns
from apps.web.event_choices import events_in, logs_in_words
from apps.web.forms import (
    SETTING,
    StartForm,
    constraints_in,
    decisions_in,
    holdout_share_in,
    settings_in,
    show_beside,
    values_of,
)
from apps.web.size_form import SizeForm
from config.wiring import web
from domain.datasets.confirmation import Confirmation
from domain.kernel import BadInput, BudgetExceeded, Conflict, DatasetId, Permission, StudioError
from domain.synthesis.catalogue import DEFAULT_SYNTHESIZER, available, entry
from domain.synthesis.learned_events import counted_owner


@require_safe
def dataset(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """The dataset's state and what to do next; while it is profiled, its progress."""
    actor = actor_of(request)
    actor.require(Permission.VIEW)
    context: dict[str, object] = {"page": queries.dataset(actor.organisation_id, dataset_id)}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "datasets/_state.html", context)
    context["ledger"] = web.read_privacy_ledger()(actor, dataset_id=DatasetId(dataset_id))
    return render(request, "datasets/dataset.html", context)


@require_safe
def preview(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """The first real rows. Looking is audited."""
    actor = actor_of(request)
    context = {
        "tables": web.preview_dataset()(actor, dataset_id=DatasetId(dataset_id)),
        "page": queries.dataset(actor.organisation_id, dataset_id),
    }
    return render(request, "datasets/preview.html", context)


@require_safe
def profile(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """What profiling saw in every column. Looking is audited."""
    actor = actor_of(request)
    report = web.read_profile()(actor, dataset_id=DatasetId(dataset_id))
    context = {
        "page": queries.dataset(actor.organisation_id, dataset_id),
        "warnings": report.warnings,
        "tables": {name: column_views(columns) for name, columns in report.tables.items()},
    }
    return render(request, "datasets/profile.html", context)


@require_POST
def profile_again(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Queue another profile."""
    web.request_profile()(actor_of(request), dataset_id=DatasetId(dataset_id))
    return redirect("dataset", dataset_id)


@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Column types and PII actions: suggested, then confirmed by a person."""
    actor = actor_of(request)
    actor.require(Permission.CONFIRM if request.method == "POST" else Permission.SEE_SOURCE)
    page = queries.dataset(actor.organisation_id, dataset_id)
    metadata = page.dataset.metadata
    if metadata is None or page.dataset.profile_blob is None:
        raise Conflict("This dataset is not profiled yet; wait for the profile to finish.")
    refusal: StudioError | None = None
    if request.method == "POST":
        try:
            web.confirm_columns()(
                actor,
                dataset_id=page.dataset.id,
                decisions=decisions_in(request.POST, metadata),
                constraints=constraints_in(request.POST, metadata),
                events=events_in(request.POST, metadata),
                how=Confirmation.SEEN,
            )
        except BadInput as error:
            refusal = error
        else:
            messages.success(request, "The columns are confirmed.")
            return redirect("start", dataset_id)
    context = {
        "page": page,
        "refusal": refusal,
        "tables": table_choices(
            metadata, request.POST, confirmed=page.dataset.confirmed_at is not None
        ),
    }
    status = status_of(refusal) if refusal else None
    return render(request, "datasets/columns.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Choose a synthesizer, rows and seed, and start. A partial request gets the settings."""
    actor = actor_of(request)
    actor.require(Permission.TRAIN)
    page = queries.dataset(actor.organisation_id, dataset_id)
    if request.method != "POST":
        return _start_form(request, page, StartForm(initial=_chosen(request, page)))
    form = StartForm(request.POST)
    try:
        form = StartForm(request.POST, code_book_file=received(request).code_book)
        values_of(form)
        started = web.start_synthesis()(
            actor,
            dataset_id=page.dataset.id,
            settings=settings_in(request.POST),
            **form.request(),
        )
    except (BadInput, BudgetExceeded) as refusal:
        show_beside(form, refusal)
        return _start_form(request, page, form, refusal)
    if started.pack_waits:
        messages.info(request, started.pack_waits)
    return redirect("run", started.run.id)


def _chosen(request: HttpRequest, page: DatasetPage) -> dict[str, str]:
    """What the form begins with: of a log, ε would protect whom its events are of."""
    name = request.GET.get("synthesizer", DEFAULT_SYNTHESIZER)
    typed = {field: request.GET.get(field, "") for field in SizeForm.base_fields}
    known = entry(name, sdv=settings.STUDIO_SDV)
    metadata = page.dataset.metadata
    owner = counted_owner(metadata, known) if metadata else None
    return {"synthesizer": known.name, "entity": owner or "", **typed}


def _start_form(
    request: HttpRequest,
    page: DatasetPage,
    form: StartForm,
    refusal: StudioError | None = None,
) -> HttpResponse:
    if page.dataset.metadata is None or page.dataset.confirmed_at is None:
        raise Conflict("Confirm the columns of this dataset first; then a synthesis can start.")
    entries = available(sdv=settings.STUDIO_SDV)
    chosen = next((e for e in entries if e.name == form["synthesizer"].value()), entries[0])
    context = {
        "page": page,
        "form": form,
        "refusal": refusal,
        "entries": [e for e in entries if not e.from_sdv],
        "baselines": [e for e in entries if e.from_sdv],
        "chosen": chosen,
        "takes_conditions": ", ".join(e.title for e in entries if e.conditions),
        "settings": [
            (setting, request.POST.get(f"{SETTING}{setting.name}", ""))
            for setting in chosen.settings
        ],
        "logs": logs_in_words(page.dataset.metadata),
        "owner": counted_owner(page.dataset.metadata, chosen),
        "targets": target_columns(page.dataset.metadata),
        "units": unit_columns(page.dataset.metadata),
        "holdouts": queries.holdouts(page.dataset.organisation_id, page.dataset.project_id),
    }
    template = "datasets/_chosen.html" if request.htmx else "datasets/start.html"  # type: ignore[attr-defined]
    return render(request, template, context, status=status_of(refusal) if refusal else None)


@require_POST
def estimate(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """What the fit that is being set up would take: a part of the page to start from."""
    actor = actor_of(request)
    refusal = found = None
    try:
        found = web.estimate_fit()(
            actor,
            dataset_id=DatasetId(dataset_id),
            synthesizer=request.POST.get("synthesizer", DEFAULT_SYNTHESIZER),
            settings=settings_in(request.POST),
            holdout_share=holdout_share_in(request.POST),
            private=bool(request.POST.get("private")),
        )
    except BadInput as error:
        refusal = error
    context = {"estimate": found, "refusal": refusal}
    return render(request, "datasets/_estimate.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Ask once more, then shred."""
    actor = actor_of(request)
    actor.require(Permission.DELETE)
    page = queries.dataset(actor.organisation_id, dataset_id)
    if request.method == "POST":
        web.delete_dataset()(actor, dataset_id=page.dataset.id)
        messages.success(request, f"“{page.dataset.name}” is deleted and cannot be read again.")
        return redirect("deletion-certificate", page.dataset.id)
    return render(request, "datasets/delete.html", {"page": page})
