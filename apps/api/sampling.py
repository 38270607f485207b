"""``generators/{id}``: more rows from a training run, and rows completed by it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.conditions import ConditionFields, lengths_in, taken_out
from apps.api.documentation import identifier, operation
from apps.api.resource import Body, Resource, checked, read
from apps.api.uploads import received_files
from config.wiring import web
from domain.jobs import Job
from domain.kernel import BadInput, Permission, RunId
from domain.synthesis.runs import SyntheticDataset
from domain.synthesis.spec_wording import spec_sentences


class DrawMoreBody(ConditionFields):
    """How many rows, and which."""

    rows = serializers.IntegerField(
        default=None, allow_null=True, help_text="As many as were learned from if null."
    )
    entities = serializers.IntegerField(
        default=None,
        allow_null=True,
        help_text="Of a run that learned histories: how many, each whole.",
    )
    seed = serializers.IntegerField(
        default=None, allow_null=True, help_text="The seed of the training if null."
    )


class QueuedSampleSerializer(serializers.Serializer[Any]):
    """What was queued."""

    job_id = serializers.UUIDField(help_text="Its download is the rows.")
    synthetic_dataset_id = serializers.UUIDField(help_text="The {id} of datasets/{id}/evaluate.")
    conditions = serializers.ListField(
        child=serializers.CharField(), help_text="What was asked of the rows, in sentences."
    )


class DrawMore(Resource):
    """Draw more rows from a training run."""

    @operation(
        tag="Synthesis",
        summary="Draw more rows",
        description="Nothing is trained again. It waits for the training when that still runs.",
        request=DrawMoreBody,
        parameters=[identifier("a training run")],
        answers={202: QueuedSampleSerializer},
        refusals=(400, 404, 409),
        example={
            "rows": 5000,
            "seed": 3,
            "where": ["age=65..90", 'state in CA,NY,"New, York"'],
            "stratify": ["sex=Female:0.5"],
            "impute": ["income"],
            "formats": ["parquet"],
        },
    )
    def post(self, request: Request, id: UUID) -> Response:
        self.actor.require(Permission.TRAIN)
        asked = read(DrawMoreBody, request)
        made = web.request_sample()(self.actor, run_id=RunId(id), **taken_out(asked), **asked)
        return _queued(*made)


class CompleteFields(Body):
    """What may stand beside the file."""

    events = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=100,
        help_text="Of a run of histories: events to add to each, “5”, “5-10”, or “x2” for twice as "
        "many as are given; as many as learned histories would have if not given.",
    )
    until = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=100,
        help_text="Of a run of histories: go on until then, such as 2025-12-31.",
    )

    seed = serializers.IntegerField(
        default=None, allow_null=True, help_text="The seed of the training if not given."
    )


class CompleteBody(CompleteFields):
    """A multipart form."""

    file = serializers.FileField(
        help_text="Rows with gaps: empty cells, and columns that are not there."
    )


class Complete(Resource):
    """Fill the gaps of partly given rows."""

    parser_classes = [MultiPartParser]

    @operation(
        tag="Synthesis",
        summary="Complete partly given rows",
        description=(
            "Each gap is drawn from its distribution under the given cells of its row, which stay "
            "as they are. Completed rows hold what was given: they are no synthetic twin, are not "
            "evaluated, and are shredded with the dataset. Of a run that learned histories, the "
            "file holds events of some entities: they stay as they are, and new events follow "
            "those of each."
        ),
        request={"multipart/form-data": CompleteBody},
        parameters=[identifier("a training run")],
        answers={202: QueuedSampleSerializer},
        refusals=(400, 404, 409, 413),
    )
    def post(self, request: Request, id: UUID) -> Response:
        self.actor.require(Permission.TRAIN)
        files = received_files(request).files
        if len(files) != 1:
            raise BadInput("Send one file with the rows to complete.")
        asked = dict(checked(CompleteFields(data=request.POST)))
        words = lengths_in(asked)
        return _queued(
            *web.request_completion()(
                self.actor, run_id=RunId(id), file=files[0], words=words, **asked
            )
        )


def _queued(synthetic: SyntheticDataset, job: Job) -> Response:
    document = {
        "job_id": str(job.id),
        "synthetic_dataset_id": str(synthetic.id),
        "conditions": list(spec_sentences(synthetic.spec, given=synthetic.completed)),
    }
    return Response(document, status=status.HTTP_202_ACCEPTED)
