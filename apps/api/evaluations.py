"""``datasets/{id}/evaluate``: measure a synthetic dataset."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.documentation import identifier, operation
from apps.api.resource import Body, Resource, read
from config.wiring import web
from domain.evaluation.report import Verdict
from domain.kernel import Permission, SyntheticDatasetId


class ScoreSerializer(serializers.Serializer[Any]):
    """One measured number with its baseline and meaning."""

    name = serializers.CharField()
    scope = serializers.CharField(help_text="table, column:NAME or pair:NAME,NAME.")
    value = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(
        child=serializers.FloatField(), allow_null=True, help_text="95 % confidence interval."
    )
    baseline = serializers.FloatField(
        allow_null=True, help_text="The same, with real rows in the place of synthetic ones."
    )
    threshold = serializers.FloatField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]
    sentence = serializers.CharField()


class EvaluationReportSerializer(serializers.Serializer[Any]):
    """The evaluation document."""

    schema = serializers.IntegerField()
    verdict = serializers.ChoiceField([v.value for v in Verdict], allow_null=True)
    scores = ScoreSerializer(many=True)


class EvaluateBody(Body):
    """How to evaluate."""

    seed = serializers.IntegerField(default=0, min_value=0, max_value=2**32 - 1)


class QueuedEvaluationSerializer(serializers.Serializer[Any]):
    """A queued evaluation."""

    evaluation_id = serializers.UUIDField()
    job_id = serializers.UUIDField(help_text="Its download is the report.")


class Evaluate(Resource):
    """Measure a synthetic dataset against the real rows it came from."""

    @operation(
        tag="Synthesis",
        summary="Evaluate a synthetic dataset",
        request=EvaluateBody,
        parameters=[identifier("a synthetic dataset")],
        answers={202: QueuedEvaluationSerializer},
        refusals=(400, 404),
    )
    def post(self, request: Request, id: UUID) -> Response:
        self.actor.require(Permission.EVALUATE)
        asked = read(EvaluateBody, request)
        evaluation, job = web.request_evaluation()(
            self.actor, synthetic_id=SyntheticDatasetId(id), seed=asked["seed"]
        )
        return Response(
            {"evaluation_id": str(evaluation.id), "job_id": str(job.id)},
            status=status.HTTP_202_ACCEPTED,
        )
