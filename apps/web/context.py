"""What every template may know: who is asking, and what they may do."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from adapters.orm.queries import organisation_name
from apps.actors import actor_of
from config import VERSION
from domain.kernel import NotAllowed, Permission


def studio(request: HttpRequest) -> dict[str, Any]:
    """``actor``, ``may`` (permission name → bool) and the product's name plate."""
    plate = {"product_version": VERSION, "upload_limit_mb": settings.STUDIO_UPLOAD_LIMIT_MB}
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return plate
    try:
        actor = actor_of(request)
    except NotAllowed:
        return plate
    return plate | {
        "actor": actor,
        "may": {permission.name: actor.may(permission) for permission in Permission},
        "organisation": organisation_name(actor.organisation_id),
    }
