"""The evidence pack: one zip with a signed manifest of everything in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.kernel import BlobId, EvaluationId, OrganisationId, PackId, SyntheticDatasetId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePack:
    """One pack about one synthetic dataset and, where there is one, its evaluation."""

    id: PackId
    organisation_id: OrganisationId
    synthetic_dataset_id: SyntheticDatasetId
    evaluation_id: EvaluationId | None
    created_by: UserId
    created_at: datetime
    blob_id: BlobId | None = None
    """The zip, once built."""
    sha256: str = ""
    size: int = 0
    """Bytes."""
    audit_size: int = 0
    audit_root: str = ""
    """Head of the audit log when the pack was built: the log may only grow from there."""
    seconds: float | None = None
