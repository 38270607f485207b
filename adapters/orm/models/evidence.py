"""Evidence packs, whose zip is an encrypted blob, and the approvals before them."""

from django.db import models

from adapters.orm.models.evaluations import EvaluationRow
from adapters.orm.models.organisations import OrganisationRow
from adapters.orm.models.runs import SyntheticDatasetRow


class EvidencePackRow(models.Model):
    """One pack about one synthetic dataset."""

    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.ForeignKey(OrganisationRow, on_delete=models.PROTECT, related_name="+")
    synthetic_dataset = models.ForeignKey(
        SyntheticDatasetRow, on_delete=models.PROTECT, related_name="packs"
    )
    evaluation = models.ForeignKey(
        EvaluationRow, on_delete=models.PROTECT, null=True, blank=True, related_name="packs"
    )
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    frameworks = models.JSONField(blank=True, default=list)
    formats = models.JSONField(blank=True, default=list)
    blob_id = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    template_version = models.PositiveIntegerField(default=0)
    audit_size = models.PositiveBigIntegerField(default=0)
    audit_root = models.CharField(max_length=64, blank=True)
    seconds = models.FloatField(null=True, blank=True)

    class Meta:
        verbose_name = "evidence pack"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["organisation", "-created_at"], name="pack_newest")]

    def __str__(self) -> str:
        return f"Pack of {self.synthetic_dataset_id}"


class ApprovalRow(models.Model):
    """A person's word that one synthetic dataset may leave. Written once."""

    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.ForeignKey(OrganisationRow, on_delete=models.PROTECT, related_name="+")
    synthetic_dataset = models.ForeignKey(
        SyntheticDatasetRow, on_delete=models.PROTECT, related_name="approvals"
    )
    evaluation = models.ForeignKey(
        EvaluationRow, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    reason = models.CharField(max_length=1_000, blank=True)
    overridden = models.JSONField(blank=True, default=list)
    evaluation_sha256 = models.CharField(max_length=64, blank=True)
    gates = models.JSONField(blank=True, default=list)

    class Meta:
        verbose_name = "approval"
        ordering = ["-at"]
        indexes = [models.Index(fields=["synthetic_dataset", "-at"], name="approval_newest")]

    def __str__(self) -> str:
        return f"Approval of {self.synthetic_dataset_id}"
