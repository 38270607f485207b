"""The instance's one append-only log."""

from django.db import models


class AuditEntryRow(models.Model):
    """One thing that happened. The database refuses to change or delete it.

    ``leaf`` is what the hash covers; the columns beside it repeat it for finding entries. No
    foreign keys: an entry outlives what it speaks of.
    """

    index = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    organisation_id = models.UUIDField()
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=100)
    subject = models.CharField(max_length=255)
    leaf = models.BinaryField()
    leaf_hash = models.BinaryField()
    peaks = models.BinaryField()
    root = models.BinaryField()
    signature = models.BinaryField()

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        ordering = ["index"]
        indexes = [models.Index(fields=["organisation_id", "subject", "index"], name="audit_about")]

    def __str__(self) -> str:
        return f"{self.index}: {self.action} by {self.actor}"
