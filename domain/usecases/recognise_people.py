"""Find the people of a dataset again in others, before their privacy is spent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import pyarrow as pa

from domain.datasets.entities import Dataset
from domain.kernel import Conflict, DatasetId, NotFound, OnProgress, OrganisationId, no_progress
from domain.ports import Atomic, Blobs, Datasets, Keys, PrivacyLedger
from domain.privacy.budget import ROW, Population
from domain.privacy.ledger import Kinship
from domain.privacy.people import NOBODY, People, people
from domain.usecases.source_tables import text_tables

_PURPOSE = "people of a dataset"
_CHUNK = 20_000
_NOTE = "looking for the same people in other datasets"
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisePeople:
    """Keep keyed digests of a dataset's people, and note which datasets hold some of the same.

    Every row counts, held out or not, and, where the unit of privacy is named, every entity. The
    digests are encrypted, and stay when the dataset is deleted: uploading it again gives no new
    budget.
    """

    datasets: Datasets
    blobs: Blobs
    ledger: PrivacyLedger
    keys: Keys
    atomic: Atomic

    def __call__(
        self,
        organisation_id: OrganisationId,
        dataset_id: DatasetId,
        unit: str = ROW,
        on_progress: OnProgress = no_progress,
    ) -> None:
        """Recognise the people of ``dataset_id``, whose entities ``unit`` names."""
        dataset = self.datasets.get(organisation_id, dataset_id)
        found = self._kept(dataset, self._seen(dataset, {unit}, on_progress))
        kin = []
        for other in self.ledger.populations(organisation_id):
            if other.dataset_id != dataset_id:
                theirs = self._people_of(other, unit, on_progress)
                if found.share_somebody(theirs):
                    kin.append(_kinship(other, found, theirs))
        if kin:
            self.ledger.relate(organisation_id, dataset_id, kin)

    def _kept(self, dataset: Dataset, seen: People) -> People:
        """What was seen, with what was known before, kept."""
        organisation_id = dataset.organisation_id
        for _ in range(_ATTEMPTS):
            population = self.ledger.population_of(organisation_id, dataset.id)
            known = population.people_blob
            found = self._known(population).joined(seen)
            with self.atomic():
                blob_id = self.blobs.put(organisation_id, found.to_bytes())
                kept = self.ledger.recognise(organisation_id, dataset.id, blob_id, known)
                stale = known if kept else blob_id  # another run of the dataset was quicker
                if stale is not None:
                    self.blobs.delete(organisation_id, stale)
            if kept:
                return found
        raise Conflict("Other runs of this dataset began at the same time; start this one again.")

    def _people_of(self, population: Population, unit: str, on_progress: OnProgress) -> People:
        """Those known, else those that its rows tell while they are there; where nothing was spent
        on them, by the entities that are looked for now."""
        if population.people_blob is not None:
            return self._known(population)
        try:
            dataset = self.datasets.get(population.organisation_id, population.dataset_id)
        except NotFound:
            return NOBODY
        entries = self.ledger.account(dataset.organisation_id, dataset.id).entries
        units = {unit, *(e.unit for e in entries)}
        return self._kept(dataset, self._seen(dataset, units, on_progress))

    def _known(self, population: Population) -> People:
        if population.people_blob is None:
            return NOBODY
        with self.blobs.open(population.organisation_id, population.people_blob) as stream:
            return People.from_bytes(stream.read())

    def _seen(self, dataset: Dataset, units: set[str], on_progress: OnProgress) -> People:
        digest = partial(self.keys.keyed_digest, _PURPOSE)
        found = NOBODY
        beat = partial(_uncounted, on_progress)
        for table in text_tables(self.blobs, dataset, beat).values():
            named = [c for c in table.column_names if c in units - {ROW}]
            rows = _rows(table, beat)
            entities = (value for name in named for value in table[name].to_pylist())
            found = found.joined(people(digest, rows, entities))
        return found


def _rows(table: pa.Table, on_progress: OnProgress) -> Iterator[Sequence[str | None]]:
    for batch in table.to_batches(max_chunksize=_CHUNK):
        on_progress(0, 0, _NOTE)
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _uncounted(on_progress: OnProgress, done: int, total: int, note: str) -> None:
    """Say that work goes on, but not how much there is: the number of rows may be private, and
    whoever watches a job may not be allowed to see them."""
    on_progress(0, 0, _NOTE)


def _kinship(other: Population, ours: People, theirs: People) -> Kinship:
    return Kinship(
        dataset_id=other.dataset_id,
        holds_all=ours.within(theirs),
        all_held=theirs.within(ours),
    )
