"""Bodies in and out: strict JSON in, and one form out whatever the client says it accepts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from domain.kernel import BadInput


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


class StrictJSONParser(JSONParser):
    """JSON, or a refusal in words. The framework bounds its size (``DATA_UPLOAD_MAX_MEMORY_SIZE``)
    before this reads it."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except (ParseError, RecursionError):
            raise BadInput(
                "The body of this request is not valid JSON; check its quotes, commas and brackets."
            ) from None
