"""Queue an evaluation of a synthetic dataset."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import uuid4

from domain.evaluation.report import Evaluation
from domain.evaluation.spec import USUAL, EvaluationSpec
from domain.jobs import Job, JobKind
from domain.kernel import Actor, EvaluationId, JobId, Permission, SyntheticDatasetId
from domain.ports import (
    Atomic,
    AuditLog,
    Clock,
    Datasets,
    Evaluations,
    Jobs,
    SyntheticDatasets,
    TrainingRuns,
)
from domain.synthesis.runs import SyntheticDataset
from domain.usecases.asked_evaluation import check_asked
from domain.usecases.source_tables import confirmed_metadata
from domain.usecases.start_training import check_seed


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEvaluation:
    """Queue an evaluation. It waits for the sample when that is not drawn yet.

    Columns that are ``asked`` for are checked at once, so that a slip is not found by a job.
    """

    datasets: Datasets
    runs: TrainingRuns
    synthetics: SyntheticDatasets
    evaluations: Evaluations
    jobs: Jobs
    audit: AuditLog
    atomic: Atomic
    clock: Clock

    def __call__(
        self,
        actor: Actor,
        *,
        synthetic_id: SyntheticDatasetId,
        seed: int = 0,
        asked: EvaluationSpec = USUAL,
    ) -> tuple[Evaluation, Job]:
        actor.require(Permission.EVALUATE)
        synthetic = self.synthetics.get(actor.organisation_id, synthetic_id)
        synthetic.require_twin()
        check_seed(seed)
        self._check(synthetic, asked)
        evaluation = Evaluation(
            id=EvaluationId(uuid4()),
            organisation_id=actor.organisation_id,
            synthetic_dataset_id=synthetic.id,
            seed=seed,
            created_by=actor.user_id,
            created_at=self.clock(),
            asked=asked,
        )
        sample = self.jobs.latest(actor.organisation_id, JobKind.SAMPLE, synthetic.id)
        job = Job(
            id=JobId(uuid4()),
            organisation_id=actor.organisation_id,
            kind=JobKind.EVALUATE,
            subject_id=evaluation.id,
            requested_by=actor.user_id,
            created_at=evaluation.created_at,
            after=sample.id if sample else None,
        )
        with self.atomic():
            self.evaluations.add(evaluation)
            self.audit.append(
                actor.organisation_id,
                actor.user_id,
                "evaluation.requested",
                str(evaluation.id),
                {"synthetic": str(synthetic.id)},
            )
            self.jobs.add(job)
        return evaluation, job

    def _check(self, synthetic: SyntheticDataset, asked: EvaluationSpec) -> None:
        if replace(asked, parts=USUAL.parts) == USUAL:
            return  # names no column; the source may be gone
        run = self.runs.get(synthetic.organisation_id, synthetic.run_id)
        dataset = self.datasets.get(synthetic.organisation_id, run.dataset_id)
        named = replace(asked, target=asked.target or run.target)
        check_asked(named, confirmed_metadata(dataset))
