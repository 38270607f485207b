"""Numbers and moments as positions on a scale that is known without the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType

Floats = NDArray[np.float64]

_DAY, _SECOND = 86_400 * 10**9, 10**9
_STEPS = (1, 3)
_SMALLEST, _LARGEST = -9, 15
"""Powers of ten between which numbers are told apart by size."""
_YEARS = (1850, 2150)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """``position = value × factor``; whole where the column is written with fixed decimals."""

    kind: SdType
    factor: float
    whole: bool

    @classmethod
    def of(cls, spec: ColumnSpec) -> Scale:
        """From the way the column is written, which is taken as public."""
        if spec.sdtype is SdType.DATETIME:
            unit = _DAY if spec.date_only else _SECOND
            return cls(kind=spec.sdtype, factor=1 / unit, whole=True)
        if spec.sdtype is SdType.INTEGER:
            return cls(kind=spec.sdtype, factor=1.0, whole=True)
        if spec.decimals is None:
            return cls(kind=spec.sdtype, factor=1.0, whole=False)
        return cls(kind=spec.sdtype, factor=10.0**spec.decimals, whole=True)

    def positions(self, column: pd.Series) -> tuple[Floats, NDArray[np.bool_]]:
        """Positions, and which cells are missing."""
        missing = column.isna().to_numpy()
        if self.kind is SdType.DATETIME:
            values = column.to_numpy("datetime64[ns]").astype(np.int64).astype(np.float64)
        else:
            values = column.to_numpy(np.float64, na_value=np.nan)
        values = np.where(missing, 0.0, values) * self.factor
        if self.whole:
            rounded = np.floor(values) if self.kind is SdType.DATETIME else np.round(values)
            return rounded, missing
        return values, missing

    def values(self, positions: Floats, missing: NDArray[np.bool_]) -> pd.Series:
        """The typed column."""
        if self.kind is SdType.FLOAT:
            return pd.Series(np.where(missing, np.nan, positions / self.factor))
        whole = np.where(missing, 0, positions)
        if self.kind is SdType.DATETIME:
            unit = round(1 / self.factor)
            moments = (whole.astype(np.int64) * unit).astype("datetime64[ns]")
            moments[missing] = np.datetime64("NaT")
            return pd.Series(moments)
        limited = np.clip(whole, -(2.0**62), 2.0**62).astype(np.int64)
        return pd.Series(pd.arrays.IntegerArray(limited, missing.copy()))

    def coarse(self, bounds: tuple[float, float] | None) -> Floats:
        """Edges of a few cells that hold every number there may be; ``bounds`` are public."""
        edges = self._years() if self.kind is SdType.DATETIME else self._sizes()
        if bounds is None:
            return edges
        low, high = bounds[0] * self.factor, bounds[1] * self.factor
        past = high + 1 if self.whole else np.nextafter(high, np.inf)
        inside = edges[(edges > low) & (edges < past)]
        return np.concatenate([[low], inside, [past]])

    def _years(self) -> Floats:
        years = [f"{year}-01-01" for year in range(*_YEARS)]
        starts = np.array(years, dtype="datetime64[ns]").astype(np.int64)
        return np.floor(starts.astype(np.float64) * self.factor)

    def _sizes(self) -> Floats:
        powers = range(0 if self.whole else _SMALLEST, _LARGEST)
        above = np.array([step * 10.0**power for power in powers for step in _STEPS])
        below = -above[::-1] + (1 if self.whole else 0)
        return np.unique(np.concatenate([below, [0.0], above]))
