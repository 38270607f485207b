"""What anyone may read without signing in: whose key signs the packs of this instance."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from config.wiring import web
from domain.compliance.verifiers.identity import identity


@login_not_required
@require_safe
def well_known(request: HttpRequest) -> HttpResponse:
    """The fingerprint that receivers of packs pin, and the hashes of the verifiers."""
    response = JsonResponse(identity(web.public_key()), json_dumps_params={"indent": 2})
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
