"""An administrator's word on how much may be spent about the people of a dataset."""

from __future__ import annotations

from dataclasses import dataclass

from domain.kernel import Actor, BadInput, DatasetId, Permission
from domain.ports import Atomic, AuditLog, PrivacyLedger
from domain.privacy.budget import Amount
from domain.privacy.ledger import PrivacyAccount

_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPrivacyBudget:
    """Raise or lower a budget, with a reason that stays in the audit log; never below what is
    spent or reserved already."""

    ledger: PrivacyLedger
    audit: AuditLog
    atomic: Atomic

    def __call__(
        self, actor: Actor, *, dataset_id: DatasetId, epsilon: float, delta: float, reason: str
    ) -> None:
        actor.require(Permission.ADMINISTER)
        said = checked_reason(reason)
        with self.atomic():
            before = self.ledger.decide(
                actor.organisation_id, dataset_id, Amount(epsilon=epsilon, delta=delta)
            )
            self.audit.append(
                actor.organisation_id,
                actor.user_id,
                "privacy.budget_changed",
                str(dataset_id),
                {
                    "epsilon": epsilon,
                    "delta": delta,
                    **_before(before),
                    "reason": said,
                },
            )


def checked_reason(reason: str) -> str:
    """The reason, for the log; refuses none, and a tale."""
    said = reason.strip()
    if not said or len(said) > _LONGEST_REASON:
        raise BadInput(
            f"Say why, in at most {_LONGEST_REASON} characters: the reason stays in the audit log."
        )
    return said


def _before(account: PrivacyAccount) -> dict[str, float]:
    budget, left = account.budget, account.left
    return {
        "epsilon_before": budget.epsilon,
        "delta_before": budget.delta,
        "epsilon_left_before": left.epsilon,
        "delta_left_before": left.delta,
    }
