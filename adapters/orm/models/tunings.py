"""Searches for ε; nothing in them comes from private rows, so the whole log is a column."""

from django.db import models

from adapters.orm.models.datasets import DatasetRow
from adapters.orm.models.organisations import OrganisationRow


class PrivacyTuningRow(models.Model):
    """One search for the ε of one dataset."""

    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.ForeignKey(OrganisationRow, on_delete=models.PROTECT, related_name="+")
    dataset = models.ForeignKey(DatasetRow, on_delete=models.PROTECT, related_name="tunings")
    wish = models.JSONField()
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    log = models.JSONField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)

    class Meta:
        verbose_name = "search for ε"
        verbose_name_plural = "searches for ε"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["organisation", "-created_at"], name="tuning_newest")]

    def __str__(self) -> str:
        return f"Search for the ε of {self.dataset_id}"
