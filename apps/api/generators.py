"""``generators/{id}``: the papers of a training run."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adapters.orm import api_queries
from apps.api.documentation import file_answer, identifier, operation
from apps.api.events import LearnedEventsSerializer, run_log_lines
from apps.api.resource import Body, Resource, attachment, read_query
from config.wiring import web
from domain.kernel import Permission, RunId
from domain.synthesis.learning_curves import learning_curves
from domain.synthesis.runs import TrainingRun
from domain.synthesis.told_run import told_run


class LearningCurveSerializer(serializers.Serializer[Any]):
    """How the training of one table went; lower is better."""

    table = serializers.CharField()
    measure = serializers.CharField(help_text="What the values are, such as “validation loss”.")
    unit = serializers.CharField()
    first_epoch = serializers.IntegerField(
        help_text="The epoch of the first value; 0 stands for before training."
    )
    values = serializers.ListField(child=serializers.FloatField())
    kept_epoch = serializers.IntegerField(help_text="The epoch whose weights were kept.")


class TrainingSerializer(serializers.Serializer[Any]):
    """What became of a training run."""

    id = serializers.UUIDField()
    synthesizer = serializers.CharField()
    settings = serializers.DictField(help_text="Those that differ from the defaults.")
    seed = serializers.IntegerField()
    events = serializers.SerializerMethodField(help_text="Tables learned as logs of events.")
    rows_trained = serializers.IntegerField(
        allow_null=True,
        help_text="Null before it is done; and where their number is private (the unit of privacy "
        "is no row) and you may not see the real rows.",
    )
    rows_held_out = serializers.IntegerField(allow_null=True)
    fit_seconds = serializers.FloatField(allow_null=True)
    notes = serializers.ListField(child=serializers.CharField(), help_text="What was decided.")
    versions = serializers.DictField(
        child=serializers.CharField(),
        help_text="What the same bytes depend on: libraries, device, threads, processor.",
    )
    learning_curves = serializers.SerializerMethodField()

    @extend_schema_field(LearnedEventsSerializer(many=True))
    def get_events(self, run: TrainingRun) -> list[dict[str, Any]]:
        """Table by table; none where rows were learned one by one."""
        return run_log_lines(run)

    @extend_schema_field(LearningCurveSerializer(many=True))
    def get_learning_curves(self, run: TrainingRun) -> list[dict[str, Any]]:
        """Table by table; none for synthesizers that keep none."""
        return [curve.to_document() for curve in learning_curves(run)]


class Training(Resource):
    """How the training of a run went."""

    @operation(
        tag="Synthesis",
        summary="See how a training went",
        parameters=[identifier("a training run")],
        answers={200: TrainingSerializer},
        refusals=(404,),
    )
    def get(self, request: Request, id: UUID) -> Response:
        self.actor.require(Permission.VIEW)
        run = api_queries.training_run(self.actor.organisation_id, id)
        return Response(TrainingSerializer(told_run(run, self.actor)).data)


class ModelCardQuery(Body):
    """In which form the card is wanted."""

    format = serializers.ChoiceField(
        ["json", "pdf", "md"],
        default="json",
        help_text="json; or pdf, or md as Hugging Face reads it, as they were sealed in the newest "
        "evidence pack.",
    )


class ModelCard(Resource):
    """The model card of a training run."""

    @operation(
        tag="Evidence",
        summary="Read the model card",
        parameters=[identifier("a training run"), ModelCardQuery],
        answers={
            (200, "application/json"): OpenApiResponse(
                OpenApiTypes.OBJECT, description="The model card."
            ),
            (200, "application/pdf"): file_answer("The model card on paper."),
            (200, "text/plain"): file_answer("The model card as Markdown."),
        },
        refusals=(400, 404, 409),
    )
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        asked = read_query(ModelCardQuery, request)["format"]
        if asked == "json":
            return Response(web.read_model_card()(self.actor, run_id=RunId(id)))
        paper = web.download_model_card()(self.actor, run_id=RunId(id), file_format=asked)
        return attachment(paper.stream, paper.name, paper.media_type)


class DpReportQuery(Body):
    """In which form the report is wanted."""

    format = serializers.ChoiceField(
        ["json", "pdf"],
        default="json",
        help_text="json; or pdf, as it was sealed in the newest evidence pack.",
    )


class DpReport(Resource):
    """The privacy report of a training run."""

    @operation(
        tag="Evidence",
        summary="Read the privacy report",
        description="What a private run promises, from the record of every look at its rows: "
        "schema 1, eighteen fields. The Link header names the same as a page and on paper. A run "
        "without differential privacy has none (404).",
        parameters=[identifier("a training run"), DpReportQuery],
        answers={
            (200, "application/json"): OpenApiResponse(
                OpenApiTypes.OBJECT, description="The privacy report."
            ),
            (200, "application/pdf"): file_answer("The privacy report on paper."),
        },
        refusals=(400, 404, 409),
    )
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        if read_query(DpReportQuery, request)["format"] == "pdf":
            paper = web.download_dp_report()(self.actor, run_id=RunId(id))
            return attachment(paper.stream, paper.name, paper.media_type)
        report = web.read_dp_report()(self.actor, run_id=RunId(id))
        forms = {
            "text/html": reverse("dp-report", args=[id]),
            "application/pdf": f"{request.path}?format=pdf",
        }
        links = [f'<{at}>; rel="alternate"; type="{kind}"' for kind, at in forms.items()]
        return Response(report, headers={"Link": ", ".join(links)})
