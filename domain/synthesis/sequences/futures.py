"""New events behind given ones, as typed rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.synthesis.sequences.columns import EventColumn
from domain.synthesis.sequences.drawing import DrawnEvents
from domain.synthesis.sequences.given_histories import OWNER, GivenHistories

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Future:
    """Drawn histories that begin with given events. Arrays of events are sorted by history."""

    given: GivenHistories
    drawn: DrawnEvents
    histories: Whole
    """The history of each column of ``drawn``."""
    columns: Whole
    """The column of ``drawn`` of each history, in their order."""
    owner: Whole
    """The history of each event."""
    flat: Whole
    """The number of each event in ``drawn``."""
    new: NDArray[np.bool_]
    """Which events were not given."""

    @classmethod
    def of(cls, given: GivenHistories, drawn: DrawnEvents, part: Whole, order: Whole) -> Future:
        """``order``: which of the histories ``part`` each column of ``drawn`` is."""
        columns = np.argsort(order)
        number, steps = np.nonzero(drawn.real[:, columns].T)
        owner = part[number]
        return cls(
            given=given,
            drawn=drawn,
            histories=part[order],
            columns=columns,
            owner=owner,
            flat=steps * drawn.real.shape[1] + columns[number],
            new=steps >= given.histories.lengths[owner],
        )

    def rows(self, rng: np.random.Generator) -> pd.DataFrame:
        """The new events, and in ``OWNER`` the history of each one."""
        model, histories = self.given.model, self.given.histories
        named = [name for name in (model.keys.entity, *model.constant) if name is not None]
        last = histories.rows[named].groupby(histories.owner).last()
        of_columns = last.iloc[self.histories].reset_index(drop=True)
        frame = model.frame(self.drawn, of_columns, self.columns, rng)
        for column in model.events.columns:
            if column.repeats and column.name not in self.drawn.values:
                frame[column.name] = self._recalled(column, frame)
        frame = self._paired(frame)
        told = {name: last[name].iloc[self.owner].array for name in named}
        return frame.assign(**told, **{OWNER: self.owner})[self.new].reset_index(drop=True)

    def _paired(self, frame: pd.DataFrame) -> pd.DataFrame:
        """What another column says is as in the given rows, for what came from there."""
        for partner in self.given.model.partners:
            partner.meet(self.given.histories.rows)
        return self.given.model.paired(frame)

    def _recalled(self, column: EventColumn, frame: pd.DataFrame) -> pd.Series:
        """A column whose values come again, where they come from given events."""
        number = np.zeros(self.drawn.real.size, dtype=np.int64)
        number[self.flat] = np.arange(len(self.flat))
        source = number[self.drawn.sources[column.name].reshape(-1)[self.flat]]
        again = self.new & ~self.new[source]
        given = self._given_values(column)
        values = frame[column.name].astype(object)
        own = given.iloc[np.cumsum(~self.new)[source] - 1].reset_index(drop=True)
        if column.since:
            own = own + frame[str(self.given.model.keys.time)]
        values[again] = own.astype(object)[again]
        return values.astype(frame[column.name].dtype)

    def _given_values(self, column: EventColumn) -> pd.Series:
        """The cells of the given events of these histories, in order; of moments, how much later
        than the event they are."""
        histories = self.given.histories
        mine = np.isin(histories.owner, self.histories)
        rows = histories.rows[mine].reset_index(drop=True)
        if column.since:
            return rows[column.name] - rows[str(self.given.model.keys.time)]
        return rows[column.name]
