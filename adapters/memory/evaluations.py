"""Evaluations in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from adapters.memory.shelf import Shelf
from domain.evaluation.report import Evaluation, Verdict
from domain.kernel import BlobId, EvaluationId, OrganisationId, SyntheticDatasetId


class MemoryEvaluations:
    """Keeps the promises of :class:`domain.ports.Evaluations`."""

    def __init__(self) -> None:
        self._evaluations: Shelf[Evaluation] = Shelf()

    def add(self, evaluation: Evaluation) -> None:
        self._evaluations.put(evaluation)

    def get(self, organisation_id: OrganisationId, evaluation_id: EvaluationId) -> Evaluation:
        found = self._evaluations.take(organisation_id, evaluation_id, "evaluation")
        return cast(Evaluation, found)

    def of_synthetic(
        self, organisation_id: OrganisationId, synthetic_id: SyntheticDatasetId
    ) -> tuple[Evaluation, ...]:
        mine = [
            e
            for e in self._evaluations.values()
            if e.organisation_id == organisation_id and e.synthetic_dataset_id == synthetic_id
        ]
        return tuple(sorted(mine, key=lambda e: e.created_at))

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
        self._evaluations.change(
            self.get(organisation_id, evaluation_id),
            report_blob=report_blob,
            verdict=verdict,
            headline=dict(headline),
            seconds=seconds,
        )
