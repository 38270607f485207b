"""Whose privacy is spent, and the ledger of what was spent."""

from django.db import models

from adapters.orm.models.choices import choices_of
from adapters.orm.models.datasets import DatasetRow
from adapters.orm.models.organisations import OrganisationRow
from domain.privacy.ledger import EntryState, SpendKind


class PopulationRow(models.Model):
    """The people a dataset is about; every release about them draws on one budget."""

    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.ForeignKey(OrganisationRow, on_delete=models.PROTECT, related_name="+")
    dataset = models.OneToOneField(DatasetRow, on_delete=models.PROTECT, related_name="population")
    unit = models.CharField(max_length=255)
    epsilon = models.FloatField()
    delta = models.FloatField()
    decided = models.BooleanField(default=False)
    people_blob = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = "population"

    def __str__(self) -> str:
        return f"Population of {self.dataset_id}"


class KinRow(models.Model):
    """That another population has some of the same people. Two rows a pair, one each way."""

    population = models.ForeignKey(PopulationRow, on_delete=models.PROTECT, related_name="kin")
    other = models.ForeignKey(PopulationRow, on_delete=models.PROTECT, related_name="+")
    holds_all = models.BooleanField()

    class Meta:
        verbose_name = "kin"
        verbose_name_plural = "kin"
        constraints = [
            models.UniqueConstraint(fields=["population", "other"], name="one_kinship_of_a_pair")
        ]

    def __str__(self) -> str:
        return f"{self.population_id} and {self.other_id}"


class PrivacySpendRow(models.Model):
    """One line of the ledger. The database refuses to change or delete it.

    ``subject_id`` is the run, search or audit that spends; it has no foreign key, because a line
    outlives what it speaks of. Each state is entered once.
    """

    organisation = models.ForeignKey(OrganisationRow, on_delete=models.PROTECT, related_name="+")
    population = models.ForeignKey(PopulationRow, on_delete=models.PROTECT, related_name="spends")
    kind = models.CharField(max_length=30, choices=choices_of(SpendKind))
    subject_id = models.UUIDField()
    state = models.CharField(max_length=20, choices=choices_of(EntryState))
    epsilon = models.FloatField()
    delta = models.FloatField()
    unit = models.CharField(max_length=255)
    void = models.BooleanField(default=False)
    note = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=150)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = "privacy spend"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "state"], name="each_state_once")
        ]

    def __str__(self) -> str:
        return f"ε={self.epsilon:g} {self.state} by {self.kind} {self.subject_id}"
