"""The stores of every port on one kind of storage, so that one suite runs on all."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.db import connections, transaction

from adapters import memory
from adapters.orm.models import OrganisationRow
from adapters.orm.stores.api_keys import OrmApiKeys
from adapters.orm.stores.approvals import OrmApprovals
from adapters.orm.stores.audit_log import OrmAuditLog
from adapters.orm.stores.blob_keys import OrmBlobKeys
from adapters.orm.stores.datasets import OrmDatasets
from adapters.orm.stores.evaluations import OrmEvaluations
from adapters.orm.stores.evidence_packs import OrmEvidencePacks
from adapters.orm.stores.jobs import OrmJobs
from adapters.orm.stores.pack_templates import OrmPackTemplates
from adapters.orm.stores.privacy_ledger import OrmPrivacyLedger
from adapters.orm.stores.privacy_tunings import OrmPrivacyTunings
from adapters.orm.stores.projects import OrmProjects
from adapters.orm.stores.synthetic_datasets import OrmSyntheticDatasets
from adapters.orm.stores.training_runs import OrmTrainingRuns
from domain.kernel import JobId, OrganisationId, utc_now

KEYS = memory.MemoryKeys()
"""Signs the audit logs of all worlds."""


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything that keeps something."""

    projects: Any
    datasets: Any
    runs: Any
    synthetics: Any
    evaluations: Any
    packs: Any
    approvals: Any
    templates: Any
    jobs: Any
    audit: Any
    ledger: Any
    tunings: Any
    blob_keys: Any
    api_keys: Any
    atomic: Callable[[], AbstractContextManager[Any]]
    delivered: list[JobId]
    organisation: Callable[[], OrganisationId]
    leave_thread: Callable[[], None] = field(default=lambda: None)


def memory_world() -> World:
    """Dicts and lists."""
    released = {
        "datasets": memory.MemoryDatasets(),
        "runs": memory.MemoryTrainingRuns(),
        "synthetics": memory.MemorySyntheticDatasets(),
        "packs": memory.MemoryEvidencePacks(),
        "approvals": memory.MemoryApprovals(),
    }
    stores = {
        **released,
        "projects": memory.MemoryProjects(),
        "evaluations": memory.MemoryEvaluations(),
        "templates": memory.MemoryPackTemplates(),
        "jobs": memory.MemoryJobs(),
        "audit": memory.MemoryAuditLog(KEYS.sign, utc_now),
        "ledger": memory.MemoryPrivacyLedger(memory.MemoryPlainReleases(**released)),
        "tunings": memory.MemoryPrivacyTunings(),
        "blob_keys": memory.MemoryBlobKeys(),
        "api_keys": memory.MemoryApiKeys(),
    }
    return World(
        **stores,
        atomic=memory.atomic_over(*stores.values()),
        delivered=stores["jobs"].delivered,
        organisation=lambda: OrganisationId(uuid4()),
    )


def orm_world() -> World:
    """Rows, in the database of this test run: SQLite, or PostgreSQL with ``--postgres``."""
    delivered: list[JobId] = []
    return World(
        projects=OrmProjects(),
        datasets=OrmDatasets(),
        runs=OrmTrainingRuns(),
        synthetics=OrmSyntheticDatasets(),
        evaluations=OrmEvaluations(),
        packs=OrmEvidencePacks(),
        approvals=OrmApprovals(),
        templates=OrmPackTemplates(),
        jobs=OrmJobs(delivered.append),
        audit=OrmAuditLog(KEYS.sign, utc_now),
        ledger=OrmPrivacyLedger(),
        tunings=OrmPrivacyTunings(),
        blob_keys=OrmBlobKeys(),
        api_keys=OrmApiKeys(),
        atomic=transaction.atomic,
        delivered=delivered,
        organisation=_organisation_row,
        leave_thread=connections.close_all,
    )


def _organisation_row() -> OrganisationId:
    return OrganisationId(OrganisationRow.objects.create(name=f"Clinic {uuid4()}").id)
