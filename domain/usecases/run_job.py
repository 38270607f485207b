"""Do one job: claim it, work, keep the result exactly once."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

import psutil

from domain.jobs import Job, JobKind, Pace
from domain.kernel import Cancelled, Conflict, JobId, OnProgress, StudioError
from domain.ports import Atomic, Clock, Jobs

logger = logging.getLogger(__name__)

_BEAT_SECONDS = 0.4
"""Work reports twice a second; with this, a cancel is heard within a second."""


class Outcome(NamedTuple):
    """A finished piece of work that nobody sees yet."""

    keep: Callable[[], None]
    """Writes the result's rows; runs in one transaction with the end of the job."""
    discard: Callable[[], None]
    """Deletes what was written beside rows, when the job turns out to be another's."""


Work = Callable[[Job, OnProgress], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunJob:
    """Run one job to its end, unless another worker holds it.

    A worker that dies leaves the job to the next one, once the lease has run out. A worker that
    lost its lease finds out when it wants to keep the result, which is then discarded.
    """

    jobs: Jobs
    work: Mapping[JobKind, Work]
    atomic: Atomic
    clock: Clock
    worker: str
    lease: timedelta
    on_progress: OnProgress | None = None
    """Somebody who watches beside the row, such as a terminal."""
    leave_thread: Callable[[], None] = field(default=lambda: None)
    """Closes what a helper thread opened (its database connection)."""
    after: Callable[[Job], None] = field(default=lambda job: None)
    """Looks after what a job leaves behind, however it went."""

    def __call__(self, job_id: JobId) -> None:
        job = self.jobs.claim(job_id, self.worker, self.clock(), self.lease)
        if job is None:
            return
        heart = _Heart(self, job)
        try:
            with heart:
                outcome = self.work[job.kind](job, heart.progress)
            self._keep(job, outcome, heart)
        except Cancelled:
            self.jobs.cancelled(job.id, self.worker, self.clock())
        except StudioError as refusal:
            self.jobs.fail(job.id, self.worker, self.clock(), refusal.message)
        except MemoryError:
            reason = "There was not enough memory; try fewer rows or columns."
            self.jobs.fail(job.id, self.worker, self.clock(), reason)
        except Exception as error:  # whatever broke, the job must not stay claimed
            self._give_back(job, error)
        self.after(job)

    def _keep(self, job: Job, outcome: Outcome, heart: _Heart) -> None:
        try:
            with self.atomic():
                outcome.keep()
                self.jobs.succeed(job.id, self.worker, self.clock(), heart.cpu_seconds())
        except BaseException as error:
            outcome.discard()
            if isinstance(error, Conflict):
                logger.warning("Job %s was finished by another worker.", job.id)
                return
            raise

    def _give_back(self, job: Job, error: Exception) -> None:
        kind = type(error).__name__
        logger.error("Job %s (%s) broke: %s at %s", job.id, job.kind, kind, _place(error))
        reason = f"The {job.kind} step met an unexpected error ({kind}); see the worker's log."
        self.jobs.retry(job.id, self.worker, self.clock(), reason)


def _place(error: Exception) -> str:
    """Where it broke, as file:line of the innermost frames. No values: they can be real cells."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " < ".join(reversed(frames[-5:]))


class _Heart:
    """Keeps the lease alive and passes progress on, also while the work is silent."""

    def __init__(self, run: RunJob, job: Job) -> None:
        self._run = run
        self._job = job
        self._lock = threading.Lock()
        self._shown = (0, 0, "")
        self._pace = Pace()
        self._seconds_left: float | None = None
        self._last = time.monotonic()
        self._stop = threading.Event()
        self._told_to_stop = False
        self._process = psutil.Process()
        self._cpu_before = _cpu(self._process)
        self._thread = threading.Thread(target=self._watch, daemon=True, name="job-heart")

    def __enter__(self) -> _Heart:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()

    def progress(self, done: int, total: int, note: str) -> None:
        """Show progress; raises :class:`Cancelled` when the job should stop."""
        self._shown = (done, total, note)
        self._seconds_left = self._pace.seconds_left(done, total, time.monotonic())
        if self._run.on_progress is not None:
            self._run.on_progress(done, total, note)
        if time.monotonic() - self._last >= _BEAT_SECONDS:
            self._beat()
        if self._told_to_stop:
            raise Cancelled

    def cpu_seconds(self) -> float:
        """Processor time since the job began, child processes that ended included."""
        return _cpu(self._process) - self._cpu_before

    def _beat(self) -> None:
        with self._lock:
            self._last = time.monotonic()
            done, total, note = self._shown
            going_on = self._run.jobs.beat(
                self._job.id,
                self._run.worker,
                self._run.clock(),
                self._run.lease,
                done=done,
                total=total,
                note=note,
                cpu_seconds=self.cpu_seconds(),
                seconds_left=self._seconds_left,
            )
            self._told_to_stop = self._told_to_stop or not going_on

    def _watch(self) -> None:
        """Beat when the work itself has been silent for a third of the lease."""
        silence = self._run.lease.total_seconds() / 3
        try:
            while not self._stop.wait(min(1.0, silence / 4)):
                if time.monotonic() - self._last >= silence:
                    try:
                        self._beat()
                    except Exception as error:  # a busy database is asked again in a moment
                        logger.warning("A heartbeat failed: %s", type(error).__name__)
        finally:
            self._run.leave_thread()


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)
