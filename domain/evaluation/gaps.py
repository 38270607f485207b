"""When events happen: their order, the gaps between them, and their place in week and month."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from domain.evaluation.event_log import EventLog
from domain.evaluation.figures import Figure, figure_of, unmeasured
from domain.evaluation.halves import SOURCE, apart
from domain.evaluation.log_sides import LogSides
from domain.evaluation.tallies import bins, grid, largest_gap, tally, total_variation

GAP_LIMIT, PROFILE_LIMIT = 0.05, 0.05
_KS = f"Kolmogorov–Smirnov distance; {SOURCE}; limit: 0.05 (this product's target)"
_TV = f"Total variation distance of shares; {SOURCE}; limit: 0.05 (this product's target)"
_ORDER = "Share of steps to the next row of a history that go back in time; none may"

_DAY, _HOUR = 86_400, 3_600
_THURSDAY = 3  # 1970-01-01, when Monday is 0

NO_TIME = "no column says when events happened"
NO_GAPS = "no history has two events with a time"

_Days = NDArray[np.int64]


def time_figures(sides: LogSides) -> Iterator[Figure]:
    """Order, gaps, weekdays, hours and days of the month."""
    if sides.columns.time is None:
        yield unmeasured("temporal.order", NO_TIME, _ORDER)
        yield unmeasured("temporal.gaps", NO_TIME, _KS)
        return
    yield from _left_out(sides)
    yield _order(sides)
    yield _gaps(sides)
    yield from _profiles(sides)


def _left_out(sides: LogSides) -> Iterator[Figure]:
    """Rows of nobody or without a time; told where there are any."""
    real = sum(log.timeless for log in (sides.train, sides.holdout))
    twin = sides.whole_twin
    if not (real or twin.timeless):
        return
    rows = real + len(sides.train) + len(sides.holdout)
    yield Figure(
        name="temporal.without_time",
        value=twin.timeless / max(twin.timeless + len(twin), 1),
        baseline=real / max(rows, 1),
        source="Share of rows",
    )


def _order(sides: LogSides) -> Figure:
    twin, known = sides.whole_twin, (sides.train, sides.holdout)
    if not twin.steps:
        return unmeasured("temporal.order", "no history of the twin has two events", _ORDER)
    steps = sum(log.steps for log in known)
    return Figure(
        name="temporal.order",
        value=twin.backward / twin.steps,
        baseline=sum(log.backward for log in known) / steps if steps else None,
        limit=0.0,
        exact=True,
        source=_ORDER,
    )


def _gaps(sides: LogSides) -> Figure:
    gaps, twin_gaps = sides.real.gaps()[0], sides.twin.gaps()[0]
    if not len(gaps) or not len(twin_gaps):
        return unmeasured("temporal.gaps", NO_GAPS, _KS)
    summary = partial(_tally_of_gaps, grid(gaps, twin_gaps))
    found = apart(sides.real, sides.twin, sides.split, summary, largest_gap)
    return figure_of("temporal.gaps", found, GAP_LIMIT, _KS)


def _tally_of_gaps(
    points: NDArray[np.float64], log: EventLog, weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    gaps, owners = log.gaps()
    return tally(bins(gaps, points), owners, weights, len(points) + 2)


def weekdays(times: NDArray[np.float64]) -> _Days:
    """0 for Monday to 6 for Sunday, of seconds since 1970."""
    return (np.floor(times / _DAY).astype(np.int64) + _THURSDAY) % 7


def hours(times: NDArray[np.float64]) -> _Days:
    """0 to 23, of seconds since 1970."""
    return np.floor(times / _HOUR).astype(np.int64) % 24


def month_days(times: NDArray[np.float64]) -> _Days:
    """0 for the first of the month to 30, of seconds since 1970."""
    days = np.floor(times).astype("datetime64[s]")
    first = days.astype("datetime64[M]").astype("datetime64[D]")
    found: _Days = (days.astype("datetime64[D]") - first).astype(np.int64)
    return found


PARTS_OF_TIME = {
    "temporal.weekday": (weekdays, 7),
    "temporal.hour": (hours, 24),
    "temporal.month_day": (month_days, 31),
}


def has_hours(log: EventLog) -> bool:
    """Whether its times tell more than a date."""
    return log.times is not None and bool((log.times % _DAY != 0).any())


def _profiles(sides: LogSides) -> Iterator[Figure]:
    if not sides.columns.time_is_date or not len(sides.twin):
        return
    for name, (part, size) in PARTS_OF_TIME.items():
        if name == "temporal.hour" and not has_hours(sides.real):
            continue
        summary = partial(_tally_of_parts, part, size)
        found = apart(sides.real, sides.twin, sides.split, summary, total_variation)
        yield figure_of(name, found, PROFILE_LIMIT, _TV)


def _tally_of_parts(
    part: Callable[[NDArray[np.float64]], _Days],
    size: int,
    log: EventLog,
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    assert log.times is not None
    return tally(part(log.times), log.owners, weights, size)
