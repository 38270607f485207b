"""Evaluations in rows."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import QuerySet

from adapters.orm.mappers import evaluation_columns, evaluation_entity
from adapters.orm.models import EvaluationRow
from adapters.orm.stores.tenancy import change_one, the_one
from domain.evaluation.report import Evaluation, Verdict
from domain.kernel import BlobId, EvaluationId, OrganisationId, SyntheticDatasetId


class OrmEvaluations:
    """Keeps the promises of :class:`domain.ports.Evaluations`."""

    def add(self, evaluation: Evaluation) -> None:
        EvaluationRow.objects.create(**evaluation_columns(evaluation))

    def get(self, organisation_id: OrganisationId, evaluation_id: EvaluationId) -> Evaluation:
        return evaluation_entity(the_one(_own(organisation_id, evaluation_id), "evaluation"))

    def of_synthetic(
        self, organisation_id: OrganisationId, synthetic_id: SyntheticDatasetId
    ) -> tuple[Evaluation, ...]:
        rows = EvaluationRow.objects.filter(
            organisation_id=organisation_id, synthetic_dataset_id=synthetic_id
        )
        return tuple(evaluation_entity(row) for row in rows.order_by("created_at"))

    def measured(
        self,
        organisation_id: OrganisationId,
        evaluation_id: EvaluationId,
        *,
        report_blob: BlobId,
        verdict: Verdict | None,
        headline: Mapping[str, float | None],
        seconds: float,
    ) -> None:
        change_one(
            _own(organisation_id, evaluation_id),
            "evaluation",
            report_blob=report_blob,
            verdict=verdict or "",
            headline=dict(headline),
            seconds=seconds,
        )


def _own(organisation_id: OrganisationId, evaluation_id: EvaluationId) -> QuerySet[EvaluationRow]:
    return EvaluationRow.objects.filter(organisation_id=organisation_id, id=evaluation_id)
