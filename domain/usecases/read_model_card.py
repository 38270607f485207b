"""Read the model card of a training run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from domain.compliance.model_card import model_card
from domain.evaluation.report import EvaluationReport
from domain.evaluation.shareable import shareable
from domain.kernel import Actor, Conflict, Permission, RunId
from domain.ports import (
    Blobs,
    Clock,
    Datasets,
    Evaluations,
    Keys,
    SyntheticDatasets,
    TrainingRuns,
)
from domain.synthesis.catalogue import entry
from domain.synthesis.runs import SyntheticDataset
from domain.usecases.private_cases import keyed_digests


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadModelCard:
    """The card of a run, about its newest synthetic dataset and that one's newest evaluation.

    A card is for everybody, so its figures are those of the shareable rendering; that of a
    private run leaves the evaluation out: its figures have no ε.
    """

    datasets: Datasets
    runs: TrainingRuns
    synthetics: SyntheticDatasets
    evaluations: Evaluations
    blobs: Blobs
    keys: Keys
    clock: Clock
    organisation: str
    product_version: str

    def __call__(self, actor: Actor, *, run_id: RunId) -> dict[str, Any]:
        actor.require(Permission.VIEW)
        run = self.runs.get(actor.organisation_id, run_id)
        of_run = self.synthetics.of_run(actor.organisation_id, run.id)
        drawn = [s for s in of_run if s.tables and not s.completed]
        if not drawn:
            raise Conflict("This run has no synthetic rows yet; its model card comes with them.")
        dataset = self.datasets.get(actor.organisation_id, run.dataset_id)
        return model_card(
            run=run,
            synthetic=drawn[-1],
            dataset=dataset,
            report=None if run.privacy else self._report(actor, drawn[-1]),
            entry=entry(run.synthesizer),
            organisation=self.organisation,
            product_version=self.product_version,
            created_at=self.clock(),
            file_digests=keyed_digests(self.keys, dataset) if run.privacy else (),
        )

    def _report(self, actor: Actor, synthetic: SyntheticDataset) -> EvaluationReport | None:
        for evaluation in reversed(
            self.evaluations.of_synthetic(actor.organisation_id, synthetic.id)
        ):
            if evaluation.report_blob is not None:
                with self.blobs.open(actor.organisation_id, evaluation.report_blob) as stream:
                    return shareable(EvaluationReport.from_document(json.loads(stream.read())))
        return None
