"""Draw synthetic rows: from here on no file holds a real row."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from domain.jobs import Job
from domain.kernel import Conflict, OnProgress, SyntheticDatasetId
from domain.ports import AuditLog, Blobs, Datasets, SyntheticDatasets, TrainingRuns
from domain.synthesis.base import Synthesizer
from domain.synthesis.conditions import SampleSpec
from domain.synthesis.runs import SyntheticDataset, SyntheticTable, TrainingRun
from domain.usecases.drawn_tables import discard_tables, drawn_tables
from domain.usecases.fit_run import drawn_metadata
from domain.usecases.run_job import Outcome
from domain.usecases.source_tables import run_metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawSample:
    """The work of a sample job."""

    datasets: Datasets
    runs: TrainingRuns
    synthetics: SyntheticDatasets
    blobs: Blobs
    audit: AuditLog
    engine: Callable[[str], Synthesizer]

    def __call__(self, job: Job, on_progress: OnProgress) -> Outcome:
        synthetic = self.synthetics.get(job.organisation_id, SyntheticDatasetId(job.subject_id))
        started = time.perf_counter()
        tables, spec = self._draw(synthetic, on_progress)
        seconds = time.perf_counter() - started

        def keep() -> None:
            if synthetic.completed:  # real rows: not if their dataset was shredded meanwhile
                run = self.runs.get(job.organisation_id, synthetic.run_id)
                self.datasets.get(job.organisation_id, run.dataset_id)
            self.synthetics.sampled(
                job.organisation_id, synthetic.id, tables=tables, sample_seconds=seconds, spec=spec
            )
            self.audit.append(
                job.organisation_id,
                job.requested_by,
                "completion.finished" if synthetic.completed else "sample.finished",
                str(synthetic.id),
                {
                    "tables": [
                        {
                            "name": t.name,
                            "rows": t.rows,
                            "csv_sha256": t.csv_sha256,
                            "parquet_sha256": t.parquet_sha256,
                        }
                        for t in tables
                    ]
                },
            )

        return Outcome(keep, lambda: discard_tables(self.blobs, synthetic, tables))

    def _draw(
        self, synthetic: SyntheticDataset, on_progress: OnProgress
    ) -> tuple[tuple[SyntheticTable, ...], SampleSpec]:
        """The drawn tables, and what was asked for with what was reached of it."""
        run = self.runs.get(synthetic.organisation_id, synthetic.run_id)
        artifact = self._artifact(run)
        dataset = self.datasets.get(run.organisation_id, run.dataset_id)
        metadata = drawn_metadata(run_metadata(dataset, run), run)
        engine = self.engine(run.synthesizer)
        return drawn_tables(self.blobs, engine, synthetic, run, metadata, artifact, on_progress)

    def _artifact(self, run: TrainingRun) -> bytes:
        if run.artifact_blob is None:
            raise Conflict("This training run has not finished; wait for it before sampling.")
        with self.blobs.open(run.organisation_id, run.artifact_blob) as stream:
            return stream.read()
