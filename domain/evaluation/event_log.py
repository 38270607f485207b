"""Events of many histories in arrays: whose each is, when it was and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_WORDS = 250
"""Of a column's categories the commonest are told apart; the rarer ones share a code."""
MISSING_CODE = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LogColumns:
    """What the columns of a log are: the same for all sides, decided by the real rows."""

    entity: str | None
    """Whose an event is; ``None`` for one series."""
    time: str | None
    """When it was; ``None`` where only the order of rows tells."""
    numbers: tuple[str, ...] = ()
    """Numbers of events. A second date is told in seconds after the event's own time."""
    words: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    """Those of :attr:`numbers` that are dates."""
    fixed_numbers: tuple[str, ...] = ()
    """Numbers that never change within a real history."""
    fixed_words: tuple[str, ...] = ()
    time_is_date: bool = True
    """Whether times are moments, which have a weekday; else plain numbers."""
    vocabulary: Mapping[str, Mapping[str, int]] | None = None
    """Codes of the categories of each column, from 1; 0 is missing, one more is all others."""

    @property
    def fixed(self) -> tuple[str, ...]:
        """The attributes of whole histories."""
        return self.fixed_numbers + self.fixed_words

    def codes(self, column: str) -> int:
        """How many codes a column of words has."""
        assert self.vocabulary is not None
        return len(self.vocabulary[column]) + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLog:
    """Events sorted by history, then by time, then as they stood in the file."""

    owners: Ints
    """The history of each event, 0 to :attr:`histories` − 1, rising."""
    histories: int
    times: Floats | None
    """Seconds since 1970, or the time column's own unit; ``None`` without a time column."""
    numbers: Mapping[str, Floats]
    words: Mapping[str, Ints]
    """Codes of :attr:`LogColumns.vocabulary`."""
    fixed_numbers: Mapping[str, Floats]
    """One value a history, its first known."""
    fixed_words: Mapping[str, Ints]
    steps: int = 0
    """Steps from a row of a history to its next row, as the file has them."""
    backward: int = 0
    """How many of them go back in time."""
    unfixed: int = 0
    """Histories in which an attribute changes."""
    timeless: int = 0
    """Rows without a time that could be read, and rows of nobody: left out."""
    windows: bool = False
    """Whether a history is a window of a longer one."""

    def __len__(self) -> int:
        return len(self.owners)

    @property
    def lengths(self) -> Ints:
        """Events of each history."""
        return np.bincount(self.owners, minlength=self.histories).astype(np.int64)

    def pairs(self, lag: int) -> Ints:
        """The places of events that have another ``lag`` events later in their history."""
        if len(self) <= lag:
            return np.empty(0, np.int64)
        return np.flatnonzero(self.owners[lag:] == self.owners[:-lag])

    def gaps(self) -> tuple[Floats, Ints]:
        """Time to the next event of the history, and whose it is."""
        at = self.pairs(1)
        if self.times is None:
            return np.empty(0), np.empty(0, np.int64)
        return self.times[at + 1] - self.times[at], self.owners[at]

    def taken(self, places: Ints, owners: Ints, histories: int) -> EventLog:
        """Some events under new owners, without attributes."""
        return replace(
            self,
            owners=owners,
            histories=histories,
            times=None if self.times is None else self.times[places],
            numbers={name: values[places] for name, values in self.numbers.items()},
            words={name: codes[places] for name, codes in self.words.items()},
            fixed_numbers={},
            fixed_words={},
            windows=True,
        )

    def of(self, chosen: Ints) -> EventLog:
        """The histories ``chosen``, renumbered in their order."""
        number = np.full(self.histories, -1, np.int64)
        number[np.sort(chosen)] = np.arange(len(chosen))
        places = np.flatnonzero(number[self.owners] >= 0)
        kept = self.taken(places, number[self.owners[places]], len(chosen))
        return replace(
            kept,
            fixed_numbers={n: v[np.sort(chosen)] for n, v in self.fixed_numbers.items()},
            fixed_words={n: v[np.sort(chosen)] for n, v in self.fixed_words.items()},
            windows=self.windows,
        )


def joined(one: EventLog, other: EventLog) -> EventLog:
    """The histories of both, those of ``one`` first."""
    if not len(other):
        return one
    return EventLog(
        owners=np.concatenate([one.owners, other.owners + one.histories]),
        histories=one.histories + other.histories,
        times=None
        if one.times is None or other.times is None
        else np.concatenate([one.times, other.times]),
        numbers=_both(one.numbers, other.numbers),
        words=_both(one.words, other.words),
        fixed_numbers=_both(one.fixed_numbers, other.fixed_numbers),
        fixed_words=_both(one.fixed_words, other.fixed_words),
        steps=one.steps + other.steps,
        backward=one.backward + other.backward,
        unfixed=one.unfixed + other.unfixed,
        timeless=one.timeless + other.timeless,
        windows=one.windows,
    )


def _both(one: Mapping[str, NDArray], other: Mapping[str, NDArray]) -> dict[str, NDArray]:  # type: ignore[type-arg]
    return {name: np.concatenate([one[name], other[name]]) for name in one}


