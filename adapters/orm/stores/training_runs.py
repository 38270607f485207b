"""Training runs in rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from adapters.orm.mappers import run_columns, run_entity
from adapters.orm.models import TrainingRunRow
from adapters.orm.stores.tenancy import change_one, the_one
from domain.kernel import BlobId, DatasetId, OrganisationId, RunId
from domain.privacy.budget import PrivacyStatement
from domain.synthesis.runs import TrainingRun


class OrmTrainingRuns:
    """Keeps the promises of :class:`domain.ports.TrainingRuns`."""

    def add(self, run: TrainingRun) -> None:
        TrainingRunRow.objects.create(**run_columns(run))

    def get(self, organisation_id: OrganisationId, run_id: RunId) -> TrainingRun:
        return run_entity(the_one(_own(organisation_id, run_id), "training run"))

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
        change_one(
            _own(organisation_id, run_id),
            "training run",
            artifact_blob=artifact_blob,
            artifact_sha256=artifact_sha256,
            statement=statement.to_document() if statement else None,
            rows_trained=rows_trained,
            rows_held_out=rows_held_out,
            fit_seconds=fit_seconds,
            notes=list(notes),
            curves=dict(curves),
            versions=dict(versions),
        )

    def forget_artifacts(
        self, organisation_id: OrganisationId, dataset_id: DatasetId
    ) -> tuple[BlobId, ...]:
        runs = TrainingRunRow.objects.filter(organisation_id=organisation_id, dataset=dataset_id)
        with transaction.atomic():
            found = runs.select_for_update().values_list("artifact_blob", "privacy")
            blobs = tuple(BlobId(b) for row in found for b in _kept_blobs(*row))
            runs.update(artifact_blob="")
        return blobs

    def of_dataset(
        self, organisation_id: OrganisationId, dataset_id: DatasetId
    ) -> tuple[RunId, ...]:
        runs = TrainingRunRow.objects.filter(organisation_id=organisation_id, dataset=dataset_id)
        return tuple(RunId(r) for r in runs.order_by("created_at").values_list("id", flat=True))


def _own(organisation_id: OrganisationId, run_id: RunId) -> QuerySet[TrainingRunRow]:
    return TrainingRunRow.objects.filter(organisation_id=organisation_id, id=run_id)


def _kept_blobs(artifact: str, privacy: Mapping[str, Any] | None) -> list[str]:
    """The blobs of a run: its model, and the sealed seed of a private one."""
    sealed = (privacy or {}).get("sealed_seed")
    return [blob for blob in (artifact, sealed) if blob]
