"""``datasets/{id}/privacy-budget``: what may still be spent of the privacy of its people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.documentation import identifier, operation
from apps.api.resource import Resource
from config.wiring import web
from domain.kernel import DatasetId
from domain.privacy.ledger import EntryState, LedgerSnapshot, SpendKind


class AmountSerializer(serializers.Serializer[Any]):
    """ε and δ together."""

    epsilon = serializers.FloatField()
    delta = serializers.FloatField()


class SpendSerializer(serializers.Serializer[Any]):
    """One spend, as its last line in the ledger tells."""

    dataset_id = serializers.UUIDField()
    kind = serializers.ChoiceField([k.value for k in SpendKind])
    subject_id = serializers.UUIDField(help_text="The run, search or audit.")
    state = serializers.ChoiceField(
        [s.value for s in EntryState if s is not EntryState.RELEASED],
        help_text="reserved: not begun; opened: reading, and spent; settled: as proved.",
    )
    epsilon = serializers.FloatField()
    delta = serializers.FloatField()
    unit = serializers.CharField(help_text="row, or the column that says whose row it is.")
    by = serializers.CharField()
    at = serializers.DateTimeField()
    note = serializers.CharField()


class PrivacyBudgetSerializer(serializers.Serializer[Any]):
    """The ledger of a dataset's people."""

    budget = AmountSerializer()
    spent = AmountSerializer(help_text="By everything that read rows of these people.")
    reserved = AmountSerializer(help_text="By what waits to begin.")
    left = AmountSerializer()
    decided = serializers.BooleanField(
        help_text="Whether an administrator has set the budget of this very dataset."
    )
    kin = serializers.ListField(
        child=serializers.CharField(),
        help_text="Other datasets with some of the same people: what they spent is counted.",
    )
    spends = SpendSerializer(many=True)
    forecast = serializers.CharField()
    warnings = serializers.ListField(child=serializers.CharField())


class PrivacyBudget(Resource):
    """What is left."""

    @operation(
        tag="Datasets",
        summary="See what is left of the privacy budget",
        description=(
            "All private runs, charged searches and audits about the same people add up, also "
            "over other datasets that hold some of them. A request that does not fit is refused."
        ),
        parameters=[identifier("a dataset")],
        answers={200: PrivacyBudgetSerializer},
        refusals=(404,),
    )
    def get(self, request: Request, id: UUID) -> Response:
        found = web.read_privacy_ledger()(self.actor, dataset_id=DatasetId(id))
        return Response(PrivacyBudgetSerializer(_document(found)).data)


def _document(found: LedgerSnapshot) -> dict[str, Any]:
    amounts = ("budget", "spent", "reserved", "left")
    return {
        **{name: _amount(found, name) for name in amounts},
        "decided": found.decided,
        "kin": list(found.kin),
        "spends": found.entries,
        "forecast": found.forecast,
        "warnings": list(found.warnings),
    }


def _amount(found: LedgerSnapshot, name: str) -> dict[str, float]:
    return {part: getattr(found, f"{name}_{part}") for part in ("epsilon", "delta")}
