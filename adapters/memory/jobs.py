"""Jobs in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from threading import RLock
from typing import Any, cast
from uuid import UUID

from adapters.memory.shelf import Shelf
from domain.jobs import MAX_ATTEMPTS, Job, JobKind, JobState
from domain.kernel import Conflict, JobId, OrganisationId

_LEFT_LYING = timedelta(minutes=1)
_FOLLOWS = "An earlier step did not finish: "


class MemoryJobs:
    """Keeps the promises of :class:`domain.ports.Jobs`; deliveries are listed in ``delivered``."""

    def __init__(self) -> None:
        self._jobs: Shelf[Job] = Shelf()
        self._delivered_at: dict[JobId, datetime] = {}
        self._lock = RLock()
        self.delivered: list[JobId] = []

    def add(self, job: Job) -> None:
        before = self._jobs.get(job.after) if job.after else None
        self._jobs.put(job)
        if before is None or before.state is JobState.SUCCEEDED:
            self._queue(job, job.created_at)
        elif before.state.ended:
            self._end_follower(job, before, before.ended_at or job.created_at)
        else:
            self._jobs.change(job, state=JobState.WAITING)

    def get(self, organisation_id: OrganisationId, job_id: JobId) -> Job:
        return cast(Job, self._jobs.take(organisation_id, job_id, "job"))

    def latest(
        self, organisation_id: OrganisationId, kind: JobKind, subject_id: UUID
    ) -> Job | None:
        wanted = (organisation_id, kind, subject_id)
        found = [
            j for j in self._jobs.values() if (j.organisation_id, j.kind, j.subject_id) == wanted
        ]
        return max(found, key=lambda j: j.created_at, default=None)

    def claim(self, job_id: JobId, worker: str, now: datetime, lease: timedelta) -> Job | None:
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or not _is_free(job, now):
                return None
            if job.cancel_requested:
                self._end(job, JobState.CANCELLED, now)
                return None
            if job.attempt >= MAX_ATTEMPTS:
                self._end(job, JobState.FAILED, now, "The worker stopped too often.")
                return None
            return self._write(
                job,
                state=JobState.RUNNING,
                worker=worker,
                attempt=job.attempt + 1,
                lease_until=now + lease,
                started_at=job.started_at or now,
                done=0,
                total=0,
                note="",
                seconds_left=None,
            )

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
        with self._lock:
            job = self._held(job_id, worker, now)
            if job is None:
                return False
            self._write(
                job,
                lease_until=now + lease,
                done=done,
                total=total,
                note=note,
                cpu_seconds=cpu_seconds,
                seconds_left=seconds_left,
            )
            return not job.cancel_requested

    def succeed(self, job_id: JobId, worker: str, now: datetime, cpu_seconds: float) -> None:
        with self._lock:
            job = self._held(job_id, worker, now)
            if job is None:
                raise Conflict("Another worker has taken this job over.")
            self._end(replace(job, cpu_seconds=cpu_seconds), JobState.SUCCEEDED, now)
            for follower in self._followers(job):
                self._queue(follower, now)

    def retry(self, job_id: JobId, worker: str, now: datetime, reason: str) -> None:
        with self._lock:
            job = self._held(job_id, worker, now)
            if job is None:
                return
            if job.cancel_requested:
                self._end(job, JobState.CANCELLED, now)
            elif job.attempt >= MAX_ATTEMPTS:
                self._end(job, JobState.FAILED, now, reason)
            else:
                self._queue(job, now)

    def fail(self, job_id: JobId, worker: str, now: datetime, reason: str) -> None:
        job = self._held(job_id, worker, now)
        if job is not None:
            self._end(job, JobState.FAILED, now, reason)

    def cancelled(self, job_id: JobId, worker: str, now: datetime) -> None:
        job = self._held(job_id, worker, now)
        if job is not None:
            self._end(job, JobState.CANCELLED, now)

    def request_cancel(self, organisation_id: OrganisationId, job_id: JobId, now: datetime) -> Job:
        with self._lock:
            job = self.get(organisation_id, job_id)
            if job.state.ended:
                raise Conflict("This job has already ended; there is nothing to cancel.")
            job = self._write(job, cancel_requested=True)
            if not (job.state is JobState.RUNNING and job.lease_until and job.lease_until > now):
                self._end(job, JobState.CANCELLED, now)
            return self.get(organisation_id, job_id)

    def redeliver(self, now: datetime) -> int:
        lying = [
            j
            for j in self._jobs.values()
            if _is_free(j, now)
            and (j.state is JobState.RUNNING or self._delivered_at[j.id] <= now - _LEFT_LYING)
        ]
        for job in lying:
            self._hand_out(job, now)
        return len(lying)

    def _queue(self, job: Job, now: datetime) -> None:
        self._write(job, state=JobState.QUEUED, worker="", lease_until=None)
        self._hand_out(job, now)

    def _hand_out(self, job: Job, now: datetime) -> None:
        self._delivered_at[job.id] = now
        self.delivered.append(job.id)

    def _held(self, job_id: JobId, worker: str, now: datetime) -> Job | None:
        job = self._jobs.get(job_id)
        if job is None or job.state is not JobState.RUNNING or job.worker != worker:
            return None
        return job if job.lease_until and job.lease_until > now else None

    def _followers(self, job: Job) -> list[Job]:
        return [j for j in self._jobs.values() if j.after == job.id and j.state is JobState.WAITING]

    def _end(self, job: Job, state: JobState, now: datetime, reason: str = "") -> None:
        over = {"ended_at": now, "lease_until": None, "seconds_left": None}
        job = self._write(job, state=state, error=reason, **over)
        if state is not JobState.SUCCEEDED:
            for follower in self._followers(job):
                self._end_follower(follower, job, now)

    def _end_follower(self, job: Job, before: Job, now: datetime) -> None:
        reason = before.error.removeprefix(_FOLLOWS)
        self._end(job, before.state, now, f"{_FOLLOWS}{reason}" if reason else "")

    def _write(self, job: Job, **fields: Any) -> Job:
        job = replace(job, **fields)
        self._jobs.put(job)
        return job


def _is_free(job: Job, now: datetime) -> bool:
    lapsed = job.state is JobState.RUNNING and job.lease_until and job.lease_until <= now
    return job.state is JobState.QUEUED or bool(lapsed)
