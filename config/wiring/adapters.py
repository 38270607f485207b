"""Which adapter serves which port. The only place that reads settings for them."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from django.conf import settings
from django.db import transaction

from adapters.blobs.encrypted import EncryptedBlobs
from adapters.blobs.files import FileBlobs
from adapters.keys.local import LocalKeys
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
from adapters.orm.stores.release_rules import own_release_rules
from adapters.orm.stores.retention import retention_days
from adapters.orm.stores.synthetic_datasets import OrmSyntheticDatasets
from adapters.orm.stores.training_runs import OrmTrainingRuns
from adapters.queue.django_q import deliver
from domain.evaluation.verdict import DEFAULT_RULES, ReleaseRule
from domain.kernel import JobId, OrganisationId, utc_now
from domain.ports import (
    ApiKeys,
    Approvals,
    AuditLog,
    BlobKeys,
    Blobs,
    Datasets,
    Documents,
    Evaluations,
    EvidencePacks,
    Jobs,
    Keys,
    PrivacyLedger,
    Projects,
    SyntheticDatasets,
    TrainingRuns,
)
from domain.ports.pack_templates import PackTemplates
from domain.ports.privacy_tunings import PrivacyTunings
from domain.privacy.budget import Amount

atomic = transaction.atomic
clock = utc_now


@cache
def keys() -> Keys:
    """The instance's keys."""
    return LocalKeys(settings.STUDIO_MASTER_KEY_FILE)


def blob_keys() -> BlobKeys:
    """Wrapped data keys, in rows."""
    return OrmBlobKeys()


def blobs() -> Blobs:
    """Encrypted storage, on files or S3."""
    return EncryptedBlobs(_plain_blobs(), keys(), blob_keys())


def _plain_blobs() -> Blobs:
    if settings.STUDIO_BLOBS == "s3":
        from adapters.blobs.s3 import S3Blobs, s3_storage

        return S3Blobs(s3_storage(settings.S3))
    return FileBlobs(settings.STUDIO_BLOB_DIR)


def retention(organisation_id: OrganisationId) -> timedelta:
    """The organisation's own rule, else the instance's setting."""
    days = retention_days(organisation_id)
    return timedelta(days=settings.STUDIO_RETENTION_DAYS if days is None else days)


def privacy_budget() -> Amount:
    """What may be spent about the people of a new dataset."""
    return Amount(epsilon=settings.STUDIO_PRIVACY_EPSILON, delta=settings.STUDIO_PRIVACY_DELTA)


def release_rules(organisation_id: OrganisationId) -> tuple[ReleaseRule, ...]:
    """The organisation's own rules, else the product's."""
    return own_release_rules(organisation_id) or DEFAULT_RULES


def projects() -> Projects:
    """Projects, in rows."""
    return OrmProjects()


def datasets() -> Datasets:
    """Datasets, in rows."""
    return OrmDatasets()


def runs() -> TrainingRuns:
    """Training runs, in rows."""
    return OrmTrainingRuns()


def synthetics() -> SyntheticDatasets:
    """Synthetic datasets, in rows."""
    return OrmSyntheticDatasets()


def evaluations() -> Evaluations:
    """Evaluations, in rows."""
    return OrmEvaluations()


def tunings() -> PrivacyTunings:
    """Searches for ε, in rows."""
    return OrmPrivacyTunings()


def packs() -> EvidencePacks:
    """Evidence packs, in rows."""
    return OrmEvidencePacks()


def templates() -> PackTemplates:
    """Pack templates of organisations, in rows."""
    return OrmPackTemplates()


def approvals() -> Approvals:
    """Approvals of releases, in rows."""
    return OrmApprovals()


def jobs() -> Jobs:
    """Jobs, delivered to the workers by django-q2."""
    return OrmJobs(deliver)


def jobs_here() -> Jobs:
    """Jobs that this process will do itself: nothing is delivered."""
    return OrmJobs(_nowhere)


def _nowhere(job_id: JobId) -> None:
    """Deliver nothing."""


def audit() -> AuditLog:
    """The audit log, signed with the instance's key."""
    return OrmAuditLog(keys().sign, clock)


def ledger() -> PrivacyLedger:
    """The privacy ledger."""
    return OrmPrivacyLedger()


def api_keys() -> ApiKeys:
    """API keys, as hashes."""
    return OrmApiKeys()


def documents() -> Documents:
    """PDFs by xhtml2pdf."""
    # It brings ReportLab and takes half a second to load, and only evidence packs need it.
    from adapters.documents.xhtml2pdf import Xhtml2PdfDocuments

    return Xhtml2PdfDocuments()
