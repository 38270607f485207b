"""Queue synthetic rows to be drawn from a training run."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from domain.jobs import Job, JobKind, JobState
from domain.kernel import Actor, BadInput, Conflict, JobId, Permission, RunId, SyntheticDatasetId
from domain.ports import (
    Atomic,
    AuditLog,
    Blobs,
    Clock,
    Datasets,
    Jobs,
    SyntheticDatasets,
    TrainingRuns,
)
from domain.synthesis.condition_text import NO_WORDS, SpecWords, parse_spec
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.runs import SyntheticDataset, TrainingRun
from domain.synthesis.spec_wording import spec_for_audit
from domain.usecases.asked_spec import asked_spec
from domain.usecases.start_training import check_seed

MAX_ROWS = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSample:
    """Queue a sample of ``rows`` rows (``None``: as many as the real table has), or of so many
    ``entities`` of a log of events, each with its history.

    ``words`` are the conditions as a person typed them; they are read and checked against the
    confirmed columns here. Without ``csv`` the rows are written as Parquet only. It waits for
    the fit when that is not done yet.
    """

    datasets: Datasets
    blobs: Blobs
    runs: TrainingRuns
    synthetics: SyntheticDatasets
    jobs: Jobs
    audit: AuditLog
    atomic: Atomic
    clock: Clock

    def __call__(
        self,
        actor: Actor,
        *,
        run_id: RunId,
        rows: int | None = None,
        entities: int | None = None,
        seed: int | None = None,
        words: SpecWords = NO_WORDS,
        csv: bool = True,
    ) -> tuple[SyntheticDataset, Job]:
        actor.require(Permission.TRAIN)
        run = self.runs.get(actor.organisation_id, run_id)
        rows = counted(run, rows, entities)
        seed = run.seed if seed is None else seed
        check_seed(seed)
        spec = self._spec(run, words)
        synthetic = SyntheticDataset(
            id=SyntheticDatasetId(uuid4()),
            organisation_id=actor.organisation_id,
            run_id=run.id,
            rows=rows,
            seed=seed,
            created_by=actor.user_id,
            created_at=self.clock(),
            spec=spec,
            csv=csv,
        )
        job = sample_job(self.jobs, run, synthetic)
        with self.atomic():
            self.synthetics.add(synthetic)
            self.audit.append(
                actor.organisation_id,
                actor.user_id,
                "sample.requested",
                str(synthetic.id),
                {"run": str(run.id), "rows": rows, "seed": seed, **spec_for_audit(spec)},
            )
            self.jobs.add(job)
        return synthetic, job

    def _spec(self, run: TrainingRun, words: SpecWords) -> SampleSpec:
        if not parse_spec(words):
            return PLAIN  # also where the dataset is gone
        dataset = self.datasets.get(run.organisation_id, run.dataset_id)
        return asked_spec(
            words, run.synthesizer, dataset, self.blobs, private=run.privacy is not None
        )


def counted(run: TrainingRun, rows: int | None, entities: int | None) -> int | None:
    """How many of what ``run`` draws are asked for: histories of entities, or rows.

    Raises :class:`BadInput` where the other is counted.
    """
    check_rows(rows)
    check_entities(entities)
    histories = run.owner is not None
    if histories and rows is not None:
        raise BadInput(
            "This run draws whole histories, so the number of rows cannot be chosen; say how many "
            "entities (--entities, or the field “entities”)."
        )
    if not histories and entities is not None:
        raise BadInput(
            "Entities are counted where histories of them are learned; name the columns of entity "
            "and time, or say how many rows."
        )
    return entities if histories else rows


def sample_job(jobs: Jobs, run: TrainingRun, synthetic: SyntheticDataset) -> Job:
    """The job that draws ``synthetic``, after the run's fit; ``Conflict`` without a model."""
    fit = jobs.latest(run.organisation_id, JobKind.FIT, run.id)
    if fit is not None and fit.state is JobState.SUCCEEDED and run.artifact_blob is None:
        raise Conflict("The model of this run was deleted with its dataset; train a new one.")
    return Job(
        id=JobId(uuid4()),
        organisation_id=run.organisation_id,
        kind=JobKind.SAMPLE,
        subject_id=synthetic.id,
        requested_by=synthetic.created_by,
        created_at=synthetic.created_at,
        after=fit.id if fit else None,
    )


def check_entities(entities: int | None) -> None:
    """Refuse a number of entities that makes no sense."""
    if entities is not None and not 1 <= entities <= MAX_ROWS:
        raise BadInput(f"The number of entities takes a whole number from 1 to {MAX_ROWS}.")


def check_rows(rows: int | None) -> None:
    """Refuse a number of rows that makes no sense."""
    if rows is not None and not 1 <= rows <= MAX_ROWS:
        raise BadInput(f"The number of rows takes a whole number from 1 to {MAX_ROWS}.")
