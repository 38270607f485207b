"""Everything that takes time."""

from django.db import models

from adapters.orm.models.choices import choices_of
from adapters.orm.models.organisations import OrganisationRow
from domain.jobs import JobKind, JobState


class JobRow(models.Model):
    """One piece of work and who holds it."""

    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.ForeignKey(OrganisationRow, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=choices_of(JobKind))
    subject_id = models.UUIDField()
    requested_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    after = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="next_jobs"
    )
    state = models.CharField(max_length=20, choices=choices_of(JobState))
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    note = models.TextField(blank=True)
    seconds_left = models.FloatField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=255, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    cpu_seconds = models.FloatField(default=0.0)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "job"
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["organisation", "-created_at"], name="job_newest"),
            models.Index(fields=["subject_id", "kind", "-created_at"], name="job_of_subject"),
            models.Index(fields=["state", "lease_until"], name="job_to_redeliver"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"
