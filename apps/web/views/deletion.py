"""That a dataset was deleted, and how: the certificate as a page and as JSON."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.actors import actor_of
from config.wiring import web
from domain.kernel import DatasetId


@require_safe
def certificate(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """What was deleted, when, by whom, how, and what remains."""
    told = web.read_deletion_certificate()(actor_of(request), dataset_id=DatasetId(dataset_id))
    context = {
        "certificate": told,
        "deleted_at": datetime.fromisoformat(told["deletion"]["at"]),
        "uploaded_at": datetime.fromisoformat(told["dataset"]["uploaded_at"]),
    }
    return render(request, "datasets/deletion_certificate.html", context)


@require_safe
def certificate_json(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """The same as a file."""
    told = web.read_deletion_certificate()(actor_of(request), dataset_id=DatasetId(dataset_id))
    answer = JsonResponse(told, json_dumps_params={"ensure_ascii": False})
    name = f"deletion-certificate-{str(dataset_id)[:8]}.json"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
