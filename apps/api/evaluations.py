"""``evaluate``, ``utility-test`` and ``privacy-test`` of ``datasets/{id}``: measure a twin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.documentation import identifier, operation
from apps.api.resource import Body, Resource, read
from config.wiring import web
from domain.evaluation.spec import USUAL_PARTS, EvaluationSpec, Part, TaskKind
from domain.kernel import Permission, SyntheticDatasetId


class SeedBody(Body):
    """What makes an evaluation repeatable."""

    seed = serializers.IntegerField(
        default=0, min_value=0, max_value=2**32 - 1, help_text="The same seed, the same report."
    )


class UtilityTestBody(SeedBody):
    """What models should learn to predict."""

    target = serializers.CharField(
        default=None,
        allow_null=True,
        help_text="The column to predict; null takes that of the training run, else one is chosen.",
    )
    task = serializers.ChoiceField(
        [kind.value for kind in TaskKind],
        default=TaskKind.AUTO.value,
        help_text="auto predicts numbers of many values by regression, all else as classes.",
    )


class PrivacyTestBody(SeedBody):
    """Whose rows belong together, and how strong the attacker is."""

    entity = serializers.CharField(
        default=None,
        allow_null=True,
        help_text="The column that says whose a row is: people are then attacked whole.",
    )
    time = serializers.CharField(
        default=None,
        allow_null=True,
        help_text="The column that says when: histories are compared, or without an entity one "
        "long series.",
    )
    white_box = serializers.BooleanField(
        default=False,
        help_text="Attack with the model in hand as well. Trains another model: takes longer.",
    )


class EvaluateBody(UtilityTestBody, PrivacyTestBody):
    """How to evaluate. Everything has a default."""


class QueuedEvaluationSerializer(serializers.Serializer[Any]):
    """A queued evaluation."""

    evaluation_id = serializers.UUIDField()
    job_id = serializers.UUIDField(help_text="Its download is the report.")


_QUEUED = {
    "evaluation_id": "5f0c6e0a-0a53-4b0b-9d1b-0d8a1f6d2c11",
    "job_id": "8c2b1de4-93f7-4d66-8a8e-2f1f5c0f7a22",
}


class _Measure(Resource):
    """Queues an evaluation of some parts."""

    body: type[Body]

    def asked(self, given: Mapping[str, Any]) -> EvaluationSpec:
        """What is measured, from the fields of the body."""
        raise NotImplementedError

    def queued(self, request: Request, synthetic_id: UUID) -> Response:
        """The answer of every route here."""
        self.actor.require(Permission.EVALUATE)
        given = read(self.body, request)
        evaluation, job = web.request_evaluation()(
            self.actor,
            synthetic_id=SyntheticDatasetId(synthetic_id),
            seed=given["seed"],
            asked=self.asked(given),
        )
        return Response(
            {"evaluation_id": str(evaluation.id), "job_id": str(job.id)},
            status=status.HTTP_202_ACCEPTED,
        )


class Evaluate(_Measure):
    """Measure a synthetic dataset against the real rows it came from."""

    body = EvaluateBody

    @operation(
        tag="Synthesis",
        summary="Evaluate a synthetic dataset",
        description="Similarity, detection, utility and leakage, and a verdict by your rules.",
        request=EvaluateBody,
        parameters=[identifier("a synthetic dataset")],
        answers={202: QueuedEvaluationSerializer},
        refusals=(400, 404),
        example={"target": "readmitted", "seed": 0},
        answer_example=_QUEUED,
    )
    def post(self, request: Request, id: UUID) -> Response:
        return self.queued(request, id)

    def asked(self, given: Mapping[str, Any]) -> EvaluationSpec:
        return EvaluationSpec(
            parts=USUAL_PARTS | _white_box(given),
            target=given["target"],
            task=TaskKind(given["task"]),
            entity=given["entity"],
            time=given["time"],
        )


class UtilityTest(_Measure):
    """Train models on synthetic and on real rows, and test both on held-out real ones."""

    body = UtilityTestBody

    @operation(
        tag="Synthesis",
        summary="Test what a synthetic dataset is good for",
        description="Models of a target, the columns they look at, and random counts and means. "
        "Part of every evaluation; here it is measured alone, so there is no verdict.",
        request=UtilityTestBody,
        parameters=[identifier("a synthetic dataset")],
        answers={202: QueuedEvaluationSerializer},
        refusals=(400, 404),
        example={"target": "length_of_stay", "task": "regression", "seed": 0},
        answer_example=_QUEUED,
    )
    def post(self, request: Request, id: UUID) -> Response:
        return self.queued(request, id)

    def asked(self, given: Mapping[str, Any]) -> EvaluationSpec:
        return EvaluationSpec(
            parts=frozenset({Part.UTILITY}), target=given["target"], task=TaskKind(given["task"])
        )


class PrivacyTest(_Measure):
    """Attack a synthetic dataset as an outsider would."""

    body = PrivacyTestBody

    @operation(
        tag="Synthesis",
        summary="Attack a synthetic dataset",
        description="Membership and attribute inference, singling out, linkability and copies, "
        "each beside people the model never saw. Part of every evaluation; here it is measured "
        "alone, so there is no verdict.",
        request=PrivacyTestBody,
        parameters=[identifier("a synthetic dataset")],
        answers={202: QueuedEvaluationSerializer},
        refusals=(400, 404),
        example={"white_box": False, "entity": "patient_id", "time": "admitted", "seed": 0},
        answer_example=_QUEUED,
    )
    def post(self, request: Request, id: UUID) -> Response:
        return self.queued(request, id)

    def asked(self, given: Mapping[str, Any]) -> EvaluationSpec:
        return EvaluationSpec(
            parts=frozenset({Part.LEAKAGE}) | _white_box(given),
            entity=given["entity"],
            time=given["time"],
        )


def _white_box(given: Mapping[str, Any]) -> frozenset[Part]:
    return frozenset({Part.WHITE_BOX}) if given["white_box"] else frozenset()
