"""Everything known about the events of a log, as cells; and a log as their codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.synthesis.encoding.categories import CategoryCodec
from domain.synthesis.encoding.numbers import NumberCodec
from domain.synthesis.sequences.cells import BUCKETS, DRAWN, Cell, Codes, State, bucket
from domain.synthesis.sequences.clock import Clock
from domain.synthesis.sequences.columns import EventColumn, encoded, repeated, sources
from domain.synthesis.sequences.companions import Companion
from domain.synthesis.sequences.echoes import (
    DUE_EVENT,
    DUE_KIND,
    Echoes,
    Past,
    kinds_of,
    same_kind,
)
from domain.synthesis.sequences.histories import Histories
from domain.synthesis.sequences.own_values import before
from domain.synthesis.sequences.paths import Paths
from domain.synthesis.sequences.running import RunningTotal, running

_FIRST_PLACES = 4
"""The first events of a history are told apart up to here."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearnedTotal:
    """A running total and the bins of its value before an event."""

    total: RunningTotal
    codec: NumberCodec

    def cell(self) -> Cell:
        name = self.total.total
        return Cell(
            name=f"{name}, so far",
            size=self.codec.size,
            front=True,
            told=lambda s: self.codec.encode(pd.Series(s[f"so far {name}"])),
            ordered=True,
        )

    def signs(self, columns: Sequence[EventColumn]) -> NDArray[np.int64]:
        """Plus or minus 1 for every code of the column that says it (one entry: always)."""
        if self.total.by is None:
            return np.array([self.total.sign])
        codec = next(c.codec for c in columns if c.name == self.total.by)
        assert isinstance(codec, CategoryCodec)
        signs = np.full(codec.size + 1, self.total.sign)  # the last: events of another kind
        for code, value in enumerate(codec.values):
            signs[code] = self.total.signs.get(value, self.total.sign)
        return signs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coded:
    """A log as the network reads it."""

    codes: NDArray[np.int16]
    """Shape ``(rows, cells)``."""
    asked: NDArray[np.bool_]
    """Shape ``(rows, asked cells)``: which codes say anything that was not told."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Events:
    """The parts of an event, in order."""

    clock: Clock | None
    columns: tuple[EventColumn, ...]
    totals: tuple[LearnedTotal, ...]
    ends: bool
    """Whether it is known how many events a history has."""
    until: bool
    """Whether it is known when a history ends."""
    echoes: Echoes | None = None
    """The kinds of events that come back month after month, if they do."""
    paths: Paths | None = None
    """The columns of one series that move on: what is learned of them are their surprises."""
    companions: tuple[Companion, ...] = ()
    """What never goes with which kind of events."""

    @property
    def moving(self) -> frozenset[str]:
        """The columns whose codes are no values: they move on from where they were."""
        if self.paths is None:
            return frozenset()
        return frozenset((*self.paths.names, *(level.name for level in self.paths.near)))

    def cells(self) -> list[Cell]:
        """Front cells first; cells that are asked for see all those before them."""
        cells = [_place(), _left()] if self.ends else []
        cells += [learned.cell() for learned in self.totals]
        cells += self.clock.cells(ends=self.until) if self.clock else []
        cells += self.paths.cells() if self.paths else []
        ordered = [c for c in cells if c.front] + [c for c in cells if not c.front]
        ordered += self.echoes.cells() if self.echoes else []
        return ordered + [c for column in self.columns for c in self._cells_of(column)]

    def _cells_of(self, column: EventColumn) -> list[Cell]:
        if self.paths is None or column.name not in self.paths.names:
            return column.cells()
        settle = partial(self.paths.settle, name=column.name)
        return [replace(cell, settle=settle) for cell in column.cells()]

    def coded(self, histories: Histories, frame: pd.DataFrame, totals: State) -> Coded:
        """The codes of real events. ``frame``: as the columns were learned from; ``totals``: the
        value of each running total before every event, by the column's name."""
        state = {**self._known(histories, frame), **{f"so far {n}": v for n, v in totals.items()}}
        cells, asked = self.cells(), []
        codes = np.empty((len(frame), len(cells)), dtype=np.int16)
        for place, cell in enumerate(cells):
            told = cell.told(state)
            if cell.learned is not None:
                asked.append(told == DRAWN)
                told = np.where(told == DRAWN, cell.learned(state), told)
            state[cell.name] = told
            codes[:, place] = told
        return Coded(codes=codes, asked=_side_by_side(asked, len(frame)))

    def _known(self, histories: Histories, frame: pd.DataFrame) -> State:
        place = histories.place
        state: State = {"place": place}
        if self.ends:
            state["left"] = histories.left
        if self.clock is not None:
            state.update(_times(self.clock, histories, place))
            if not self.until:
                del state["end"]
        if self.paths is not None:
            state.update(self.paths.told(histories.rows, state.get("now")))
        codes = encoded(self.columns, frame)
        if self.echoes is not None:
            past = self.past(histories, codes)
            state[DUE_EVENT] = past.of_all()
            state[DUE_KIND] = kinds_of(past.kinds, state[DUE_EVENT])
        for column in self.columns:
            state[f"code {column.name}"] = codes[column.name]
            if column.grains:
                state[f"grain {column.name}"] = column.known(frame[column.name])
            if column.anywhere:
                own = before(histories.owner, frame[column.name])
                source, again = own.source, own.again
                state[f"known {column.name}"] = own.known
            elif column.repeats:
                source = self._sources(column, histories, codes, state)
                again = repeated(frame[column.name], source)
            if column.repeats:
                state[f"source {column.name}"] = source
                state[f"last {column.name}"] = codes[column.name][np.maximum(source, 0)]
                state[f"again {column.name}"] = again
        return state

    def past(self, histories: Histories, codes: Mapping[str, Codes]) -> Past:
        """The days of real histories, of which events come back; ``codes``: of their columns."""
        assert self.echoes is not None
        assert self.clock is not None
        assert histories.time is not None
        days = self.clock.moments(histories.rows[histories.time]) // self.clock.a_day
        return Past.of(histories, days, self.echoes.classes(codes), self.echoes.rhythms)

    def _sources(
        self, column: EventColumn, histories: Histories, codes: Mapping[str, Codes], state: State
    ) -> Codes:
        """Whose value may come again: what is due, or the last event, of the same key."""
        own = [codes[name] for name in column.key]
        source = sources(histories.owner, own)
        if self.echoes is None or not column.key:
            return source
        for due in state[DUE_EVENT].T[::-1]:
            others = [code[np.maximum(due, 0)] for code in own]
            source = np.where(same_kind(own, others, due), due, source)
        return source

    def state(self) -> Mapping[str, Any]:
        return {
            "clock": self.clock.state() if self.clock else None,
            "columns": [column.state() for column in self.columns],
            "totals": [[t.total.state(), t.codec.state()] for t in self.totals],
            "ends": self.ends,
            "until": self.until,
            "paths": self.paths.state() if self.paths else None,
            "echoes": self.echoes.state() if self.echoes else None,
            "companions": [companion.state() for companion in self.companions],
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Events:
        columns = tuple(EventColumn.from_state(column) for column in state["columns"])
        return cls(
            clock=Clock.from_state(state["clock"]) if state["clock"] else None,
            columns=columns,
            totals=tuple(
                LearnedTotal(
                    total=RunningTotal.from_state(total), codec=NumberCodec.from_state(codec)
                )
                for total, codec in state["totals"]
            ),
            ends=state["ends"],
            until=state["until"],
            paths=Paths.from_state(state["paths"]) if state["paths"] else None,
            echoes=Echoes.from_state(state["echoes"]) if state["echoes"] else None,
            companions=tuple(Companion.from_state(c, columns) for c in state["companions"]),
        )


def totals_before(
    total: RunningTotal, histories: Histories, opening: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The value of a total before every event."""
    before: NDArray[np.float64] = running(total, histories, opening) - total.signed(histories.rows)
    return before


def _side_by_side(asked: Sequence[NDArray[np.bool_]], rows: int) -> NDArray[np.bool_]:
    return np.stack(asked, 1) if asked else np.zeros((rows, 0), dtype=np.bool_)


def _place() -> Cell:
    return Cell(
        name="place",
        size=_FIRST_PLACES,
        front=True,
        told=lambda s: np.minimum(s["place"], _FIRST_PLACES - 1),
    )


def _left() -> Cell:
    return Cell(
        name="events left",
        size=BUCKETS,
        front=True,
        told=lambda s: bucket(s["left"]),
        ordered=True,
    )


def _times(clock: Clock, histories: Histories, place: Codes) -> State:
    assert histories.time is not None
    now = clock.moments(histories.rows[histories.time])
    first = place == 0
    before = np.where(first, now, np.concatenate([now[:1], now[:-1]]))
    ends = now[histories.starts + histories.lengths - 1][histories.owner]
    return {"now": now, "day": now // clock.a_day, "before": before, "end": ends}
