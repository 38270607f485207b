"""What the charts of a log are drawn from: counts, correlations, and synthetic histories."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from domain.evaluation.autocorrelation import LAGS, correlations, ends
from domain.evaluation.event_log import EventLog
from domain.evaluation.gaps import has_hours, hours, weekdays
from domain.evaluation.log_sides import LogSides
from domain.evaluation.overlays import axis_edges
from domain.evaluation.pictures import LENGTHS, Axis, ColumnOverlay, Course, LagLines, LogPictures
from domain.evaluation.seasonal_profile import is_regular
from domain.evaluation.small_cells import is_small

MOST_MEMORIES, MOST_COURSES = 4, 3
"""Columns of which a chart is drawn."""
DRAWN = 3
"""Synthetic histories in a chart."""
STEPS = 60
"""Events of a course."""
ENOUGH = 20
"""A band of real histories is drawn where so many go on."""
_RHYTHM = 26
"""Lags drawn of a regular series: a day of hours and a little more."""
_DIGITS = 2
_UNITS = ((86_400.0, "Days"), (3_600.0, "Hours"), (60.0, "Minutes"), (1.0, "Seconds"))
_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Floats = NDArray[np.float64]


def log_pictures(sides: LogSides, table: str = "") -> LogPictures:
    """The pictures of one log."""
    columns = _most_telling(sides)
    return LogPictures(
        table=table,
        spreads=tuple(_spreads(sides, table)),
        memories=tuple(_memories(sides, columns[:MOST_MEMORIES])),
        courses=tuple(_courses(sides, columns[:MOST_COURSES])),
        windows=sides.windows,
        sampled=sides.sampled,
        few=_few(sides),
    )


def _few(sides: LogSides) -> bool:
    """Whether a side rests on so few people that outsiders may see nothing of it."""
    counts = (sides.train.histories, sides.holdout.histories)
    return sides.columns.entity is not None and any(map(is_small, counts))


def _most_telling(sides: LogSides) -> tuple[str, ...]:
    """Numbers with fractions before whole ones, which may be codes; dates are left out."""
    plain = [n for n in sides.columns.numbers if n not in sides.columns.dates]
    return tuple(sorted(plain, key=lambda name: _is_whole(sides.train.numbers[name])))


def _is_whole(values: Floats) -> bool:
    known = values[~np.isnan(values)]
    return bool((known == np.round(known)).all())


def _logs(sides: LogSides) -> tuple[EventLog, EventLog, EventLog]:
    """Training, held-out and synthetic histories; of one series no part is held out."""
    if not sides.windows:
        return sides.train, sides.holdout, sides.whole_twin
    nobody = np.empty(0, np.int64)
    return sides.train, sides.train.taken(nobody, nobody, 0), sides.whole_twin


def _spreads(sides: LogSides, table: str) -> Iterator[ColumnOverlay]:
    logs = _logs(sides)
    if sides.columns.time is not None and len(logs[0].gaps()[0]):
        gaps = [log.gaps()[0] for log in logs]
        size, unit = _unit(gaps[0]) if sides.columns.time_is_date else (1.0, "Time")
        yield _numbers(table, f"{unit} between events", [g / size for g in gaps])
    if not sides.windows:
        lengths = [log.lengths.astype(float) for log in logs]
        yield _numbers(table, LENGTHS, lengths)
    if sides.columns.time_is_date and sides.columns.time is not None:
        yield _parts(table, "Weekday", logs, weekdays, _WEEK)
        if has_hours(sides.real):
            edges = tuple(float(hour) for hour in range(25))
            day = [hours(_times(log)).astype(float) for log in logs]
            yield _numbers(table, "Hour of the day (UTC)", day, edges)


def _unit(gaps: Floats) -> tuple[float, str]:
    typical = float(np.median(gaps[gaps > 0])) if (gaps > 0).any() else 1.0
    return next((u for u in _UNITS if typical >= u[0]), _UNITS[-1])


def _times(log: EventLog) -> Floats:
    assert log.times is not None
    return log.times


def _numbers(
    table: str, name: str, sides: Sequence[Floats], edges: tuple[float, ...] = ()
) -> ColumnOverlay:
    edges = edges or axis_edges(sides[0], date=False)
    counts = [np.bincount(_bins(v, edges), minlength=len(edges) - 1).tolist() for v in sides]
    return ColumnOverlay(
        table=table,
        column=name,
        axis=Axis.NUMBER,
        edges=edges,
        real=tuple(counts[0]),
        held_out=tuple(counts[1]),
        synthetic=tuple(counts[2]),
        missing=(0, 0, 0),
        open_ended=any(((v < edges[0]) | (v >= edges[-1])).any() for v in sides),
    )


def _bins(values: Floats, edges: tuple[float, ...]) -> NDArray[np.int64]:
    """The bin of each; those beyond the axis are in its end bins."""
    return np.searchsorted(np.array(edges[1:-1]), values, side="right").astype(np.int64)


def _parts(
    table: str,
    name: str,
    logs: Sequence[EventLog],
    part: Callable[[Floats], NDArray[np.int64]],
    words: tuple[str, ...],
) -> ColumnOverlay:
    counts = [np.bincount(part(_times(log)), minlength=len(words)).tolist() for log in logs]
    return ColumnOverlay(
        table=table,
        column=name,
        axis=Axis.CATEGORY,
        words=words,
        real=tuple(counts[0]),
        held_out=tuple(counts[1]),
        synthetic=tuple(counts[2]),
        missing=(0, 0, 0),
    )


def _memories(sides: LogSides, columns: Sequence[str]) -> Iterator[LagLines]:
    lags = _RHYTHM if is_regular(sides.real) else LAGS
    held_out = sides.holdout if not sides.windows else None
    logs = (sides.real if sides.windows else sides.train, held_out, sides.twin)
    for name in columns:
        clip = {name: ends(sides.real.numbers[name])}
        pairs = [(name, name, lag) for lag in range(1, lags + 1)]
        lines = [_line(log, pairs, clip) for log in logs]
        if any(v is not None for v in lines[0]) and any(v is not None for v in lines[2]):
            yield LagLines(column=name, real=lines[0], held_out=lines[1], synthetic=lines[2])


def _line(
    log: EventLog | None,
    pairs: Sequence[tuple[str, str, int]],
    clip: dict[str, tuple[float, float]],
) -> tuple[float | None, ...]:
    if log is None or not log.histories:
        return ()
    found = correlations(pairs, clip, log, np.ones((log.histories, 1)))[:, 0]
    return tuple(None if np.isnan(v) else round(float(v), 4) for v in found)


def _courses(sides: LogSides, columns: Sequence[str]) -> Iterator[Course]:
    steps = _steps(sides.real)
    if steps < 2:
        return
    for name in columns:
        real = _paths(sides.real, name, steps)
        with np.errstate(all="ignore"):
            band = np.nanquantile(real, [0.1, 0.5, 0.9], axis=0)
        if np.isnan(band).any():
            continue
        low, middle, high = (_rounded(line, band) for line in band)
        yield Course(
            column=name, low=low, middle=middle, high=high, synthetic=_drawn(sides, name, steps)
        )


def _steps(log: EventLog) -> int:
    """How many events to draw: as long as there are histories enough for a band."""
    lengths = np.sort(log.lengths)[::-1]
    return int(min(STEPS, lengths[ENOUGH - 1])) if len(lengths) >= ENOUGH else 0


def _paths(log: EventLog, name: str, steps: int) -> Floats:
    """Values at the first ``steps`` events of each history (histories × steps)."""
    lengths = log.lengths
    place = np.arange(len(log)) - (np.cumsum(lengths) - lengths)[log.owners]
    early = place < steps
    paths = np.full((log.histories, steps), np.nan)
    paths[log.owners[early], place[early]] = log.numbers[name][early]
    return paths


def _rounded(line: Floats, band: Floats) -> tuple[float, ...]:
    """To two digits of the band's own size, so that no line shows anybody's exact value."""
    size = float(np.abs(band).max()) or 1.0
    decimals = _DIGITS - 1 - int(np.floor(np.log10(size)))
    return tuple(float(v) for v in np.round(line, decimals))


def _drawn(sides: LogSides, name: str, steps: int) -> tuple[tuple[float | None, ...], ...]:
    """Some synthetic histories of several events, half of them with a value, drawn by the seed."""
    twin = sides.twin
    several = twin.lengths >= min(steps, np.median(twin.lengths))
    paths = _paths(twin, name, steps)
    told = (~np.isnan(paths)).sum(axis=1) >= np.minimum(twin.lengths, steps) / 2
    random = np.random.default_rng([sides.seed, 12])
    chosen = np.sort(random.permutation(np.flatnonzero(several & told))[:DRAWN])
    paths = paths[chosen]
    return tuple(tuple(None if np.isnan(v) else round(float(v), 4) for v in p) for p in paths)
