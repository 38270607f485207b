"""The ledger of privacy, as the use cases need it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.kernel import BlobId, DatasetId, OrganisationId
from domain.privacy.budget import Amount, Population
from domain.privacy.ledger import Kinship, LedgerEntry, PrivacyAccount


class PrivacyLedger(Protocol):
    """What has been spent of each population's privacy. Lines are added, never changed.

    Whoever enters or decides something has the organisation's ledger for itself until the
    transaction ends; call it before the audit log, which everybody waits for.
    """

    def open_population(self, population: Population) -> None: ...

    def population_of(
        self, organisation_id: OrganisationId, dataset_id: DatasetId
    ) -> Population: ...

    def account(self, organisation_id: OrganisationId, dataset_id: DatasetId) -> PrivacyAccount:
        """The dataset's population with all that was entered about it and its kin, and what left
        without noise; also of a deleted dataset. ``enter`` and ``decide`` leave the latter out."""
        ...

    def last(self, organisation_id: OrganisationId, subject_id: UUID) -> LedgerEntry | None:
        """The last line about a run, search or audit."""
        ...

    def enter(self, entry: LedgerEntry) -> PrivacyAccount:
        """Add a line, unless the account does not accept it (see ``PrivacyAccount.accept``);
        returns the account with it. Of any number who ask at once for the last of a budget, one
        gets it."""
        ...

    def decide(
        self, organisation_id: OrganisationId, dataset_id: DatasetId, budget: Amount
    ) -> PrivacyAccount:
        """Set the budget as an administrator's word, unless more is spent (``BadInput``); returns
        the account as it was."""
        ...

    def populations(self, organisation_id: OrganisationId) -> tuple[Population, ...]:
        """Those whose people are known, that have spent or reserved something, or of whose rows a
        twin was drawn that was learned without differential privacy."""
        ...

    def private_datasets(self, organisation_id: OrganisationId) -> frozenset[DatasetId]:
        """Those of whose rows anything private was ever asked, whatever became of it."""
        ...

    def recognise(
        self,
        organisation_id: OrganisationId,
        dataset_id: DatasetId,
        people: BlobId | None,
        instead_of: BlobId | None,
    ) -> bool:
        """Keep where the digests of a dataset's people lie; ``None`` forgets them. ``False`` when
        they do not lie at ``instead_of`` any more: then nothing changes."""
        ...

    def relate(
        self, organisation_id: OrganisationId, dataset_id: DatasetId, kin: Sequence[Kinship]
    ) -> None:
        """Note which datasets hold some of the same people, both ways."""
        ...
