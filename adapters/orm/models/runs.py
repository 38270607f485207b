"""Training runs and the synthetic datasets drawn from them."""

from django.db import models

from adapters.orm.models.datasets import DatasetRow
from adapters.orm.models.organisations import OrganisationRow


class TrainingRunRow(models.Model):
    """One synthesizer fitted to one dataset with one seed."""

    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.ForeignKey(OrganisationRow, on_delete=models.PROTECT, related_name="+")
    dataset = models.ForeignKey(DatasetRow, on_delete=models.PROTECT, related_name="runs")
    synthesizer = models.CharField(max_length=50)
    settings = models.JSONField(default=dict, blank=True)
    seed = models.BigIntegerField()
    target = models.TextField(blank=True)
    holdout_share = models.FloatField()
    holdout_dataset = models.ForeignKey(
        DatasetRow, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    privacy = models.JSONField(null=True, blank=True)
    sequences = models.JSONField(default=dict, blank=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    artifact_blob = models.CharField(max_length=64, blank=True)
    artifact_sha256 = models.CharField(max_length=64, blank=True)
    statement = models.JSONField(null=True, blank=True)
    rows_trained = models.PositiveBigIntegerField(null=True, blank=True)
    rows_held_out = models.PositiveBigIntegerField(null=True, blank=True)
    fit_seconds = models.FloatField(null=True, blank=True)
    notes = models.JSONField(default=list, blank=True)
    curves = models.JSONField(default=dict, blank=True)
    versions = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = "training run"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["organisation", "-created_at"], name="run_newest")]

    def __str__(self) -> str:
        return f"{self.synthesizer}, seed {self.seed}"


class SyntheticDatasetRow(models.Model):
    """Rows drawn from a training run."""

    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.ForeignKey(OrganisationRow, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(TrainingRunRow, on_delete=models.PROTECT, related_name="synthetics")
    rows = models.PositiveBigIntegerField(null=True, blank=True)
    seed = models.BigIntegerField()
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    spec = models.JSONField(default=dict, blank=True)
    given_blob = models.CharField(max_length=64, blank=True)
    csv = models.BooleanField(default=True)
    tables = models.JSONField(default=list, blank=True)
    sample_seconds = models.FloatField(null=True, blank=True)

    class Meta:
        verbose_name = "synthetic dataset"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["organisation", "-created_at"], name="synthetic_newest")]

    def __str__(self) -> str:
        return f"Synthetic dataset {self.id}"
