"""Searches for ε in rows."""

from __future__ import annotations

from django.db.models import QuerySet

from adapters.orm.mappers import tuning_columns, tuning_entity
from adapters.orm.models import PrivacyTuningRow
from adapters.orm.stores.tenancy import change_one, the_one
from domain.evaluation.privacy_tuning import PrivacyTuning
from domain.evaluation.tuning_log import TuningLog
from domain.kernel import DatasetId, OrganisationId, TuningId


class OrmPrivacyTunings:
    """Keeps the promises of :class:`domain.ports.PrivacyTunings`."""

    def add(self, tuning: PrivacyTuning) -> None:
        PrivacyTuningRow.objects.create(**tuning_columns(tuning))

    def get(self, organisation_id: OrganisationId, tuning_id: TuningId) -> PrivacyTuning:
        return tuning_entity(the_one(_own(organisation_id).filter(id=tuning_id), "search"))

    def of_dataset(
        self, organisation_id: OrganisationId, dataset_id: DatasetId
    ) -> tuple[PrivacyTuning, ...]:
        rows = _own(organisation_id).filter(dataset_id=dataset_id)
        return tuple(tuning_entity(row) for row in rows.order_by("-created_at"))

    def done(
        self,
        organisation_id: OrganisationId,
        tuning_id: TuningId,
        *,
        log: TuningLog,
        seconds: float,
    ) -> None:
        mine = _own(organisation_id).filter(id=tuning_id)
        change_one(mine, "search", log=log.to_document(), seconds=seconds)


def _own(organisation_id: OrganisationId) -> QuerySet[PrivacyTuningRow]:
    return PrivacyTuningRow.objects.filter(organisation_id=organisation_id)
