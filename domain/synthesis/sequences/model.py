"""A fitted event log: its entities, its events, and the network between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from domain.datasets.entities import SdType, SequenceKeys
from domain.synthesis.encoding.surrogates import SurrogateCodec
from domain.synthesis.sequences import people
from domain.synthesis.sequences.clock import DAYS
from domain.synthesis.sequences.columns import KIND, EventColumn
from domain.synthesis.sequences.drawing import Asked, DrawnEvents
from domain.synthesis.sequences.events import Events
from domain.synthesis.sequences.likeness import Likeness
from domain.synthesis.sequences.network import EventNetwork, EventShape
from domain.synthesis.sequences.partners import Partner
from domain.synthesis.sequences.traits import COARSE, coarse
from domain.synthesis.table_model import TableModel


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """What stands for the entities where there is one series only."""

    length: int
    first: int
    openings: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SequenceModel:
    """A fitted log. ``people`` is ``None`` for one series (``series`` then is not)."""

    keys: SequenceKeys
    columns: tuple[str, ...]
    """All columns of the twin, in order."""
    constant: tuple[str, ...]
    called: Mapping[str, str]
    """See ``people.names``."""
    traits: tuple[str, ...]
    """Columns of the entities that are told to the network, but are none of the log's."""
    people: TableModel | None
    series: Series | None
    events: Events
    hidden: int
    block: int
    weights: Mapping[str, NDArray[np.float32]]
    shifts: tuple[NDArray[np.float32], ...]
    partners: tuple[Partner, ...] = ()
    likeness: Likeness | None = None
    """By which some of the drawn histories are kept; ``None``: all are."""

    @property
    def entities(self) -> int:
        """Learned from so many."""
        return self.people.rows if self.people is not None else 1

    @property
    def own_codecs(self) -> dict[str, SurrogateCodec]:
        """Of the columns of entities whose values are invented and never come twice."""
        codecs = self.people.encoder.codecs if self.people is not None else {}
        return {n: c for n, c in codecs.items() if isinstance(c, SurrogateCodec) and c.unique}

    def asked_of(self, rows: pd.DataFrame) -> Asked:
        """What is asked of the events of entities with such rows."""
        assert self.people is not None
        lengths = rows[self.called[people.EVENTS]].to_numpy(np.int64).clip(1)
        first, last = people.spans(rows, self.called, self.events.clock)
        opened = {
            t.total.total: rows[self.called[f"opening {t.total.total}"]].to_numpy(np.float64)
            for t in self.events.totals
        }
        return Asked(
            lengths=lengths,
            constants=told_codes(self.people, rows, self.constant, self.traits),
            first=first,
            last=last,
            openings=opened,
        )

    def frame(
        self,
        drawn: DrawnEvents,
        rows: pd.DataFrame,
        order: NDArray[np.int64],
        rng: np.random.Generator,
    ) -> pd.DataFrame:
        """The drawn events as typed rows; ``order``: in which the histories shall come."""
        real = drawn.real[:, order].T  # (histories, events)
        steps, owners = np.nonzero(real)[1], order[np.nonzero(real)[0]]
        flat = steps * drawn.real.shape[1] + owners
        found: dict[str, pd.Series] = {}
        if self.keys.time is not None and self.events.clock is not None:
            now = drawn.now.reshape(-1)[flat]
            found[self.keys.time] = self.events.clock.column(now)
        for name in rows.columns:
            if name in self.columns:
                found[name] = rows[name].iloc[owners].reset_index(drop=True)
        found |= self._event_values(drawn, flat, rng)
        frame = self.paired(pd.DataFrame(found, index=pd.RangeIndex(len(flat))))
        return frame[list(self.columns)]

    def paired(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Drawn rows in which columns that another one says are as it says."""
        return frame.assign(**{partner.column: partner.found(frame) for partner in self.partners})

    def _event_values(
        self,
        drawn: DrawnEvents,
        flat: NDArray[np.int64],
        rng: np.random.Generator,
    ) -> dict[str, pd.Series]:
        place = {cell.name: i for i, cell in enumerate(self.events.cells())}
        found: dict[str, pd.Series] = {}
        for column in self.events.columns:
            rows = flat
            if column.kind is not None:
                kinds = drawn.codes.reshape(-1, len(place))[flat, place[f"column {KIND}"]]
                rows = flat[kinds == column.kind]
            values = self._values(column, drawn, rows, place, rng)
            if len(rows) < len(flat):
                values.index = pd.Index(np.flatnonzero(kinds == column.kind))
                values = values.reindex(range(len(flat)))
            found[column.name] = values
        for learned in self.events.totals:
            values = pd.Series(drawn.values[learned.total.total].reshape(-1)[flat])
            found[learned.total.total] = _rounded(values, learned.codec)
        if self.events.paths is not None:
            moved = {n: drawn.values[n].reshape(-1)[flat] for n in self.events.paths.names}
            found |= self.events.paths.columns(moved, found)
        return found

    def _values(
        self,
        column: EventColumn,
        drawn: DrawnEvents,
        rows: NDArray[np.int64],
        place: Mapping[str, int],
        rng: np.random.Generator,
    ) -> pd.Series:
        """The column of the drawn events ``rows`` (flat numbers), all of which have it."""
        if column.name in drawn.values:
            numbers = pd.Series(drawn.values[column.name].reshape(-1)[rows])
            return _rounded(numbers, column.codec)
        codes = np.zeros(len(rows), dtype=np.int64)
        if column.cell in place:
            codes = drawn.codes.reshape(-1, len(place))[rows, place[column.cell]].astype(int)
        grains = None
        if column.grains:
            grains = drawn.codes.reshape(-1, len(place))[rows, place[column.grain]].astype(int)
        if column.repeats:
            number = np.zeros(drawn.real.size, dtype=np.int64)
            number[rows] = np.arange(len(rows))
            source = number[drawn.sources[column.name].reshape(-1)[rows]]
            own = np.unique(source)
            values = column.decoded(codes[own], None if grains is None else grains[own], rng)
            values = values.iloc[np.searchsorted(own, source)].reset_index(drop=True)
        else:
            values = column.decoded(codes, grains, rng)
        if column.since and self.events.clock is not None:
            values = self._moments(values, drawn.now.reshape(-1)[rows])
        return values

    def _moments(self, since: pd.Series, now: NDArray[np.int64]) -> pd.Series:
        assert self.events.clock is not None
        missing = since.isna().to_numpy(np.bool_)
        at = self.events.clock.column(now + since.fillna(0).to_numpy(np.int64))
        return at.where(~missing)

    def network(self) -> EventNetwork:
        network = network_of(self.events, self._told_sizes(), self.hidden, self.block)
        network.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in self.weights.items()})
        return network

    def _told_sizes(self) -> tuple[int, ...]:
        return told_sizes(self.people, self.constant, self.traits)

    def state(self) -> Mapping[str, Any]:
        series = self.series
        return {
            "keys": [self.keys.entity, self.keys.time],
            "columns": list(self.columns),
            "constant": list(self.constant),
            "traits": list(self.traits),
            "called": [[word, name] for word, name in self.called.items()],
            "people": self.people.state() if self.people else None,
            "series": None
            if series is None
            else [series.length, series.first, [[n, v] for n, v in series.openings.items()]],
            "events": self.events.state(),
            "hidden": self.hidden,
            "block": self.block,
            "weights": dict(self.weights),
            "shifts": list(self.shifts),
            "partners": [partner.state() for partner in self.partners],
            "likeness": self.likeness.state() if self.likeness else None,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> SequenceModel:
        series = state["series"]
        return cls(
            keys=SequenceKeys(entity=state["keys"][0], time=state["keys"][1]),
            columns=tuple(state["columns"]),
            constant=tuple(state["constant"]),
            traits=tuple(state["traits"]),
            called=dict(state["called"]),
            people=TableModel.from_state(state["people"]) if state["people"] else None,
            series=None
            if series is None
            else Series(length=series[0], first=series[1], openings=dict(series[2])),
            events=Events.from_state(state["events"]),
            hidden=state["hidden"],
            block=state["block"],
            weights=state["weights"],
            shifts=tuple(state["shifts"]),
            partners=tuple(Partner.from_state(p) for p in state["partners"]),
            likeness=Likeness.from_state(state["likeness"]) if state.get("likeness") else None,
        )


def network_of(
    events: Events,
    constants: tuple[int, ...],
    hidden: int,
    block: int,
    marginals: Sequence[torch.Tensor] | None = None,
) -> EventNetwork:
    """An untrained network for such events; ``constants``: sizes of what it is told of entities."""
    cells = events.cells()
    names = [cell.name for cell in cells]
    asked = tuple(i for i, cell in enumerate(cells) if cell.asked)
    shape = EventShape(
        sizes=tuple(cell.size for cell in cells),
        ordered=tuple(cell.ordered for cell in cells),
        front=sum(cell.front for cell in cells),
        asked=asked,
        days=names.index(DAYS) if DAYS in names else None,
        kinds=tuple(cell.kind for cell in cells),
        kind=names.index(f"column {KIND}") if f"column {KIND}" in names else None,
        constants=constants,
        hidden=hidden,
        block=block,
        echoes=tuple(cell.size for cell in events.echoes.cells()) if events.echoes else (),
    )
    return EventNetwork(shape, marginals or [torch.zeros(cells[i].size) for i in asked])


def _told(people_model: TableModel, columns: Sequence[str]) -> list[int]:
    """The places of columns among those that the entities' model predicts."""
    modelled = people_model.encoder.modelled
    return [i for i, name in enumerate(modelled) if name in columns]


def told_codes(
    people_model: TableModel, rows: pd.DataFrame, constant: Sequence[str], told: Sequence[str]
) -> NDArray[np.int16]:
    """What the network is told of each entity: constant columns, and the traits ``told``."""
    codes = people_model.encoder.encode(rows, lambda done, total: None)
    sizes = people_model.encoder.sizes
    marked = [coarse(codes[:, i], sizes[i]) for i in _told(people_model, told)]
    return np.column_stack([codes[:, _told(people_model, constant)], *marked])


def told_sizes(
    people_model: TableModel | None, constant: Sequence[str], told: Sequence[str]
) -> tuple[int, ...]:
    """How many codes each column of :func:`told_codes` has."""
    if people_model is None:
        return ()
    sizes = people_model.encoder.sizes
    marked = [min(sizes[i], COARSE) for i in _told(people_model, told)]
    return (*(sizes[i] for i in _told(people_model, constant)), *marked)


def _rounded(values: pd.Series, codec: Any) -> pd.Series:
    """On the grid of the column, in its type."""
    grid = codec.grid
    if grid.sdtype is SdType.INTEGER:
        return values.round().astype("Int64")
    return values if grid.decimals is None else values.round(grid.decimals)
