"""Running quantities: a column that is its value before plus or minus another column."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType
from domain.synthesis.encoding.grid import Grid
from domain.synthesis.sequences.histories import Histories

HOLDS = 0.99
"""Share of the events, from the second of a history on, whose value follows from the one before."""
MIN_STEPS = 50
"""Events that have to follow: fewer prove nothing."""
MAX_SIGNS = 30
"""Categories of a column that says plus or minus, at most."""

_NUMBERS = (SdType.INTEGER, SdType.FLOAT)
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTotal:
    """``total`` is its value before the event plus (or minus) ``amount``."""

    total: str
    amount: str
    by: str | None
    """The column whose category says plus or minus; ``None``: always ``sign``."""
    signs: Mapping[str, int]
    sign: int
    """The sign of categories that are not in ``signs``."""

    def signed(self, rows: pd.DataFrame) -> Floats:
        """By how much each event changes the total; a missing amount by nothing."""
        amounts = np.nan_to_num(_floats(rows[self.amount]))
        if self.by is None:
            return amounts * self.sign
        signs = rows[self.by].astype(object).map(lambda v: self.signs.get(str(v), self.sign))
        return amounts * signs.to_numpy(np.float64)

    def known(self, values: Collection[str]) -> RunningTotal:
        """With the signs of ``values`` alone: a category that is never drawn is not kept."""
        signs = {value: sign for value, sign in self.signs.items() if value in values}
        return replace(self, signs=signs)

    def sentence(self) -> str:
        """The formula in words, without a value."""
        change = f"“{self.amount}”" + (f", plus or minus by “{self.by}”" if self.by else "")
        return f"Column “{self.total}” is computed: its value before the event and {change}."

    def state(self) -> Mapping[str, Any]:
        signs = [[value, sign] for value, sign in self.signs.items()]
        return {
            "total": self.total,
            "amount": self.amount,
            "by": self.by,
            "signs": signs,
            "sign": self.sign,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> RunningTotal:
        return cls(**{**state, "signs": {value: int(sign) for value, sign in state["signs"]}})


def running_totals(
    histories: Histories, specs: Sequence[ColumnSpec], moments: NDArray[np.int64]
) -> tuple[RunningTotal, ...]:
    """The running quantities among the columns ``specs``, each of a column of its own.

    ``moments`` are the times of the rows: events of the same moment may stand in any order.
    """
    found: list[RunningTotal] = []
    steps = {s.name: _step(histories, s) for s in specs if s.sdtype in _NUMBERS}
    for candidate in _candidates(histories, specs, moments, steps):
        taken = {t.total for t in found} | {t.amount for t in found}
        if candidate.total in taken or candidate.amount in {t.total for t in found}:
            continue
        if _holds(candidate, histories, moments, _room(candidate.total, candidate.amount, steps)):
            found.append(candidate)
    return tuple(found)


def openings(total: RunningTotal, histories: Histories, moments: NDArray[np.int64]) -> Floats:
    """The value of a total before the first event of every history."""
    after, change = _floats(histories.rows[total.total]), total.signed(histories.rows)
    before = after - change
    ends = _ends_of_moments(histories, moments)
    firsts = ends[np.searchsorted(ends, histories.starts, side="right")]
    near = 1e-6 * float(np.nanmax(np.abs(after), initial=1.0))
    found = [
        _opening(before[start:end], after[start:end], near)
        for start, end in zip(histories.starts, firsts, strict=True)
    ]
    return np.array(found, dtype=np.float64)


def running(total: RunningTotal, histories: Histories, opening: Floats) -> Floats:
    """The value after every event, added up in the order of the rows."""
    change = total.signed(histories.rows)
    added = np.cumsum(change)
    before = added[histories.starts] - change[histories.starts]
    values: Floats = added - before[histories.owner] + opening[histories.owner]
    return values


def _candidates(
    histories: Histories,
    specs: Sequence[ColumnSpec],
    moments: NDArray[np.int64],
    steps: Mapping[str, float],
) -> Iterator[RunningTotal]:
    """Formulas that hold between events that are alone in their moment."""
    words = [s.name for s in specs if s.sdtype in (SdType.CATEGORICAL, SdType.BOOLEAN)]
    rows = _steps_alone(histories, moments)
    if len(rows) < MIN_STEPS:
        return
    table = histories.rows.iloc[rows]
    for total in steps:
        values = _floats(histories.rows[total])
        change = values[rows] - values[rows - 1]
        for amount in steps:
            if amount != total:
                room = _room(total, amount, steps)
                yield from _signed(total, amount, change, room, table, words)


def _signed(
    total: str,
    amount: str,
    change: Floats,
    room: float,
    table: pd.DataFrame,
    words: Sequence[str],
) -> Iterator[RunningTotal]:
    amounts = _floats(table[amount])
    plus, minus = np.abs(change - amounts) <= room, np.abs(change + amounts) <= room
    moved = np.abs(amounts) > 2 * room
    if (plus | minus)[moved].mean() < HOLDS if moved.sum() >= MIN_STEPS else True:
        return
    for sign, holds in ((1, plus), (-1, minus)):
        if holds[moved].mean() >= HOLDS:
            yield RunningTotal(total=total, amount=amount, by=None, signs={}, sign=sign)
            return
    for word in words:
        kinds = table[word].astype(object).map(str).to_numpy()[moved]
        counts = pd.DataFrame({"kind": kinds, "plus": plus[moved], "minus": minus[moved]})
        votes = counts.groupby("kind")[["plus", "minus"]].sum()
        if len(votes) <= MAX_SIGNS and votes.max(axis=1).sum() >= HOLDS * moved.sum():
            signs = {str(k): 1 if p >= m else -1 for k, p, m in votes.itertuples()}
            yield RunningTotal(total=total, amount=amount, by=word, signs=signs, sign=1)
            return


def _steps_alone(histories: Histories, moments: NDArray[np.int64]) -> NDArray[np.int64]:
    """Events with one before them, both alone in their moment."""
    same = np.zeros(len(moments) + 1, dtype=np.bool_)
    inside = histories.place > 0
    same[1:-1] = (moments[1:] == moments[:-1]) & inside[1:]
    alone = ~(same[:-1] | same[1:])
    ok = inside.copy()
    ok[1:] &= alone[1:] & alone[:-1]
    return np.flatnonzero(ok)


def _holds(
    total: RunningTotal, histories: Histories, moments: NDArray[np.int64], room: float
) -> bool:
    """Whether the formula holds between nearly all events, in some order within each moment."""
    after = _floats(histories.rows[total.total])
    before = after - total.signed(histories.rows)
    steps = len(after) - histories.entities
    most, misses = (1 - HOLDS) * steps, 0
    ends = _ends_of_moments(histories, moments)
    starts = np.append(0, ends[:-1])
    first, left = histories.place[starts] == 0, after[ends - 1]
    for at in np.flatnonzero(ends - starts > 1):
        own = slice(starts[at], ends[at])
        now = _opening(before[own], after[own], room) if first[at] else left[at - 1]
        missed, left[at] = _followed(before[own], after[own], now, room)
        misses += missed
        if misses > most:
            return False
    alone = np.flatnonzero((ends - starts == 1) & ~first)
    misses += _unlike(before[starts[alone]], left[alone - 1], room)
    return steps >= MIN_STEPS and misses <= most


def _unlike(before: Floats, left: Floats, room: float) -> int:
    """How many events that are alone in their moment do not begin where the one before ended."""
    known = np.where(np.isnan(before), np.inf, before)
    return int(np.count_nonzero((known < left - room) | (known > left + room)))


def _followed(before: Floats, after: Floats, now: float, room: float) -> tuple[int, float]:
    """How many events of one moment follow from none before them, in the order that fits best,
    and the value after the last. Sorted, so that a day of 100,000 events takes no hour."""
    known = np.where(np.isnan(before), np.inf, before)
    order = np.argsort(known, kind="stable").tolist()
    keys = known[order].tolist()
    missed, taken, first = 0, [False] * len(keys), 0
    while keys:
        at = bisect_left(keys, now - room)
        if at == len(keys) or keys[at] > now + room:
            missed += 1
            while taken[first]:
                first += 1
            at = order.index(first, bisect_left(keys, known[first]))
        chosen = order.pop(at)
        keys.pop(at)
        taken[chosen] = True
        now = float(after[chosen])
    return missed, now


def _ends_of_moments(histories: Histories, moments: NDArray[np.int64]) -> NDArray[np.int64]:
    """Behind the last event of every moment of every history."""
    new = np.ones(len(moments) + 1, dtype=np.bool_)
    new[1:-1] = (moments[1:] != moments[:-1]) | (histories.place[1:] == 0)
    return np.flatnonzero(new)[1:]


def _opening(before: Floats, after: Floats, room: float) -> float:
    """Where events of one moment begin: the value that none of them leads to."""
    if len(before) == 1:
        return float(before[0])
    known = np.sort(after[~np.isnan(after)])
    near = np.searchsorted(known, before - room), np.searchsorted(known, before + room, "right")
    free = before[near[0] >= near[1]]
    return float(free[0] if len(free) else before[0])


def _step(histories: Histories, spec: ColumnSpec) -> float:
    """The smallest step of a column, or what rounding leaves of very fine ones."""
    grid = Grid.fit(histories.rows[spec.name], spec)
    size = float(np.nanmax(np.abs(_floats(histories.rows[spec.name])), initial=1.0))
    return max(grid.step / grid.scale, 1e-9 * size)


def _room(total: str, amount: str, steps: Mapping[str, float]) -> float:
    """How far rounding may let the formula be off: one step of the coarser column."""
    return 1.01 * max(steps[total], steps[amount])


def _floats(column: pd.Series) -> Floats:
    return np.asarray(column.astype("Float64").to_numpy(np.float64, na_value=np.nan))
