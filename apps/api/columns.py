"""``datasets/{id}``: profile it again, see its columns and PII flags, confirm them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from adapters.orm import api_queries
from apps.api.documentation import identifier, operation
from apps.api.events import EventsField, EventTableSerializer, confirmed_events, log_lines
from apps.api.resource import Body, Resource, read
from config.wiring import web
from domain.datasets.confirmation import Confirmation
from domain.datasets.entities import (
    ColumnDecision,
    ColumnSpec,
    Dataset,
    PiiAction,
    PiiKind,
    SdType,
    TableMetadata,
)
from domain.datasets.time_settings import UnreadableTimes
from domain.kernel import Conflict, DatasetId, Permission

_TYPES = [t.value for t in SdType]
ACTIONS = [a.value for a in PiiAction]
_KINDS = [k.value for k in PiiKind]
_UNREADABLE = [u.value for u in UnreadableTimes]


class JobIdSerializer(serializers.Serializer[Any]):
    """A queued job."""

    job_id = serializers.UUIDField()


class Profile(Resource):
    """Profile a dataset again."""

    @operation(
        tag="Datasets",
        summary="Profile a dataset again",
        description="A confirmation given before is void once the new profile is done.",
        parameters=[identifier("a dataset")],
        answers={202: JobIdSerializer},
        refusals=(404, 409),
    )
    def post(self, request: Request, id: UUID) -> Response:
        job = web.request_profile()(self.actor, dataset_id=DatasetId(id))
        return Response({"job_id": str(job.id)}, status=status.HTTP_202_ACCEPTED)


class ColumnSerializer(serializers.Serializer[Any]):
    """One column, as suggested or confirmed."""

    table = serializers.CharField()
    column = serializers.CharField()
    sdtype = serializers.ChoiceField(_TYPES)
    pii_action = serializers.ChoiceField(ACTIONS)
    missing_word = serializers.CharField(help_text="Read as missing, besides empty cells.")
    missing_candidate = serializers.CharField(
        help_text="A category that may mean “missing”: decide with “missing_word”."
    )
    unreadable_times = serializers.ChoiceField(
        _UNREADABLE, help_text="What happens to cells of a time column that hold no time."
    )
    time_zone = serializers.CharField(
        allow_null=True,
        help_text="The zone on whose clock times are written; “mixed”: each row has its offset.",
    )
    zone_column = serializers.CharField(
        allow_null=True, help_text="The column that says on whose clock each row's time is."
    )


class FlagSerializer(serializers.Serializer[Any]):
    """A suspicion that a column identifies people."""

    table = serializers.CharField()
    column = serializers.CharField()
    kind = serializers.ChoiceField(_KINDS)
    reason = serializers.CharField()
    share = serializers.FloatField(help_text="Share of values that match the pattern, 0 to 1.")
    action = serializers.ChoiceField(ACTIONS, help_text="Suggested, or confirmed.")


class ConstraintSerializer(serializers.Serializer[Any]):
    """A rule that every row of the twin keeps."""

    table = serializers.CharField()
    rule = serializers.CharField(help_text="Such as “start < end” or “total = net + tax”.")
    suggested = serializers.BooleanField(help_text="Found to hold in every real row.")
    kept = serializers.BooleanField(help_text="Whether rows of the twin keep it.")


class ColumnsSerializer(serializers.Serializer[Any]):
    """A dataset's columns and flags."""

    dataset_id = serializers.UUIDField()
    confirmed = serializers.BooleanField()
    confirmed_by = serializers.CharField(allow_null=True)
    confirmed_at = serializers.DateTimeField(allow_null=True)
    confirmation = serializers.ChoiceField(
        [how.value for how in Confirmation],
        allow_null=True,
        help_text="Who looked: “seen”, whoever confirmed here or on the page; “stated”, a "
        "command's caller, as they say; “named”, types came with a schema and nobody looked at the "
        "rest; “unseen”, nobody. Packs tell it.",
    )
    flags = FlagSerializer(many=True)
    columns = ColumnSerializer(many=True)
    constraints = ConstraintSerializer(many=True)
    events = EventTableSerializer(
        many=True, help_text="Tables that are logs of events, or look like it."
    )


class DecisionBody(Body):
    """What a person says about one column; what is left out stays as suggested."""

    table = serializers.CharField()
    column = serializers.CharField()
    sdtype = serializers.ChoiceField(_TYPES, required=False)
    pii_action = serializers.ChoiceField(ACTIONS, required=False)
    missing_word = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text="The word that is read as missing, such as “?”; empty: only empty cells are.",
    )
    unreadable_times = serializers.ChoiceField(
        _UNREADABLE,
        required=False,
        help_text="Cells of a time column that hold no time are told of by a column beside (tag), "
        "filled between their neighbours of the same entity (interpolate), or refused.",
    )
    time_zone = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text="The zone on whose clock times with offsets are written; empty: UTC.",
    )


