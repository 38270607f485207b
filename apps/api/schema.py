"""The API's own description: the OpenAPI document, and the page that renders it."""

from __future__ import annotations

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.negotiation import DefaultContentNegotiation


class Schema(SpectacularAPIView):
    """The OpenAPI document, as YAML or as JSON."""

    content_negotiation_class = DefaultContentNegotiation


@method_decorator(csp_update({"style-src": [SELF, UNSAFE_INLINE]}), name="dispatch")
class Docs(SpectacularSwaggerSplitView):
    """Swagger UI from this server. Its script comes from a file of its own; its styles are set
    inline, which is allowed on this page only."""

    url_name = "api:schema"
    content_negotiation_class = DefaultContentNegotiation
