"""Hand out finished files: permission first, and every download is audited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from domain.kernel import (
    Actor,
    BadInput,
    Conflict,
    NotFound,
    PackId,
    Permission,
    SyntheticDatasetId,
)
from domain.ports import Atomic, AuditLog, Blobs, EvidencePacks, SyntheticDatasets
from domain.synthesis.runs import SyntheticDataset, SyntheticTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file on its way out."""

    name: str
    media_type: str
    stream: BinaryIO


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadSynthetic:
    """One synthetic table as CSV or Parquet; completed rows are called so in name and log."""

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
        if file_format not in ("csv", "parquet"):
            raise BadInput("The format is csv or parquet.")
        synthetic = self.synthetics.get(actor.organisation_id, synthetic_id)
        chosen = _table(synthetic, table)
        csv = file_format == "csv"
        blob_id = chosen.csv_blob if csv else chosen.parquet_blob
        if blob_id is None:
            raise Conflict("These rows were drawn as Parquet only; download them as Parquet.")
        stream = self.blobs.open(actor.organisation_id, blob_id)
        with self.atomic():
            self.audit.append(
                actor.organisation_id,
                actor.user_id,
                "completion.downloaded" if synthetic.completed else "synthetic.downloaded",
                str(synthetic.id),
                {"table": chosen.name, "format": file_format},
            )
        kind = "completed" if synthetic.completed else "synthetic"
        return Download(
            name=f"{chosen.name}-{kind}.{file_format}",
            media_type="text/csv" if csv else "application/vnd.apache.parquet",
            stream=stream,
        )


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
    """An evidence pack as zip."""

    packs: EvidencePacks
    blobs: Blobs
    audit: AuditLog
    atomic: Atomic

    def __call__(self, actor: Actor, *, pack_id: PackId) -> Download:
        actor.require(Permission.DOWNLOAD_PACK)
        pack = self.packs.get(actor.organisation_id, pack_id)
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