class ConfirmBody(Body):
    """The decisions of a confirmation."""

    decisions = DecisionBody(
        many=True, help_text="Columns decided otherwise than suggested; may be empty."
    )
    constraints = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="The rules to keep, by table; a table left out keeps those suggested.",
    )
    events = EventsField(
        required=False,
        help_text="By table, which columns make it a log of events: its entity and its time; null "
        "says that it is none. A table left out stays as it was: a suggestion is not taken over.",
    )


class PiiFlags(Resource):
    """The columns of a dataset and what is suspected of them."""

    @operation(
        tag="Datasets",
        summary="See the columns and PII flags",
        parameters=[identifier("a dataset")],
        answers={200: ColumnsSerializer},
        refusals=(404, 409),
    )
    def get(self, request: Request, id: UUID) -> Response:
        self.actor.require(Permission.SEE_SOURCE)
        return Response(_document(api_queries.dataset(self.actor.organisation_id, id)))

    @operation(
        tag="Datasets",
        summary="Confirm the columns",
        description="Needed before training. Columns that are not named stay as suggested.",
        request=ConfirmBody,
        parameters=[identifier("a dataset")],
        answers={200: ColumnsSerializer},
        refusals=(400, 404, 409),
        example={
            "decisions": [{"table": "patients", "column": "email", "pii_action": "drop"}],
            "constraints": {"patients": ["0 <= age <= 120", "admitted <= discharged"]},
            "events": {"visits": {"entity": "patient_id", "time": "admitted"}},
        },
    )
    def post(self, request: Request, id: UUID) -> Response:
        self.actor.require(Permission.CONFIRM)
        body = read(ConfirmBody, request)
        dataset = web.confirm_columns()(
            self.actor,
            dataset_id=DatasetId(id),
            decisions=[_decision(**d) for d in body["decisions"]],
            constraints=body.get("constraints"),
            events=confirmed_events(body.get("events")),
            how=Confirmation.SEEN,
        )
        return Response(_document(dataset))


def _decision(
    table: str,
    column: str,
    sdtype: str | None = None,
    pii_action: str | None = None,
    missing_word: str | None = None,
    unreadable_times: str | None = None,
    time_zone: str | None = None,
) -> ColumnDecision:
    return ColumnDecision(
        table=table,
        column=column,
        sdtype=SdType(sdtype) if sdtype else None,
        pii_action=PiiAction(pii_action) if pii_action else None,
        missing_word=missing_word,
        unreadable_times=UnreadableTimes(unreadable_times) if unreadable_times else None,
        time_zone=time_zone,
    )


def _document(dataset: Dataset) -> dict[str, Any]:
    if dataset.metadata is None or dataset.profile_blob is None:
        raise Conflict("This dataset is not profiled yet; wait for the profile to finish.")
    return {
        "dataset_id": str(dataset.id),
        "confirmed": dataset.confirmed_at is not None,
        "confirmed_by": dataset.confirmed_by,
        "confirmed_at": dataset.confirmed_at,
        "confirmation": dataset.confirmation if dataset.confirmed_at else None,
        "flags": FlagSerializer(dataset.metadata.pii_flags, many=True).data,
        "columns": [
            _column(name, spec)
            for name, table in dataset.metadata.tables.items()
            for spec in table.columns
        ],
        "constraints": [
            rule for name, table in dataset.metadata.tables.items() for rule in _rules(name, table)
        ],
        "events": log_lines(dataset.metadata),
    }


def _rules(name: str, table: TableMetadata) -> list[dict[str, object]]:
    """Every rule that is suggested or kept."""
    return [
        {
            "table": name,
            "rule": str(rule),
            "suggested": rule in table.suggested_constraints,
            "kept": rule in table.constraints,
        }
        for rule in dict.fromkeys((*table.suggested_constraints, *table.constraints))
    ]


def _column(table: str, spec: ColumnSpec) -> dict[str, str | None]:
    return {
        "table": table,
        "column": spec.name,
        "sdtype": spec.sdtype,
        "pii_action": spec.pii_action,
        "missing_word": spec.missing_word,
        "missing_candidate": spec.missing_candidate,
        "unreadable_times": spec.unreadable_times,
        "time_zone": spec.time_zone,
        "zone_column": spec.zone_column,
    }
