"""What left about people without noise, from the twins, packs and approvals in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from adapters.memory.approvals import MemoryApprovals
from adapters.memory.datasets import MemoryDatasets
from adapters.memory.evidence_packs import MemoryEvidencePacks
from adapters.memory.synthetic_datasets import MemorySyntheticDatasets
from adapters.memory.training_runs import MemoryTrainingRuns
from domain.kernel import DatasetId, OrganisationId
from domain.privacy.plain_releases import PlainRelease, PlainWay, way_of
from domain.synthesis.runs import SyntheticDataset, TrainingRun


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPlainReleases:
    """What :class:`domain.ports.PrivacyLedger` tells of releases without noise."""

    datasets: MemoryDatasets
    runs: MemoryTrainingRuns
    synthetics: MemorySyntheticDatasets
    packs: MemoryEvidencePacks
    approvals: MemoryApprovals

    def about(
        self, organisation_id: OrganisationId, dataset_id: DatasetId, kin: Collection[DatasetId]
    ) -> tuple[PlainRelease, ...]:
        """Of the dataset, of those that came with the same file and of ``kin``; oldest first."""
        sources = {*kin, dataset_id, *self.datasets.with_files_of(organisation_id, dataset_id)}
        found = (r for source in sources for r in self._of(organisation_id, source))
        return tuple(sorted(found, key=lambda release: release.at))

    def drawn(self, organisation_id: OrganisationId) -> frozenset[DatasetId]:
        """Datasets of which a twin was drawn that was learned without differential privacy."""
        known = self.datasets.ids(organisation_id)
        ways = {one: [r.way for r in self._of(organisation_id, one)] for one in known}
        return frozenset(one for one, way in ways.items() if set(way) - {PlainWay.FIGURES})

    def _of(self, organisation_id: OrganisationId, dataset_id: DatasetId) -> Iterator[PlainRelease]:
        for run_id in self.runs.of_dataset(organisation_id, dataset_id):
            run = self.runs.get(organisation_id, run_id)
            for synthetic in self.synthetics.of_run(organisation_id, run_id):
                way = self._way(run, synthetic)
                if way is not None:
                    yield PlainRelease(
                        synthetic_id=synthetic.id,
                        dataset_id=dataset_id,
                        way=way,
                        at=synthetic.created_at,
                    )

    def _way(self, run: TrainingRun, synthetic: SyntheticDataset) -> PlainWay | None:
        if synthetic.completed or synthetic.sample_seconds is None:
            return None
        packs = self.packs.of_synthetic(synthetic.organisation_id, synthetic.id)
        sealed = [pack for pack in packs if pack.blob_id]
        return way_of(
            private=run.privacy is not None,
            packed=bool(sealed),
            evaluated=any(pack.evaluation_id for pack in sealed),
            approved=self.approvals.any_about(synthetic.id),
        )
