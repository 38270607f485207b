"""``synthesize``: train, sample and, unless told otherwise, evaluate and pack."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.conditions import ConditionFields, taken_out
from apps.api.documentation import operation
from apps.api.resource import Resource, read
from config.wiring import web
from domain.jobs import Job
from domain.kernel import BadInput, Conflict, DatasetId, Permission, TuningId
from domain.synthesis.catalogue import CATALOGUE, DEFAULT_SYNTHESIZER
from domain.synthesis.requests import PrivacyRequest
from domain.synthesis.runs import DEFAULT_HOLDOUT_SHARE, HoldoutSpec
from domain.synthesis.spec_wording import spec_sentences


class SynthesizeBody(ConditionFields):
    """What to make of which dataset."""

    dataset_id = serializers.UUIDField(help_text="A profiled dataset whose columns are confirmed.")
    synthesizer = serializers.CharField(
        default=DEFAULT_SYNTHESIZER, help_text=f"One of: {', '.join(CATALOGUE)}."
    )
    settings = serializers.DictField(
        default=dict, help_text="Hyperparameters of the synthesizer that differ from its defaults."
    )
    rows = serializers.IntegerField(
        default=None, allow_null=True, help_text="Rows to draw; as many as the real table if null."
    )
    seed = serializers.IntegerField(
        default=0, help_text="The same data, settings and seed give the same rows."
    )
    target = serializers.CharField(
        default=None, allow_null=True, help_text="The column that utility is measured on."
    )
    holdout_share = serializers.FloatField(
        default=DEFAULT_HOLDOUT_SHARE,
        help_text="Share of real rows kept from training to evaluate against, 0 to 0.5.",
    )
    holdout_dataset_id = serializers.UUIDField(
        default=None,
        allow_null=True,
        help_text="Or an uploaded dataset of other real rows to evaluate against.",
    )
    epsilon = serializers.FloatField(
        default=None,
        allow_null=True,
        help_text="Train under differential privacy with this ε; without privacy if null.",
    )
    delta = serializers.FloatField(
        default=None, allow_null=True, help_text="δ; if null, well below one over the rows."
    )
    entity = serializers.CharField(
        default=None,
        allow_null=True,
        help_text="The column that says whose row it is; one row a person without it.",
    )
    rows_per_entity = serializers.IntegerField(
        default=1, min_value=1, help_text="Rows kept of each entity at most, by secret lots."
    )
    code_book = serializers.DictField(
        default=None,
        allow_null=True,
        help_text="What is public about the columns: source, person, and columns with values, or "
        "with low and high.",
    )
    candidates = serializers.ListField(
        child=serializers.DictField(),
        default=list,
        help_text="Settings to choose among on the private rows; the choice is paid for within "
        "epsilon, so it saves nothing compared to training once.",
    )
    tuning_id = serializers.UUIDField(
        default=None,
        allow_null=True,
        help_text="The search by which epsilon was found: the DP report will say so.",
    )
    evaluate = serializers.BooleanField(default=True)
    pack = serializers.BooleanField(default=True, help_text="Build an evidence pack.")
    evaluation_in_pack = serializers.BooleanField(
        default=False,
        help_text="Put the evaluation into the pack of a private run, although no ε covers it. "
        "Packs of other runs always hold it.",
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
    synthetic_dataset_id = serializers.UUIDField(help_text="The {id} of datasets/{id}/evaluate.")
    evaluation_id = serializers.UUIDField(allow_null=True)
    pack_id = serializers.UUIDField(allow_null=True)
    conditions = serializers.ListField(
        child=serializers.CharField(), help_text="What was asked of the rows, in sentences."
    )
    jobs = QueuedJobSerializer(many=True, help_text="All jobs, in the order they run in.")


class Synthesize(Resource):
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
        dataset_id = DatasetId(asked.pop("dataset_id"))
        holdout = HoldoutSpec(
            share=asked.pop("holdout_share"), dataset_id=asked.pop("holdout_dataset_id")
        )
        privacy = self._tuned(asked.pop("tuning_id"), privacy_request(asked))
        made = web.start_synthesis()(
            self.actor,
            dataset_id=dataset_id,
            holdout=holdout,
            privacy=privacy,
            **taken_out(asked),
            **asked,
        )
        document = {
            "job_id": _text(next(j.id for j in made.jobs if j.subject_id == made.synthetic.id)),
            "run_id": _text(made.run.id),
            "synthesizer": made.run.synthesizer,
            "notes": list(made.run.notes),
            "synthetic_dataset_id": _text(made.synthetic.id),
            "evaluation_id": _text(made.evaluation.id if made.evaluation else None),
            "pack_id": _text(made.pack.id if made.pack else None),
            "conditions": list(spec_sentences(made.synthetic.spec)),
            "jobs": [_line(job) for job in made.jobs],
        }
        return Response(document, status=status.HTTP_202_ACCEPTED)

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


def privacy_request(asked: dict[str, Any]) -> PrivacyRequest | None:
    """Take the fields about privacy out of ``asked``; ``None`` where no ε was named."""
    epsilon, book = asked.pop("epsilon"), asked.pop("code_book")
    named = {name: asked.pop(name) for name in ("delta", "entity")}
    rows, candidates = asked.pop("rows_per_entity"), asked.pop("candidates", [])
    if epsilon is None:
        given = any(value is not None for value in (book, *named.values()))
        if candidates or rows != 1 or given:
            raise BadInput("Name an epsilon for differential privacy, such as 1.")
        return None
    text = json.dumps(book).encode() if book is not None else None
    return PrivacyRequest(
        epsilon=epsilon, rows_a_unit=rows, code_book=text, candidates=candidates, **named
    )


def _line(job: Job) -> dict[str, str]:
    return {"id": str(job.id), "kind": job.kind}


def _text(identifier: UUID | None) -> str | None:
    return str(identifier) if identifier else None
