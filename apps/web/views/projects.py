"""Projects and what is uploaded into them."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from adapters.orm import queries
from apps.actors import actor_of
from apps.refusals import status_of
from apps.uploads import received
from config.wiring import web
from config.wiring.adapters import retention
from domain.datasets.entities import Dataset, DatasetRole
from domain.datasets.reading import SUPPORTED
from domain.kernel import BadInput, Conflict, Permission, ProjectId

_READABLE = ",".join((*SUPPORTED, ".gz"))
"""What the upload form offers to choose: the endings that are read."""


@require_http_methods(["GET", "HEAD", "POST"])
def projects(request: HttpRequest) -> HttpResponse:
    """The list of projects, and a form for a new one."""
    actor = actor_of(request)
    if not actor.may(Permission.VIEW) and actor.may(Permission.DOWNLOAD_PACK):
        return redirect("packs")  # an outside reviewer's only list
    actor.require(Permission.VIEW)
    refusal = None
    if request.method == "POST":
        try:
            project_id = web.create_project()(actor, name=request.POST.get("name", ""))
        except (BadInput, Conflict) as error:
            refusal = error
        else:
            return redirect("project", project_id)
    asked = settings.STUDIO_SECOND_PERSON and actor.may(Permission.APPROVE)
    home = actor.organisation_id
    context = {
        "projects": queries.projects(home),
        "waiting": queries.waiting_for_a_word(home, actor.user_id) if asked else (),
        "refusal": refusal,
    }
    status = status_of(refusal) if refusal else None
    return render(request, "projects/projects.html", context, status=status)


@require_safe
def project(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """A project's datasets."""
    actor = actor_of(request)
    actor.require(Permission.VIEW)
    context = {
        "project": queries.project(actor.organisation_id, project_id),
        "datasets": queries.datasets(actor.organisation_id, project_id),
    }
    return render(request, "projects/project.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The upload form. The files were encrypted while they came in (``apps.uploads``)."""
    actor = actor_of(request)
    actor.require(Permission.UPLOAD)
    project = queries.project(actor.organisation_id, project_id)
    refusal = None
    if request.method == "POST":
        try:
            dataset = _uploaded(request, ProjectId(project_id))
        except (BadInput, Conflict) as error:
            refusal = error
        else:
            return _to_dataset(request, dataset)
    context = {
        "project": project,
        "refusal": refusal,
        "limit_bytes": settings.STUDIO_UPLOAD_LIMIT_MB * 1_000_000,
        "form": request.POST,
        "accept": _READABLE,
        "retention_days": retention(actor.organisation_id).days,
    }
    template = "projects/_upload_form.html" if request.htmx else "projects/upload.html"  # type: ignore[attr-defined]
    return render(request, template, context, status=status_of(refusal) if refusal else None)


def _uploaded(request: HttpRequest, project_id: ProjectId) -> Dataset:
    came_in = received(request)
    holdout = request.POST.get("role") == DatasetRole.HOLDOUT
    return web.upload_dataset()(
        actor_of(request),
        files=came_in.files,
        name=request.POST.get("name", ""),
        project_id=project_id,
        schema=came_in.schema,
        role=DatasetRole.HOLDOUT if holdout else DatasetRole.SOURCE,
    )


def _to_dataset(request: HttpRequest, dataset: Dataset) -> HttpResponse:
    messages.success(request, f"“{dataset.name}” is uploaded and encrypted.")
    address = reverse("dataset", args=[dataset.id])
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(address)
    return redirect(address)
