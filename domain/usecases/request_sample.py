"""Queue synthetic rows to be drawn from a training run."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from domain.jobs import Job, JobKind, JobState
from domain.kernel import Actor, BadInput, Conflict, JobId, Permission, RunId, SyntheticDatasetId
from domain.ports import Atomic, AuditLog, Clock, Jobs, SyntheticDatasets, TrainingRuns
from domain.synthesis.runs import SyntheticDataset
from domain.usecases.start_training import check_seed

MAX_ROWS = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSample:
    """Queue a sample of ``rows`` rows (``None``: as many as the real table has).

    It waits for the fit when that is not done yet.
    """

    runs: TrainingRuns
    synthetics: SyntheticDatasets
    jobs: Jobs
    audit: AuditLog
    atomic: Atomic
    clock: Clock

    def __call__(
        self, actor: Actor, *, run_id: RunId, rows: int | None = None, seed: int | None = None
    ) -> tuple[SyntheticDataset, Job]:
        actor.require(Permission.TRAIN)
        check_rows(rows)
        run = self.runs.get(actor.organisation_id, run_id)
        seed = run.seed if seed is None else seed
        check_seed(seed)
        synthetic = SyntheticDataset(
            id=SyntheticDatasetId(uuid4()),
            organisation_id=actor.organisation_id,
            run_id=run.id,
            rows=rows,
            seed=seed,
            created_by=actor.user_id,
            created_at=self.clock(),
        )
        fit = self.jobs.latest(actor.organisation_id, JobKind.FIT, run.id)
        if fit is not None and fit.state is JobState.SUCCEEDED and run.artifact_blob is None:
            raise Conflict("The model of this run was deleted with its dataset; train a new one.")
        job = Job(
            id=JobId(uuid4()),
            organisation_id=actor.organisation_id,
            kind=JobKind.SAMPLE,
            subject_id=synthetic.id,
            requested_by=actor.user_id,
            created_at=synthetic.created_at,
            after=fit.id if fit else None,
        )
        with self.atomic():
            self.synthetics.add(synthetic)
            self.audit.append(
                actor.organisation_id,
                actor.user_id,
                "sample.requested",
                str(synthetic.id),
                {"run": str(run.id), "rows": rows, "seed": seed},
            )
            self.jobs.add(job)
        return synthetic, job


def check_rows(rows: int | None) -> None:
    """Refuse a number of rows that makes no sense."""
    if rows is not None and not 1 <= rows <= MAX_ROWS:
        raise BadInput(f"The number of rows takes a whole number from 1 to {MAX_ROWS}.")