def windowed(log: EventLog, length: int, stride: int) -> EventLog:
    """Every history cut into windows of ``length`` events, one beginning every ``stride``.

    What is shorter is one window; a rest that fills none is left out.
    """
    lengths = log.lengths
    begins = np.cumsum(lengths) - lengths
    starts, sizes = [], []
    for begin, events in zip(begins.tolist(), lengths.tolist(), strict=True):
        size = min(length, events)
        firsts = np.arange(0, max(events - size, 0) + 1, stride)
        starts.append(begin + firsts)
        sizes.append(np.full(len(firsts), size))
    first = np.concatenate(starts) if starts else np.empty(0, np.int64)
    size_of = np.concatenate(sizes) if sizes else np.empty(0, np.int64)
    owners = np.repeat(np.arange(len(first)), size_of)
    within = np.arange(len(owners)) - np.repeat(np.cumsum(size_of) - size_of, size_of)
    return log.taken((first[owners] + within).astype(np.int64), owners, len(first))


def clock_windows(log: EventLog, length: int, gap: float) -> EventLog:
    """Windows of ``length`` events that are ``gap`` apart, each from a multiple of its duration
    since 1970 on; those in which events are missing are left out."""
    assert log.times is not None
    turn = np.floor(log.times / (length * gap) + 1e-9)
    begins = np.ones(len(log), bool)
    begins[1:] = (np.diff(turn) != 0) | (np.diff(log.owners) != 0)
    number = np.cumsum(begins) - 1
    full = np.bincount(number) == length
    places = np.flatnonzero(full[number])
    owners = (np.cumsum(full) - 1)[number[places]]
    return log.taken(places, owners, int(full.sum()))


def seconds(column: pd.Series) -> Floats:
    """Dates as seconds since 1970, numbers as they are; NaN where there is none."""
    if column.dtype.kind == "M" or isinstance(column.dtype, pd.DatetimeTZDtype):
        stamps = pd.DatetimeIndex(column)
        stamps = stamps.tz_convert("UTC").tz_localize(None) if stamps.tz else stamps
        raw = stamps.to_numpy("datetime64[ns]")
        values = raw.astype("int64") / 1e9
        values[np.isnat(raw)] = np.nan
        return values
    values = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def vocabulary(frame: pd.DataFrame, columns: Sequence[str]) -> dict[str, dict[str, int]]:
    """Codes from 1 for the commonest words of each column."""
    return {name: _common(frame[name]) for name in columns}


def _common(column: pd.Series) -> dict[str, int]:
    counts = column.dropna().astype(object).astype(str).value_counts()
    # Equally common words by the alphabet, so that the order of rows has no say.
    ordered = sorted(counts.items(), key=lambda found: (-found[1], str(found[0])))
    return {str(word): at for at, (word, _) in enumerate(ordered[:MAX_WORDS], start=1)}


def _codes(column: pd.Series, words: Mapping[str, int]) -> Ints:
    found = column.astype(object)
    known = found.notna().to_numpy()
    codes = np.full(len(column), MISSING_CODE, np.int64)
    told = found[known].astype(str).map(words)
    codes[known] = told.fillna(len(words) + 1).to_numpy(np.int64)
    return codes


def event_log(frame: pd.DataFrame, columns: LogColumns) -> EventLog:
    """Read a typed frame; rows without owner or time are left out and counted."""
    assert columns.vocabulary is not None
    times = None if columns.time is None else seconds(frame[columns.time])
    known = np.ones(len(frame), bool) if times is None else ~np.isnan(times)
    if columns.entity is not None:
        known &= frame[columns.entity].notna().to_numpy()
    left = int((~known).sum())
    frame = frame[known]
    times = None if times is None else times[known]
    raw = _owners(frame, columns.entity)
    steps, backward = _order(raw, times)
    order = np.lexsort((raw,) if times is None else (times, raw))
    owners = raw[order]
    ordered = frame.iloc[order]
    numbers = {name: seconds(ordered[name]) for name in columns.numbers}
    if times is not None:
        times = times[order]
        numbers |= {name: numbers[name] - times for name in columns.dates}
    fixed_n = {name: seconds(ordered[name]) for name in columns.fixed_numbers}
    fixed_w = {n: _codes(ordered[n], columns.vocabulary[n]) for n in columns.fixed_words}
    return EventLog(
        owners=owners,
        histories=int(owners[-1]) + 1 if len(owners) else 0,
        times=times,
        numbers=numbers,
        words={name: _codes(ordered[name], columns.vocabulary[name]) for name in columns.words},
        fixed_numbers={name: _first(values, owners) for name, values in fixed_n.items()},
        fixed_words={name: _first(codes, owners) for name, codes in fixed_w.items()},
        steps=steps,
        backward=backward,
        unfixed=_unfixed([*fixed_n.values(), *fixed_w.values()], owners),
        timeless=left,
    )


def _owners(frame: pd.DataFrame, entity: str | None) -> Ints:
    if entity is None:
        return np.zeros(len(frame), np.int64)
    codes, _ = pd.factorize(frame[entity].astype(object).astype(str), sort=False)
    return np.asarray(codes, np.int64)


def _order(owners: Ints, times: Floats | None) -> tuple[int, int]:
    """Steps within histories as the file has them, and those that go back in time."""
    by_owner = np.argsort(owners, kind="stable")
    same = owners[by_owner][1:] == owners[by_owner][:-1]
    if times is None:
        return int(same.sum()), 0
    back = np.diff(times[by_owner]) < 0
    return int(same.sum()), int((back & same).sum())


def _first(values: NDArray, owners: Ints) -> NDArray:  # type: ignore[type-arg]
    starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]]) if len(owners) else owners
    return values[starts]


def _unfixed(attributes: Sequence[NDArray], owners: Ints) -> int:  # type: ignore[type-arg]
    if not attributes or not len(owners):
        return 0
    within = owners[1:] == owners[:-1]
    changed = np.zeros(len(owners) - 1, bool)
    for values in attributes:
        same = (values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))
        changed |= within & ~same
    return len(np.unique(owners[1:][changed]))
