"""How operations are described in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

_REFUSALS = {
    400: "What was sent cannot be used; the message says what is wrong and what to do.",
    401: "No API key, or one that is unknown, revoked or expired.",
    403: "The role of the key's owner does not include this.",
    404: "No such thing in your organisation.",
    409: "Not possible yet, or not any more; the message says which step comes first.",
    413: "The request is larger than the instance accepts; use the command line.",
    429: "Too many requests, or too many wrong keys from this address.",
}
_ALWAYS = (401, 403, 429)


class ErrorDetailSerializer(serializers.Serializer[Any]):
    """One refusal."""

    code = serializers.CharField(help_text="Stable word for programs.")
    message = serializers.CharField(help_text="One sentence for people.")


class ErrorSerializer(serializers.Serializer[Any]):
    """The shape of every refusal."""

    error = ErrorDetailSerializer()


def operation(
    *,
    tag: str,
    summary: str,
    answers: Mapping[Any, Any],
    refusals: Sequence[int] = (),
    request: Any = None,
    parameters: Sequence[Any] = (),
    description: str = "",
    example: Mapping[str, Any] | None = None,
    answer_example: Mapping[str, Any] | None = None,
) -> Callable[[Any], Any]:
    """Describe one operation; every refusal has the same shape."""
    return extend_schema(
        tags=[tag],
        summary=summary,
        description=description or None,
        request=request,
        parameters=list(parameters),
        responses={**answers, **_refusals(refusals)},
        examples=_examples(example, answer_example, answers),
    )


def identifier(of: str) -> OpenApiParameter:
    """The ``{id}`` of a path."""
    return OpenApiParameter(
        "id", OpenApiTypes.UUID, OpenApiParameter.PATH, description=f"The id of {of}."
    )


def file_answer(description: str) -> OpenApiResponse:
    """A file as answer."""
    return OpenApiResponse(OpenApiTypes.BINARY, description=description)


def _refusals(codes: Sequence[int]) -> dict[int, OpenApiResponse]:
    return {
        code: OpenApiResponse(ErrorSerializer, description=_REFUSALS[code])
        for code in sorted({*codes, *_ALWAYS})
    }


def _examples(
    asked: Mapping[str, Any] | None, answered: Mapping[str, Any] | None, answers: Mapping[Any, Any]
) -> list[OpenApiExample]:
    found = []
    if asked is not None:
        found.append(OpenApiExample("A request", value=asked, request_only=True))
    if answered is not None:
        codes = [str(c[0] if isinstance(c, tuple) else c) for c in answers]
        found.append(
            OpenApiExample("An answer", value=answered, response_only=True, status_codes=codes)
        )
    return found
