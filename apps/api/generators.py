"""``generators/{id}``: the papers of a training run."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from adapters.orm import api_queries
from apps.api.documentation import file_answer, identifier, operation
from apps.api.resource import Resource, attachment
from config.wiring import web
from domain.kernel import Conflict, Permission, RunId


class ModelCard(Resource):
    """The model card of a training run."""

    @operation(
        tag="Evidence",
        summary="Read the model card",
        parameters=[identifier("a training run")],
        answers={200: OpenApiResponse(OpenApiTypes.OBJECT, description="The model card.")},
        refusals=(404, 409),
    )
    def get(self, request: Request, id: UUID) -> Response:
        return Response(web.read_model_card()(self.actor, run_id=RunId(id)))


class CompliancePack(Resource):
    """The evidence pack of a training run."""

    @operation(
        tag="Evidence",
        summary="Download the evidence pack",
        description="The newest built pack of the run's newest synthetic dataset.",
        parameters=[identifier("a training run")],
        answers={(200, "application/zip"): file_answer("The evidence pack.")},
        refusals=(404, 409),
    )
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        self.actor.require(Permission.DOWNLOAD_PACK)
        pack = api_queries.newest_pack(self.actor.organisation_id, id)
        if not pack.built:
            raise Conflict("The evidence pack is not built yet; ask again when its job is done.")
        made = web.download_pack()(self.actor, pack_id=pack.id)
        return attachment(made.stream, made.name, made.media_type)
