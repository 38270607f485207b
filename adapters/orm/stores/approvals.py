"""Approvals in rows."""

from __future__ import annotations

from adapters.orm.mappers import approval_columns, approval_entity
from adapters.orm.models import ApprovalRow
from domain.compliance.approvals import Approval
from domain.kernel import EvaluationId, OrganisationId, SyntheticDatasetId


class OrmApprovals:
    """Keeps the promises of :class:`domain.ports.Approvals`."""

    def add(self, approval: Approval) -> None:
        ApprovalRow.objects.create(**approval_columns(approval))

    def newest(
        self,
        organisation_id: OrganisationId,
        synthetic_id: SyntheticDatasetId,
        evaluation_id: EvaluationId | None,
    ) -> Approval | None:
        rows = ApprovalRow.objects.filter(
            organisation_id=organisation_id,
            synthetic_dataset_id=synthetic_id,
            evaluation_id=evaluation_id,
        )
        row = rows.order_by("-at").first()
        return approval_entity(row) if row is not None else None
