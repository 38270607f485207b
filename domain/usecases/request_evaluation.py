"""Queue an evaluation of a synthetic dataset."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from domain.evaluation.report import Evaluation
from domain.evaluation.spec import USUAL, EvaluationSpec
from domain.jobs import Job, JobKind
from domain.kernel import Actor, EvaluationId, JobId, Permission, SyntheticDatasetId
from domain.ports import Atomic, AuditLog, Clock, Evaluations, Jobs, SyntheticDatasets


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEvaluation:
    """Queue an evaluation. It waits for the sample when that is not drawn yet."""

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
