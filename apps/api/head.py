"""A request without its body, for checks that come before the body is read."""

from __future__ import annotations

import io

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest

_EXEMPT = "_dont_enforce_csrf_checks"


def head_of(request: HttpRequest) -> WSGIRequest:
    """The same line, headers and cookies, with nothing behind them.

    django-axes keeps what was posted with a failed guess, and the CSRF check looks into the
    form: neither may read an upload before it is known who sends it.
    """
    head = WSGIRequest(
        {**request.META, "wsgi.input": io.BytesIO(), "CONTENT_LENGTH": "0", "CONTENT_TYPE": ""}
    )
    if hasattr(request, _EXEMPT):  # Django's own mark, by which its test client says so
        setattr(head, _EXEMPT, getattr(request, _EXEMPT))
    return head
