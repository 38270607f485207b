"""Holding running totals to where they were learned to be: no account sinks without end.

A network that misjudges one amount in a hundred lets a long sum drift to where no real one was.
Bins whose amounts would all lead beyond the lowest and the highest total learned are never drawn,
and in the others no amount that would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import SdType
from domain.synthesis.encoding.numbers import NumberCodec
from domain.synthesis.sequences.cells import Codes, State
from domain.synthesis.sequences.columns import EventColumn
from domain.synthesis.sequences.events import LearnedTotal
from domain.synthesis.sequences.grains import ends

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Holder:
    """What one running total allows of its amount."""

    learned: LearnedTotal
    column: EventColumn
    """That of the amount."""
    signs: NDArray[np.int64]
    low: float
    high: float
    least: Floats
    """The smallest amount of every code; NaN of a missing one."""
    most: Floats

    @classmethod
    def of(cls, learned: LearnedTotal, columns: Sequence[EventColumn]) -> Holder | None:
        """``None`` where the amount has no bins, or the total was always the same."""
        column = next(c for c in columns if c.name == learned.total.amount)
        if not isinstance(column.codec, NumberCodec) or not len(learned.codec.knots):
            return None
        low, high = _floats(learned.codec, np.sort(learned.codec.knots)[[0, -1]])
        beyond = np.full(column.codes - column.codec.bins, np.nan)
        least, most = (np.append(_floats(column.codec, e), beyond) for e in ends(column.codec))
        return cls(learned, column, learned.signs(columns), low, high, least, most)

    def codes(self, state: State, events: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which codes the amounts of some events may have: (events, codes)."""
        so_far, signs = self._now(state, events)
        one, other = (so_far[:, None] + signs[:, None] * end for end in (self.least, self.most))
        reached = (np.maximum(one, other) >= self.low) & (np.minimum(one, other) <= self.high)
        return reached | np.isnan(self.least)

    def again(self, state: State, events: NDArray[np.int64], amounts: Floats) -> NDArray[np.bool_]:
        """Which of some events may have ``amounts`` that came before."""
        so_far, signs = self._now(state, events)
        after = so_far + signs * np.nan_to_num(amounts)
        return (after >= self.low) & (after <= self.high)

    def inside(self, so_far: Floats, signs: Codes, codes: Codes, amounts: Floats) -> Floats:
        """Drawn ``amounts`` of bins; those that would lead the total ``so_far`` beyond its ends are
        moved in proportion into the part of their bin that does not, where there is one."""
        after = so_far + signs * amounts
        bounds = [signs * (self.low - so_far), signs * (self.high - so_far)]
        least, most = self.least[codes], self.most[codes]
        first = np.maximum(np.minimum(*bounds), least)
        last = np.minimum(np.maximum(*bounds), most)
        moved = np.flatnonzero(((after < self.low) | (after > self.high)) & (first <= last))
        shares = (amounts - least)[moved] / np.maximum((most - least)[moved], 1e-300)
        found = amounts.copy()
        found[moved] = first[moved] + shares.clip(0, 1) * (last - first)[moved]
        return self._on_grid(found, moved)

    def _on_grid(self, amounts: Floats, moved: Codes) -> Floats:
        """With the ``moved`` amounts as fine as the column's."""
        grid = self.column.codec.grid if isinstance(self.column.codec, NumberCodec) else None
        if grid is not None and len(moved):
            floats = pd.Series(amounts[moved])
            whole = grid.sdtype is SdType.INTEGER
            column: pd.Series = floats.round().astype("Int64") if whole else floats
            none = np.zeros(len(moved), dtype=np.bool_)
            amounts[moved] = grid.values(grid.positions(column), none).to_numpy(np.float64)
        return amounts

    def _now(self, state: State, events: NDArray[np.int64]) -> tuple[Floats, NDArray[np.int64]]:
        total = self.learned.total
        by = 0 if total.by is None else state.get(f"column {total.by}", np.zeros(1, np.int64))
        signs = np.broadcast_to(self.signs[by], len(state["place"]))
        return state[f"so far {total.total}"][events], signs[events]


def _floats(codec: NumberCodec, positions: Floats) -> Floats:
    values: pd.Series = codec.grid.values(positions, np.zeros(len(positions), dtype=np.bool_))
    return values.to_numpy(np.float64)
