"""What the use cases need from the outside, as small Protocols.

Every adapter keeps the promises in these docstrings; ``tests/contracts`` checks each of them.
Stores take the organisation, so a query cannot forget the tenant: asking for another
organisation's thing raises ``NotFound``, as if it did not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from domain.charts.chart import Chart
from domain.compliance.approvals import Approval
from domain.compliance.audit import AuditEntry
from domain.compliance.evidence import EvidencePack
from domain.compliance.inclusion import LogLeaves
from domain.datasets.confirmation import Confirmation
from domain.datasets.entities import Dataset, Metadata
from domain.evaluation.report import Evaluation, Verdict
from domain.evaluation.verdict import ReleaseRule
from domain.jobs import Job, JobKind
from domain.kernel import (
    ApiKeyId,
    BlobId,
    DatasetId,
    EvaluationId,
    JobId,
    OrganisationId,
    PackId,
    ProjectId,
    RunId,
    SyntheticDatasetId,
    UserId,
)
from domain.ports.blobs import BlobKeys, Blobs, BlobWriter
from domain.ports.privacy_ledger import PrivacyLedger
from domain.privacy.budget import PrivacyStatement
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.runs import SyntheticDataset, SyntheticTable, TrainingRun

__all__ = [
    "ApiKeys",
    "Approvals",
    "Atomic",
    "AuditLog",
    "BlobKeys",
    "BlobWriter",
    "Blobs",
    "Clock",
    "Datasets",
    "Documents",
    "Evaluations",
    "EvidencePacks",
    "Jobs",
    "Keys",
    "PrivacyLedger",
    "Projects",
    "ReleaseRules",
    "Retention",
    "SyntheticDatasets",
    "TrainingRuns",
]

Atomic = Callable[[], AbstractContextManager[Any]]
"""``with atomic():`` everything written to rows inside happens together or not at all."""

Clock = Callable[[], datetime]
"""The current time, aware, in UTC."""


Retention = Callable[[OrganisationId], timedelta]
"""How long an organisation keeps real rows."""


ReleaseRules = Callable[[OrganisationId], tuple[ReleaseRule, ...]]
"""What speaks against releasing a twin: the organisation's rules, else the product's."""


class Projects(Protocol):
    """Folders of datasets."""

    def add(self, organisation_id: OrganisationId, project_id: ProjectId, name: str) -> None:
        """Create a project; ``Conflict`` when the organisation has one of that name."""
        ...

    def default(self, organisation_id: OrganisationId) -> ProjectId:
        """The organisation's first project; creates one called “Default” when there is none."""
        ...

    def require(self, organisation_id: OrganisationId, project_id: ProjectId) -> None:
        """Raise ``NotFound`` unless the project is the organisation's."""
        ...


class Datasets(Protocol):
    """Datasets, without the bytes (those are blobs)."""

    def add(self, dataset: Dataset) -> None: ...

    def get(self, organisation_id: OrganisationId, dataset_id: DatasetId) -> Dataset:
        """The dataset; ``NotFound`` also when it was deleted."""
        ...

    def remembered(self, organisation_id: OrganisationId, dataset_id: DatasetId) -> Dataset:
        """The dataset, also when it was deleted: its names and numbers are kept, its rows not."""
        ...

    def profiled(
        self,
        organisation_id: OrganisationId,
        dataset_id: DatasetId,
        metadata: Metadata,
        profile_blob: BlobId,
    ) -> None:
        """Keep the profile and the suggested metadata; any earlier confirmation is void."""
        ...

    def confirm(
        self,
        organisation_id: OrganisationId,
        dataset_id: DatasetId,
        metadata: Metadata,
        by: UserId,
        at: datetime,
        how: Confirmation,
    ) -> None:
        """Fix the metadata, and keep who looked at it."""
        ...

    def delete(self, organisation_id: OrganisationId, dataset_id: DatasetId, at: datetime) -> None:
        """Mark as deleted; from now on ``get`` raises ``NotFound``."""
        ...

    def releases(
        self, organisation_id: OrganisationId, dataset_id: DatasetId
    ) -> tuple[DatasetId, ...]:
        """The dataset and, newest first, earlier ones of its name in its project, also deleted."""
        ...

    def has_file(self, organisation_id: OrganisationId, sha256: str) -> bool:
        """Whether a dataset of the organisation, also a deleted one, came with this very file."""
        ...

    def expired(self, now: datetime) -> tuple[Dataset, ...]:
        """Datasets of every organisation past ``expires_at`` and not deleted yet."""
        ...


