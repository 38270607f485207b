"""Bodies in and out: JSON of a bounded size, and whatever the client says it accepts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from domain.kernel import BadInput, TooLarge


class OneAnswer(BaseContentNegotiation):
    """Answer in the view's one form, whatever ``Accept`` says: a download is CSV, an error JSON."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((p for p in parsers if p.media_type == media_type), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        only = next(iter(renderers))
        return only, str(only.media_type)


class BoundedJSONParser(JSONParser):
    """JSON, refused by its announced length before it is read."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        announced = parser_context["request"].META.get("CONTENT_LENGTH") if parser_context else 0
        if int(announced or 0) > (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0):
            raise TooLarge(
                "The JSON of this request is too large; send data as a file to /api/v1/upload."
            )
        try:
            return super().parse(stream, media_type, parser_context)
        except (ParseError, RecursionError):
            raise BadInput(
                "The body of this request is not valid JSON; check its quotes, commas and brackets."
            ) from None
