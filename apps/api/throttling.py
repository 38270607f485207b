"""How often one API key's owner may call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle

if TYPE_CHECKING:  # the framework's views load this module
    from rest_framework.views import APIView


class KeyThrottle(UserRateThrottle):
    """``STUDIO_API_RATE`` for each person's keys together; people on the page are not counted.

    Counted in the process's memory, so with several web processes the limit is per process.
    """

    scope = "key"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        return super().get_cache_key(request, view) if request.auth else None