class TrainingRuns(Protocol):
    """Fits of synthesizers, without the artifacts (those are blobs)."""

    def add(self, run: TrainingRun) -> None: ...

    def get(self, organisation_id: OrganisationId, run_id: RunId) -> TrainingRun: ...

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
        """Keep the result of the fit."""
        ...

    def forget_artifacts(
        self, organisation_id: OrganisationId, dataset_id: DatasetId
    ) -> tuple[BlobId, ...]:
        """Take the artifacts off all runs of the dataset; returns the blobs they were in, and
        those of the sealed seeds of private runs."""
        ...

    def of_dataset(
        self, organisation_id: OrganisationId, dataset_id: DatasetId
    ) -> tuple[RunId, ...]:
        """Every run that learned, or is to learn, from the dataset."""
        ...


class SyntheticDatasets(Protocol):
    """Draws from runs, without the rows (those are blobs)."""

    def add(self, synthetic: SyntheticDataset) -> None: ...

    def get(
        self, organisation_id: OrganisationId, synthetic_id: SyntheticDatasetId
    ) -> SyntheticDataset: ...

    def run_of_file(self, organisation_id: OrganisationId, sha256: str) -> RunId | None:
        """The run whose rows are in this very file, CSV or Parquet; ``None`` when there is none."""
        ...

    def of_run(
        self, organisation_id: OrganisationId, run_id: RunId
    ) -> tuple[SyntheticDataset, ...]:
        """All drawn from the run, oldest first."""
        ...

    def sampled(
        self,
        organisation_id: OrganisationId,
        synthetic_id: SyntheticDatasetId,
        *,
        tables: tuple[SyntheticTable, ...],
        sample_seconds: float,
        spec: SampleSpec = PLAIN,
    ) -> None:
        """Keep the drawn tables, and ``spec`` with what was reached of it."""
        ...

    def forget_completed(
        self, organisation_id: OrganisationId, run_id: RunId
    ) -> tuple[BlobId, ...]:
        """Take the tables off everything completed by the run; returns all blobs of it, those
        of the given rows too (their ids stay, and say that it was no twin)."""
        ...


class Evaluations(Protocol):
    """Evaluations, without the reports (those are blobs)."""

    def add(self, evaluation: Evaluation) -> None: ...

    def get(self, organisation_id: OrganisationId, evaluation_id: EvaluationId) -> Evaluation: ...

    def of_synthetic(
        self, organisation_id: OrganisationId, synthetic_id: SyntheticDatasetId
    ) -> tuple[Evaluation, ...]:
        """All of the synthetic dataset, oldest first."""
        ...

    def measured(
        self,
        organisation_id: OrganisationId,
        evaluation_id: EvaluationId,
        *,
        report_blob: BlobId,
        verdict: Verdict | None,
        headline: Mapping[str, float | None],
        seconds: float,
    ) -> None:
        """Keep the result."""
        ...


class Approvals(Protocol):
    """Persons' words that synthetic rows may leave. They are never changed: newer ones count."""

    def add(self, approval: Approval) -> None: ...

    def newest(
        self,
        organisation_id: OrganisationId,
        synthetic_id: SyntheticDatasetId,
        evaluation_id: EvaluationId | None,
    ) -> Approval | None:
        """The last word about the synthetic dataset with that evaluation beside it, or none."""
        ...


class EvidencePacks(Protocol):
    """Packs, without the zips (those are blobs)."""

    def add(self, pack: EvidencePack) -> None: ...

    def get(self, organisation_id: OrganisationId, pack_id: PackId) -> EvidencePack: ...

    def of_synthetic(
        self, organisation_id: OrganisationId, synthetic_id: SyntheticDatasetId
    ) -> tuple[EvidencePack, ...]:
        """All of the synthetic dataset, oldest first."""
        ...

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
        """Keep the zip."""
        ...

    def audit_heads(self) -> tuple[tuple[PackId, int, str], ...]:
        """``(pack, log size, root)`` of every built pack of the instance, oldest first."""
        ...


