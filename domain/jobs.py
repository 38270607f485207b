"""A job: one row for everything that takes time. Subjects hold results only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.kernel import JobId, OrganisationId, UserId

MAX_ATTEMPTS = 3
"""A job whose worker died or failed this often ends with a public reason."""


class JobKind(StrEnum):
    """What the job makes; the subject is the row that will hold the result."""

    PROFILE = "profile"
    FIT = "fit"
    SAMPLE = "sample"
    EVALUATE = "evaluate"
    PACK = "pack"


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    """For the job it comes after."""
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of work: who asked, what it makes, how far it is, and who holds it now."""

    id: JobId
    organisation_id: OrganisationId
    kind: JobKind
    subject_id: UUID
    requested_by: UserId
    created_at: datetime
    after: JobId | None = None
    """The job that must succeed first."""
    state: JobState = JobState.QUEUED
    done: int = 0
    total: int = 0
    """Progress in steps of the job's own; 0 while unknown."""
    note: str = ""
    attempt: int = 0
    worker: str = ""
    lease_until: datetime | None = None
    cancel_requested: bool = False
    error: str = ""
    """Public reason of a failure: one sentence that quotes no data."""
    cpu_seconds: float = 0.0
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def share(self) -> float | None:
        """Progress from 0 to 1, ``None`` while unknown."""
        if self.state is JobState.SUCCEEDED:
            return 1.0
        return min(self.done / self.total, 1.0) if self.total > 0 else None
