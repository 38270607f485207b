"""What jobs did, when and how often, without a word of what they worked on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from domain.compliance.provenance_case import moment
from domain.jobs import Job


def job_log(jobs: Iterable[Job], *, private: bool) -> list[dict[str, Any]]:
    """One line a job, oldest first: ids, states, times, attempts and public reasons.

    Progress is left out: its steps count rows. So are, where ``private``, note, reason and
    processor time: they follow from the rows and no ε covers them. When a job began and ended
    is told to the hour there, as all times are.
    """
    ordered = sorted(jobs, key=lambda job: (job.created_at, str(job.id)))
    return [{**_line(job), **({} if private else _told(job))} for job in ordered]


def _line(job: Job) -> dict[str, Any]:
    return {
        "id": str(job.id),
        "kind": str(job.kind),
        "subject": str(job.subject_id),
        "after": str(job.after) if job.after else None,
        "requested_by": str(job.requested_by),
        "state": str(job.state),
        "attempts": job.attempt,
        "created_at": moment(job.created_at),
        "started_at": _at(job.started_at),
        "ended_at": _at(job.ended_at),
    }


def _told(job: Job) -> dict[str, Any]:
    """Notes and reasons are public sentences that quote no data (:class:`Job`)."""
    return {"note": job.note, "error": job.error, "cpu_seconds": round(job.cpu_seconds, 3)}


def _at(at: datetime | None) -> str | None:
    return moment(at) if at else None
