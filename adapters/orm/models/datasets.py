"""Datasets of real rows; their bytes are encrypted blobs."""

from django.db import models

from adapters.orm.models.choices import choices_of
from adapters.orm.models.organisations import OrganisationRow, ProjectRow
from domain.datasets.confirmation import Confirmation
from domain.datasets.entities import DatasetRole


class DatasetRow(models.Model):
    """One uploaded dataset."""

    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.ForeignKey(OrganisationRow, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(ProjectRow, on_delete=models.PROTECT, related_name="datasets")
    name = models.CharField(max_length=255)
    role = models.CharField(max_length=20, choices=choices_of(DatasetRole))
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    files = models.JSONField()
    tables = models.JSONField()
    notes = models.JSONField(default=list)
    metadata = models.JSONField(null=True, blank=True)
    profile_blob = models.CharField(max_length=64, blank=True)
    confirmed_by = models.CharField(max_length=150, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmation = models.CharField(max_length=20, choices=choices_of(Confirmation), blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "dataset"
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["organisation", "-created_at"], name="dataset_newest"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(deleted_at__isnull=True),
                name="dataset_expiring",
            ),
        ]

    def __str__(self) -> str:
        return self.name
