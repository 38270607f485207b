"""Read uploaded files into a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from domain.datasets.entities import Dataset, DatasetRole, DatasetTable, Metadata, SourceFile
from domain.datasets.nested_metadata import with_nesting
from domain.datasets.reading import TableReading, read_files
from domain.datasets.schemas import read_schema
from domain.jobs import Job, JobKind
from domain.kernel import (
    Actor,
    BadInput,
    BlobId,
    DatasetId,
    JobId,
    OrganisationId,
    Permission,
    PopulationId,
    ProjectId,
)
from domain.ports import (
    Atomic,
    AuditLog,
    Blobs,
    BlobWriter,
    Clock,
    Datasets,
    Jobs,
    PrivacyLedger,
    Projects,
    Retention,
)
from domain.privacy.budget import ROW, Amount, Population
from domain.usecases.blob_stream import BlobStream
from domain.usecases.receive_file import IncomingFile


@dataclass(slots=True)
class _Kept:
    """Blobs written so far, so that a refusal leaves nothing behind."""

    blobs: Blobs
    organisation_id: OrganisationId
    ids: list[BlobId] = field(default_factory=list)

    def committed(self, writer: BlobWriter) -> BlobId:
        self.ids.append(writer.commit())
        return self.ids[-1]

    def shred(self) -> None:
        for blob_id in self.ids:
            self.blobs.delete(self.organisation_id, blob_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadDataset:
    """Make a dataset of received files and queue its profile.

    The files are read here and now, so that a file that cannot be used is refused at once with
    the reason, and nothing of it stays.
    """

    projects: Projects
    datasets: Datasets
    blobs: Blobs
    ledger: PrivacyLedger
    jobs: Jobs
    audit: AuditLog
    atomic: Atomic
    clock: Clock
    retention: Retention
    budget: Amount
    """Privacy that may be spent about the people of a new dataset, unless decided otherwise."""
    unpacked_limit: int | None
    """Bytes that a packed file may unpack to; ``None`` for no limit."""

    def __call__(
        self,
        actor: Actor,
        *,
        files: Sequence[IncomingFile],
        name: str = "",
        project_id: ProjectId | None = None,
        schema: bytes | None = None,
        role: DatasetRole = DatasetRole.SOURCE,
    ) -> Dataset:
        try:
            actor.require(Permission.UPLOAD)
            project_id = self._project(actor, project_id)
            expected = read_schema(schema) if schema is not None else None
            if not files:
                raise BadInput("Choose a file to upload.")
        except Exception:
            for file in files:
                file.abort()
            raise
        kept = _Kept(self.blobs, actor.organisation_id)
        try:
            dataset = self._read(actor, kept, files, name, project_id, expected, role)
            self._keep(actor, dataset)
        except BaseException:
            for file in files:
                file.abort()
            kept.shred()
            raise
        return dataset

    def _project(self, actor: Actor, project_id: ProjectId | None) -> ProjectId:
        if project_id is None:
            return self.projects.default(actor.organisation_id)
        self.projects.require(actor.organisation_id, project_id)
        return project_id

    def _read(
        self,
        actor: Actor,
        kept: _Kept,
        files: Sequence[IncomingFile],
        name: str,
        project_id: ProjectId,
        expected: Metadata | None,
        role: DatasetRole,
    ) -> Dataset:
        sources = [self._source(kept, file) for file in files]
        tables: list[DatasetTable] = []
        notes: list[str] = []
        opened = ((s.name, self.blobs.open(actor.organisation_id, s.blob_id)) for s in sources)
        for reading in read_files(opened, self.unpacked_limit):
            tables.extend(self._table(kept, t) for t in reading.tables)
            notes.extend(reading.notes)
            if role is DatasetRole.SOURCE:
                expected = with_nesting(expected, reading.nesting)
        _check_names(tables)
        now = self.clock()
        return Dataset(
            id=DatasetId(uuid4()),
            organisation_id=actor.organisation_id,
            project_id=project_id,
            name=(name.strip() or sources[0].name)[:200],
            role=role,
            created_by=actor.user_id,
            created_at=now,
            expires_at=now + self.retention(actor.organisation_id),
            files=tuple(sources),
            tables=tuple(tables),
            notes=tuple(notes),
            metadata=expected,
        )

    def _source(self, kept: _Kept, file: IncomingFile) -> SourceFile:
        source = file.commit()
        kept.ids.append(source.blob_id)
        return source

    def _table(self, kept: _Kept, reading: TableReading) -> DatasetTable:
        columns = pa.schema([(c, pa.string()) for c in reading.columns])
        rows = 0
        with self.blobs.writer(kept.organisation_id) as writer:
            with pq.ParquetWriter(pa.PythonFile(BlobStream(writer), mode="w"), columns) as parquet:
                for batch in reading.batches:
                    parquet.write_batch(batch)
                    rows += batch.num_rows
            blob_id = kept.committed(writer)
        return DatasetTable(name=reading.name, blob_id=blob_id, rows=rows, columns=reading.columns)

    def _keep(self, actor: Actor, dataset: Dataset) -> None:
        with self.atomic():
            self.datasets.add(dataset)
            self.ledger.open_population(
                Population(
                    id=PopulationId(uuid4()),
                    organisation_id=dataset.organisation_id,
                    dataset_id=dataset.id,
                    unit=ROW,
                    name=dataset.name,
                    budget=self.budget,
                )
            )
            self.audit.append(
                actor.organisation_id,
                actor.user_id,
                "dataset.uploaded",
                str(dataset.id),
                {
                    "name": dataset.name,
                    "role": dataset.role,
                    "files": [{"sha256": f.sha256, "size": f.size} for f in dataset.files],
                    "rows": dataset.rows,
                },
            )
            if dataset.role is DatasetRole.HOLDOUT:
                return  # read with the metadata of the rows it is compared with
            self.jobs.add(
                Job(
                    id=JobId(uuid4()),
                    organisation_id=actor.organisation_id,
                    kind=JobKind.PROFILE,
                    subject_id=dataset.id,
                    requested_by=actor.user_id,
                    created_at=dataset.created_at,
                )
            )


def _check_names(tables: Sequence[DatasetTable]) -> None:
    names = [t.name for t in tables]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise BadInput(
            f"Two tables are called “{twice[0]}”; rename one of the files so that they differ."
        )
