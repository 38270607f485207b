"""What every page has in common: who may see it, and how a refusal looks."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django_htmx.http import HttpResponseClientRedirect

from apps.actors import membership_of
from apps.refusals import status_of
from domain.kernel import NotAllowed, StudioError

_TITLES = {
    HTTPStatus.NOT_FOUND: "Not here",
    HTTPStatus.FORBIDDEN: "Not allowed",
    HTTPStatus.CONFLICT: "Not yet",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Too large",
    HTTPStatus.BAD_REQUEST: "That did not work",
}


class Refusals(MiddlewareMixin):
    """Turns a :class:`StudioError` of a page into its sentence, with the right status."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, StudioError):
            return None
        status = status_of(error)
        template = "_components/refusal.html" if request.htmx else "refusal.html"  # type: ignore[attr-defined]
        context = {
            "refusal": error.message,
            "title": _TITLES.get(status, "Something broke"),
            "back": _back(request) if status == HTTPStatus.CONFLICT else None,
        }
        return render(request, template, context, status=status)


def _back(request: HttpRequest) -> tuple[str, str] | None:
    """Address and name of the thing that the page was about."""
    match = request.resolver_match
    for name in ("dataset", "run"):
        if match is not None and f"{name}_id" in match.kwargs:
            return reverse(name, args=[match.kwargs[f"{name}_id"]]), name
    return None


class NotStored(MiddlewareMixin):
    """Keeps pages out of browser and proxy caches: many quote real rows."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not response.has_header("Cache-Control"):
            response.headers["Cache-Control"] = "private, no-store"
        return response


class SignInFirst(LoginRequiredMiddleware):
    """No page without signing in. A partial request sends the whole page to the sign-in."""

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        refused = super().process_view(request, view_func, view_args, view_kwargs)
        if refused is not None and request.htmx:  # type: ignore[attr-defined]
            return HttpResponseClientRedirect(reverse("sign-in"))
        return refused


class PasswordFirst(MiddlewareMixin):
    """Somebody with a one-time password chooses their own before anything else."""

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or match.url_name in ("password", "sign-out", "sign-in"):
            return None
        if not request.user.is_authenticated or not _has_one_time_password(request):
            return None
        if request.htmx:  # type: ignore[attr-defined]
            return HttpResponseClientRedirect(reverse("password"))
        return redirect("password")


def _has_one_time_password(request: HttpRequest) -> bool:
    try:
        return membership_of(request).must_change_password
    except NotAllowed:
        return False