class Jobs(Protocol):
    """Work to do, delivered at least once, finished once.

    A worker holds a job by a lease; whoever's lease ran out has lost it, and its late writes
    change nothing.
    """

    def add(self, job: Job) -> None:
        """Keep the job and, when it waits for none, deliver it once the transaction commits."""
        ...

    def get(self, organisation_id: OrganisationId, job_id: JobId) -> Job: ...

    def latest(
        self, organisation_id: OrganisationId, kind: JobKind, subject_id: UUID
    ) -> Job | None:
        """The newest job of that kind for that subject."""
        ...

    def claim(self, job_id: JobId, worker: str, now: datetime, lease: timedelta) -> Job | None:
        """Take a queued job, or a running one whose lease ran out, and count the attempt.

        ``None`` when another holds it, it waits for another job, has ended, or has no attempt
        left (then it ends as failed, and those after it with it). Of any number of workers
        asking at once, one gets it.
        """
        ...

    def beat(
        self,
        job_id: JobId,
        worker: str,
        now: datetime,
        lease: timedelta,
        *,
        done: int,
        total: int,
        note: str,
        cpu_seconds: float,
        seconds_left: float | None = None,
    ) -> bool:
        """Renew the lease and show progress; ``False`` when the job should stop: a person asked
        for it, or ``worker`` does not hold it any more."""
        ...

    def succeed(self, job_id: JobId, worker: str, now: datetime, cpu_seconds: float) -> None:
        """End the job and deliver those after it on commit. ``Conflict`` when ``worker`` does
        not hold it: call it in the same transaction as the result, which is then undone."""
        ...

    def retry(self, job_id: JobId, worker: str, now: datetime, reason: str) -> None:
        """Give the job back after an attempt that broke: queued and delivered again, or failed
        with ``reason`` when no attempt is left. Does nothing when ``worker`` lost it."""
        ...

    def fail(self, job_id: JobId, worker: str, now: datetime, reason: str) -> None:
        """End the job as failed, and those after it. Does nothing when ``worker`` lost it."""
        ...

    def cancelled(self, job_id: JobId, worker: str, now: datetime) -> None:
        """End the job as cancelled, and those after it. Nothing when ``worker`` lost it."""
        ...

    def request_cancel(self, organisation_id: OrganisationId, job_id: JobId, now: datetime) -> Job:
        """Ask for a stop: a job nobody works on ends at once, a running one when it notices.
        ``Conflict`` when it has ended."""
        ...

    def redeliver(self, now: datetime) -> int:
        """Deliver again queued jobs left lying for a minute and running ones whose lease ran
        out; returns how many."""
        ...


class AuditLog(Protocol):
    """The instance's one append-only log."""

    def append(
        self,
        organisation_id: OrganisationId,
        actor: UserId,
        action: str,
        subject: str,
        details: Mapping[str, Any] | None = None,
    ) -> AuditEntry:
        """Add an entry under a lock: concurrent appends make one chain. Details hold ids, names
        and counts, never a cell value; numbers must be JSON-safe."""
        ...

    def entries(self, start: int = 0) -> tuple[AuditEntry, ...]:
        """All entries from index ``start``, in order."""
        ...

    def about(
        self, organisation_id: OrganisationId, subjects: frozenset[str]
    ) -> tuple[AuditEntry, ...]:
        """The entries whose subject is one of ``subjects``, in order."""
        ...

    def head(self) -> AuditEntry | None:
        """The last entry."""
        ...

    def leaves(self, size: int) -> LogLeaves:
        """The hashes of the first ``size`` entries, of fewer where the log has fewer, and from
        where on they hold random bits. Quick for 100,000 entries: no leaf is read for its hash."""
        ...


class Keys(Protocol):
    """The instance's master, signing and digest keys. Keys never leave."""

    def wrap(self, data_key: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes) -> bytes: ...

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature of ``message``, 64 bytes."""
        ...

    def public_key(self) -> bytes:
        """The raw Ed25519 public key, 32 bytes."""
        ...

    def keyed_digest(self, purpose: str, message: bytes) -> bytes:
        """HMAC-SHA-256 of ``message``, 32 bytes, under a key of this instance for one ``purpose``.

        The same for the life of the instance, also after a rotation. Whoever lacks the key cannot
        test a guess of the message against it, which a plain hash would allow.
        """
        ...

    def rotate(self) -> None:
        """Wrap with a new master key from now on; keys wrapped before still unwrap."""
        ...


class ApiKeys(Protocol):
    """Secrets for programs, kept as hashes."""

    def add(
        self,
        organisation_id: OrganisationId,
        key_id: ApiKeyId,
        *,
        name: str,
        owner: UserId,
        prefix: str,
        secret_sha256: str,
        created_at: datetime,
        expires_at: datetime | None,
    ) -> None: ...

    def revoke(self, organisation_id: OrganisationId, key_id: ApiKeyId, at: datetime) -> None:
        """``NotFound`` when the organisation has no such live key."""
        ...

    def owner_of(self, secret_sha256: str, now: datetime) -> UserId | None:
        """Whose live key has this hash; ``None`` when revoked, expired or unknown."""
        ...


class Documents(Protocol):
    """Paper."""

    def pdf(self, template: str, context: Mapping[str, Any]) -> bytes:
        """Render the print template ``pack/<template>.html`` as PDF."""
        ...

    def html(self, template: str, context: Mapping[str, Any]) -> bytes:
        """Render ``report/<template>.html`` as one page, in UTF-8, that opens anywhere: its charts
        are drawn in it, and it asks for no script and no other file."""
        ...

    def svg(self, chart: Chart) -> bytes:
        """One chart in the colours of paper, as an SVG file of its own."""
        ...
