"""Reference rows that administrators edit: retention and prices."""

from django.core.validators import MinValueValidator
from django.db import models

from adapters.orm.models.organisations import OrganisationRow


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
