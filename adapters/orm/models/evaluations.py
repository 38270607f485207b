"""Evaluations; the full report is an encrypted blob."""

from django.db import models

from adapters.orm.models.choices import choices_of
from adapters.orm.models.organisations import OrganisationRow
from adapters.orm.models.runs import SyntheticDatasetRow
from domain.evaluation.report import Verdict


class EvaluationRow(models.Model):
    """One evaluation of one synthetic dataset."""

    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.ForeignKey(OrganisationRow, on_delete=models.PROTECT, related_name="+")
    synthetic_dataset = models.ForeignKey(
        SyntheticDatasetRow, on_delete=models.PROTECT, related_name="evaluations"
    )
    seed = models.BigIntegerField()
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    asked = models.JSONField(default=dict)
    report_blob = models.CharField(max_length=64, blank=True)
    verdict = models.CharField(max_length=30, choices=choices_of(Verdict), blank=True)
    headline = models.JSONField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)

    class Meta:
        verbose_name = "evaluation"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["organisation", "-created_at"], name="evaluation_newest")]

    def __str__(self) -> str:
        return f"Evaluation of {self.synthetic_dataset_id}"
