"""Draw synthetic rows: from here on no file holds a real row."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from domain.datasets.entities import Metadata, Tables
from domain.jobs import Job
from domain.kernel import Conflict, OnProgress, SyntheticDatasetId
from domain.ports import AuditLog, Blobs, Datasets, SyntheticDatasets, TrainingRuns
from domain.synthesis.base import Synthesizer
from domain.synthesis.constrained import learned_combinations
from domain.synthesis.runs import SyntheticDataset, SyntheticTable, TrainingRun
from domain.usecases.fit_run import drawn_metadata
from domain.usecases.given_rows import given_rows
from domain.usecases.run_job import Outcome
from domain.usecases.source_tables import run_metadata
from domain.usecases.table_files import TableFiles


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
        tables = self._draw(synthetic, on_progress)
        seconds = time.perf_counter() - started

        def keep() -> None:
            if synthetic.completed:  # real rows: not if their dataset was shredded meanwhile
                run = self.runs.get(job.organisation_id, synthetic.run_id)
                self.datasets.get(job.organisation_id, run.dataset_id)
            self.synthetics.sampled(
                job.organisation_id, synthetic.id, tables=tables, sample_seconds=seconds
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

        return Outcome(keep, lambda: self._discard(synthetic, tables))

    def _draw(
        self, synthetic: SyntheticDataset, on_progress: OnProgress
    ) -> tuple[SyntheticTable, ...]:
        run = self.runs.get(synthetic.organisation_id, synthetic.run_id)
        artifact = self._artifact(run)
        dataset = self.datasets.get(run.organisation_id, run.dataset_id)
        metadata = drawn_metadata(run_metadata(dataset, run), run)
        wanted = metadata.main_tables[:1] if synthetic.completed else tuple(metadata.tables)
        learned = learned_combinations(artifact)
        files = {
            name: TableFiles(
                name,
                metadata.tables[name],
                self.blobs,
                synthetic,
                run.synthesizer,
                learned.get(name, ()),
            )
            for name in wanted
        }
        try:
            for chunk in self._chunks(synthetic, run, artifact, metadata, on_progress):
                for name, frame in chunk.items():
                    files[name].write(frame)
            return tuple(f.finish() for f in files.values())
        except BaseException:
            for f in files.values():
                f.abort()
            raise

    def _artifact(self, run: TrainingRun) -> bytes:
        if run.artifact_blob is None:
            raise Conflict("This training run has not finished; wait for it before sampling.")
        with self.blobs.open(run.organisation_id, run.artifact_blob) as stream:
            return stream.read()

    def _chunks(
        self,
        synthetic: SyntheticDataset,
        run: TrainingRun,
        artifact: bytes,
        metadata: Metadata,
        on_progress: OnProgress,
    ) -> Iterator[Tables]:
        engine = self.engine(run.synthesizer)
        if synthetic.given_blob is None:
            yield from engine.sample(
                artifact,
                rows=synthetic.rows,
                seed=synthetic.seed,
                spec=synthetic.spec,
                on_progress=on_progress,
            )
            return
        name = metadata.main_tables[0]
        given = given_rows(self.blobs, synthetic, metadata.tables[name])
        frames = engine.complete(
            artifact, given, seed=synthetic.seed, spec=synthetic.spec, on_progress=on_progress
        )
        for frame in frames:
            yield {name: frame}

    def _discard(self, synthetic: SyntheticDataset, tables: tuple[SyntheticTable, ...]) -> None:
        for table in tables:
            for blob_id in table.blob_ids:
                self.blobs.delete(synthetic.organisation_id, blob_id)
