"""What django-q2 calls in a worker. Ids in, one use case each."""

from __future__ import annotations

from uuid import UUID

from config.wiring import worker
from domain.kernel import JobId


def run_job(job_id: str) -> None:
    """Do one job. Harmless when delivered twice: only one worker can claim it."""
    worker.run_job()(JobId(UUID(job_id)))


def redeliver() -> int:
    """Bring back jobs whose worker died."""
    return worker.redeliver_jobs()


def expire() -> int:
    """Shred datasets past their date."""
    return worker.expire_datasets()
