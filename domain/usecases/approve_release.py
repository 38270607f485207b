"""Approve that synthetic rows leave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import uuid4

from domain.compliance.approvals import Approval, stated_reason
from domain.compliance.release_gates import Gate
from domain.kernel import Actor, ApprovalId, Conflict, Permission, SyntheticDatasetId
from domain.ports import Approvals, Atomic, AuditLog
from domain.usecases.pack_gates import gates_of, made_by, shut_gates, shut_sentence
from domain.usecases.pack_material import GatherMaterial, PackMaterial


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveRelease:
    """Keep a person's word about a synthetic dataset and its newest evaluation.

    Gates that are shut forbid it, unless they are overridden with a reason, which the audit log
    keeps. Where ``second_person`` is set nobody approves rows that they trained or drew themselves.
    An approval ``with_evaluation`` lets out a private run's pack that holds figures of real rows,
    and no other.
    """

    gather: GatherMaterial
    approvals: Approvals
    audit: AuditLog
    atomic: Atomic
    second_person: bool

    def __call__(
        self,
        actor: Actor,
        *,
        synthetic_id: SyntheticDatasetId,
        reason: str = "",
        override: bool = False,
        with_evaluation: bool = False,
    ) -> Approval:
        actor.require(Permission.APPROVE)
        said = stated_reason(reason, needed=override)
        material = self.gather.now(actor, synthetic_id, with_evaluation=with_evaluation)
        material = replace(material, approval=None)  # this word takes the place of an earlier one
        self._refuse_oneself(actor, material)
        shut = shut_gates(material)
        if shut and not override:
            raise Conflict(shut_sentence(shut))
        approval = self._approval(actor, material, said, shut)
        with self.atomic():
            self.approvals.add(approval)
            self.audit.append(
                actor.organisation_id,
                actor.user_id,
                "release.approved",
                str(synthetic_id),
                {
                    "evaluation": str(approval.evaluation_id) if approval.evaluation_id else None,
                    "evaluation_sha256": approval.evaluation_sha256 or None,
                    "gates": dict(approval.gates),
                    "overridden": list(approval.overridden),
                    "reason": said,
                },
            )
        return approval

    def _refuse_oneself(self, actor: Actor, material: PackMaterial) -> None:
        if self.second_person and made_by(actor.user_id, material):
            raise Conflict(
                "You trained or drew these rows yourself, and this instance asks for a second "
                "person's word; ask another approver."
            )

    def _approval(
        self, actor: Actor, material: PackMaterial, reason: str, shut: tuple[Gate, ...]
    ) -> Approval:
        return Approval(
            id=ApprovalId(uuid4()),
            organisation_id=actor.organisation_id,
            synthetic_dataset_id=material.synthetic.id,
            evaluation_id=material.pack.evaluation_id,
            by=actor.user_id,
            at=self.gather.clock(),
            reason=reason,
            overridden=tuple(gate.name for gate in shut),
            evaluation_sha256=material.evaluation_sha256,
            gates=tuple((gate.name, str(gate.state)) for gate in gates_of(material)),
        )
