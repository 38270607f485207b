"""Delivery of jobs by django-q2 over the product's own database. Packages carry ids only."""

from __future__ import annotations

from django.utils import timezone
from django_q.models import OrmQ, Schedule
from django_q.tasks import async_task

from domain.kernel import JobId

_RUN_JOB = "apps.worker.tasks.run_job"
_EVERY_MINUTE = {"func": "apps.worker.tasks.redeliver", "schedule_type": Schedule.MINUTES}
_EVERY_HOUR = {"func": "apps.worker.tasks.expire", "schedule_type": Schedule.HOURLY}
_EVERY_DAY = {"func": "apps.worker.tasks.remind", "schedule_type": Schedule.DAILY}


def deliver(job_id: JobId) -> None:
    """Hand the job to the next free worker, unless a package for it lies there already.

    A job behind a long one is delivered again every minute; without the check its packages
    would pile up.
    """
    if str(job_id) not in _lying():
        async_task(_RUN_JOB, str(job_id))


def ensure_schedules() -> None:
    """Have lost jobs delivered again every minute, expired data deleted every hour, and reviews
    that are due looked for every day."""
    for schedule in (_EVERY_MINUTE, _EVERY_HOUR, _EVERY_DAY):
        Schedule.objects.update_or_create(
            name=schedule["func"], defaults={**schedule, "minutes": 1, "repeats": -1}
        )


def _lying() -> set[str]:
    """Ids of the jobs whose package no worker has taken yet."""
    packages = (row.task for row in OrmQ.objects.filter(lock__lte=timezone.now()))
    return {str(p["args"][0]) for p in packages if p.get("func") == _RUN_JOB and p.get("args")}
