"""Evidence packs in memory."""

from __future__ import annotations

from typing import cast

from adapters.memory.shelf import Shelf
from domain.compliance.evidence import EvidencePack
from domain.kernel import BlobId, OrganisationId, PackId, SyntheticDatasetId


class MemoryEvidencePacks:
    """Keeps the promises of :class:`domain.ports.EvidencePacks`."""

    def __init__(self) -> None:
        self._packs: Shelf[EvidencePack] = Shelf()

    def add(self, pack: EvidencePack) -> None:
        self._packs.put(pack)

    def get(self, organisation_id: OrganisationId, pack_id: PackId) -> EvidencePack:
        return cast(EvidencePack, self._packs.take(organisation_id, pack_id, "evidence pack"))

    def of_synthetic(
        self, organisation_id: OrganisationId, synthetic_id: SyntheticDatasetId
    ) -> tuple[EvidencePack, ...]:
        mine = [
            p
            for p in self._packs.values()
            if p.organisation_id == organisation_id and p.synthetic_dataset_id == synthetic_id
        ]
        return tuple(sorted(mine, key=lambda p: p.created_at))

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
        self._packs.change(
            self.get(organisation_id, pack_id),
            blob_id=blob_id,
            sha256=sha256,
            size=size,
            audit_size=audit_size,
            audit_root=audit_root,
            seconds=seconds,
            template_version=template_version,
        )

    def audit_heads(self) -> tuple[tuple[PackId, int, str], ...]:
        built = sorted((p for p in self._packs.values() if p.blob_id), key=lambda p: p.created_at)
        return tuple((p.id, p.audit_size, p.audit_root) for p in built)
