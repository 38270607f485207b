"""Look at the first real rows of a dataset. Looking is audited."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from domain.datasets.entities import Dataset, DatasetTable
from domain.kernel import Actor, DatasetId, Permission
from domain.ports import Atomic, AuditLog, Blobs, Datasets


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePreview:
    """The first rows of one table, as text; ``None`` is an empty cell."""

    name: str
    total_rows: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewDataset:
    """The first rows of every table of a dataset, for those who may see the source."""

    datasets: Datasets
    blobs: Blobs
    audit: AuditLog
    atomic: Atomic

    def __call__(
        self, actor: Actor, *, dataset_id: DatasetId, rows: int = 100
    ) -> tuple[TablePreview, ...]:
        actor.require(Permission.SEE_SOURCE)
        dataset = self.datasets.get(actor.organisation_id, dataset_id)
        previews = tuple(self._first(dataset, table, rows) for table in dataset.tables)
        with self.atomic():
            self.audit.append(
                actor.organisation_id, actor.user_id, "dataset.previewed", str(dataset.id)
            )
        return previews

    def _first(self, dataset: Dataset, table: DatasetTable, rows: int) -> TablePreview:
        with self.blobs.open(dataset.organisation_id, table.blob_id) as stream:
            parquet = pq.ParquetFile(pa.PythonFile(stream, mode="r"))
            batch = next(parquet.iter_batches(batch_size=rows), None)
        cells = [column.to_pylist() for column in batch.columns] if batch else []
        return TablePreview(
            name=table.name,
            total_rows=table.rows,
            columns=table.columns,
            rows=tuple(zip(*cells, strict=True)),
        )
