"""``synthesize``, and ``timeseries`` for histories: train, sample, and evaluate and pack."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.conditions import taken_out
from apps.api.documentation import identifier, operation
from apps.api.events import LearnedEventsSerializer, run_log_lines
from apps.api.resource import Resource, read
from apps.api.twin_fields import TwinFields, privacy_request
from config.wiring import web
from domain.jobs import Job
from domain.kernel import BadInput, Conflict, DatasetId, Permission, TuningId
from domain.synthesis.catalogue import CATALOGUE, DEFAULT_SYNTHESIZER, SEQUENCES
from domain.synthesis.requests import PrivacyRequest
from domain.synthesis.runs import HoldoutSpec
from domain.synthesis.spec_wording import spec_sentences


class SynthesizeBody(TwinFields):
    """What to make of which dataset."""

    dataset_id = serializers.UUIDField(help_text="A profiled dataset whose columns are confirmed.")
    synthesizer = serializers.CharField(
        default=DEFAULT_SYNTHESIZER, help_text=f"One of: {', '.join(CATALOGUE)}."
    )


class TimeseriesBody(TwinFields):
    """Which histories to make; “entity” and “time” may be left out where they are confirmed."""

    synthesizer = serializers.CharField(
        default=SEQUENCES, help_text="The one that learns histories; others learn row by row."
    )


class QueuedJobSerializer(serializers.Serializer[Any]):
    """One of the queued jobs."""

    id = serializers.UUIDField()
    kind = serializers.CharField()


class SynthesisSerializer(serializers.Serializer[Any]):
    """What was queued."""

    job_id = serializers.UUIDField(help_text="The sample job: its download is the synthetic data.")
    run_id = serializers.UUIDField(help_text="The training run: the {id} of generators/.")
    synthesizer = serializers.CharField(help_text="The one that is trained, also after “auto”.")
    notes = serializers.ListField(
        child=serializers.CharField(), help_text="What was decided so far: why this synthesizer."
    )
    events = LearnedEventsSerializer(many=True, help_text="Tables learned as logs of events.")
    synthetic_dataset_id = serializers.UUIDField(help_text="The {id} of datasets/{id}/evaluate.")
    evaluation_id = serializers.UUIDField(allow_null=True)
    pack_id = serializers.UUIDField(allow_null=True)
    pack_waits = serializers.CharField(
        help_text="Why no pack was queued although one was asked for: somebody has to approve the "
        "release first; empty otherwise."
    )
    conditions = serializers.ListField(
        child=serializers.CharField(), help_text="What was asked of the rows, in sentences."
    )
    jobs = QueuedJobSerializer(many=True, help_text="All jobs, in the order they run in.")


class _Starting(Resource):
    """A view that starts the whole way."""

    def _started(self, dataset_id: UUID, asked: dict[str, Any]) -> Response:
        """Queue what was ``asked`` of a dataset, and say what was queued."""
        holdout = HoldoutSpec(
            share=asked.pop("holdout_share"), dataset_id=asked.pop("holdout_dataset_id")
        )
        privacy = self._tuned(asked.pop("tuning_id"), privacy_request(asked))
        made = web.start_synthesis()(
            self.actor,
            dataset_id=DatasetId(dataset_id),
            holdout=holdout,
            privacy=privacy,
            **taken_out(asked),
            **asked,
        )
        return Response(_document(made), status=status.HTTP_202_ACCEPTED)

    def _tuned(
        self, tuning_id: UUID | None, privacy: PrivacyRequest | None
    ) -> PrivacyRequest | None:
        """With the record of the search that came before."""
        if tuning_id is None:
            return privacy
        if privacy is None:
            raise BadInput("Name an epsilon for differential privacy, such as 1.")
        tuning, _ = web.read_tuning()(self.actor, tuning_id=TuningId(tuning_id))
        if tuning.log is None:
            raise Conflict("That search for ε has not finished; wait for its job.")
        return replace(privacy, tuning=tuning.log.record)


class Synthesize(_Starting):
    """Queue the whole way from a confirmed dataset to an evidence pack."""

    @operation(
        tag="Synthesis",
        summary="Make a synthetic twin",
        description="Queues fit, sample, evaluate and pack; each waits for the one before.",
        request=SynthesizeBody,
        answers={202: SynthesisSerializer},
        refusals=(400, 404, 409, 413),
        example={
            "dataset_id": "7c1f6a52-6c0f-4b83-9a57-4a8f0b6a3a11",
            "rows": 10000,
            "seed": 7,
            "target": "income",
            "where": ["sex=Female", "age>=65"],
            "amplify": ["is_fraud=true:10"],
        },
    )
    def post(self, request: Request) -> Response:
        self.actor.require(Permission.TRAIN)
        asked = read(SynthesizeBody, request)
        return self._started(asked.pop("dataset_id"), asked)


class Timeseries(_Starting):
    """The same for a log of events or a time series."""

    @operation(
        tag="Synthesis",
        summary="Make synthetic histories",
        description=(
            "Learns whole histories: transactions of accounts, visits of patients, or one long "
            "series where no entity is named. Without “entity” and “time” those confirmed with the "
            "columns are taken, else those that profiling suggests. Of at least five entities "
            "whole ones are held out; of fewer, and of one series, nothing is. Queues fit, sample, "
            "evaluate and pack; the synthetic rows are sorted by entity and time."
        ),
        request=TimeseriesBody,
        parameters=[identifier("a profiled dataset whose columns are confirmed")],
        answers={202: SynthesisSerializer},
        refusals=(400, 404, 409, 413),
        example={"entity": "account_id", "time": "date", "entities": 2000, "seed": 7},
    )
    def post(self, request: Request, id: UUID) -> Response:
        self.actor.require(Permission.TRAIN)
        return self._started(id, read(TimeseriesBody, request))


def _document(made: web.Synthesis) -> dict[str, Any]:
    """What was queued, for programs."""
    return {
        "job_id": _text(next(j.id for j in made.jobs if j.subject_id == made.synthetic.id)),
        "run_id": _text(made.run.id),
        "synthesizer": made.run.synthesizer,
        "notes": list(made.run.notes),
        "events": run_log_lines(made.run),
        "synthetic_dataset_id": _text(made.synthetic.id),
        "evaluation_id": _text(made.evaluation.id if made.evaluation else None),
        "pack_id": _text(made.pack.id if made.pack else None),
        "pack_waits": made.pack_waits,
        "conditions": list(spec_sentences(made.synthetic.spec)),
        "jobs": [_line(job) for job in made.jobs],
    }


def _line(job: Job) -> dict[str, str]:
    return {"id": str(job.id), "kind": job.kind}


def _text(identifier: UUID | None) -> str | None:
    return str(identifier) if identifier else None
