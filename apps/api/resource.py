"""What every resource of the API is made of: a view that knows its actor, strict bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import FileResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from apps.actors import actor_of
from domain.kernel import Actor

NON_FIELD = api_settings.NON_FIELD_ERRORS_KEY


class Resource(APIView):
    """A view behind an address; the actor is known before the body is read."""

    @property
    def actor(self) -> Actor:
        return actor_of(self.request._request)


class Body(serializers.Serializer[Any]):
    """What a request may say. Words it does not know are refused, so that a slip of the keyboard
    is not silently ignored."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(str(k) for k in data if k not in self.fields)
            if unknown:
                sentence = f"There is no field “{unknown[0]}”; use: {', '.join(self.fields)}."
                raise serializers.ValidationError({NON_FIELD: [sentence]})
        return super().to_internal_value(data)


def read(body: type[Body], request: Request) -> dict[str, Any]:
    """The request's body, checked."""
    return checked(body(data=request.data))


def read_query(body: type[Body], request: Request) -> dict[str, Any]:
    """The request's query string, checked."""
    return checked(body(data=request.query_params.dict()))


def checked(filled: Body) -> dict[str, Any]:
    """The fields of a body, or the first complaint about them."""
    filled.is_valid(raise_exception=True)
    return dict(filled.validated_data)


def attachment(stream: Any, name: str, media_type: str) -> FileResponse:
    """A file on its way out, streamed."""
    return FileResponse(stream, as_attachment=True, filename=name, content_type=media_type)
