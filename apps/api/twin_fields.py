"""The fields by which a request asks for a synthetic twin, whatever it is made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from apps.api.conditions import ConditionFields
from apps.api.events import TIME
from domain.kernel import BadInput
from domain.synthesis.catalogue import SEQUENCES
from domain.synthesis.requests import PrivacyRequest
from domain.synthesis.runs import DEFAULT_HOLDOUT_SHARE


class TwinFields(ConditionFields):
    """What to make of a dataset."""

    settings = serializers.DictField(
        default=dict, help_text="Hyperparameters of the synthesizer that differ from its defaults."
    )
    rows = serializers.IntegerField(
        default=None,
        allow_null=True,
        help_text="Rows to draw; as many as the real table if null. Of histories, “entities” "
        "counts instead.",
    )
    entities = serializers.IntegerField(
        default=None,
        allow_null=True,
        help_text="Entities to draw, each with its whole history; as many as are real if null.",
    )
    seed = serializers.IntegerField(
        default=0, help_text="The same data, settings and seed give the same rows."
    )
    target = serializers.CharField(
        default=None, allow_null=True, help_text="The column that utility is measured on."
    )
    holdout_share = serializers.FloatField(
        default=DEFAULT_HOLDOUT_SHARE,
        help_text="Share of real rows kept from training to evaluate against, 0 to 0.5; of "
        "histories, whole entities with all their rows.",
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
        default=None,
        allow_null=True,
        help_text="δ; if null, well below one over the rows, and 0.000001 with an “entity”.",
    )
    entity = serializers.CharField(
        default=None,
        allow_null=True,
        help_text="The column that says whose row it is: with “time” (or “sequences”) whose "
        "history is learned, with “epsilon” who is protected; both where all are named.",
    )
    time = serializers.CharField(default=None, allow_null=True, help_text=TIME)
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


def privacy_request(asked: dict[str, Any]) -> PrivacyRequest | None:
    """Take the fields about privacy out of ``asked``; ``None`` where no ε was named.

    The entity stays there: it also says whose history a row belongs to.
    """
    epsilon, book, delta = (asked.pop(name) for name in ("epsilon", "code_book", "delta"))
    rows, candidates = asked.pop("rows_per_entity"), asked.pop("candidates", [])
    if epsilon is None:
        if candidates or rows != 1 or book is not None or delta is not None:
            raise BadInput("Name an epsilon for differential privacy, such as 1.")
        if asked["entity"] is not None and not _of_events(asked):
            raise BadInput(
                "An entity without an epsilon says whose history is learned: name the “time” too, "
                "or an epsilon for differential privacy, such as 1."
            )
        return None
    text = json.dumps(book).encode() if book is not None else None
    return PrivacyRequest(
        epsilon=epsilon,
        delta=delta,
        entity=asked["entity"],
        rows_a_unit=rows,
        code_book=text,
        candidates=candidates,
    )


def _of_events(asked: Mapping[str, Any]) -> bool:
    return asked["time"] is not None or asked["synthesizer"] == SEQUENCES
