"""Ask for a job to stop."""

from __future__ import annotations

from dataclasses import dataclass

from domain.jobs import Job
from domain.kernel import Actor, JobId, Permission
from domain.ports import Atomic, AuditLog, Clock, Jobs
from domain.usecases.spend_privacy import SpendPrivacy


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelJob:
    """Stop a job: at once when nobody works on it, else as soon as its worker notices."""

    jobs: Jobs
    spending: SpendPrivacy
    audit: AuditLog
    atomic: Atomic
    clock: Clock

    def __call__(self, actor: Actor, *, job_id: JobId) -> Job:
        actor.require(Permission.TRAIN)
        with self.atomic():
            job = self.jobs.request_cancel(actor.organisation_id, job_id, self.clock())
            self.audit.append(
                actor.organisation_id, actor.user_id, "job.cancel requested", str(job_id)
            )
        self.spending.after(job)
        return job
