"""Hand out finished files: permission first, and every download is audited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from domain.datasets.writing_json import ending
from domain.kernel import (
    Actor,
    BadInput,
    Conflict,
    NotFound,
    PackId,
    Permission,
    SyntheticDatasetId,
)
from domain.ports import (
    Atomic,
    AuditLog,
    Blobs,
    Datasets,
    EvidencePacks,
    SyntheticDatasets,
    TrainingRuns,
)
from domain.synthesis.runs import SyntheticDataset, SyntheticTable
from domain.usecases.nested_document import nested_document


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file on its way out."""

    name: str
    media_type: str
    stream: BinaryIO


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadSynthetic:
    """One synthetic table as CSV or Parquet, or all of them as one JSON document, nested as they
    came; completed rows are called so in name and log."""

    datasets: Datasets
    runs: TrainingRuns
    synthetics: SyntheticDatasets
    blobs: Blobs
    audit: AuditLog
    atomic: Atomic

    def __call__(
        self,
        actor: Actor,
        *,
        synthetic_id: SyntheticDatasetId,
        table: str | None = None,
        file_format: str = "csv",
    ) -> Download:
        actor.require(Permission.DOWNLOAD)
        if file_format not in ("csv", "parquet", "json"):
            raise BadInput("The format is csv, parquet or json.")
        synthetic = self.synthetics.get(actor.organisation_id, synthetic_id)
        if file_format == "json":
            return self._document(actor, synthetic, table)
        chosen = _table(synthetic, table)
        csv = file_format == "csv"
        blob_id = chosen.csv_blob if csv else chosen.parquet_blob
        if blob_id is None:
            raise Conflict("These rows were drawn as Parquet only; download them as Parquet.")
        stream = self.blobs.open(actor.organisation_id, blob_id)
        self._noted(actor, synthetic, {"table": chosen.name, "format": file_format})
        kind = "completed" if synthetic.completed else "synthetic"
        return Download(
            name=f"{chosen.name}-{kind}.{file_format}",
            media_type="text/csv" if csv else "application/vnd.apache.parquet",
            stream=stream,
        )

    def _document(self, actor: Actor, synthetic: SyntheticDataset, table: str | None) -> Download:
        _table(synthetic, None)
        if table is not None:
            raise BadInput("A JSON document holds all tables; leave the table out.")
        run = self.runs.get(actor.organisation_id, synthetic.run_id)
        metadata = self.datasets.remembered(actor.organisation_id, run.dataset_id).metadata
        assert metadata is not None  # a run has columns that were confirmed
        stream = nested_document(self.blobs, synthetic, metadata)
        self._noted(actor, synthetic, {"format": "json"})
        lines = ending(metadata) == "ndjson"
        return Download(
            name=f"synthetic.{ending(metadata)}",
            media_type="application/x-ndjson" if lines else "application/json",
            stream=stream,
        )

    def _noted(self, actor: Actor, synthetic: SyntheticDataset, what: dict[str, str]) -> None:
        done = "completion.downloaded" if synthetic.completed else "synthetic.downloaded"
        with self.atomic():
            self.audit.append(actor.organisation_id, actor.user_id, done, str(synthetic.id), what)


def _table(synthetic: SyntheticDataset, name: str | None) -> SyntheticTable:
    if not synthetic.tables:
        raise Conflict("The synthetic rows are not drawn yet; wait for the sample to finish.")
    if name is None:
        return synthetic.tables[0]
    for table in synthetic.tables:
        if table.name == name:
            return table
    raise NotFound(
        f"There is no table “{name}”; the tables are: "
        f"{', '.join(t.name for t in synthetic.tables)}."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadPack:
    """An evidence pack as zip; one mapped to a single ``framework``, where that is asked for."""

    packs: EvidencePacks
    blobs: Blobs
    audit: AuditLog
    atomic: Atomic

    def __call__(self, actor: Actor, *, pack_id: PackId, framework: str | None = None) -> Download:
        actor.require(Permission.DOWNLOAD_PACK)
        pack = self.packs.get(actor.organisation_id, pack_id)
        if framework is not None:
            pack.require_framework(framework)
        if pack.blob_id is None:
            raise Conflict("The pack is not built yet; wait for its job to finish.")
        stream = self.blobs.open(actor.organisation_id, pack.blob_id)
        with self.atomic():
            self.audit.append(actor.organisation_id, actor.user_id, "pack.downloaded", str(pack.id))
        return Download(
            name=f"evidence-pack-{str(pack.id)[:8]}.zip",
            media_type="application/zip",
            stream=stream,
        )
