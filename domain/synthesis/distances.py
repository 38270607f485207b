"""The upper column of orders as its distance from the lower ones: what is close stays close."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.constraint_rows import floats
from domain.datasets.entities import ColumnSpec, SdType, TableMetadata

_UNITS = tuple(
    int(pd.Timedelta(1, unit).value) for unit in ("D", "h", "min", "s", "ms", "us", "ns")
)
"""Nanoseconds."""
_MAX_DECIMALS = 9
_MORE_DISTINCT = 1.5
"""Times as many different distances as values: the distance blurs values that stand out."""
_LIMIT = 9.2e18
"""Nanoseconds from 1970 that a moment can be away (the year 2261)."""

_NO_MOMENT = np.iinfo(np.int64).min

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """``high`` as a whole number of steps above the highest of ``lows``.

    The lower values are first put on the upper column's grid. Rows without any count from
    ``anchor``, so that every upper value has a distance.
    """

    lows: tuple[str, ...]
    high: str
    kind: SdType
    """Of the upper column."""
    step: int
    """Nanoseconds of a moment's grid; of numbers, the decimals."""
    anchor: int | float

    @classmethod
    def fit(
        cls, lows: Sequence[str], high: str, frame: pd.DataFrame, table: TableMetadata
    ) -> Distance | None:
        """The distance, unless its values say less about the table than the column itself."""
        kind = table.column(high).sdtype
        step = _grid(frame[high], kind)
        full = frame[[*lows, high]].dropna()
        if step is None or full.empty:
            return None
        moments = kind is SdType.DATETIME
        middle = _ticks(full[lows[0]]) if moments else floats(full[lows[0]])
        anchor = int(np.median(middle)) if moments else float(np.round(np.median(middle), step))
        distance = cls(lows=tuple(lows), high=high, kind=kind, step=step, anchor=anchor)
        distances = floats(distance.shaped(full, full)[high])
        values = _ticks(full[high]) / step if moments else floats(full[high])
        return distance if _says_more(distances, np.asarray(values, dtype=np.float64)) else None

    @property
    def makes(self) -> tuple[str, ...]:
        return (self.high,)

    @property
    def needs(self) -> tuple[str, ...]:
        return self.lows

    def specs(self, specs: Sequence[ColumnSpec]) -> list[ColumnSpec]:
        return [self._spec() if s.name == self.high else s for s in specs]

    def _spec(self) -> ColumnSpec:
        if self.kind is SdType.FLOAT:
            return ColumnSpec(name=self.high, sdtype=SdType.FLOAT, decimals=self.step)
        return ColumnSpec(name=self.high, sdtype=SdType.INTEGER)

    def shaped(self, frame: pd.DataFrame, original: pd.DataFrame) -> pd.DataFrame:
        high = original[self.high]
        if self.kind is SdType.DATETIME:
            distance = (_ticks(high) - self._from_moments(original)) // self.step
            values = _whole(distance, high.isna().to_numpy(np.bool_))
        elif self.kind is SdType.INTEGER:
            missing = high.isna().to_numpy(np.bool_)
            top = high.fillna(0).to_numpy(np.int64)
            values = _whole(top - self._from_numbers(original).astype(np.int64), missing)
        else:
            numbers = floats(high) - self._from_numbers(original)
            values = pd.Series(np.round(numbers, self.step) + 0.0)
        return frame.assign(**{self.high: values.set_axis(frame.index)})

    def restored(self, frame: pd.DataFrame) -> pd.DataFrame:
        distance = frame[self.high]
        missing = distance.isna().to_numpy(np.bool_)
        if self.kind is SdType.DATETIME:
            steps = np.where(missing, 0, floats(distance))
            start = self._from_moments(frame)
            end = start + steps * float(self.step)
            missing |= np.abs(end) >= _LIMIT
            ticks = start + np.where(missing, 0, steps).astype(np.int64) * self.step
            moments = ticks.astype("datetime64[ns]")
            moments[missing] = np.datetime64("NaT", "ns")
            values = pd.Series(moments, index=frame.index)
        elif self.kind is SdType.INTEGER:
            start = self._from_numbers(frame).astype(np.int64)
            steps = distance.fillna(0).to_numpy(np.int64)
            values = _whole(start + steps, missing).set_axis(frame.index)
        else:
            top = np.round(self._from_numbers(frame) + floats(distance), self.step) + 0.0
            values = pd.Series(top, index=frame.index)
        return frame.assign(**{self.high: values})

    def lowered(self, frame: pd.DataFrame, rows: NDArray[np.bool_], high: pd.Series) -> pd.Series:
        """The only lower column with ``rows`` set so that the drawn distance leads to ``high``."""
        low = frame[self.lows[0]]
        if self.kind is SdType.DATETIME:
            moved = _ticks(low) + (_ticks(high) - _ticks(frame[self.high]))
            shifted = pd.Series(moved.astype("datetime64[ns]"), index=low.index)
            return low.where(~rows, shifted)
        moved_numbers = floats(low) + (floats(high) - floats(frame[self.high]))
        if pd.api.types.is_integer_dtype(low.dtype):
            whole = pd.Series(np.round(moved_numbers), index=low.index).astype("Int64")
            return low.where(~rows, whole)
        return low.where(~rows, np.round(moved_numbers, _MAX_DECIMALS) + 0.0)

    def _from_moments(self, frame: pd.DataFrame) -> NDArray[np.int64]:
        """Where each row counts from, on the upper column's grid."""
        highest = np.max([_ticks(frame[low]) for low in self.lows], axis=0)
        ticks = np.where(highest == _NO_MOMENT, int(self.anchor), highest)
        return np.asarray(ticks // self.step * self.step, dtype=np.int64)

    def _from_numbers(self, frame: pd.DataFrame) -> Floats:
        highest = np.fmax.reduce([floats(frame[low]) for low in self.lows])
        numbers = np.where(np.isnan(highest), self.anchor, highest)
        return np.asarray(np.round(numbers, self.step), dtype=np.float64)

    def state(self) -> Mapping[str, Any]:
        return {
            "kind": "distance",
            "lows": list(self.lows),
            "high": self.high,
            "type": self.kind.value,
            "step": self.step,
            "anchor": self.anchor,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any], table: TableMetadata) -> Distance:
        return cls(
            lows=tuple(state["lows"]),
            high=state["high"],
            kind=SdType(state["type"]),
            step=state["step"],
            anchor=state["anchor"],
        )


