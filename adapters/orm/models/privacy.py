"""Whose privacy is spent, and the ledger of what was spent."""

from django.db import models

from adapters.orm.models.datasets import DatasetRow
from adapters.orm.models.organisations import OrganisationRow
from adapters.orm.models.runs import TrainingRunRow


class PopulationRow(models.Model):
    """The people a dataset is about; every release about them draws on one budget."""

    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.ForeignKey(OrganisationRow, on_delete=models.PROTECT, related_name="+")
    dataset = models.OneToOneField(DatasetRow, on_delete=models.PROTECT, related_name="population")
    unit = models.CharField(max_length=255)
    delta = models.FloatField()

    class Meta:
        verbose_name = "population"

    def __str__(self) -> str:
        return f"Population of {self.dataset_id}"


class PrivacySpendRow(models.Model):
    """One entry of the ledger. The database refuses to change or delete it."""

    organisation = models.ForeignKey(OrganisationRow, on_delete=models.PROTECT, related_name="+")
    population = models.ForeignKey(PopulationRow, on_delete=models.PROTECT, related_name="spends")
    run = models.ForeignKey(TrainingRunRow, on_delete=models.PROTECT, related_name="spends")
    epsilon = models.FloatField()
    delta = models.FloatField()
    unit = models.CharField(max_length=255)
    accountant = models.CharField(max_length=100, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = "privacy spend"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"ε={self.epsilon:g} by run {self.run_id}"
