"""The privacy ledger in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import RLock
from uuid import UUID

from adapters.memory.plain_releases import MemoryPlainReleases
from domain.kernel import BlobId, DatasetId, NotFound, OrganisationId
from domain.privacy.budget import Amount, Population
from domain.privacy.ledger import Kin, Kinship, LedgerEntry, PrivacyAccount, last_lines


class MemoryPrivacyLedger:
    """Keeps the promises of :class:`domain.ports.PrivacyLedger`."""

    def __init__(self, plain: MemoryPlainReleases | None = None) -> None:
        """``plain`` knows what left without noise; nothing did where it is not given."""
        self._plain = plain
        self._populations: dict[tuple[OrganisationId, DatasetId], Population] = {}
        self._entries: list[LedgerEntry] = []
        self._kin: dict[tuple[DatasetId, DatasetId], bool] = {}
        self._lock = RLock()

    def open_population(self, population: Population) -> None:
        self._populations[population.organisation_id, population.dataset_id] = population

    def population_of(self, organisation_id: OrganisationId, dataset_id: DatasetId) -> Population:
        try:
            return self._populations[organisation_id, dataset_id]
        except KeyError:
            raise NotFound("There is no such population here.") from None

    def account(self, organisation_id: OrganisationId, dataset_id: DatasetId) -> PrivacyAccount:
        found = self._entered(organisation_id, dataset_id)
        if self._plain is None:
            return found
        kin = {other for one, other in self._kin if one == dataset_id}
        return replace(found, plain=self._plain.about(organisation_id, dataset_id, kin))

    def _entered(self, organisation_id: OrganisationId, dataset_id: DatasetId) -> PrivacyAccount:
        return PrivacyAccount(
            population=self.population_of(organisation_id, dataset_id),
            entries=self._of(dataset_id),
            kin=tuple(
                Kin(
                    population=self.population_of(organisation_id, other),
                    entries=self._of(other),
                    holds_all=holds_all,
                )
                for (one, other), holds_all in self._kin.items()
                if one == dataset_id and last_lines(self._of(other))
            ),
        )

    def last(self, organisation_id: OrganisationId, subject_id: UUID) -> LedgerEntry | None:
        own = (organisation_id, subject_id)
        found = [e for e in self._entries if (e.organisation_id, e.subject_id) == own]
        return found[-1] if found else None

    def enter(self, entry: LedgerEntry) -> PrivacyAccount:
        with self._lock:
            self._entered(entry.organisation_id, entry.dataset_id).accept(entry)
            self._entries.append(entry)
            return self._entered(entry.organisation_id, entry.dataset_id)

    def decide(
        self, organisation_id: OrganisationId, dataset_id: DatasetId, budget: Amount
    ) -> PrivacyAccount:
        with self._lock:
            account = self._entered(organisation_id, dataset_id)
            account.check_budget(budget)
            self._change(account.population, budget=budget, decided=True)
            return account

    def populations(self, organisation_id: OrganisationId) -> tuple[Population, ...]:
        own = [p for p in self._populations.values() if p.organisation_id == organisation_id]
        plain = self._plain.drawn(organisation_id) if self._plain else frozenset()
        return tuple(
            p
            for p in own
            if p.people_blob or last_lines(self._of(p.dataset_id)) or p.dataset_id in plain
        )

    def private_datasets(self, organisation_id: OrganisationId) -> frozenset[DatasetId]:
        own = (e for e in self._entries if e.organisation_id == organisation_id)
        return frozenset(entry.dataset_id for entry in own)

    def recognise(
        self,
        organisation_id: OrganisationId,
        dataset_id: DatasetId,
        people: BlobId | None,
        instead_of: BlobId | None,
    ) -> bool:
        with self._lock:
            population = self.population_of(organisation_id, dataset_id)
            if population.people_blob != instead_of:
                return False
            self._change(population, people_blob=people)
            return True

    def relate(
        self, organisation_id: OrganisationId, dataset_id: DatasetId, kin: Sequence[Kinship]
    ) -> None:
        for found in kin:
            self.population_of(organisation_id, found.dataset_id)
            self._kin[dataset_id, found.dataset_id] = found.holds_all
            self._kin[found.dataset_id, dataset_id] = found.all_held

    def _of(self, dataset_id: DatasetId) -> tuple[LedgerEntry, ...]:
        return tuple(e for e in self._entries if e.dataset_id == dataset_id)

    def _change(self, population: Population, **fields: object) -> None:
        self.open_population(replace(population, **fields))  # type: ignore[arg-type]
