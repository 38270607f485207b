"""Forget whom a dataset was about."""

from __future__ import annotations

from dataclasses import dataclass

from domain.kernel import Actor, DatasetId, NotFound, Permission
from domain.ports import Atomic, AuditLog, Blobs, PrivacyLedger
from domain.usecases.set_privacy_budget import checked_reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetPeople:
    """Shred the digests by which people are found again in other datasets.

    What was spent stays in the ledger, and datasets already known to be kin stay so; a dataset
    uploaded later is not recognised any more.
    """

    ledger: PrivacyLedger
    blobs: Blobs
    audit: AuditLog
    atomic: Atomic

    def __call__(self, actor: Actor, *, dataset_id: DatasetId, reason: str) -> None:
        actor.require(Permission.ADMINISTER)
        said = checked_reason(reason)
        known = self.ledger.population_of(actor.organisation_id, dataset_id).people_blob
        if known is None:
            raise NotFound("Nothing is kept by which the people of this dataset could be found.")
        with self.atomic():
            self.ledger.recognise(actor.organisation_id, dataset_id, None, known)
            self.audit.append(
                actor.organisation_id,
                actor.user_id,
                "privacy.people_forgotten",
                str(dataset_id),
                {"reason": said},
            )
            self.blobs.delete(actor.organisation_id, known)
