"""What a history tells: at each of its events, and as a whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from domain.evaluation.event_log import EventLog, LogColumns
from domain.evaluation.gaps import has_hours, hours, month_days, weekdays

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_SHARES = 6
"""Of each column of words, so many of the commonest words are counted."""


def features_so_far(
    log: EventLog, columns: LogColumns, *, by_hour: bool
) -> tuple[Floats, list[bool]]:
    """What is known at each event (events × features), and which features are codes.

    Numbers: now, the move since the last event, less the mean so far. Words: now and before.
    Time: the gap since the last event, hour, weekday, day of the month. Attributes.
    """
    found = [*_numbers_so_far(log, columns), *_times_so_far(log, columns, by_hour)]
    found += [log.fixed_numbers[n][log.owners] for n in _kept(log, columns.fixed_numbers)]
    coded = [np.minimum(log.words[name], 250).astype(float) for name in columns.words]
    coded += [_before(codes, log.owners) for codes in list(coded)]
    coded += [
        np.minimum(log.fixed_words[n][log.owners], 250).astype(float)
        for n in _kept(log, columns.fixed_words, words=True)
    ]
    matrix = np.column_stack([*found, *coded])
    return matrix, [False] * len(found) + [True] * len(coded)


def _kept(log: EventLog, names: tuple[str, ...], *, words: bool = False) -> tuple[str, ...]:
    """Windows of one series carry no attributes."""
    return tuple(n for n in names if n in (log.fixed_words if words else log.fixed_numbers))


def _numbers_so_far(log: EventLog, columns: LogColumns) -> list[Floats]:
    place = _place(log)
    found = [place]
    for name in columns.numbers:
        values = log.numbers[name]
        found += [values, values - _before(values, log.owners), values - _mean_so_far(log, values)]
    return found


def _place(log: EventLog) -> Floats:
    """0 for the first event of a history, 1 for its second …"""
    lengths = log.lengths
    begins = np.cumsum(lengths) - lengths
    return np.asarray(np.arange(len(log)) - begins[log.owners], float)


def _before(values: Floats, owners: Ints) -> Floats:
    """The value of the event before; NaN at the first of a history."""
    shifted = np.full(len(values), np.nan)
    same = owners[1:] == owners[:-1]
    shifted[1:][same] = values[:-1][same]
    return shifted


def _mean_so_far(log: EventLog, values: Floats) -> Floats:
    known = ~np.isnan(values)
    total, count = np.cumsum(np.where(known, values, 0.0)), np.cumsum(known)
    lengths = log.lengths
    begins = (np.cumsum(lengths) - lengths)[log.owners]
    earlier = np.r_[0.0, total][begins], np.r_[0, count][begins]
    mean: Floats = (total - earlier[0]) / np.maximum(count - earlier[1], 1)
    return mean


def _times_so_far(log: EventLog, columns: LogColumns, by_hour: bool) -> list[Floats]:
    if log.times is None:
        return []
    found = [log.times - _before(log.times, log.owners)]
    if columns.time_is_date:
        found += [weekdays(log.times).astype(float), month_days(log.times).astype(float)]
        found += [hours(log.times).astype(float)] if by_hour else []
    return found


def whole_features(log: EventLog, columns: LogColumns) -> dict[str, Floats]:
    """One value a history: counts, means, spreads, gaps, shares of words, what numbers remember,
    first and last values."""
    ends = np.cumsum(log.lengths) - 1
    starts = ends - log.lengths + 1
    found = {"events": log.lengths.astype(float)}
    if log.times is not None:
        found |= _of_times(log, log.times, starts, ends, dated=columns.time_is_date)
    for name in columns.numbers:
        found |= _of_numbers(log, name, starts, ends)
    for name in columns.words:
        found |= _of_words(log, name, columns.codes(name))
    found |= {f"{n}: attribute": v for n, v in log.fixed_numbers.items()}
    return found


def _of_times(
    log: EventLog, times: Floats, starts: Ints, ends: Ints, *, dated: bool
) -> dict[str, Floats]:
    gaps, owners = log.gaps()
    found = {"time: span": times[ends] - times[starts]}
    if not log.windows:
        found |= {"time: first": times[starts], "time: last": times[ends]}
    found |= {f"gap: {what}": v for what, v in _moments(gaps, owners, log.histories).items()}
    found["gap: none"] = _mean((gaps == 0).astype(float), owners, log.histories)
    if dated:
        weekend = (weekdays(times) >= 5).astype(float)
        found["time: weekend"] = _mean(weekend, log.owners, log.histories)
        if has_hours(log):
            day = (hours(times) % 24).astype(float)
            found |= {f"hour: {w}": v for w, v in _moments(day, log.owners, log.histories).items()}
    return found


def _of_numbers(log: EventLog, name: str, starts: Ints, ends: Ints) -> dict[str, Floats]:
    values = log.numbers[name]
    found = {f"{name}: {w}": v for w, v in _moments(values, log.owners, log.histories).items()}
    at = log.pairs(1)
    moves = values[at + 1] - values[at]
    found[f"{name}: mean move"] = _mean(np.abs(moves), log.owners[at], log.histories)
    found[f"{name}: memory"] = _memory(log, values)
    return found | {f"{name}: first": values[starts], f"{name}: last": values[ends]}


def _of_words(log: EventLog, name: str, codes: int) -> dict[str, Floats]:
    words, found = log.words[name], {}
    for code in range(min(codes, MOST_SHARES + 1)):
        told = (words == code).astype(float)
        found[f"{name}: share {code}"] = _mean(told, log.owners, log.histories)
    at = log.pairs(1)
    stays = (words[at] == words[at + 1]).astype(float)
    return found | {f"{name}: stays": _mean(stays, log.owners[at], log.histories)}


def _mean(values: Floats, owners: Ints, histories: int) -> Floats:
    """The mean of what is known of each history; NaN where nothing is."""
    known = ~np.isnan(values)
    count = np.bincount(owners[known], minlength=histories).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = np.bincount(owners[known], values[known], histories) / count
    return mean


def _moments(values: Floats, owners: Ints, histories: int) -> dict[str, Floats]:
    """Mean, spread, least and largest of each history."""
    mean = _mean(values, owners, histories)
    spread = np.sqrt(_mean((values - mean[owners]) ** 2, owners, histories))
    known = ~np.isnan(values)
    lowest, highest = np.full(histories, np.inf), np.full(histories, -np.inf)
    np.minimum.at(lowest, owners[known], values[known])
    np.maximum.at(highest, owners[known], values[known])
    lowest[np.isinf(lowest)] = highest[np.isinf(highest)] = np.nan
    return {"mean": mean, "spread": spread, "lowest": lowest, "highest": highest}


def _memory(log: EventLog, values: Floats) -> Floats:
    """Lag-1 autocorrelation of each history; NaN where nothing moves."""
    centred = values - _mean(values, log.owners, log.histories)[log.owners]
    at = log.pairs(1)
    together = _mean(centred[at] * centred[at + 1], log.owners[at], log.histories)
    square = _mean(centred**2, log.owners, log.histories)
    with np.errstate(invalid="ignore", divide="ignore"):
        memory: Floats = together / square
    return np.where(square > 0, memory, np.nan)
