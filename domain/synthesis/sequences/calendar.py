"""Calendar features of days since 1970, in UTC."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]

FEATURES = (7, 31, 31)
"""Sizes of ``weekday``, ``day_of_month`` and ``days_to_end``."""
_THURSDAY = 3
"""1970-01-01, counted from Monday."""


def weekday(days: Whole) -> Whole:
    """0 (Monday) to 6."""
    return (days + _THURSDAY) % 7


def day_of_month(days: Whole) -> Whole:
    """0 to 30."""
    return days - _month_starts(days, 0)


def days_to_end(days: Whole) -> Whole:
    """Days to the last of the month, 0 to 30."""
    return _month_starts(days, 1) - 1 - days


def month(days: Whole) -> Whole:
    """0 (January) to 11."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12


def features(days: Whole) -> Whole:
    """``FEATURES`` of each day, side by side in a new last dimension."""
    return np.stack([weekday(days), day_of_month(days), days_to_end(days)], axis=-1)


def _month_starts(days: Whole, later: int) -> Whole:
    months = days.astype("datetime64[D]").astype("datetime64[M]") + later
    return months.astype("datetime64[D]").astype(np.int64)
