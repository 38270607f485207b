"""``datasets/{id}/preflight``: what a fit would take, before it is started."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.documentation import identifier, operation
from apps.api.events import TIME
from apps.api.resource import Body, Resource, read
from config.wiring import web
from domain.kernel import DatasetId
from domain.synthesis.catalogue import CATALOGUE, DEFAULT_SYNTHESIZER
from domain.synthesis.runs import DEFAULT_HOLDOUT_SHARE


class PreflightBody(Body):
    """What would be trained."""

    synthesizer = serializers.CharField(
        default=DEFAULT_SYNTHESIZER, help_text=f"One of: {', '.join(CATALOGUE)}."
    )
    settings = serializers.DictField(
        default=dict, help_text="Hyperparameters of the synthesizer that differ from its defaults."
    )
    holdout_share = serializers.FloatField(
        default=DEFAULT_HOLDOUT_SHARE, help_text="Share of real rows kept from training, 0 to 0.5."
    )
    private = serializers.BooleanField(
        default=False,
        help_text="Whether it would be trained under differential privacy: then neither rows nor "
        "profile are looked at, and no time is told.",
    )
    entity = serializers.CharField(
        default=None, allow_null=True, help_text="Whose history a row would belong to."
    )
    time = serializers.CharField(default=None, allow_null=True, help_text=TIME)


class PreflightSerializer(serializers.Serializer[Any]):
    """What to expect."""

    synthesizer = serializers.CharField(help_text="The one that would be trained.")
    reasons = serializers.ListField(
        child=serializers.CharField(), help_text="Why this one, where the choice is automatic."
    )
    seconds = serializers.FloatField(allow_null=True, help_text="Null where it is not known.")
    memory_bytes = serializers.IntegerField(
        allow_null=True, help_text="Peak of the whole process; null where it is not known."
    )
    timed = serializers.BooleanField(
        help_text="False: estimated by size. The fit itself times a few steps before it trains."
    )
    sentence = serializers.CharField()
    warnings = serializers.ListField(child=serializers.CharField())


class Preflight(Resource):
    """What a fit would take."""

    @operation(
        tag="Synthesis",
        summary="Ask what a fit will take",
        description=(
            "An estimate from the profile: nothing is queued and no row is read. The fit times a "
            "few steps on its machine before it trains, keeps that expectation in the notes of "
            "the run, and refuses where memory cannot suffice."
        ),
        request=PreflightBody,
        parameters=[identifier("a dataset")],
        answers={200: PreflightSerializer},
        refusals=(400, 404, 409),
    )
    def post(self, request: Request, id: UUID) -> Response:
        asked = read(PreflightBody, request)
        found = web.estimate_fit()(self.actor, dataset_id=DatasetId(id), **asked)
        expectation = found.expectation
        document = {
            "synthesizer": found.synthesizer.name,
            "reasons": list(found.reasons),
            "seconds": expectation.seconds,
            "memory_bytes": expectation.memory,
            "timed": expectation.timed,
            "sentence": expectation.sentence,
            "warnings": list(expectation.warnings),
        }
        return Response(PreflightSerializer(document).data)
