"""The clock that people live by, where times are kept in UTC: mornings come an hour earlier in
summer, and neither a day of 23 hours nor one of 25 breaks a rhythm."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from domain.datasets.time_zones import offsets_at

Whole = NDArray[np.int64]

_MINUTE = 60 * 10**9
"""Nanoseconds."""
_HOUR, _DAY = 60 * _MINUTE, 1440 * _MINUTE
_FIRST, _LAST = "1950-01-01", "2100-01-01"
"""Before and after, clocks are as far from UTC as they were at that end."""


@dataclass(frozen=True, slots=True)
class LocalClock:
    """Tells moments, in whole units since 1970 UTC, as a clock on the wall shows them."""

    zone: str | None = None
    """IANA name; ``None`` where times are told as they are."""
    unit: int = 1
    """Nanoseconds."""

    def shown(self, now: Whole) -> Whole:
        """What the clock shows, in units since its own 1970."""
        if self.zone is None:
            return now
        since, ahead = _changes(self.zone)
        last = np.searchsorted(since, now * self.unit, side="right") - 1
        return now + ahead[np.maximum(last, 0)] // self.unit

    def later(self, now: Whole, ticks: Whole) -> Whole:
        """When the clock shows ``ticks`` more than it does ``now``."""
        found = now + ticks
        return found - (self.shown(found) - self.shown(now) - ticks)


UNMOVED = LocalClock()
"""Tells times as they are."""


@cache
def _changes(zone: str) -> tuple[Whole, Whole]:
    """When the zone's clock was set anew, and how far it was ahead of UTC from then on, in
    nanoseconds: days whose ends differ are looked into hour by hour, and those minute by minute."""
    start, end = (np.datetime64(day, "ns").astype(np.int64) for day in (_FIRST, _LAST))
    before = np.arange(start, end, _DAY)
    for step, parts in ((_DAY, 24), (_HOUR, 60), (_MINUTE, 1)):
        differ = before[_ahead(before, zone) != _ahead(before + step, zone)]
        inside = np.arange(parts) * (step // parts)
        before = (differ[:, np.newaxis] + inside).ravel()
    since = np.concatenate([[start], before + _MINUTE])
    return since, _ahead(since, zone)


def _ahead(moments: Whole, zone: str) -> Whole:
    ahead: Whole = offsets_at(moments.astype("datetime64[ns]"), zone) * _MINUTE
    return ahead
