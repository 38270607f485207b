"""Numbers of one series that wander instead of returning: learned as steps, not as levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType
from domain.synthesis.encoding.grid import Grid

FEWEST = 100
_REMEMBERED = 0.99
"""Correlation with the value before, from which on a level may wander."""
_MOVED = 0.8
"""Standard deviations between the means of both halves, from which on it does."""
_WIDE = 4.0
"""Highest over lowest value, from which on steps are shares of the level."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A wandering column: learned as the step since the event before, or from ``anchor``, another
    wandering column of the same event that it stays close to."""

    name: str
    anchor: str | None
    shares: bool
    """Whether steps are those of logarithms."""
    first: float
    low: float
    high: float
    """Nothing is drawn beyond: a path is reflected there."""
    decimals: int
    whole: bool

    def learned(self, rows: pd.DataFrame) -> Floats:
        """What is learned in place of the column: 0 for the first event of a path."""
        own = self._scaled(rows[self.name])
        if self.anchor is not None:
            return own - self._scaled(rows[self.anchor])
        return np.diff(own, prepend=own[0])

    def _scaled(self, column: pd.Series) -> Floats:
        values = column.to_numpy(np.float64)
        return np.log(values) if self.shares else values

    def path(self, steps: Floats, paths: Mapping[str, Floats]) -> Floats:
        """The scaled level from drawn steps; ``paths``: those of the columns before."""
        if self.anchor is not None:
            return paths[self.anchor] + steps
        return _reflected(self.first + np.cumsum(steps), self.low, self.high)

    def column(self, path: Floats) -> pd.Series:
        """The typed column."""
        values = pd.Series(np.exp(path) if self.shares else path).round(self.decimals)
        return values.round().astype("Int64") if self.whole else values

    def state(self) -> Mapping[str, Any]:
        return asdict(self)


def levels(rows: pd.DataFrame, specs: Sequence[ColumnSpec]) -> tuple[Level, ...]:
    """The wandering columns of one series, each after its anchor."""
    found: list[Level] = []
    wandering = [s for s in specs if _wanders(rows[s.name], s)]
    shares = all(rows[s.name].min() > 0 for s in wandering) and any(
        rows[s.name].max() > _WIDE * rows[s.name].min() for s in wandering
    )
    scaled = {s.name: _scale(rows[s.name], shares=shares) for s in wandering}
    for spec in wandering:
        own = scaled[spec.name]
        near = {level.name: _apart(own, scaled[level.name]) for level in found}
        anchor = min(near, key=lambda name: near[name]) if near else None
        if anchor is not None and near[anchor] > 2 * float(np.abs(np.diff(own)).mean()):
            anchor = None
        grid = Grid.fit(rows[spec.name], spec)
        found.append(
            Level(
                name=spec.name,
                anchor=anchor,
                shares=shares,
                first=float(own[0]),
                low=float(own.min()),
                high=float(own.max()),
                decimals=len(str(grid.scale)) - 1 if grid.step else 6,
                whole=spec.sdtype is SdType.INTEGER,
            )
        )
    return tuple(found)


def _wanders(column: pd.Series, spec: ColumnSpec) -> bool:
    if spec.sdtype not in (SdType.INTEGER, SdType.FLOAT) or column.isna().any():
        return False
    values, middle = column.to_numpy(np.float64), len(column) // 2
    if len(values) < FEWEST or not values.std():
        return False
    remembered = float(np.corrcoef(values[1:], values[:-1])[0, 1])
    moved = abs(values[:middle].mean() - values[middle:].mean()) / values.std()
    return remembered >= _REMEMBERED and moved >= _MOVED


def _scale(column: pd.Series, *, shares: bool) -> Floats:
    values = column.to_numpy(np.float64)
    return np.log(values) if shares else values


def _apart(one: Floats, other: Floats) -> float:
    return float(np.abs(one - other).mean())


def _reflected(path: Floats, low: float, high: float) -> Floats:
    """A path folded into ``[low, high]``, as a ball between two walls."""
    width = high - low
    if width <= 0:
        return np.full(len(path), low)
    return low + width - np.abs((path - low) % (2 * width) - width)
