"""A log of events that was learned under differential privacy: noisy answers and no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, Metadata, SequenceKeys, TableMetadata
from domain.kernel import BadInput, OnProgress
from domain.synthesis.condition_rows import matching
from domain.synthesis.conditions import SampleSpec
from domain.synthesis.private_encoding.column import Codes
from domain.synthesis.private_encoding.invented import InventedColumn
from domain.synthesis.private_encoding.table import PrivateEncoder
from domain.synthesis.private_sequences.drawing import DrawnSteps, StepDrawer
from domain.synthesis.private_sequences.entity_wise import Called, first_days
from domain.synthesis.private_sequences.families import Family
from domain.synthesis.private_sequences.people import People
from domain.synthesis.private_sequences.settling import settled
from domain.synthesis.private_sequences.steps import Steps
from domain.synthesis.private_sequences.timeline import Timeline
from domain.synthesis.private_sequences.wished_lengths import wished

Whole = NDArray[np.int64]

_AT_ONCE = 2**17
"""Events that are drawn together, about."""
_SETTLING, _SETTLED_BY, _SETTLED_STEPS = 2_000, 2**15, 200
"""Entities and events that are drawn to settle by, and events of each of them, at most."""
_IN_VAIN = 30
"""Rounds without a single entity before a condition is refused."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PrivateSequenceModel:
    """Who the entities are, and how their histories go on."""

    name: str
    """The table's."""
    specs: tuple[ColumnSpec, ...]
    keys: SequenceKeys
    people: People
    longest: int
    """Events of a history at most, which is public: where noise drowns its rows, nobody gets a
    million."""
    constant: tuple[str, ...]
    encoder: PrivateEncoder
    """Of the columns of events, and of how long after the one before each came."""
    families: Mapping[int, Family]

    @property
    def timeline(self) -> Timeline | None:
        return timeline_of(self.specs, self.keys)

    @property
    def called(self) -> Called:
        return Called.apart_from((s.name for s in self.specs), self.timeline)

    @property
    def steps(self) -> Steps:
        people = {name: self.people.encoder.columns[name] for name in self.constant}
        return Steps.of(self.encoder, people, self.timeline, self.called)

    def settled(self) -> Self:
        """With histories that hold each code about as often as it was counted; asks no row."""
        rng = np.random.default_rng(0)
        some = self.people.drawn(min(_SETTLING, 2 * self.people.entities), rng)
        lengths = np.minimum(self._lengths(some), _SETTLED_STEPS)
        enough = int(np.searchsorted(np.cumsum(lengths), _SETTLED_BY)) + 1
        some, lengths = some.iloc[:enough].reset_index(drop=True), lengths[:enough]
        first, people = self._first(some), self._constants(some)
        drawer = StepDrawer.of(self.steps, self.families, self.timeline, rng)

        def draw(families: Mapping[int, Family]) -> Codes:
            weighed = replace(drawer, families=families)
            return weighed.draw(lengths, first, people, rng, _quietly).codes

        return replace(self, families=settled(drawer.steps, self.families, draw))

    def chunks(
        self, wanted: int | None, seed: int, on_progress: OnProgress, spec: SampleSpec
    ) -> Iterator[pd.DataFrame]:
        """Typed rows of so many entities, sorted by entity and time."""
        rng = np.random.default_rng([seed, 2])
        people = self._people(self.people.entities if wanted is None else wanted, spec, rng)
        drawer = StepDrawer.of(self.steps, self.families, self.timeline, rng)
        names = self._names(len(people), seed, rng)
        invented = self._invented(seed)
        lengths = wished(self._lengths(people), spec.lengths, rng)
        for part in _parts(lengths):
            some = people.iloc[part].reset_index(drop=True)
            beat = partial(_beat, on_progress, int(part[0]) if len(part) else 0, len(people))
            drawn = drawer.draw(lengths[part], self._first(some), self._constants(some), rng, beat)
            yield self._frame(drawn, some, names.iloc[part], invented, rng)

    def _constants(self, people: pd.DataFrame) -> Mapping[str, Codes]:
        columns = self.people.encoder.columns
        return {name: columns[name].encode(people[name]) for name in self.constant}

    def _people(self, count: int, spec: SampleSpec, rng: np.random.Generator) -> pd.DataFrame:
        for column in spec.columns:
            if column not in self.constant:
                raise BadInput(
                    f"No condition can be set on “{column}”: conditions of an event log are on "
                    "columns that stay the same over an entity's whole history."
                )
        if not spec.where:
            return self.people.drawn(count, rng)
        kept: list[pd.DataFrame] = [self.people.drawn(0, rng)]
        left, in_vain = count, 0
        while left > 0:
            some = self.people.drawn(max(2 * left, 1_000), rng)
            kept.append(some[matching(some, spec.where)].iloc[:left])
            in_vain = 0 if len(kept[-1]) else in_vain + 1
            left -= len(kept[-1])
            if in_vain > _IN_VAIN:
                raise BadInput(
                    "Hardly any entity of this model fulfils the conditions together; ask for less."
                )
        return pd.concat(kept, ignore_index=True)

    def _lengths(self, people: pd.DataFrame) -> Whole:
        return people[self.called.events].fillna(1).to_numpy(np.int64).clip(1, self.longest)

    def _first(self, people: pd.DataFrame) -> Whole:
        if self.timeline is None:
            return np.zeros(len(people), dtype=np.int64)
        first = people[self.called.first].ffill().bfill()
        if first.isna().any():  # where noise drowned every day
            return np.zeros(len(people), dtype=np.int64)
        return first_days(self.timeline).ticks(first)

    def _names(self, count: int, seed: int, rng: np.random.Generator) -> pd.Series:
        """Entities' invented names, in order."""
        spec = next(s for s in self.specs if s.name == self.keys.entity)
        made = InventedColumn(spec=spec, salt=f"{seed}/{spec.name}").invent(count, rng)
        return made.sort_values(key=lambda names: names.astype(str)).reset_index(drop=True)

    def _invented(self, seed: int) -> Mapping[str, InventedColumn]:
        learned = {*self.encoder.columns, *self.constant, self.keys.entity, self.keys.time}
        others = [s for s in self.specs if s.name not in learned]
        return {s.name: InventedColumn(spec=s, salt=f"{seed}/{s.name}") for s in others}

    def _frame(
        self,
        drawn: DrawnSteps,
        people: pd.DataFrame,
        names: pd.Series,
        invented: Mapping[str, InventedColumn],
        rng: np.random.Generator,
    ) -> pd.DataFrame:
        place, found = self.steps.place, {}
        for spec in self.specs:
            if spec.name == self.keys.entity:
                column = names.iloc[drawn.owners]
            elif spec.name == self.keys.time and self.timeline is not None:
                assert drawn.ticks is not None
                column = self.timeline.column(drawn.ticks)
            elif spec.name in self.constant:
                column = people[spec.name].iloc[drawn.owners]
            elif spec.name in self.encoder.columns:
                codes = drawn.codes[:, place[spec.name]]
                column = self.encoder.columns[spec.name].decode(codes, rng)
            else:
                column = invented[spec.name].invent(len(drawn.owners), rng)
            found[spec.name] = column.reset_index(drop=True)
        return pd.DataFrame(found, index=pd.RangeIndex(len(drawn.owners)))

    def state(self) -> Mapping[str, Any]:
        table = TableMetadata(columns=self.specs, sequence=self.keys)
        return {
            "table": self.name,
            "metadata": Metadata(tables={self.name: table}).to_document(),
            "people": self.people.state(),
            "longest": self.longest,
            "constant": list(self.constant),
            "encoder": self.encoder.state(),
            "families": [family.state() for family in self.families.values()],
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> PrivateSequenceModel:
        table = Metadata.from_document(state["metadata"]).tables[state["table"]]
        assert table.sequence is not None
        families = [Family.from_state(family) for family in state["families"]]
        return cls(
            name=state["table"],
            specs=table.columns,
            keys=table.sequence,
            people=People.from_state(state["people"]),
            longest=state["longest"],
            constant=tuple(state["constant"]),
            encoder=PrivateEncoder.from_state(state["encoder"]),
            families={family.child: family for family in families},
        )


def _quietly(step: int, of: int) -> None:
    """Settling takes a moment."""


def _beat(on_progress: OnProgress, done: int, people: int, step: int, of: int) -> None:
    on_progress(done, people, f"drawing histories, event {step + 1:,} of {of:,}")


def timeline_of(specs: tuple[ColumnSpec, ...], keys: SequenceKeys) -> Timeline | None:
    """How the time column is written; ``None`` where the order of rows is that of time."""
    return next((Timeline.of(s) for s in specs if s.name == keys.time), None)


def _parts(lengths: Whole) -> list[Whole]:
    """Entities that are drawn together: about so many events at once."""
    if not len(lengths):
        return [np.zeros(0, dtype=np.int64)]
    bounds = np.flatnonzero(np.diff(np.cumsum(lengths) // _AT_ONCE)) + 1
    return [np.asarray(p) for p in np.split(np.arange(len(lengths)), bounds)]
