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
    TUNE = "tune"


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
    seconds_left: float | None = None
    """Estimated time to the end of what is being done now; ``None`` while unknown."""
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

    @property
    def time_left(self) -> str:
        """The time left in words; empty unless the job is running."""
        return time_left(self.seconds_left) if self.state is JobState.RUNNING else ""


_SETTLED_SECONDS = 1.0
_SETTLED_SHARE = 0.01


class Pace:
    """How fast a stage goes, and from that how long it will still take.

    A stage is a stretch of progress with one total. It is not judged before a second and a
    hundredth of it are over: the first steps are slower than the others.
    """

    def __init__(self) -> None:
        self._total = 0
        self._furthest = 0
        self._began_at = 0.0
        self._began_with = 0

    def seconds_left(self, done: int, total: int, now: float) -> float | None:
        """Seconds from ``now`` to the end of the stage; ``None`` while that is open.

        ``now`` is a monotonic clock in seconds. A stage may report a part of itself twice (rows
        are drawn, then written): what was reached once stays reached.
        """
        if total != self._total or (self._furthest >= total and done < total):
            self._total, self._furthest = total, done
            self._began_at, self._began_with = now, done
        self._furthest = max(self._furthest, done)
        made, elapsed = self._furthest - self._began_with, now - self._began_at
        if elapsed < _SETTLED_SECONDS or made <= 0 or made < _SETTLED_SHARE * total:
            return None
        return max(total - self._furthest, 0) * elapsed / made


def time_left(seconds: float | None) -> str:
    """Time left as a person says it, no more exact than it is known."""
    if seconds is None:
        return "estimating the time left"
    if seconds < 10:
        return "a few seconds left"
    return f"{about(seconds)} left"


def about(seconds: float) -> str:
    """A span of time in round words: ``about 40 s``, ``about 3 min``, ``about 2 h 10 min``."""
    if seconds < 57.5:
        return f"about {max(5 * round(seconds / 5), 1)} s"
    minutes = max(round(seconds / 60), 1)
    if minutes < 60:
        return f"about {minutes} min"
    hours, tens = divmod(round(minutes / 10), 6)
    return f"about {hours} h" + (f" {10 * tens} min" if tens else "")
