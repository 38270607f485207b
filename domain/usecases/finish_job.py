"""Wait for a job by doing it here."""

from __future__ import annotations

import time

from domain.jobs import JobState
from domain.kernel import Actor, Cancelled, JobId, StudioError
from domain.ports import Jobs
from domain.usecases.run_job import RunJob

_ELSEWHERE_SECONDS = 0.5


def finish_job(jobs: Jobs, run_job: RunJob, actor: Actor, job_id: JobId) -> None:
    """Run the job here, as often as a worker would, or wait for one that was quicker.

    Raises what a person should read when it failed, and :class:`Cancelled` when it was stopped.
    """
    job = jobs.get(actor.organisation_id, job_id)
    while not job.state.ended:
        run_job(job_id)
        job = jobs.get(actor.organisation_id, job_id)
        if job.state is JobState.RUNNING:
            time.sleep(_ELSEWHERE_SECONDS)
    if job.state is JobState.CANCELLED:
        raise Cancelled
    if job.state is JobState.FAILED:
        raise StudioError(job.error)