def _ticks(moments: pd.Series) -> NDArray[np.int64]:
    """Nanoseconds since 1970; of a missing moment the lowest number there is."""
    return np.asarray(moments.to_numpy("datetime64[ns]").astype(np.int64))


def _whole(values: NDArray[np.int64], missing: NDArray[np.bool_]) -> pd.Series:
    return pd.Series(pd.arrays.IntegerArray(np.where(missing, 0, values), missing))


def _grid(column: pd.Series, kind: SdType) -> int | None:
    """The largest unit of time, or the fewest decimals, that all values keep to."""
    if kind is SdType.INTEGER:
        return 0
    present = column.dropna()
    if kind is SdType.DATETIME:
        ticks = _ticks(present)
        return next(unit for unit in _UNITS if not (ticks % unit).any())
    values = floats(present)
    fits = (p for p in range(_MAX_DECIMALS + 1) if np.array_equal(np.round(values, p), values))
    return next(fits, None)


def _says_more(distances: Floats, values: Floats) -> bool:
    """Whether distances lie closer together than the values, on hardly more different points."""
    spread = np.ptp(np.quantile(distances, [0.05, 0.95]))
    few = len(np.unique(distances)) <= _MORE_DISTINCT * len(np.unique(values))
    return bool(spread < np.ptp(np.quantile(values, [0.05, 0.95])) and few)
