"""Reference rows that administrators edit: retention, prices, and rules for a release."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from adapters.orm.models.choices import choices_of
from adapters.orm.models.organisations import OrganisationRow
from domain.evaluation.report import Verdict
from domain.evaluation.titles import TITLES
from domain.evaluation.verdict import When


class RetentionRuleRow(models.Model):
    """How many days an organisation keeps real rows."""

    organisation = models.OneToOneField(
        OrganisationRow, on_delete=models.CASCADE, related_name="retention"
    )
    days = models.PositiveIntegerField(validators=[MinValueValidator(1)])

    class Meta:
        verbose_name = "retention rule"

    def __str__(self) -> str:
        return f"{self.days} days"


class PriceRow(models.Model):
    """What one unit of something costs from a day on."""

    name = models.CharField(max_length=100)
    unit = models.CharField(max_length=50)
    amount = models.DecimalField(max_digits=12, decimal_places=6, validators=[MinValueValidator(0)])
    currency = models.CharField(max_length=3, default="USD")
    valid_from = models.DateField()

    class Meta:
        verbose_name = "price"
        ordering = ["name", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "currency", "valid_from"], name="one_price_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.amount} {self.currency} per {self.unit}"


class ReleaseRuleRow(models.Model):
    """One reason not to release a twin. An organisation without any has the product's rules."""

    organisation = models.ForeignKey(
        OrganisationRow, on_delete=models.CASCADE, related_name="release_rules"
    )
    score = models.CharField(
        max_length=60,
        help_text="The name of a score as evaluation.json writes it, such as similarity.quality.",
    )
    when = models.CharField(max_length=30, choices=choices_of(When))
    limit = models.FloatField(
        null=True, blank=True, help_text="A share is 0 to 1. Empty: the score's own limit."
    )
    surely = models.BooleanField(
        default=False, help_text="Only where the whole 95 % interval lies beyond the limit."
    )
    verdict = models.CharField(
        max_length=30,
        choices=[c for c in choices_of(Verdict) if c[0] != Verdict.RELEASE],
    )
    advice = models.CharField(
        max_length=300, blank=True, help_text="What follows, for whoever reads the verdict."
    )

    class Meta:
        verbose_name = "rule for a release"
        verbose_name_plural = "rules for a release"
        ordering = ["organisation", "-verdict", "score"]

    def __str__(self) -> str:
        return f"{TITLES.get(self.score, self.score)} {self.when}"

    def clean(self) -> None:
        """Refuse a score that no evaluation has: its rule would never be broken."""
        if self.score not in TITLES:
            raise ValidationError(
                {"score": "No evaluation has a score of this name; see evaluation.json for names."}
            )
