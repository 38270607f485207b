"""``datasets/{id}/privacy-tuning``: search for the smallest ε that keeps a goal, for nothing."""

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
from domain.evaluation.privacy_tuning import PrivacyTuning, TuningWish
from domain.evaluation.tuning_request import EPSILONS, REFINEMENTS, SEEDS
from domain.jobs import Job
from domain.kernel import DatasetId, Permission
from domain.synthesis.catalogue import MARGINALS


class TuningBody(Body):
    """What the twin has to reach, and on which rows ε is searched for."""

    goals = serializers.ListField(
        child=serializers.CharField(),
        help_text="All are to be kept: gap<=0.03, pairs>=0.9, columns>=0.95, quality>=0.95, "
        "detection<=0.75.",
    )
    proxy_dataset_id = serializers.UUIDField(
        default=None, allow_null=True, help_text="A dataset of other people, declared public."
    )
    proxy_source = serializers.CharField(
        default="", allow_blank=True, help_text="Where that dataset comes from; needed with it."
    )
    proxy_synthetic_id = serializers.UUIDField(
        default=None, allow_null=True, help_text="Or synthetic rows of a private run."
    )
    target = serializers.CharField(default=None, allow_null=True)
    synthesizer = serializers.CharField(default=MARGINALS)
    settings = serializers.DictField(default=dict)
    epsilons = serializers.ListField(
        child=serializers.FloatField(), default=list(EPSILONS), help_text="Tried first."
    )
    seeds = serializers.IntegerField(default=SEEDS, help_text="Trials at each ε.")
    refinements = serializers.IntegerField(
        default=REFINEMENTS, help_text="How often the stretch around the goal is halved."
    )
    seed = serializers.IntegerField(default=0, help_text="Of the split of the proxy.")
    delta = serializers.FloatField(
        default=None,
        allow_null=True,
        help_text="If null, well below one over the rows, and 0.000001 with an “entity”.",
    )
    entity = serializers.CharField(default=None, allow_null=True)
    rows_a_unit = serializers.IntegerField(default=1, min_value=1)
    code_book = serializers.DictField(default=None, allow_null=True)


class QueuedTuningSerializer(serializers.Serializer[Any]):
    """A queued search."""

    tuning_id = serializers.UUIDField()
    job_id = serializers.UUIDField()


class TuningSerializer(serializers.Serializer[Any]):
    """One search, with its log once it is done."""

    tuning_id = serializers.UUIDField()
    state = serializers.CharField()
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()
    goals = serializers.ListField(child=serializers.CharField())
    log = serializers.DictField(
        allow_null=True, help_text="Every trial, and under found the answer; null until done."
    )


class PrivacyTunings(Resource):
    """Searches for ε. None reads a row of the dataset itself."""

    @operation(
        tag="Synthesis",
        summary="Search for the smallest ε",
        description=(
            "Trains twins of a proxy at several values of ε and measures them. Costs nothing of "
            "anybody's privacy; what is found is a recommendation. To choose settings on the "
            "private rows and pay for it, name candidates when you synthesize."
        ),
        parameters=[identifier("a dataset")],
        request=TuningBody,
        answers={202: QueuedTuningSerializer},
        refusals=(400, 404, 409),
        example={
            "goals": ["gap<=0.03"],
            "target": "income",
            "proxy_dataset_id": "7c1f6a52-6c0f-4b83-9a57-4a8f0b6a3a11",
            "proxy_source": "UCI Adult, public since 1996",
        },
    )
    def post(self, request: Request, id: UUID) -> Response:
        self.actor.require(Permission.TRAIN)
        asked = read(TuningBody, request)
        goals, epsilons = tuple(asked.pop("goals")), tuple(asked.pop("epsilons"))
        source = asked.pop("proxy_source")
        tuning, job = web.request_tuning()(
            self.actor,
            dataset_id=DatasetId(id),
            wish=TuningWish(goals=goals, epsilons=epsilons, source=source, **asked),
        )
        document = {"tuning_id": str(tuning.id), "job_id": str(job.id)}
        return Response(document, status=status.HTTP_202_ACCEPTED)

    @operation(
        tag="Synthesis",
        summary="See the searches for ε",
        description="Newest first.",
        parameters=[identifier("a dataset")],
        answers={200: TuningSerializer(many=True)},
        refusals=(404,),
    )
    def get(self, request: Request, id: UUID) -> Response:
        found = web.list_tunings()(self.actor, dataset_id=DatasetId(id))
        return Response([_line(tuning, job) for tuning, job in found])


def _line(tuning: PrivacyTuning, job: Job | None) -> Mapping[str, Any]:
    return {
        "tuning_id": str(tuning.id),
        "state": job.state if job else "",
        "created_at": tuning.created_at.isoformat(),
        "created_by": tuning.created_by,
        "goals": list(tuning.wish.goals),
        "log": tuning.log.to_document() if tuning.log else None,
    }
