"""Evidence packs in rows."""

from __future__ import annotations

from django.db.models import QuerySet

from adapters.orm.mappers import pack_columns, pack_entity
from adapters.orm.models import EvidencePackRow
from adapters.orm.stores.tenancy import change_one, the_one
from domain.compliance.evidence import EvidencePack
from domain.kernel import BlobId, OrganisationId, PackId, SyntheticDatasetId


class OrmEvidencePacks:
    """Keeps the promises of :class:`domain.ports.EvidencePacks`."""

    def add(self, pack: EvidencePack) -> None:
        EvidencePackRow.objects.create(**pack_columns(pack))

    def get(self, organisation_id: OrganisationId, pack_id: PackId) -> EvidencePack:
        return pack_entity(the_one(_own(organisation_id, pack_id), "evidence pack"))

    def of_synthetic(
        self, organisation_id: OrganisationId, synthetic_id: SyntheticDatasetId
    ) -> tuple[EvidencePack, ...]:
        rows = EvidencePackRow.objects.filter(
            organisation_id=organisation_id, synthetic_dataset_id=synthetic_id
        )
        return tuple(pack_entity(row) for row in rows.order_by("created_at"))

    def built(
        self,
        organisation_id: OrganisationId,
        pack_id: PackId,
        *,
        blob_id: BlobId,
        sha256: str,
        size: int,
        audit_size: int,
        audit_root: str,
        seconds: float,
        template_version: int,
    ) -> None:
        change_one(
            _own(organisation_id, pack_id),
            "evidence pack",
            blob_id=blob_id,
            sha256=sha256,
            size=size,
            audit_size=audit_size,
            audit_root=audit_root,
            seconds=seconds,
            template_version=template_version,
        )

    def audit_heads(self) -> tuple[tuple[PackId, int, str], ...]:
        built = EvidencePackRow.objects.exclude(blob_id="").order_by("created_at")
        return tuple(
            (PackId(pack), size, root)
            for pack, size, root in built.values_list("id", "audit_size", "audit_root")
        )


def _own(organisation_id: OrganisationId, pack_id: PackId) -> QuerySet[EvidencePackRow]:
    return EvidencePackRow.objects.filter(organisation_id=organisation_id, id=pack_id)
