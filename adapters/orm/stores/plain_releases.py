"""What left about people without noise, from the rows of twins, packs and approvals."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from adapters.orm.models import (
    ApprovalRow,
    DatasetRow,
    EvidencePackRow,
    KinRow,
    SyntheticDatasetRow,
)
from domain.kernel import DatasetId, OrganisationId, SyntheticDatasetId
from domain.privacy.plain_releases import PlainRelease, way_of


def plain_releases(
    organisation_id: OrganisationId, dataset_id: DatasetId
) -> tuple[PlainRelease, ...]:
    """About the people of a dataset, as far as they are known to be the same; oldest first."""
    sources = {*_kin(organisation_id, dataset_id), *_same_file(organisation_id, dataset_id)}
    told = [_release(row) for row in _judged(organisation_id).filter(run__dataset_id__in=sources)]
    return tuple(release for release in told if release)


def drawn_plainly(organisation_id: OrganisationId) -> frozenset[DatasetId]:
    """Datasets of which a twin was drawn that was learned without differential privacy."""
    plain = _drawn(organisation_id).filter(run__privacy__isnull=True)
    return frozenset(DatasetId(found) for found in plain.values_list("run__dataset_id", flat=True))


def _drawn(organisation_id: OrganisationId) -> QuerySet[SyntheticDatasetRow]:
    """Twins that are there; completed rows are somebody's own and no twin."""
    own = SyntheticDatasetRow.objects.filter(organisation_id=organisation_id, given_blob="")
    return own.filter(sample_seconds__isnull=False)


def _judged(organisation_id: OrganisationId) -> QuerySet[SyntheticDatasetRow]:
    """Those that ε does not cover, or not all of, oldest first, with how far they have come."""
    packs = EvidencePackRow.objects.filter(synthetic_dataset=OuterRef("pk")).exclude(blob_id="")
    marked = _drawn(organisation_id).annotate(
        packed=Exists(packs),
        evaluated=Exists(packs.filter(evaluation__isnull=False)),
        approved=Exists(ApprovalRow.objects.filter(synthetic_dataset=OuterRef("pk"))),
    )
    uncovered = marked.filter(Q(run__privacy__isnull=True) | Q(evaluated=True))
    return uncovered.select_related("run").order_by("created_at", "id")


def _release(row: SyntheticDatasetRow) -> PlainRelease | None:
    marks = {name: getattr(row, name) for name in ("packed", "evaluated", "approved")}
    way = way_of(private=row.run.privacy is not None, **marks)
    if way is None:
        return None
    return PlainRelease(
        synthetic_id=SyntheticDatasetId(row.id),
        dataset_id=DatasetId(row.run.dataset_id),
        way=way,
        at=row.created_at,
    )


def _kin(organisation_id: OrganisationId, dataset_id: DatasetId) -> set[DatasetId]:
    links = KinRow.objects.filter(
        population__organisation_id=organisation_id, population__dataset_id=dataset_id
    )
    return {DatasetId(found) for found in links.values_list("other__dataset_id", flat=True)}


def _same_file(organisation_id: OrganisationId, dataset_id: DatasetId) -> set[DatasetId]:
    """The dataset itself and all others, also deleted ones, that came with one of its files."""
    own = DatasetRow.objects.filter(organisation_id=organisation_id)
    files = {
        DatasetId(found): {file["sha256"] for file in told}
        for found, told in own.values_list("id", "files").iterator()
    }
    return {found for found, told in files.items() if told & files.get(dataset_id, set())}
