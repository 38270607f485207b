"""Which twin an id names: that of a synthetic dataset, or of the run it was drawn from."""

from __future__ import annotations

from uuid import UUID

from adapters.orm.models import SyntheticDatasetRow, TrainingRunRow
from adapters.orm.stores.tenancy import the_one
from domain.kernel import Conflict, NotFound, OrganisationId, SyntheticDatasetId


def twin(organisation_id: OrganisationId, named: UUID) -> SyntheticDatasetId:
    """The synthetic dataset called so, or the newest one drawn from the run called so.

    :class:`NotFound` where there is neither in the organisation.
    """
    own = SyntheticDatasetRow.objects.filter(organisation_id=organisation_id, given_blob="")
    if own.filter(id=named).exists():
        return SyntheticDatasetId(named)
    try:
        return twin_of_run(organisation_id, named)
    except NotFound:
        raise NotFound(
            "No synthetic dataset and no training run has this id; it stands in the address of "
            "the run's page."
        ) from None


def twin_of_run(
    organisation_id: OrganisationId, run_id: UUID, named: UUID | None = None
) -> SyntheticDatasetId:
    """The newest twin drawn from a run, or the one ``named`` if it was drawn from it."""
    runs = TrainingRunRow.objects.filter(organisation_id=organisation_id, id=run_id)
    the_one(runs, "generator")
    drawn = SyntheticDatasetRow.objects.filter(
        organisation_id=organisation_id, run_id=run_id, given_blob=""
    ).order_by("-created_at")
    if named is not None:
        return SyntheticDatasetId(the_one(drawn.filter(id=named), "synthetic dataset").id)
    newest = drawn.values_list("id", flat=True).first()
    if newest is None:
        raise Conflict("This run has no synthetic rows yet; draw some first.")
    return SyntheticDatasetId(newest)
