"""How organisations want their packs: insert-only versions, and who confirmed them."""

from django.db import models

from adapters.orm.models.organisations import OrganisationRow


class PackTemplateRow(models.Model):
    """One version of an organisation's template. The database refuses to change or delete it."""

    organisation = models.ForeignKey(OrganisationRow, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=200, blank=True)
    contact = models.CharField(max_length=300, blank=True)
    controller = models.CharField(max_length=200, blank=True)
    logo = models.BinaryField(blank=True, default=b"")
    wording = models.JSONField(blank=True, default=dict)
    controls = models.TextField(blank=True)
    review_on = models.DateField(null=True, blank=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    note = models.CharField(max_length=500)

    class Meta:
        verbose_name = "pack template"
        ordering = ["organisation", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "version"], name="one_template_of_a_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation}, version {self.version}"


class TemplateReviewRow(models.Model):
    """Somebody's word that a version is still right. The database keeps it as it is."""

    organisation = models.ForeignKey(OrganisationRow, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "review of a pack template"
        verbose_name_plural = "reviews of pack templates"
        ordering = ["organisation", "-at"]
        indexes = [models.Index(fields=["organisation", "-at"], name="review_newest")]

    def __str__(self) -> str:
        return f"{self.organisation}, version {self.version}, {self.at:%Y-%m-%d}"
