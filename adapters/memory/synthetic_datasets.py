"""Synthetic datasets in memory."""

from __future__ import annotations

from typing import cast

from adapters.memory.shelf import Shelf
from domain.kernel import BlobId, OrganisationId, RunId, SyntheticDatasetId
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.runs import SyntheticDataset, SyntheticTable, blobs_of


class MemorySyntheticDatasets:
    """Keeps the promises of :class:`domain.ports.SyntheticDatasets`."""

    def __init__(self) -> None:
        self._synthetics: Shelf[SyntheticDataset] = Shelf()

    def add(self, synthetic: SyntheticDataset) -> None:
        self._synthetics.put(synthetic)

    def get(
        self, organisation_id: OrganisationId, synthetic_id: SyntheticDatasetId
    ) -> SyntheticDataset:
        found = self._synthetics.take(organisation_id, synthetic_id, "synthetic dataset")
        return cast(SyntheticDataset, found)

    def run_of_file(self, organisation_id: OrganisationId, sha256: str) -> RunId | None:
        for synthetic in self._synthetics.values():
            files = [f for t in synthetic.tables for f in (t.csv_sha256, t.parquet_sha256)]
            if synthetic.organisation_id == organisation_id and sha256 in files:
                return synthetic.run_id
        return None

    def of_run(
        self, organisation_id: OrganisationId, run_id: RunId
    ) -> tuple[SyntheticDataset, ...]:
        mine = [
            s
            for s in self._synthetics.values()
            if s.organisation_id == organisation_id and s.run_id == run_id
        ]
        return tuple(sorted(mine, key=lambda s: s.created_at))

    def sampled(
        self,
        organisation_id: OrganisationId,
        synthetic_id: SyntheticDatasetId,
        *,
        tables: tuple[SyntheticTable, ...],
        sample_seconds: float,
        spec: SampleSpec = PLAIN,
    ) -> None:
        synthetic = self.get(organisation_id, synthetic_id)
        self._synthetics.change(
            synthetic, tables=tables, sample_seconds=sample_seconds, spec=spec or synthetic.spec
        )

    def forget_completed(
        self, organisation_id: OrganisationId, run_id: RunId
    ) -> tuple[BlobId, ...]:
        completed = [s for s in self.of_run(organisation_id, run_id) if s.completed]
        for synthetic in completed:
            self._synthetics.change(synthetic, tables=())
        return blobs_of(completed)
