"""``datasets/{id}/deletion-certificate``: that a dataset was deleted, and how."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.documentation import identifier, operation
from apps.api.resource import Resource
from config.wiring import web
from domain.kernel import DatasetId


class DeletionCertificate(Resource):
    """The certificate of a deleted dataset."""

    @operation(
        tag="Datasets",
        summary="Read the deletion certificate",
        description="What was deleted, when, by whom or by which rule, how, under which conditions "
        "that is an erasure, and what remains: schema 1. Packs that are built after the deletion "
        "hold it too, on paper and signed. A dataset that is still there has none (409).",
        parameters=[identifier("a dataset")],
        answers={200: OpenApiResponse(OpenApiTypes.OBJECT, description="The certificate.")},
        refusals=(404, 409),
    )
    def get(self, request: Request, id: UUID) -> Response:
        return Response(web.read_deletion_certificate()(self.actor, dataset_id=DatasetId(id)))
