"""Ask for a dataset to be profiled again."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from domain.jobs import Job, JobKind
from domain.kernel import Actor, Conflict, DatasetId, JobId, Permission
from domain.ports import Atomic, AuditLog, Clock, Datasets, Jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestProfile:
    """Queue a profile of the dataset. A confirmation given before is void once it is done."""

    datasets: Datasets
    jobs: Jobs
    audit: AuditLog
    atomic: Atomic
    clock: Clock

    def __call__(self, actor: Actor, *, dataset_id: DatasetId) -> Job:
        actor.require(Permission.CONFIRM)
        dataset = self.datasets.get(actor.organisation_id, dataset_id)
        latest = self.jobs.latest(actor.organisation_id, JobKind.PROFILE, dataset.id)
        if latest is not None and not latest.state.ended:
            raise Conflict("This dataset is being profiled already; wait for it to finish.")
        job = Job(
            id=JobId(uuid4()),
            organisation_id=actor.organisation_id,
            kind=JobKind.PROFILE,
            subject_id=dataset.id,
            requested_by=actor.user_id,
            created_at=self.clock(),
        )
        with self.atomic():
            self.audit.append(
                actor.organisation_id, actor.user_id, "profile.requested", str(dataset.id)
            )
            self.jobs.add(job)
        return job
