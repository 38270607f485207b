"""Times as numbers that count: Unix seconds and milliseconds, and the serial days of spreadsheets.

Their formats: ``%s`` seconds since 1970 UTC (glibc), ``%s%3f`` milliseconds, and ``%#d`` whole days
since 1899-12-30, which Excel and its kin write for a date without a cell format (ECMA-376, 18.17.4;
right from March 1900 on).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

SECONDS, MILLISECONDS, SERIAL_DAYS = "%s", "%s%3f", "%#d"
COUNTED: Mapping[str | None, np.timedelta64] = {
    SECONDS: np.timedelta64(1, "s"),
    MILLISECONDS: np.timedelta64(1, "ms"),
    SERIAL_DAYS: np.timedelta64(86_400, "s"),
}
"""What one stands for, by format."""

_WHOLE = r"^(0|-?[1-9][0-9]{0,14})$"
_RANGES = {
    SECONDS: (10**9, 2 * 10**9),
    MILLISECONDS: (10**12, 2 * 10**12),
    SERIAL_DAYS: (10_000, 60_000),
}
"""From 2001 to 2033; serial days from 1927 to 2064: what people keep tables about."""
_LIMIT = 2**62
"""Nanoseconds: 146 years, well inside 64 bits."""


def counting_format(texts: pa.Array, *, days: bool) -> str | None:
    """The format in which all of the whole numbers are times, if one is; ``days``: whether the
    header says so of a date, for small numbers may count anything."""
    if not len(texts) or not pc.all(pc.match_substring_regex(texts, _WHOLE)).as_py():
        return None
    numbers = pc.cast(texts, pa.int64())
    low, high = pc.min(numbers).as_py(), pc.max(numbers).as_py()
    forms = (SECONDS, MILLISECONDS, SERIAL_DAYS) if days else (SECONDS, MILLISECONDS)
    return next((f for f in forms if _RANGES[f][0] <= low and high <= _RANGES[f][1]), None)


def counted(texts: pa.Array, form: str | None) -> NDArray[np.datetime64]:
    """The moment of each number in nanoseconds, ``NaT`` where it is none or out of reach."""
    unit = COUNTED[form] // np.timedelta64(1, "ns")
    fits = pc.match_substring_regex(texts, _WHOLE)
    numbers = pc.cast(pc.if_else(fits, texts, "0"), pa.int64()).to_numpy(zero_copy_only=False)
    reached = fits.to_numpy(zero_copy_only=False).astype(bool) & (abs(numbers) < _LIMIT // unit)
    moments = _start(form) + (np.where(reached, numbers, 0) * unit).astype("timedelta64[ns]")
    moments[~reached] = np.datetime64("NaT", "ns")
    return moments


def write_counted(moments: NDArray[np.datetime64], form: str) -> pa.Array:
    """The whole number that stands for each moment (none may be ``NaT``)."""
    numbers = (moments.astype("datetime64[ns]") - _start(form)) // COUNTED[form]
    return pc.cast(pa.array(numbers.astype(np.int64)), pa.string())


def _start(form: str | None) -> np.datetime64:
    return np.datetime64("1899-12-30" if form == SERIAL_DAYS else "1970-01-01", "ns")
