"""Approvals in memory."""

from __future__ import annotations

from adapters.memory.shelf import Shelf
from domain.compliance.approvals import Approval
from domain.kernel import EvaluationId, OrganisationId, SyntheticDatasetId


class MemoryApprovals:
    """Keeps the promises of :class:`domain.ports.Approvals`."""

    def __init__(self) -> None:
        self._approvals: Shelf[Approval] = Shelf()

    def add(self, approval: Approval) -> None:
        self._approvals.put(approval)

    def newest(
        self,
        organisation_id: OrganisationId,
        synthetic_id: SyntheticDatasetId,
        evaluation_id: EvaluationId | None,
    ) -> Approval | None:
        about = (organisation_id, synthetic_id, evaluation_id)
        mine = [
            a
            for a in self._approvals.values()
            if (a.organisation_id, a.synthetic_dataset_id, a.evaluation_id) == about
        ]
        return max(reversed(mine), key=lambda a: a.at, default=None)

    def any_about(self, synthetic_id: SyntheticDatasetId) -> bool:
        """Whether somebody approved these rows, whatever went beside them."""
        return any(a.synthetic_dataset_id == synthetic_id for a in self._approvals.values())
