"""A person's own events as the network reads them: sorted, coded, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.kernel import BadInput
from domain.synthesis.sequences.cells import DRAWN
from domain.synthesis.sequences.columns import KIND, EventColumn
from domain.synthesis.sequences.following import GivenEvents
from domain.synthesis.sequences.histories import Histories
from domain.synthesis.sequences.model import SequenceModel
from domain.synthesis.sequences.running import RunningTotal, running

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
_Number = TypeVar("_Number", np.int64, np.float64)

OWNER = "number of its history"
READ = 4_096
"""Events of one series that are read before it goes on: the last ones tell all that is told."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GivenHistories:
    """Given events of a fitted log. ``rows`` of ``histories`` are typed and as they were given."""

    model: SequenceModel
    histories: Histories

    @classmethod
    def of(cls, model: SequenceModel, given: pd.DataFrame) -> GivenHistories:
        """Sort ``given`` (typed, every column there); raises :class:`BadInput` where it is not
        said whose event a row is, or when it happened."""
        if any(column.name == KIND for column in model.events.columns):
            raise BadInput(
                "This run learned several tables as one stream of events, which is drawn whole; "
                "train on the one table of events to continue its histories."
            )
        for name, what in ((model.keys.entity, "whose it is"), (model.keys.time, "when it was")):
            if name is not None:
                _refuse_gaps(given, name, what)
        return cls(model=model, histories=Histories.of(given, model.keys))

    @property
    def last_rows(self) -> Whole:
        """The place of the last event of each history."""
        return self.histories.starts + self.histories.lengths - 1

    def times(self) -> tuple[Whole, Whole]:
        """When each history begins, and its last given event, in the clock's units."""
        clock, time = self.model.events.clock, self.model.keys.time
        if clock is None or time is None:
            nothing = np.zeros(self.histories.entities, dtype=np.int64)
            return nothing, nothing
        now = clock.moments(self.histories.rows[time])
        return now[self.histories.starts], now[self.last_rows]

    def openings(self) -> dict[str, Floats]:
        """The value of every running total before the first event."""
        return {t.total.total: _opening(t.total, self.histories) for t in self.model.events.totals}

    def read(self) -> GivenEvents:
        """The events side by side, in the order of the histories."""
        events, rows = self.model.events, self.histories.rows
        totals = {t.total.total: _filled(t.total, self.histories) for t in events.totals}
        opened = self.openings()
        before = {name: _before(values, opened[name], self) for name, values in totals.items()}
        values = dict(totals)
        for learned in events.totals:
            amounts = rows[learned.total.amount].astype("Float64")
            values[learned.total.amount] = np.asarray(amounts.to_numpy(np.float64, na_value=np.nan))
        if events.paths is not None:
            scored = zip(events.paths.names, events.paths.scales, strict=True)
            values |= {name: scale.scored(rows[name]) for name, scale in scored}
        now = None
        if events.clock is not None and self.model.keys.time is not None:
            now = self._laid(events.clock.moments(rows[self.model.keys.time]))
        return GivenEvents(
            lengths=self.histories.lengths,
            codes=self._laid(self._codes(before), DRAWN).astype(np.int16),
            now=now,
            values={name: self._laid(column) for name, column in values.items()},
        )

    def followed_by(self, rows: pd.DataFrame, part: Whole) -> pd.DataFrame:
        """The histories ``part`` with new ``rows``, which say in ``OWNER`` of which they are."""
        histories = self.histories.only(np.isin(self.histories.owner, part))
        owner = np.searchsorted(np.sort(part), rows[OWNER].to_numpy(np.int64))
        return histories.followed_by(rows, owner)[list(self.model.columns)]

    def _codes(self, before: dict[str, Floats]) -> Whole:
        """The codes of every row, ``DRAWN`` where its cell says nothing to the network or follows
        from others: ``(rows, cells)``."""
        events, frame = self.model.events, self._learned_frame()
        codes = events.coded(self.histories, frame, before).codes.astype(np.int64)
        for place, cell in enumerate(events.cells()):
            if cell.front:
                codes[:, place] = DRAWN
        place_of = {cell.name: i for i, cell in enumerate(events.cells())}
        for column in events.columns:
            unknown = ~_known(column, frame[column.name])
            for cell in column.cells():
                codes[unknown, place_of[cell.name]] = DRAWN
            if column.repeats and column.codec.size > 1:
                codes[:, place_of[column.cells()[0].name]] = DRAWN
        return codes

    def _learned_frame(self) -> pd.DataFrame:
        """The columns of events as they were learned: moments since the event, surprises."""
        events, rows = self.model.events, self.histories.rows
        clock, time = events.clock, self.model.keys.time
        frame = rows[[c.name for c in events.columns]].copy()
        now = None
        if clock is not None and time is not None:
            now = clock.moments(rows[time])
            for column in events.columns:
                if column.since:
                    passed = (rows[column.name] - rows[time]).dt.total_seconds()
                    frame[column.name] = (passed * (10**9 / clock.unit)).round().astype("Int64")
        if events.paths is not None:
            frame = frame.assign(**events.paths.learned(frame, now))
        return frame

    def _laid(self, column: NDArray[_Number], empty: float = 0) -> NDArray[_Number]:
        """Values of rows as ``(events, histories, …)``."""
        histories = self.histories
        shape = (int(histories.lengths.max()), histories.entities, *column.shape[1:])
        laid = np.full(shape, empty, dtype=column.dtype)
        laid[histories.place, histories.owner] = column
        return laid


def _refuse_gaps(given: pd.DataFrame, name: str, what: str) -> None:
    gaps = np.flatnonzero(given[name].isna().to_numpy(np.bool_))
    if len(given) and len(gaps) == len(given):
        raise BadInput(
            f"No given row says {what}; add the column “{name}”, so that it is clear what goes on."
        )
    if len(gaps):
        raise BadInput(
            f"{len(gaps):,} of the given rows do not say {what} (the first: row {gaps[0] + 1:,} "
            f"below the header); fill in “{name}” there, or leave these rows out."
        )


def _known(column: EventColumn, values: pd.Series) -> NDArray[np.bool_]:
    """Which cells say something: of invented values it is whether they are there."""
    if column.codec.size == 1:
        return np.ones(len(values), dtype=np.bool_)
    known: NDArray[np.bool_] = column.codec.knows(values) | (values.notna() & column.repeats)
    return known


def _opening(total: RunningTotal, histories: Histories) -> Floats:
    """From the first event whose total is given, what was there before the history; 0 without."""
    after = _floats(histories.rows[total.total])
    change = running(total, histories, np.zeros(histories.entities))
    known = np.flatnonzero(~np.isnan(after))
    owners, first = np.unique(histories.owner[known], return_index=True)
    opening = np.zeros(histories.entities)
    opening[owners] = (after - change)[known[first]]
    return opening


def _filled(total: RunningTotal, histories: Histories) -> Floats:
    """The total after every event: as given, else added up."""
    after = _floats(histories.rows[total.total])
    added = running(total, histories, _opening(total, histories))
    return np.where(np.isnan(after), added, after)


def _before(values: Floats, opening: Floats, given: GivenHistories) -> Floats:
    """The total before every event."""
    histories = given.histories
    before = np.concatenate([values[:1], values[:-1]])
    return np.where(histories.place == 0, opening[histories.owner], before)


def _floats(column: pd.Series) -> Floats:
    return np.asarray(column.astype("Float64").to_numpy(np.float64, na_value=np.nan))


def trimmed(histories: Histories) -> Histories:
    """Of long histories the last ``READ`` events."""
    return histories.only(histories.left <= READ)
