"""Who calls: a program with an API key, or a person signed in on the web page."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, status
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from apps.actors import membership_of
from apps.api.backend import GUESSER, ApiKeyBackend
from apps.api.head import head_of

_BEARER = "bearer"
_UNKNOWN_KEY = "This API key is unknown, revoked or expired; make a new one."


class LockedOut(APIException):
    """Too many wrong keys came from this address."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    default_code = "locked_out"
    default_detail = "Too many wrong API keys came from your address; try again later."


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """``Authorization: Bearer sds_…`` or ``X-API-Key: sds_…``."""

    def authenticate(self, request: Request) -> tuple[Any, str] | None:
        secret = _secret(request)
        if secret is None:
            return None
        user = ApiKeyBackend().authenticate(None, api_key=secret)
        if user is None:
            _count_guess(request, secret)
            raise AuthenticationFailed(_UNKNOWN_KEY)
        _act_as(request._request, user)
        return user, "API key"

    def authenticate_header(self, request: Request) -> str:
        """What a 401 answer asks for."""
        return 'Bearer realm="Synthetic Data Studio"'


class PageAuthentication(authentication.SessionAuthentication):
    """The session of a signed-in person. Changes need the CSRF token in ``X-CSRFToken``."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        http: HttpRequest = request._request
        user = getattr(http, "user", None)
        if user is None or not user.is_active:
            return None
        self.enforce_csrf(head_of(http))  # type: ignore[arg-type]
        _act_as(http, user)
        return user, None


def _count_guess(request: Request, secret: str) -> None:
    """Let axes count a wrong key, and refuse its address after too many.

    A right key gets in all the same: it cannot be guessed, and one stale script must not lock
    out everybody behind the same address.
    """
    head = head_of(request._request)
    authenticate(head, username=GUESSER, api_key=secret)
    if getattr(head, "axes_locked_out", False):
        raise LockedOut


def _secret(request: Request) -> str | None:
    authorization: str = request.META.get("HTTP_AUTHORIZATION", "")
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == _BEARER:
        return rest.strip()
    key: str | None = request.META.get("HTTP_X_API_KEY")
    return key


def _act_as(http: HttpRequest, user: Any) -> None:
    """Make ``user`` the request's actor before its body is read: uploads are encrypted for the
    actor's organisation while they arrive."""
    http.user = user
    http.studio_actor = membership_of(http).actor  # type: ignore[attr-defined]


class _ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ApiKeyAuthentication
    name = ["bearerKey", "headerKey"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "http", "scheme": "bearer", "description": "An API key, `sds_…`."},
            {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        """One of the two headers is enough."""
        return [{name: []} for name in self.name]


class _PageScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = PageAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The web page's session; changes need its `X-CSRFToken` header too.",
        }
