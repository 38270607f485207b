"""Synthetic datasets in rows."""

from __future__ import annotations

from dataclasses import asdict

from django.db import transaction
from django.db.models import QuerySet

from adapters.orm.mappers import synthetic_columns, synthetic_entity
from adapters.orm.models import SyntheticDatasetRow
from adapters.orm.stores.tenancy import change_one, the_one
from domain.kernel import BlobId, OrganisationId, RunId, SyntheticDatasetId
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.runs import SyntheticDataset, SyntheticTable, blobs_of


class OrmSyntheticDatasets:
    """Keeps the promises of :class:`domain.ports.SyntheticDatasets`."""

    def add(self, synthetic: SyntheticDataset) -> None:
        SyntheticDatasetRow.objects.create(**synthetic_columns(synthetic))

    def get(
        self, organisation_id: OrganisationId, synthetic_id: SyntheticDatasetId
    ) -> SyntheticDataset:
        return synthetic_entity(the_one(_own(organisation_id, synthetic_id), "synthetic dataset"))

    def run_of_file(self, organisation_id: OrganisationId, sha256: str) -> RunId | None:
        rows = SyntheticDatasetRow.objects.filter(organisation_id=organisation_id)
        for run_id, tables in rows.order_by("-created_at").values_list("run_id", "tables"):
            if any(sha256 in (t["csv_sha256"], t["parquet_sha256"]) for t in tables):
                return RunId(run_id)
        return None

    def of_run(
        self, organisation_id: OrganisationId, run_id: RunId
    ) -> tuple[SyntheticDataset, ...]:
        rows = SyntheticDatasetRow.objects.filter(organisation_id=organisation_id, run_id=run_id)
        return tuple(synthetic_entity(row) for row in rows.order_by("created_at"))

    def sampled(
        self,
        organisation_id: OrganisationId,
        synthetic_id: SyntheticDatasetId,
        *,
        tables: tuple[SyntheticTable, ...],
        sample_seconds: float,
        spec: SampleSpec = PLAIN,
    ) -> None:
        change_one(
            _own(organisation_id, synthetic_id),
            "synthetic dataset",
            tables=[asdict(t) for t in tables],
            sample_seconds=sample_seconds,
            **({"spec": spec.to_document()} if spec else {}),
        )

    def forget_completed(
        self, organisation_id: OrganisationId, run_id: RunId
    ) -> tuple[BlobId, ...]:
        rows = SyntheticDatasetRow.objects.filter(organisation_id=organisation_id, run_id=run_id)
        with transaction.atomic():
            completed = rows.select_for_update().exclude(given_blob="")
            found = [synthetic_entity(row) for row in completed]
            completed.update(tables=[])
        return blobs_of(found)


def _own(
    organisation_id: OrganisationId, synthetic_id: SyntheticDatasetId
) -> QuerySet[SyntheticDatasetRow]:
    return SyntheticDatasetRow.objects.filter(organisation_id=organisation_id, id=synthetic_id)
