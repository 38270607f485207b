"""Rows, one module a subject."""

from adapters.orm.models.audit import AuditEntryRow
from adapters.orm.models.datasets import DatasetRow
from adapters.orm.models.evaluations import EvaluationRow
from adapters.orm.models.evidence import ApprovalRow, EvidencePackRow
from adapters.orm.models.jobs import JobRow
from adapters.orm.models.organisations import MembershipRow, OrganisationRow, ProjectRow
from adapters.orm.models.pack_templates import PackTemplateRow, TemplateReviewRow
from adapters.orm.models.privacy import KinRow, PopulationRow, PrivacySpendRow
from adapters.orm.models.rules import PriceRow, ReleaseRuleRow, RetentionRuleRow
from adapters.orm.models.runs import SyntheticDatasetRow, TrainingRunRow
from adapters.orm.models.secrets import ApiKeyRow, BlobKeyRow
from adapters.orm.models.tunings import PrivacyTuningRow

__all__ = [
    "ApiKeyRow",
    "ApprovalRow",
    "AuditEntryRow",
    "BlobKeyRow",
    "DatasetRow",
    "EvaluationRow",
    "EvidencePackRow",
    "JobRow",
    "KinRow",
    "MembershipRow",
    "OrganisationRow",
    "PackTemplateRow",
    "PopulationRow",
    "PriceRow",
    "PrivacySpendRow",
    "PrivacyTuningRow",
    "ProjectRow",
    "ReleaseRuleRow",
    "RetentionRuleRow",
    "SyntheticDatasetRow",
    "TemplateReviewRow",
    "TrainingRunRow",
]
