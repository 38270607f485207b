"""Where a request came from, for counting failed sign-ins."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The client's address: behind the TLS proxy the one that the proxy saw and wrote last.

    What stands before it in ``X-Forwarded-For`` is the client's own word and is not believed.
    """
    forwarded: str = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if settings.HTTPS and forwarded:
        return forwarded.rpartition(",")[2].strip()
    return request.META.get("REMOTE_ADDR") or None
