"""The one place where refusals become answers: ``{"error": {"code", "message"}}``."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import status
from rest_framework.exceptions import (
    APIException,
    MethodNotAllowed,
    NotAuthenticated,
    ParseError,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from apps.refusals import status_of
from domain.kernel import StudioError
from domain.synthesis.condition_text import BadCondition

logger = logging.getLogger("studio.api")

_SENTENCES: Mapping[type[APIException], str] = {
    NotAuthenticated: "Send an API key as “Authorization: Bearer sds_…”, or sign in.",
    ParseError: "The body of the request cannot be read; check that it is whole and valid.",
    UnsupportedMediaType: "Send application/json, or multipart/form-data to upload files.",
}


def answer(error: Exception, context: Mapping[str, Any]) -> Response:
    """Turn anything raised in a view into an answer; nothing unexpected shows its details."""
    set_rollback()
    if isinstance(error, StudioError):
        return _refusal(error.code, _with_field(error), status_of(error))
    if isinstance(error, APIException):
        return _of_framework(error)
    if isinstance(error, Http404):
        return _refusal("not_found", _NO_ADDRESS, status.HTTP_404_NOT_FOUND)
    if isinstance(error, PermissionDenied):
        return _refusal("not_allowed", "This is not allowed.", status.HTTP_403_FORBIDDEN)
    if isinstance(error, RequestDataTooBig):
        return _refusal("too_large", _TOO_LARGE, 413)
    if isinstance(error, SuspiciousOperation):
        return _refusal("bad_input", "This request cannot be read.", 400)
    logger.error("A request broke", exc_info=error)
    return _refusal(
        "internal_error", "Something broke on our side; the log of the server says where.", 500
    )


_TOO_LARGE = "This request is too large; send data as files to /api/v1/upload."
_NO_ADDRESS = "There is no such address in the API; see /api/v1/docs/."


def _with_field(error: StudioError) -> str:
    if isinstance(error, BadCondition) and not error.message.startswith(f"In “{error.field}"):
        return f"Field “{error.field}”: {_lower(error.message)}"
    return error.message


@csrf_exempt
@login_not_required
def no_address(request: HttpRequest) -> JsonResponse:
    """Answer a request to an address that the API does not have."""
    return JsonResponse({"error": {"code": "not_found", "message": _NO_ADDRESS}}, status=404)


def _refusal(code: str, message: str, status_code: int) -> Response:
    return Response({"error": {"code": code, "message": message}}, status=status_code)


def _of_framework(error: APIException) -> Response:
    if isinstance(error, ValidationError):
        return _refusal("bad_input", _first_sentence(error.detail), error.status_code)
    message = next((s for kind, s in _SENTENCES.items() if isinstance(error, kind)), "")
    answer = _refusal(_code(error), message or str(error.detail), error.status_code)
    if header := getattr(error, "auth_header", None):
        answer["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):  # seconds, of a throttled request
        answer["Retry-After"] = str(int(wait))
    return answer


def _code(error: APIException) -> str:
    if isinstance(error, ParseError | MethodNotAllowed | UnsupportedMediaType):
        return "bad_input"
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else str(error.default_code)
    return {"permission_denied": "not_allowed"}.get(code, code)


def _first_sentence(detail: Any, path: str = "") -> str:
    """The first complaint of a validation, with the field it is about."""
    if isinstance(detail, Mapping):
        key, inner = next(iter(detail.items()))
        return _first_sentence(inner, _deeper(path, key))
    if isinstance(detail, list):
        return _first_sentence(next(inner for inner in detail if inner), path)
    return f"Field “{path}”: {_lower(str(detail))}" if path else str(detail)


def _deeper(path: str, key: object) -> str:
    """``decisions[1].column``, as a person would write it."""
    if key == api_settings.NON_FIELD_ERRORS_KEY:
        return path
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else str(key)


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
