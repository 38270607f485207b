"""When events happen, in whole ticks that follow from how the time column is written alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType

Whole = NDArray[np.int64]

_SECONDS = 86_400
_FINEST = 6
"""Decimals that numbers without a fixed format are read to."""
_THURSDAY = 3
"""The weekday of 1970-01-01, where Monday is 0."""

WEEKDAYS, MONTH_PARTS = 7, 7
"""Codes of a weekday, and of a part of the month: five days each, and the last day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Ticks are days for dates, seconds for moments, and the last written digit for numbers."""

    sdtype: SdType
    a_day: int
    """Ticks of a day; 1 where no tick is a part of one."""
    decimals: int

    @classmethod
    def of(cls, spec: ColumnSpec) -> Timeline:
        """From the confirmed format of the time column, which is taken as public."""
        clocked = spec.sdtype is SdType.DATETIME and not spec.date_only
        decimals = 0
        if spec.sdtype is SdType.FLOAT:
            decimals = _FINEST if spec.decimals is None else spec.decimals
        return cls(sdtype=spec.sdtype, a_day=_SECONDS if clocked else 1, decimals=decimals)

    @property
    def dated(self) -> bool:
        """Whether there are weekdays and months."""
        return self.sdtype is SdType.DATETIME

    @property
    def clocked(self) -> bool:
        """Whether there is a time of day."""
        return self.a_day > 1

    def ticks(self, column: pd.Series) -> Whole:
        """Of a typed column without missing cells."""
        if self.dated:
            unit = "datetime64[s]" if self.clocked else "datetime64[D]"
            return np.asarray(column.to_numpy("datetime64[ns]").astype(unit).astype(np.int64))
        values = column.to_numpy(np.float64) * 10.0**self.decimals
        return np.asarray(np.rint(np.clip(values, -(2.0**53), 2.0**53)), dtype=np.int64)

    def column(self, ticks: Whole) -> pd.Series:
        """The typed column."""
        if self.dated:
            unit = "datetime64[s]" if self.clocked else "datetime64[D]"
            return pd.Series(ticks.astype(unit).astype("datetime64[ns]"))
        if self.sdtype is SdType.INTEGER:
            return pd.Series(pd.array(ticks, dtype="Int64"))
        return pd.Series(np.round(ticks / 10.0**self.decimals, self.decimals))

    def weekday(self, ticks: Whole) -> Whole:
        """0 for Monday to 6 for Sunday."""
        return np.asarray((ticks // self.a_day + _THURSDAY) % WEEKDAYS)

    def month_part(self, ticks: Whole) -> Whole:
        """Five days each from 0 on; 6 for the last day of the month."""
        days = (ticks // self.a_day).astype("datetime64[D]")
        months = days.astype("datetime64[M]")
        of_month = (days - months.astype("datetime64[D]")).astype(np.int64)
        last = (days + np.timedelta64(1, "D")).astype("datetime64[M]") != months
        return np.where(last, MONTH_PARTS - 1, np.minimum(of_month // 5, MONTH_PARTS - 2))

    def state(self) -> Mapping[str, Any]:
        return {"sdtype": self.sdtype.value, "a_day": self.a_day, "decimals": self.decimals}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Timeline:
        return cls(**{**state, "sdtype": SdType(state["sdtype"])})
