"""The evaluation of the release before: what a new one is compared with."""

from __future__ import annotations

import json

from domain.evaluation.report import Evaluation, EvaluationReport
from domain.ports import Blobs, Datasets, Evaluations, SyntheticDatasets, TrainingRuns
from domain.synthesis.runs import TrainingRun


def earlier_release(
    evaluation: Evaluation,
    run: TrainingRun,
    *,
    datasets: Datasets,
    runs: TrainingRuns,
    synthetics: SyntheticDatasets,
    evaluations: Evaluations,
    blobs: Blobs,
) -> EvaluationReport | None:
    """The newest whole evaluation of another twin of the dataset, or of an earlier dataset of
    the same name; ``None`` when there is none.

    Of twins under differential privacy for such, of plain ones for plain ones: figures of a
    private run were computed without noise, and would leave in the report of another twin.
    """
    organisation = evaluation.organisation_id
    for dataset_id in datasets.releases(organisation, run.dataset_id):
        measured = [
            e
            for run_id in runs.of_dataset(organisation, dataset_id)
            if _is_private(runs.get(organisation, run_id)) is _is_private(run)
            for synthetic in synthetics.of_run(organisation, run_id)
            if synthetic.id != evaluation.synthetic_dataset_id
            for e in evaluations.of_synthetic(organisation, synthetic.id)
            if e.report_blob and e.asked.whole and e.created_at < evaluation.created_at
        ]
        if measured:
            newest = max(measured, key=lambda e: e.created_at)
            assert newest.report_blob is not None
            with blobs.open(organisation, newest.report_blob) as stream:
                return EvaluationReport.from_document(json.loads(stream.read()))
    return None


def _is_private(run: TrainingRun) -> bool:
    return run.privacy is not None
