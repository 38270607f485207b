"""One private fit of a log of events, from the budget to what is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from domain.datasets.entities import ColumnSpec, SequenceKeys, TableMetadata
from domain.kernel import BadInput, OnProgress
from domain.privacy.budget import PrivacySpec, check_asked
from domain.privacy.private_histories import PrivateHistories
from domain.privacy.private_table import PrivateTable
from domain.privacy.zcdp import rho_for
from domain.synthesis.catalogue import MOST_PRIVATE_COLUMNS
from domain.synthesis.encoding.table import table_specs
from domain.synthesis.private_encoding.table import (
    Asking,
    PrivateEncoder,
    needs_discovery,
)
from domain.synthesis.private_fit import PrivateFit
from domain.synthesis.private_sequences.entity_wise import (
    Called,
    people_rows,
    people_specs,
    step_rows,
    wait_specs,
)
from domain.synthesis.private_sequences.growing import Growing
from domain.synthesis.private_sequences.model import PrivateSequenceModel, timeline_of
from domain.synthesis.private_sequences.people import People, constant_columns, people_of
from domain.synthesis.private_sequences.steps import Steps
from domain.synthesis.sequences.histories import Histories
from domain.synthesis.settings import SettingValue

ENTITIES, CONSTANT, PEOPLE, PAIRS, ROWS, COLUMNS = 0.01, 0.01, 0.13, 0.06, 0.01, 0.4
"""Shares of ρ: for how many entities there are, which columns never change, columns of entities
one by one and in pairs, for how many events take part, for columns of events one by one. The rest
is for what follows what. One entity is one row of the first four."""
PEOPLE_BINS = 24
LONGEST_DAYS, LONGEST_TICKS = 36_525.0, 1e15
"""Between two events at most: a hundred years, or what numbers hold."""


@dataclass(slots=True, kw_only=True)
class SequenceFit:
    """One fit; ``private`` signs for it afterwards."""

    private: PrivateFit
    name: str
    table: TableMetadata
    keys: SequenceKeys
    settings: Mapping[str, SettingValue]

    @classmethod
    def of(
        cls,
        name: str,
        table: TableMetadata,
        keys: SequenceKeys,
        privacy: PrivacySpec,
        settings: Mapping[str, SettingValue],
    ) -> SequenceFit:
        """A fit that has looked at nothing yet. Its unit is the entity, with so many events of
        each as the settings say."""
        entity, most = str(keys.entity), int(settings["events_per_entity"])
        whole = replace(privacy, unit=entity, rows_a_unit=most)
        named = {n for n in (table.primary_key, entity, keys.time) if n is not None}
        private = PrivateFit(privacy=whole, specs=table_specs(table), keys=frozenset(named))
        _check_columns(private.modelled)
        return cls(private=private, name=name, table=table, keys=keys, settings=settings)

    @property
    def rho(self) -> float:
        """For all looks together."""
        return rho_for(self.private.privacy.epsilon, self.private.rest)

    def run(self, rows: pd.DataFrame, on_progress: OnProgress) -> PrivateSequenceModel:
        """Ask the rows; returns what is kept of the answers."""
        specs, timeline = self.private.specs, timeline_of(self.private.specs, self.keys)
        called = Called.apart_from((s.name for s in specs), timeline)
        self.private.begin(self.rho)
        on_progress(0, 0, "sorting events by whose they are and by time")
        self.private.unit_of(rows)
        histories = Histories.of(rows, self.keys)
        privacy = self.private.privacy
        check_asked(privacy.epsilon, privacy.delta, histories.entities, privacy.unit)

        columns = [s.name for s in self.private.modelled]
        people, constant = self._who(histories, columns, called, on_progress)
        on_progress(0, 0, "asking what each column holds, with noise")
        events = self._events(histories, step_rows(histories, columns, timeline, called))
        varying = [name for name in columns if name not in constant]
        asked = (*wait_specs(timeline, called), *self._specs(varying))
        steps = self._steps(events, asked, people, constant, called)
        growing = Growing(table=events, steps=steps)
        growing.grow(self.private.touches.left, on_progress)
        on_progress(0, 0, "drawing histories, and settling them by the noisy counts")
        return PrivateSequenceModel(
            name=self.name,
            specs=specs,
            keys=self.keys,
            people=people,
            longest=self._longest,
            constant=constant,
            encoder=steps.encoder,
            families=growing.families,
        ).settled()

    def _who(
        self,
        histories: Histories,
        columns: Sequence[str],
        called: Called,
        on_progress: OnProgress,
    ) -> tuple[People, tuple[str, ...]]:
        """Ask what is told once of an entity: the people, and which columns never change."""
        on_progress(0, 0, "asking who the entities are, with noise")
        timeline = timeline_of(self.private.specs, self.keys)
        table = self._people(people_rows(histories, columns, timeline, called, self._longest))
        entities = table.total(self.rho * ENTITIES)
        constant = constant_columns(table, columns, entities, self.rho * CONSTANT)
        asked = people_specs(self._specs(constant), timeline, called)
        encoder = self._encoder(table, asked, entities, self.rho * PEOPLE, PEOPLE_BINS)
        return people_of(table, encoder, entities, self.rho * PAIRS, on_progress), constant

    @property
    def _longest(self) -> int:
        """Events of a history at most: public."""
        return int(self.settings["longest_history"])

    def _steps(
        self,
        events: PrivateHistories,
        asked: Sequence[ColumnSpec],
        people: People,
        constant: Sequence[str],
        called: Called,
    ) -> Steps:
        """Ask what each column of events holds; rows are codes from there on."""
        total = events.total(self.rho * ROWS)
        bins = int(self.settings["event_bins"])
        encoder = self._encoder(events, asked, total, self.rho * COLUMNS, bins)
        own = {name: people.encoder.columns[name] for name in constant}
        timeline = timeline_of(self.private.specs, self.keys)
        steps = Steps.of(encoder, own, timeline, called)
        events.rewritten(steps.encode)
        return steps

    def _people(self, rows: pd.DataFrame) -> PrivateTable:
        """One row an entity, so one row a unit."""
        return PrivateTable(
            rows,
            self.private.touches,
            self.private.seed,
            rows_a_unit=1,
            units=np.arange(len(rows)),
            witness=self.private.privacy.witness,
        )

    def _events(self, histories: Histories, rows: pd.DataFrame) -> PrivateHistories:
        """One row an event, of each entity so many as the settings say."""
        entity = str(self.keys.entity)
        return PrivateHistories(
            rows,
            histories.rows[entity],
            self.private.touches,
            self.private.seed,
            most=self.private.rows_a_unit,
            witness=self.private.privacy.witness,
        )

    def _encoder(
        self,
        table: PrivateTable,
        specs: Sequence[ColumnSpec],
        total: int,
        rho: float,
        bins: int,
    ) -> PrivateEncoder:
        """Ask what each column holds, with its part of the δ for words that are found."""
        asking = Asking(
            rho=rho,
            delta=self.private.discovery * self._open_words(specs),
            bins=bins,
            total=total,
            book=self.private.privacy.code_book,
            within=self._within(),
        )
        before = len(self.private.touches.record)
        encoder = PrivateEncoder.fit(table, specs, asking, set())
        self.private.check_paid(encoder, before)
        return encoder

    def _within(self) -> dict[str, tuple[float, float]]:
        """What follows from the meaning of columns that no file has."""
        specs = self.private.specs
        timeline = timeline_of(specs, self.keys)
        called = Called.apart_from((s.name for s in specs), timeline)
        found = {called.events: (1.0, float(self._longest))}
        if timeline is not None:
            found[called.wait] = (0.0, LONGEST_DAYS if timeline.dated else LONGEST_TICKS)
            found[called.since] = found[called.clock] = (0.0, float(timeline.a_day - 1))
        return found

    def _open_words(self, specs: Sequence[ColumnSpec]) -> float:
        """The share of ``specs`` among all columns whose words have to be found."""
        book = self.private.privacy.code_book
        every = sum(needs_discovery(s, book) for s in self.private.modelled)
        return sum(needs_discovery(s, book) for s in specs) / max(every, 1)

    def _specs(self, names: Sequence[str]) -> tuple[ColumnSpec, ...]:
        return tuple(s for s in self.private.modelled if s.name in names)


def _check_columns(specs: Sequence[ColumnSpec]) -> None:
    if len(specs) > MOST_PRIVATE_COLUMNS:
        raise BadInput(
            f"Under differential privacy at most {MOST_PRIVATE_COLUMNS} columns of events are "
            f"learned, and this table has {len(specs)}; leave out columns."
        )
