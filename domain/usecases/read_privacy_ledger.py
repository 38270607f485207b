"""What is left of the privacy of a dataset's people."""

from __future__ import annotations

from dataclasses import dataclass

from domain.kernel import Actor, DatasetId, Permission
from domain.ports import PrivacyLedger
from domain.privacy.ledger import LedgerSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPrivacyLedger:
    """The budget, what was spent and reserved about the same people, and a forecast.

    Also of a deleted dataset: what was spent stays spent.
    """

    ledger: PrivacyLedger

    def __call__(self, actor: Actor, *, dataset_id: DatasetId) -> LedgerSnapshot:
        actor.require(Permission.VIEW)
        return self.ledger.account(actor.organisation_id, dataset_id).snapshot()
