"""Draw synthetic rows: from here on no file holds a real row."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from domain.datasets.entities import TableMetadata
from domain.datasets.preparing import untyped
from domain.jobs import Job
from domain.kernel import Conflict, OnProgress, SyntheticDatasetId
from domain.ports import AuditLog, Blobs, Datasets, SyntheticDatasets, TrainingRuns
from domain.synthesis.base import Synthesizer
from domain.synthesis.runs import SyntheticDataset, SyntheticTable
from domain.usecases.blob_stream import BlobStream
from domain.usecases.fit_run import kept_metadata
from domain.usecases.run_job import Outcome
from domain.usecases.source_tables import confirmed_metadata


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
            self.synthetics.sampled(
                job.organisation_id, synthetic.id, tables=tables, sample_seconds=seconds
            )
            self.audit.append(
                job.organisation_id,
                job.requested_by,
                "sample.finished",
                str(synthetic.id),
                {
                    "tables": [
                        {"name": t.name, "rows": t.rows, "csv_sha256": t.csv_sha256} for t in tables
                    ]
                },
            )

        return Outcome(keep, lambda: self._discard(synthetic, tables))

    def _draw(
        self, synthetic: SyntheticDataset, on_progress: OnProgress
    ) -> tuple[SyntheticTable, ...]:
        run = self.runs.get(synthetic.organisation_id, synthetic.run_id)
        if run.artifact_blob is None:
            raise Conflict("This training run has not finished; wait for it before sampling.")
        dataset = self.datasets.get(run.organisation_id, run.dataset_id)
        metadata = kept_metadata(confirmed_metadata(dataset))
        with self.blobs.open(run.organisation_id, run.artifact_blob) as stream:
            artifact = stream.read()
        files = {
            name: _TableFiles(name, table, self.blobs, synthetic, run.synthesizer)
            for name, table in metadata.tables.items()
        }
        try:
            chunks = self.engine(run.synthesizer).sample(
                artifact,
                rows=synthetic.rows,
                seed=synthetic.seed,
                spec=synthetic.spec,
                on_progress=on_progress,
            )
            for chunk in chunks:
                for name, frame in chunk.items():
                    files[name].write(frame)
            return tuple(f.finish() for f in files.values())
        except BaseException:
            for f in files.values():
                f.abort()
            raise

    def _discard(self, synthetic: SyntheticDataset, tables: tuple[SyntheticTable, ...]) -> None:
        for table in tables:
            self.blobs.delete(synthetic.organisation_id, table.csv_blob)
            self.blobs.delete(synthetic.organisation_id, table.parquet_blob)


class _TableFiles:
    """CSV and Parquet of one synthetic table, written chunk by chunk."""

    def __init__(
        self,
        name: str,
        table: TableMetadata,
        blobs: Blobs,
        synthetic: SyntheticDataset,
        synthesizer: str,
    ) -> None:
        self._name = name
        self._table = table
        self._rows = 0
        self._csv = BlobStream(blobs.writer(synthetic.organisation_id))
        self._parquet = BlobStream(blobs.writer(synthetic.organisation_id))
        self._rows_out: pq.ParquetWriter | None = None
        self._marks = {
            b"synthetic": b"true",
            b"synthetic_dataset": str(synthetic.id).encode(),
            b"synthesizer": synthesizer.encode(),
        }
        self._csv.write(_csv_bytes([[c.name for c in table.columns]]))

    def write(self, frame: pd.DataFrame) -> None:
        """Add typed rows."""
        text = untyped(frame, self._table)
        self._csv.write(_csv_bytes(zip(*(c.to_pylist() for c in text.columns), strict=True)))
        self._parquet_writer(frame).write_table(self._arrow(frame))
        self._rows += len(frame)

    def finish(self) -> SyntheticTable:
        """Keep both files."""
        if self._rows_out is None:
            raise Conflict(f"The synthesizer drew no rows for table “{self._name}”.")
        self._rows_out.close()
        return SyntheticTable(
            name=self._name,
            rows=self._rows,
            csv_blob=self._csv.commit(),
            csv_sha256=self._csv.sha256,
            parquet_blob=self._parquet.commit(),
            parquet_sha256=self._parquet.sha256,
        )

    def abort(self) -> None:
        """Forget both files."""
        self._csv.abort()
        self._parquet.abort()

    def _arrow(self, frame: pd.DataFrame) -> pa.Table:
        schema = self._rows_out.schema if self._rows_out else None
        table = pa.Table.from_pandas(_plain(frame), schema=schema, preserve_index=False)
        return table.replace_schema_metadata(self._marks) if schema is None else table

    def _parquet_writer(self, frame: pd.DataFrame) -> pq.ParquetWriter:
        if self._rows_out is None:
            schema = self._arrow(frame).schema
            self._rows_out = pq.ParquetWriter(pa.PythonFile(self._parquet, mode="w"), schema)
        return self._rows_out


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Categories as plain strings, so that every chunk has one Arrow schema."""
    categories = frame.select_dtypes("category").columns
    return frame.astype(dict.fromkeys(categories, "string[pyarrow]"))


def _csv_bytes(rows: object) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)  # type: ignore[arg-type]
    return buffer.getvalue().encode()
