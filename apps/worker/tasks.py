"""What django-q2 calls in a worker. Ids in, one use case each."""

from __future__ import annotations

import logging
from uuid import UUID

from config.wiring import worker
from domain.kernel import JobId

_log = logging.getLogger(__name__)


def run_job(job_id: str) -> None:
    """Do one job. Harmless when delivered twice: only one worker can claim it."""
    worker.run_job()(JobId(UUID(job_id)))


def redeliver() -> int:
    """Bring back jobs whose worker died."""
    return worker.redeliver_jobs()


def expire() -> int:
    """Shred datasets past their date."""
    return worker.expire_datasets()


def remind() -> int:
    """Say once a week which reviews of pack templates are due."""
    due = worker.remind_reviews()
    for sentence in due:
        _log.warning(sentence)
    return len(due)
