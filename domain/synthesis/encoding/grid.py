"""The grid that a number or datetime column lives on: its unit, smallest step and rounding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType

_MAX_DECIMALS = 9
_EXACT = 2**53
"""Whole numbers up to here are exact in float64."""
_POSITIONS = 2**51
"""Positions at most: halves between them are exact as well."""
_NANOSECONDS = (86_400 * 10**9, 3_600 * 10**9, 60 * 10**9, 10**9, 10**6, 10**3)
"""Datetime resolutions that are recognised: day, hour, minute, second, millisecond, microsecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Maps a typed column to float64 positions and back.

    Positions are ``(value - origin) / step`` as whole numbers where the column has a smallest
    step, and the values themselves where it has none (``step`` 0, floats only). ``scale`` turns
    decimals into whole numbers first (100 for two decimals). Over a range too wide for float64
    the step is a power of two larger than the column's own.
    """

    sdtype: SdType
    origin: int = 0
    step: int = 0
    scale: int = 1

    @classmethod
    def fit(cls, column: pd.Series, spec: ColumnSpec) -> Grid:
        """Find unit, decimals and step of the non-missing values."""
        present = column.dropna()
        if spec.sdtype is SdType.DATETIME:
            return cls._of_datetimes(present, spec)
        if spec.sdtype is SdType.INTEGER:
            return cls._of_whole_numbers(present.to_numpy(np.int64), SdType.INTEGER, scale=1)
        return cls._of_floats(present.to_numpy(np.float64), spec)

    @classmethod
    def _of_datetimes(cls, present: pd.Series, spec: ColumnSpec) -> Grid:
        nanoseconds = present.to_numpy("datetime64[ns]").astype(np.int64)
        unit = next((u for u in _NANOSECONDS if not (nanoseconds % u).any()), 10**3)
        if spec.date_only:
            unit = _NANOSECONDS[0]
        return cls(sdtype=SdType.DATETIME, step=unit)

    @classmethod
    def _of_floats(cls, values: NDArray[np.float64], spec: ColumnSpec) -> Grid:
        decimals = spec.decimals if spec.decimals is not None else _decimals(values)
        scale = 10**decimals if decimals is not None else 0
        if not scale or (len(values) and np.abs(values).max() * scale >= _EXACT):
            return cls(sdtype=SdType.FLOAT)
        whole = np.round(values * scale).astype(np.int64)
        return cls._of_whole_numbers(whole, SdType.FLOAT, scale=scale)

    @classmethod
    def _of_whole_numbers(cls, whole: NDArray[np.int64], sdtype: SdType, *, scale: int) -> Grid:
        if not len(whole):
            return cls(sdtype=sdtype, step=1, scale=scale)
        origin = int(whole.min())
        # uint64 differences cannot overflow, even from the lowest to the highest int64.
        steps = whole.astype(np.uint64) - np.uint64(origin % 2**64)
        step = max(int(np.gcd.reduce(steps)), 1)
        while int(steps.max()) // step > _POSITIONS:
            step *= 2
        return cls(sdtype=sdtype, origin=origin, step=step, scale=scale)

    @property
    def decimals(self) -> int | None:
        """Of the values; ``None`` where they have no smallest step."""
        return len(str(self.scale)) - 1 if self.step else None

    def positions(self, present: pd.Series) -> NDArray[np.float64]:
        """Positions of non-missing values (values off the grid are rounded onto it)."""
        if self.sdtype is SdType.DATETIME:
            nanoseconds = present.to_numpy("datetime64[ns]").astype(np.int64)
            return np.floor_divide(nanoseconds, self.step).astype(np.float64)
        if self.sdtype is SdType.FLOAT:
            values = present.to_numpy(np.float64)
            if not self.step:
                return values
            return np.round((values * self.scale - self.origin) / self.step)
        # A given value may lie below everything that was learned.
        whole = np.maximum(present.to_numpy(np.int64), self.origin).astype(np.uint64)
        below, over = np.divmod(whole - np.uint64(self.origin % 2**64), np.uint64(self.step))
        return np.minimum(below.astype(np.float64) + (over > self.step // 2), self._most)

    def position_of(self, text: str) -> Fraction:
        """Where a value stands exactly, off the grid too. ``text``: as in ``Condition``."""
        if self.sdtype is SdType.DATETIME:
            moment = pd.Timestamp(text)
            moment = moment.tz_convert("UTC").tz_localize(None) if moment.tzinfo else moment
            return Fraction(int(moment.as_unit("ns").value), self.step)
        if not self.step:
            return Fraction(float(text))
        return (Fraction(text) * self.scale - self.origin) / self.step

    def values(self, positions: NDArray[np.float64], missing: NDArray[np.bool_]) -> pd.Series:
        """The typed column for ``positions``; rows that are ``missing`` have no value."""
        if self.sdtype is SdType.FLOAT:
            return pd.Series(np.where(missing, np.nan, self._floats(positions)))
        whole = np.where(missing, 0, np.round(positions))
        if self.sdtype is SdType.DATETIME:
            moments = (whole.astype(np.int64) * self.step).astype("datetime64[ns]")
            moments[missing] = np.datetime64("NaT")
            return pd.Series(moments)
        return pd.Series(pd.arrays.IntegerArray(self._whole_numbers(whole), missing.copy()))

    def _whole_numbers(self, steps: NDArray[np.float64]) -> NDArray[np.int64]:
        """``origin + steps * step``, held inside int64 by unsigned arithmetic."""
        most = self._most
        over = steps >= float(most)
        counts = np.where(over, 0, steps).astype(np.uint64)
        counts[over] = most
        numbers = counts * np.uint64(self.step) + np.uint64(self.origin % 2**64)
        return numbers.view(np.int64)

    @property
    def _most(self) -> int:
        """The last position inside int64."""
        return (2**63 - 1 - self.origin) // self.step

    def _floats(self, positions: NDArray[np.float64]) -> NDArray[np.float64]:
        if not self.step:
            return positions
        return (np.round(positions).astype(np.int64) * self.step + self.origin) / self.scale

    def state(self) -> Mapping[str, Any]:
        return {
            "sdtype": self.sdtype.value,
            "origin": self.origin,
            "step": self.step,
            "scale": self.scale,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Grid:
        return cls(**{**state, "sdtype": SdType(state["sdtype"])})


def _decimals(values: NDArray[np.float64]) -> int | None:
    """The fewest decimals that write every value exactly, ``None`` above nine."""
    for decimals in range(_MAX_DECIMALS + 1):
        if np.array_equal(np.round(values, decimals), values):
            return decimals
    return None
