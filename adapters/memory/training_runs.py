"""Training runs in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from adapters.memory.shelf import Shelf
from domain.kernel import BlobId, DatasetId, OrganisationId, RunId
from domain.privacy.budget import PrivacyStatement
from domain.synthesis.runs import TrainingRun


class MemoryTrainingRuns:
    """Keeps the promises of :class:`domain.ports.TrainingRuns`."""

    def __init__(self) -> None:
        self._runs: Shelf[TrainingRun] = Shelf()

    def add(self, run: TrainingRun) -> None:
        self._runs.put(run)

    def get(self, organisation_id: OrganisationId, run_id: RunId) -> TrainingRun:
        return cast(TrainingRun, self._runs.take(organisation_id, run_id, "training run"))

    def trained(
        self,
        organisation_id: OrganisationId,
        run_id: RunId,
        *,
        artifact_blob: BlobId,
        artifact_sha256: str,
        statement: PrivacyStatement | None,
        rows_trained: int,
        rows_held_out: int,
        fit_seconds: float,
        notes: tuple[str, ...],
        curves: Mapping[str, tuple[float, ...]],
        versions: Mapping[str, str],
    ) -> None:
        self._runs.change(
            self.get(organisation_id, run_id),
            artifact_blob=artifact_blob,
            artifact_sha256=artifact_sha256,
            statement=statement,
            rows_trained=rows_trained,
            rows_held_out=rows_held_out,
            fit_seconds=fit_seconds,
            notes=notes,
            curves=dict(curves),
            versions=dict(versions),
        )

    def forget_artifacts(
        self, organisation_id: OrganisationId, dataset_id: DatasetId
    ) -> tuple[BlobId, ...]:
        found = [
            run
            for run in self._runs.values()
            if (run.organisation_id, run.dataset_id) == (organisation_id, dataset_id)
        ]
        for run in found:
            self._runs.change(run, artifact_blob=None)
        sealed = (run.privacy.sealed_seed for run in found if run.privacy)
        return tuple(blob for blob in (*(run.artifact_blob for run in found), *sealed) if blob)

    def of_dataset(
        self, organisation_id: OrganisationId, dataset_id: DatasetId
    ) -> tuple[RunId, ...]:
        return tuple(
            run.id
            for run in self._runs.values()
            if (run.organisation_id, run.dataset_id) == (organisation_id, dataset_id)
        )
