"""API keys."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from adapters.orm import queries
from apps.actors import actor_of
from apps.refusals import status_of
from apps.web.forms import KeyForm, values_of
from config.wiring import web
from domain.kernel import ApiKeyId, BadInput, Permission


@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """The organisation's keys, and a form for a new one, whose secret is shown this once."""
    actor = actor_of(request)
    actor.require(Permission.MANAGE_KEYS)
    form, refusal, made = KeyForm(request.POST or None), None, None
    if request.method == "POST":
        try:
            made = web.create_api_key()(actor, **values_of(form))
            form = KeyForm()
        except BadInput as error:
            refusal = error
    context = {
        "keys": queries.api_keys(actor.organisation_id),
        "form": form,
        "made": made,
        "refusal": refusal,
        "now": timezone.now(),
    }
    status = status_of(refusal) if refusal else None
    return render(request, "account/keys.html", context, status=status)


@require_POST
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """End a key at once."""
    web.revoke_api_key()(actor_of(request), key_id=ApiKeyId(key_id))
    messages.success(request, "The key is revoked. Programs that use it are refused from now on.")
    return redirect("keys")
