"""Look at a dataset's profile. It can quote real values, so looking is audited."""

from __future__ import annotations

import json
from dataclasses import dataclass

from domain.datasets.entities import ProfileReport
from domain.kernel import Actor, Conflict, DatasetId, Permission
from domain.ports import Atomic, AuditLog, Blobs, Datasets


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadProfile:
    """The profile of a dataset, for those who may see the source."""

    datasets: Datasets
    blobs: Blobs
    audit: AuditLog
    atomic: Atomic

    def __call__(self, actor: Actor, *, dataset_id: DatasetId) -> ProfileReport:
        actor.require(Permission.SEE_SOURCE)
        dataset = self.datasets.get(actor.organisation_id, dataset_id)
        if dataset.profile_blob is None:
            raise Conflict("This dataset is not profiled yet; wait for the profile to finish.")
        with self.blobs.open(actor.organisation_id, dataset.profile_blob) as stream:
            report = ProfileReport.from_document(json.loads(stream.read()))
        with self.atomic():
            self.audit.append(
                actor.organisation_id, actor.user_id, "profile.viewed", str(dataset.id)
            )
        return report
