"""Every port in memory, for fast tests of use cases."""

from adapters.memory.api_keys import MemoryApiKeys
from adapters.memory.approvals import MemoryApprovals
from adapters.memory.atomic import atomic_over
from adapters.memory.audit_log import MemoryAuditLog
from adapters.memory.blob_keys import MemoryBlobKeys
from adapters.memory.blobs import MemoryBlobs
from adapters.memory.datasets import MemoryDatasets
from adapters.memory.documents import MemoryDocuments
from adapters.memory.evaluations import MemoryEvaluations
from adapters.memory.evidence_packs import MemoryEvidencePacks
from adapters.memory.jobs import MemoryJobs
from adapters.memory.keys import MemoryKeys
from adapters.memory.pack_templates import MemoryPackTemplates
from adapters.memory.plain_releases import MemoryPlainReleases
from adapters.memory.privacy_ledger import MemoryPrivacyLedger
from adapters.memory.privacy_tunings import MemoryPrivacyTunings
from adapters.memory.projects import MemoryProjects
from adapters.memory.synthetic_datasets import MemorySyntheticDatasets
from adapters.memory.training_runs import MemoryTrainingRuns

__all__ = [
    "MemoryApiKeys",
    "MemoryApprovals",
    "MemoryAuditLog",
    "MemoryBlobKeys",
    "MemoryBlobs",
    "MemoryDatasets",
    "MemoryDocuments",
    "MemoryEvaluations",
    "MemoryEvidencePacks",
    "MemoryJobs",
    "MemoryKeys",
    "MemoryPackTemplates",
    "MemoryPlainReleases",
    "MemoryPrivacyLedger",
    "MemoryPrivacyTunings",
    "MemoryProjects",
    "MemorySyntheticDatasets",
    "MemoryTrainingRuns",
    "atomic_over",
]
