"""The privacy ledger in insert-only rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from adapters.orm.mappers import (
    population_columns,
    population_entity,
    spend_columns,
    spend_entity,
)
from adapters.orm.models import KinRow, OrganisationRow, PopulationRow, PrivacySpendRow
from adapters.orm.stores.plain_releases import drawn_plainly, plain_releases
from adapters.orm.stores.tenancy import change_one, the_one
from domain.kernel import BlobId, DatasetId, OrganisationId
from domain.privacy.budget import Amount, Population
from domain.privacy.ledger import Kin, Kinship, LedgerEntry, PrivacyAccount, last_lines


class OrmPrivacyLedger:
    """Keeps the promises of :class:`domain.ports.PrivacyLedger`.

    Who writes locks the organisation's row first. One lock for all its populations: kin share
    budgets, and nobody can wait for anybody in a circle.
    """

    def open_population(self, population: Population) -> None:
        PopulationRow.objects.create(**population_columns(population))

    def population_of(self, organisation_id: OrganisationId, dataset_id: DatasetId) -> Population:
        return population_entity(_row(organisation_id, dataset_id))

    def account(self, organisation_id: OrganisationId, dataset_id: DatasetId) -> PrivacyAccount:
        found = self._entered(organisation_id, dataset_id)
        return replace(found, plain=plain_releases(organisation_id, dataset_id))

    def _entered(self, organisation_id: OrganisationId, dataset_id: DatasetId) -> PrivacyAccount:
        row = _row(organisation_id, dataset_id)
        links = list(row.kin.select_related("other__dataset").order_by("id"))
        entries = _entries([row.pk, *(link.other_id for link in links)])
        return PrivacyAccount(
            population=population_entity(row),
            entries=entries[row.pk],
            kin=tuple(
                Kin(
                    population=population_entity(link.other),
                    entries=entries[link.other_id],
                    holds_all=link.holds_all,
                )
                for link in links
                if last_lines(entries[link.other_id])
            ),
        )

    def last(self, organisation_id: OrganisationId, subject_id: UUID) -> LedgerEntry | None:
        own = PrivacySpendRow.objects.filter(organisation_id=organisation_id, subject_id=subject_id)
        row = own.select_related("population").order_by("-id").first()
        return spend_entity(row) if row else None

    def enter(self, entry: LedgerEntry) -> PrivacyAccount:
        with transaction.atomic():
            _lock(entry.organisation_id)
            account = self._entered(entry.organisation_id, entry.dataset_id)
            account.accept(entry)
            PrivacySpendRow.objects.create(
                population_id=account.population.id, **spend_columns(entry)
            )
            return self._entered(entry.organisation_id, entry.dataset_id)

    def decide(
        self, organisation_id: OrganisationId, dataset_id: DatasetId, budget: Amount
    ) -> PrivacyAccount:
        with transaction.atomic():
            _lock(organisation_id)
            account = self._entered(organisation_id, dataset_id)
            account.check_budget(budget)
            change_one(
                _own(organisation_id, dataset_id),
                "population",
                epsilon=budget.epsilon,
                delta=budget.delta,
                decided=True,
            )
            return account

    def populations(self, organisation_id: OrganisationId) -> tuple[Population, ...]:
        rows = list(_populations(organisation_id).order_by("id"))
        entries = _entries([row.pk for row in rows])
        plain = drawn_plainly(organisation_id)
        return tuple(
            population_entity(row)
            for row in rows
            if row.people_blob or last_lines(entries[row.pk]) or row.dataset_id in plain
        )

    def private_datasets(self, organisation_id: OrganisationId) -> frozenset[DatasetId]:
        rows = PrivacySpendRow.objects.filter(organisation_id=organisation_id)
        asked = rows.values_list("population__dataset_id", flat=True).distinct()
        return frozenset(DatasetId(found) for found in asked)

    def recognise(
        self,
        organisation_id: OrganisationId,
        dataset_id: DatasetId,
        people: BlobId | None,
        instead_of: BlobId | None,
    ) -> bool:
        as_known = _own(organisation_id, dataset_id).filter(people_blob=instead_of or "")
        return bool(as_known.update(people_blob=people or ""))

    def relate(
        self, organisation_id: OrganisationId, dataset_id: DatasetId, kin: Sequence[Kinship]
    ) -> None:
        with transaction.atomic():
            _lock(organisation_id)
            row = _row(organisation_id, dataset_id)
            for found in kin:
                other = _row(organisation_id, found.dataset_id)
                for one, two, holds_all in (
                    (row, other, found.holds_all),
                    (other, row, found.all_held),
                ):
                    KinRow.objects.update_or_create(
                        population=one, other=two, defaults={"holds_all": holds_all}
                    )


def _lock(organisation_id: OrganisationId) -> None:
    """Have the organisation's ledger alone until the transaction ends.

    SQLite's immediate transactions do so by themselves. Rows that only refer to the organisation
    can still be written meanwhile.
    """
    rows = OrganisationRow.objects.select_for_update(no_key=True)
    the_one(rows.filter(id=organisation_id), "organisation")


def _populations(organisation_id: OrganisationId) -> QuerySet[PopulationRow]:
    own = PopulationRow.objects.filter(organisation_id=organisation_id)
    return own.select_related("dataset")


def _own(organisation_id: OrganisationId, dataset_id: DatasetId) -> QuerySet[PopulationRow]:
    return _populations(organisation_id).filter(dataset_id=dataset_id)


def _row(organisation_id: OrganisationId, dataset_id: DatasetId) -> PopulationRow:
    return the_one(_own(organisation_id, dataset_id), "population")


def _entries(population_ids: Iterable[UUID]) -> defaultdict[UUID, tuple[LedgerEntry, ...]]:
    """Everything entered about each population, oldest first."""
    found: defaultdict[UUID, tuple[LedgerEntry, ...]] = defaultdict(tuple)
    rows = PrivacySpendRow.objects.filter(population_id__in=list(population_ids))
    for row in rows.select_related("population").order_by("id"):
        found[row.population_id] += (spend_entity(row),)
    return found
