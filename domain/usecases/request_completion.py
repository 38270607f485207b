"""Queue the completing of partly given rows."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from domain.datasets.entities import TableMetadata
from domain.jobs import Job
from domain.kernel import Actor, BadInput, BlobId, Permission, RunId, SyntheticDatasetId
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
from domain.synthesis.base import no_completing, no_conditions
from domain.synthesis.catalogue import SEQUENCES, entry
from domain.synthesis.condition_text import NO_WORDS, SpecWords
from domain.synthesis.conditions import SampleSpec
from domain.synthesis.offered_conditions import fills_and_shares
from domain.synthesis.runs import SyntheticDataset, TrainingRun
from domain.synthesis.spec_wording import spec_for_audit
from domain.usecases.asked_spec import going_on
from domain.usecases.given_rows import keep_given
from domain.usecases.receive_file import IncomingFile
from domain.usecases.request_sample import sample_job
from domain.usecases.source_tables import run_metadata
from domain.usecases.start_training import check_seed


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCompletion:
    """Take rows with gaps and queue a job that fills them by what a run has learned.

    A run of histories lets those in the file go on instead; ``words`` may say by how many events,
    or until when. The file has the columns of the run's main table; any may be absent, and an
    empty cell is a gap. What comes out holds what was given, so it is no twin: it is shredded with
    the dataset.
    """

    datasets: Datasets
    runs: TrainingRuns
    synthetics: SyntheticDatasets
    blobs: Blobs
    jobs: Jobs
    audit: AuditLog
    atomic: Atomic
    clock: Clock
    unpacked_limit: int | None
    """Bytes that a packed file may unpack to; ``None`` for no limit."""

    def __call__(
        self,
        actor: Actor,
        *,
        run_id: RunId,
        file: IncomingFile,
        seed: int | None = None,
        words: SpecWords = NO_WORDS,
    ) -> tuple[SyntheticDataset, Job]:
        try:
            actor.require(Permission.TRAIN)
            actor.require(Permission.UPLOAD)
            run = self.runs.get(actor.organisation_id, run_id)
            seed = run.seed if seed is None else seed
            check_seed(seed)
            table, spec = self._asked(run, words)
        except BaseException:
            file.abort()
            raise
        given, rows = keep_given(
            self.blobs, actor.organisation_id, file, table, self.unpacked_limit
        )
        try:
            return self._queued(actor, run, seed, given, rows, spec)
        except BaseException:
            self.blobs.delete(actor.organisation_id, given)
            raise

    def _asked(self, run: TrainingRun, words: SpecWords) -> tuple[TableMetadata, SampleSpec]:
        """The table whose rows are completed, and how far histories shall go on."""
        chosen, private = entry(run.synthesizer), run.privacy is not None
        if not fills_and_shares(chosen, private=private):
            raise no_completing(chosen.name) if private else no_conditions(chosen.name)
        dataset = self.datasets.get(run.organisation_id, run.dataset_id)
        metadata = run_metadata(dataset, run)
        if len(metadata.main_tables) != 1:
            raise BadInput(
                "This run learned several tables that do not depend on one, so it is not clear "
                "which rows to complete; train on the one table."
            )
        if run.synthesizer == SEQUENCES and metadata.only_table is None:
            raise BadInput(
                "This run learned several tables as one stream of events, which is drawn whole; "
                "train on the one table of events to continue its histories."
            )
        return metadata.tables[metadata.main_tables[0]], going_on(words, chosen, metadata)

    def _queued(
        self, actor: Actor, run: TrainingRun, seed: int, given: BlobId, rows: int, spec: SampleSpec
    ) -> tuple[SyntheticDataset, Job]:
        synthetic = SyntheticDataset(
            id=SyntheticDatasetId(uuid4()),
            organisation_id=actor.organisation_id,
            run_id=run.id,
            rows=rows,
            seed=seed,
            created_by=actor.user_id,
            created_at=self.clock(),
            given_blob=given,
            spec=spec,
        )
        job = sample_job(self.jobs, run, synthetic)
        with self.atomic():
            self.datasets.get(run.organisation_id, run.dataset_id)  # not shredded meanwhile
            self.synthetics.add(synthetic)
            self.audit.append(
                actor.organisation_id,
                actor.user_id,
                "completion.requested",
                str(synthetic.id),
                {
                    "run": str(run.id),
                    "rows": rows,
                    "seed": seed,
                    **spec_for_audit(spec, given=True),
                },
            )
            self.jobs.add(job)
        return synthetic, job
