"""Time as cells: the days to the next event, and the time of that day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType
from domain.datasets.time_zones import MIXED
from domain.synthesis.encoding.grid import Grid
from domain.synthesis.encoding.numbers import NumberCodec
from domain.synthesis.sequences import calendar
from domain.synthesis.sequences.cells import BUCKETS, DRAWN, Cell, Codes, State, bucket
from domain.synthesis.sequences.histories import Histories
from domain.synthesis.sequences.local_clock import UNMOVED, LocalClock
from domain.synthesis.sequences.rare_days import spread, stand_ins

DAY = 86_400 * 10**9
"""Nanoseconds."""
EXACT_DAYS = 63
"""Gaps of fewer days have a code each; longer ones share bins."""
REGULAR = 0.99
"""Share of the gaps that are equal, from which on a clock counts as regular."""
DAYS = "days since the last event"
_AGAIN = "the same time of day again"
_TIME_OF_DAY = "time of day"
_LAPSE = "time since, on the same day"
_WHOLE = ColumnSpec(name="", sdtype=SdType.INTEGER)
_OFTEN = 0.1
"""Share of the events at the same time of day as the one before, that is worth a cell."""

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clock:
    """Times are whole numbers of ``unit`` nanoseconds since 1970.

    A regular clock (``step`` above 0) ticks by itself. Else the network says how many days pass,
    and then the time of that day, or how long after the last event where it is the same day.
    In a state, ``before`` is the time of the last event (of a history's first event: its own),
    ``day`` and ``now`` are those of the event; ``end``, where it is known, is the history's last
    time: none passes it, and the network is told how long it is till then.
    """

    unit: int
    step: int
    far: NumberCodec | None
    """Gaps of ``EXACT_DAYS`` days and more."""
    time_of_day: NumberCodec | None
    """Of events on another day than the last; ``None`` where all are at midnight."""
    lapse: NumberCodec | None
    habit: bool
    """Whether events often come at the same time of day as the one before."""
    stands: Whole | None = None
    """Shape ``(EXACT_DAYS, 2)``: the first and last of the days that each one is learned as, where
    too few entities ever waited so long; ``None``: each as itself."""
    zone: str | None = None
    """Whose hours and days the calendar is told by; ``None``: those of the times as they are."""
    on_the_wall: bool = False
    """Whether ``step`` is of the zone's clock: its days of 23 and 25 hours are whole ones."""

    @classmethod
    def fit(cls, histories: Histories, column: str, spec: ColumnSpec, rare_threshold: int) -> Clock:
        """Learn how time passes between the events of a history."""
        unit = Grid.fit(histories.rows[column], spec).step
        now = moments(histories.rows[column], unit)
        later = np.flatnonzero(histories.place > 0)
        gaps, a_day = now[later] - now[later - 1], DAY // unit
        days = now[later] // a_day - now[later - 1] // a_day
        far, next_day = days >= EXACT_DAYS, days > 0
        of_day = now[later] % a_day
        zone = spec.time_zone if spec.time_zone != MIXED and unit < DAY else None
        step = _regular(gaps)
        daily = _regular(np.diff(LocalClock(zone, unit).shown(now))[later - 1]) if zone else 0
        on_the_wall = daily > 0 and daily % a_day == 0
        step = daily if on_the_wall else step
        clocked = a_day > 1 and not step
        habit = (gaps % a_day == 0)[next_day]
        owners = histories.owners(rare_threshold)
        own = None if owners is None else owners[later]
        beyond = _codec(days, far, own, rare_threshold) if not step else None
        return cls(
            unit=unit,
            step=step,
            far=beyond,
            time_of_day=_codec(of_day, next_day, own, rare_threshold) if clocked else None,
            lapse=_codec(gaps, ~next_day, own, rare_threshold) if clocked else None,
            stands=_stands(days, own, rare_threshold, beyond) if not step else None,
            habit=bool(clocked and len(habit) and habit.mean() > _OFTEN),
            zone=zone,
            on_the_wall=on_the_wall,
        )

    @property
    def local(self) -> LocalClock:
        """The clock that hours of the day are told by."""
        return LocalClock(self.zone, self.unit)

    @property
    def a_day(self) -> int:
        """Units a day."""
        return DAY // self.unit

    def moments(self, column: pd.Series) -> Whole:
        """The times of a column without gaps, in units."""
        return moments(column, self.unit)

    def column(self, now: Whole) -> pd.Series:
        """The typed column of ``now``."""
        return pd.Series((now * self.unit).astype("datetime64[ns]"))

    def tick(self, state: State) -> None:
        """Begin an event: until anything else is said, it is at the time of the last one."""
        ticks: Whole = np.where(state["place"] > 0, self.step, 0)
        before = state["before"]
        state["now"] = self.local.later(before, ticks) if self.on_the_wall else before + ticks
        state["day"] = state["now"] // self.a_day

    def cells(self, *, ends: bool) -> list[Cell]:
        """``ends``: whether it is known when the history ends."""
        if self.step:
            return self._calendar("", "now", front=True)
        front = self._calendar("last ", "before", front=True)
        if ends:
            front = [self._left(), _pace(), *front]
        asked = [self._days(), *self._calendar("", "day", front=False)]
        if self.time_of_day is not None:
            asked += [self._again()] if self.habit else []
            asked.append(self._time_of_day(self.time_of_day))
        if self.lapse is not None:
            asked.append(self._lapse(self.lapse))
        if self.a_day > 1:
            asked.append(self._hour("", "now", front=False))
        return [*front, *asked]

    def candidates(self, before: Whole) -> Whole:
        """Calendar features of the day that each code of ``DAYS`` would lead to, of shape
        ``(len(before), EXACT_DAYS, 3)``."""
        return calendar.features(self.days_ahead(before))

    def days_ahead(self, before: Whole) -> Whole:
        """The days that the codes of ``DAYS`` would lead to, of shape ``(len(before),
        EXACT_DAYS)``."""
        days: Whole = (before // self.a_day)[:, np.newaxis] + np.arange(EXACT_DAYS)
        return days

    def _left(self) -> Cell:
        return Cell(
            name="time left",
            size=BUCKETS,
            front=True,
            told=lambda s: bucket((s["end"] - s["before"]) // self.a_day),
            ordered=True,
        )

    def _days(self) -> Cell:
        def coded(state: State, now: Whole) -> Codes:
            days = now // self.a_day - state["before"] // self.a_day
            codes = np.minimum(days, EXACT_DAYS - 1)
            if self.far is not None:
                far = days >= EXACT_DAYS
                codes[far] = EXACT_DAYS + _encoded(self.far, days[far])
            return codes if self.stands is None else spread(codes, self.stands)

        def told(state: State) -> Codes:
            return np.where(state["place"] == 0, 0, DRAWN)

        def settle(state: State, codes: Codes, rng: np.random.Generator) -> None:
            days, far = codes.copy(), codes >= EXACT_DAYS
            if self.far is not None and far.any():
                days[far] = _decoded(self.far, codes[far] - EXACT_DAYS, rng)
            state["day"] = state["before"] // self.a_day + days
            now = np.where(codes > 0, state["day"] * self.a_day, state["now"])
            self._pass(state, now)

        return Cell(
            name=DAYS,
            size=EXACT_DAYS + (self.far.size if self.far else 0),
            told=told,
            learned=lambda s: coded(s, s["now"]),
            settle=settle,
        )

    def _pass(self, state: State, now: Whole) -> None:
        """It is ``now``: never before the last event, nor after the end of the history."""
        now = np.maximum(now, state["before"])
        if "end" in state:
            now = np.where(self._falls_short(state, now), state["end"], now)
            now = np.minimum(now, state["end"])
        state["now"], state["day"] = now, now // self.a_day

    def _falls_short(self, state: State, now: Whole) -> NDArray[np.bool_]:
        """Which last events come too early: the network is told the days that are left to about a
        fifth, so that it may end a history a quarter of them before its end, but no earlier."""
        last = (state["left"] == 1) & (state["place"] > 0)
        end, before = state["end"] // self.a_day, state["before"] // self.a_day
        short: NDArray[np.bool_] = last & (4 * (end - now // self.a_day) > end - before)
        return short

    def _again(self) -> Cell:
        def coded(state: State, now: Whole) -> Codes:
            habit = (now - state["before"]) % self.a_day == 0
            return np.where(state[DAYS] == 0, 0, habit)

        def told(state: State) -> Codes:
            return np.where((state["place"] == 0) | (state[DAYS] == 0), 0, DRAWN)

        return Cell(name=_AGAIN, size=2, told=told, learned=lambda s: coded(s, s["now"]))

    def _time_of_day(self, codec: NumberCodec) -> Cell:
        """The last code: the same day, for which it is not said."""

        def coded(state: State, now: Whole) -> Codes:
            return np.where(state[DAYS] == 0, codec.size, _encoded(codec, now % self.a_day))

        def told(state: State) -> Codes:
            codes = np.where((state["place"] == 0) | (state[DAYS] == 0), codec.size, DRAWN)
            if self.habit:
                again = state[_AGAIN] == 1
                codes[again] = _encoded(codec, state["before"][again] % self.a_day)
            return codes

        def settle(state: State, codes: Codes, rng: np.random.Generator) -> None:
            said = codes < codec.size
            of_day = np.zeros(len(codes), dtype=np.int64)
            of_day[said] = _decoded(codec, codes[said], rng)
            if self.habit:
                of_day = np.where(state[_AGAIN] == 1, state["before"] % self.a_day, of_day)
            of_day = np.clip(of_day, 0, self.a_day - 1)
            self._pass(state, np.where(said, state["day"] * self.a_day + of_day, state["now"]))

        return Cell(
            name=_TIME_OF_DAY,
            size=codec.size + 1,
            told=told,
            learned=lambda s: coded(s, s["now"]),
            settle=settle,
            ordered=True,
            drawable=np.arange(codec.size + 1) < codec.size,
        )

    def _lapse(self, codec: NumberCodec) -> Cell:
        """The last code: another day, or the first event."""

        def coded(state: State, now: Whole) -> Codes:
            other = (state["place"] == 0) | (state[DAYS] > 0)
            return np.where(other, codec.size, _encoded(codec, now - state["before"]))

        def told(state: State) -> Codes:
            other = (state["place"] == 0) | (state[DAYS] > 0)
            return np.where(other, codec.size, DRAWN)

        def settle(state: State, codes: Codes, rng: np.random.Generator) -> None:
            said = codes < codec.size
            lapse = np.zeros(len(codes), dtype=np.int64)
            lapse[said] = np.maximum(_decoded(codec, codes[said], rng), 0)
            midnight = (state["day"] + 1) * self.a_day
            self._pass(state, np.minimum(state["now"] + lapse, midnight - 1))

        return Cell(
            name=_LAPSE,
            size=codec.size + 1,
            told=told,
            learned=lambda s: coded(s, s["now"]),
            settle=settle,
            ordered=True,
            drawable=np.arange(codec.size + 1) < codec.size,
        )

    def _calendar(self, prefix: str, of: str, *, front: bool) -> list[Cell]:
        a_day = self.a_day if of != "day" else 1
        named = (
            ("weekday", 7, calendar.weekday),
            ("day of the month", 31, calendar.day_of_month),
            ("days to the month's end", 31, calendar.days_to_end),
            ("month", 12, calendar.month),
        )
        cells = [
            Cell(
                name=prefix + name,
                size=size,
                front=front,
                told=_of_day(feature, of, a_day, self.local if of != "day" else UNMOVED),
            )
            for name, size, feature in named
        ]
        return [*cells, self._hour(prefix, of, front=front)] if a_day > 1 else cells

    def _hour(self, prefix: str, of: str, *, front: bool) -> Cell:
        local = self.local if of != "day" else UNMOVED
        return Cell(
            name=f"{prefix}hour",
            size=24,
            front=front,
            told=lambda s: local.shown(s[of]) % self.a_day * 24 // self.a_day,
        )

    def state(self) -> Mapping[str, Any]:
        return {
            "unit": self.unit,
            "step": self.step,
            "habit": self.habit,
            "stands": self.stands,
            "zone": self.zone,
            "on_the_wall": self.on_the_wall,
            **{
                name: codec.state() if codec else None
                for name, codec in (
                    ("far", self.far),
                    ("time_of_day", self.time_of_day),
                    ("lapse", self.lapse),
                )
            },
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Clock:
        codecs = {
            name: NumberCodec.from_state(state[name]) if state[name] else None
            for name in ("far", "time_of_day", "lapse")
        }
        return cls(**{**state, **codecs})


def _of_day(
    feature: Callable[[Whole], Whole], of: str, a_day: int, local: LocalClock
) -> Callable[[State], Codes]:
    return lambda state: feature(local.shown(state[of]) // a_day)


def _pace() -> Cell:
    """The time that is left for each event that is left, two classes a doubling."""

    def told(state: State) -> Codes:
        share = np.maximum(state["end"] - state["before"], 0) / np.maximum(state["left"], 1)
        return np.minimum(np.floor(2 * np.log2(1 + share)), BUCKETS - 1).astype(np.int64)

    return Cell(name="time left for each", size=BUCKETS, front=True, told=told, ordered=True)


def moments(column: pd.Series, unit: int) -> Whole:
    """Times in units of so many nanoseconds."""
    return column.to_numpy("datetime64[ns]").astype(np.int64) // unit


def _regular(gaps: Whole) -> int:
    """The gap that nearly all are, or 0."""
    if not len(gaps):
        return 0
    values, counts = np.unique(gaps, return_counts=True)
    most = int(counts.argmax())
    return int(values[most]) if counts[most] >= REGULAR * len(gaps) else 0


def _codec(
    values: Whole, rows: NDArray[np.bool_], whose: Whole | None, rare_threshold: int
) -> NumberCodec | None:
    """Of the ``values`` in ``rows``; ``None`` where too few entities have any."""
    column = pd.Series(values[rows], dtype="Int64")
    own = None if whose is None else whose[rows]
    codec = NumberCodec.fit(column, _WHOLE, rare_threshold, own)
    return codec if codec.bins else None


def _stands(
    days: Whole, own: Whole | None, rare_threshold: int, far: NumberCodec | None
) -> Whole | None:
    """What rare waits are learned as; ``own``: whose they are, where that counts."""
    if own is None:
        return None
    exact = days < EXACT_DAYS if far is not None else np.ones(len(days), dtype=np.bool_)
    codes = np.minimum(days[exact], EXACT_DAYS - 1)
    return stand_ins(codes, own[exact], rare_threshold, EXACT_DAYS)


def _encoded(codec: NumberCodec, values: Whole) -> Codes:
    return codec.encode(pd.Series(values, dtype="Int64"))


def _decoded(codec: NumberCodec, codes: Codes, rng: np.random.Generator) -> Whole:
    return codec.decode(codes, rng).to_numpy(np.int64)
