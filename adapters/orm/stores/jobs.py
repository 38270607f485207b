"""Jobs in rows: claimed by a lease, delivered when the transaction commits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from adapters.orm.mappers import job_columns, job_entity
from adapters.orm.models import JobRow
from adapters.orm.stores.tenancy import the_one
from domain.jobs import MAX_ATTEMPTS, Job, JobKind, JobState
from domain.kernel import Conflict, JobId, OrganisationId

LEFT_LYING = timedelta(minutes=1)
"""A queued job that nobody took for this long is delivered again."""

_DIED = f"The worker stopped {MAX_ATTEMPTS} times before it could finish; try a smaller table."
_LOST = "Another worker has taken this job over; this result is not kept."
_ENDED = "This job has already ended; there is nothing to cancel."
_FOLLOWS = "An earlier step did not finish: "


class OrmJobs:
    """Keeps the promises of :class:`domain.ports.Jobs`.

    Every change locks the row first (on SQLite the immediate transaction does), so what a
    method sees is still true when it writes.
    """

    def __init__(self, deliver: Callable[[JobId], None]) -> None:
        self._deliver = deliver

    def add(self, job: Job) -> None:
        with transaction.atomic():
            before = _locked(job.after) if job.after else None
            row = JobRow.objects.create(**job_columns(job))
            if before is None or before.state == JobState.SUCCEEDED:
                self._queue(row, job.created_at)
            elif JobState(before.state).ended:
                _end_follower(row, before, before.ended_at or job.created_at)
            else:
                _write(row, state=JobState.WAITING)

    def get(self, organisation_id: OrganisationId, job_id: JobId) -> Job:
        rows = JobRow.objects.filter(organisation_id=organisation_id, id=job_id)
        return job_entity(the_one(rows, "job"))

    def latest(
        self, organisation_id: OrganisationId, kind: JobKind, subject_id: UUID
    ) -> Job | None:
        rows = JobRow.objects.filter(
            organisation_id=organisation_id, kind=kind, subject_id=subject_id
        )
        row = rows.order_by("-created_at").first()
        return job_entity(row) if row else None

    def claim(self, job_id: JobId, worker: str, now: datetime, lease: timedelta) -> Job | None:
        with transaction.atomic():
            row = _free(now).select_for_update().filter(id=job_id).first()
            if row is None:
                return None
            if row.cancel_requested:
                _end(row, JobState.CANCELLED, now)
                return None
            if row.attempt >= MAX_ATTEMPTS:
                _end(row, JobState.FAILED, now, _DIED)
                return None
            _write(
                row,
                state=JobState.RUNNING,
                worker=worker,
                attempt=row.attempt + 1,
                lease_until=now + lease,
                started_at=row.started_at or now,
                done=0,
                total=0,
                note="",
                seconds_left=None,
            )
            return job_entity(row)

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
        with transaction.atomic():
            row = _held(job_id, worker, now)
            if row is None:
                return False
            _write(
                row,
                lease_until=now + lease,
                done=done,
                total=total,
                note=note,
                cpu_seconds=cpu_seconds,
                seconds_left=seconds_left,
            )
            return not row.cancel_requested

    def succeed(self, job_id: JobId, worker: str, now: datetime, cpu_seconds: float) -> None:
        with transaction.atomic():
            row = _held(job_id, worker, now)
            if row is None:
                raise Conflict(_LOST)
            _write(row, cpu_seconds=cpu_seconds)
            _end(row, JobState.SUCCEEDED, now)
            for follower in _followers(row):
                self._queue(follower, now)

    def retry(self, job_id: JobId, worker: str, now: datetime, reason: str) -> None:
        with transaction.atomic():
            row = _held(job_id, worker, now)
            if row is None:
                return
            if row.cancel_requested:
                _end(row, JobState.CANCELLED, now)
            elif row.attempt >= MAX_ATTEMPTS:
                _end(row, JobState.FAILED, now, reason)
            else:
                self._queue(row, now)

    def fail(self, job_id: JobId, worker: str, now: datetime, reason: str) -> None:
        with transaction.atomic():
            row = _held(job_id, worker, now)
            if row is not None:
                _end(row, JobState.FAILED, now, reason)

    def cancelled(self, job_id: JobId, worker: str, now: datetime) -> None:
        with transaction.atomic():
            row = _held(job_id, worker, now)
            if row is not None:
                _end(row, JobState.CANCELLED, now)

    def request_cancel(self, organisation_id: OrganisationId, job_id: JobId, now: datetime) -> Job:
        with transaction.atomic():
            own = JobRow.objects.select_for_update().filter(organisation_id=organisation_id)
            row = the_one(own.filter(id=job_id), "job")
            if JobState(row.state).ended:
                raise Conflict(_ENDED)
            _write(row, cancel_requested=True)
            if not (row.state == JobState.RUNNING and row.lease_until and row.lease_until > now):
                _end(row, JobState.CANCELLED, now)
            return job_entity(row)

    def redeliver(self, now: datetime) -> int:
        with transaction.atomic():
            lying = Q(state=JobState.RUNNING) | Q(delivered_at__lte=now - LEFT_LYING)
            free = _free(now).filter(lying).order_by("created_at")
            rows = list(free.select_for_update(skip_locked=True))  # locked means not lying
            for row in rows:
                self._hand_out(row, now)
        return len(rows)

    def _queue(self, row: JobRow, now: datetime) -> None:
        _write(row, state=JobState.QUEUED, worker="", lease_until=None)
        self._hand_out(row, now)

    def _hand_out(self, row: JobRow, now: datetime) -> None:
        _write(row, delivered_at=now)
        transaction.on_commit(partial(self._deliver, JobId(row.id)))


def _free(now: datetime) -> QuerySet[JobRow]:
    """Jobs that a worker may take: queued, or running on a lease that ran out."""
    lapsed = Q(state=JobState.RUNNING, lease_until__lte=now)
    return JobRow.objects.filter(Q(state=JobState.QUEUED) | lapsed)


def _locked(job_id: JobId) -> JobRow | None:
    return JobRow.objects.select_for_update().filter(id=job_id).first()


def _held(job_id: JobId, worker: str, now: datetime) -> JobRow | None:
    """The job, locked, if ``worker`` still holds it."""
    held = JobRow.objects.select_for_update().filter(
        id=job_id, state=JobState.RUNNING, worker=worker, lease_until__gt=now
    )
    return held.first()


def _followers(row: JobRow) -> list[JobRow]:
    """The jobs that wait for this one, locked. Locks go from earlier to later: no deadlock."""
    return list(JobRow.objects.select_for_update().filter(after=row, state=JobState.WAITING))


def _end(row: JobRow, state: JobState, now: datetime, reason: str = "") -> None:
    """End the job, and, unless it succeeded, everything that comes after it."""
    _write(row, state=state, error=reason, ended_at=now, lease_until=None, seconds_left=None)
    if state is not JobState.SUCCEEDED:
        for follower in _followers(row):
            _end_follower(follower, row, now)


def _end_follower(row: JobRow, before: JobRow, now: datetime) -> None:
    reason = before.error.removeprefix(_FOLLOWS)
    _end(row, JobState(before.state), now, f"{_FOLLOWS}{reason}" if reason else "")


def _write(row: JobRow, **columns: object) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(update_fields=list(columns))
