"""Wrapped blob keys and the hashes of API keys."""

from django.db import models

from adapters.orm.models.organisations import OrganisationRow


class BlobKeyRow(models.Model):
    """The wrapped data key of one encrypted blob. Deleting it shreds the blob."""

    organisation = models.ForeignKey(OrganisationRow, on_delete=models.PROTECT, related_name="+")
    blob_id = models.CharField(max_length=64)
    wrapped = models.BinaryField()

    class Meta:
        verbose_name = "blob key"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "blob_id"], name="one_key_of_a_blob")
        ]

    def __str__(self) -> str:
        return self.blob_id


class ApiKeyRow(models.Model):
    """A secret for a program, kept as a hash."""

    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.ForeignKey(OrganisationRow, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    owner = models.CharField(max_length=150)
    prefix = models.CharField(max_length=20)
    secret_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["organisation", "-created_at"], name="api_key_newest")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
