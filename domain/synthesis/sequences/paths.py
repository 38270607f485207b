"""Numbers of one series that move on from where they are: each is its last value, what is usual at
the time, what the steps before left, and a surprise. The network learns and draws the surprises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec
from domain.synthesis.encoding.codec import Codec
from domain.synthesis.encoding.numbers import NumberCodec
from domain.synthesis.sequences.cells import Cell, Codes, State
from domain.synthesis.sequences.choosing_paths import Moving, moving
from domain.synthesis.sequences.clock import Clock
from domain.synthesis.sequences.levels import Level
from domain.synthesis.sequences.local_clock import UNMOVED, LocalClock
from domain.synthesis.sequences.recall import Recall
from domain.synthesis.sequences.scales import Scale
from domain.synthesis.sequences.usual import Usual

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

TRAIL = "trail"
"""The key of a state under which :class:`Trail` goes along while drawing."""
TICKS = "ticks"
"""The key of a state for the time of each event in steps."""
LEVELS = 24
"""Classes of its last score that the network is told of each column."""
_LAGS = (1, 2, 3, 5, 8, 13, 21)
"""Steps back from which a series without hours is recalled."""
_AHEAD = 256
"""Steps for which what is usual is reckoned at once."""
_BURNT = 8
"""Of drawn series the first part, one of so many, is not looked at."""
_FINE = 65
"""Points of the quantile function inside a bin of surprises."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a series ticks."""

    step: int
    """Units of its clock from event to event; 0: rows are counted."""
    day: int
    """Steps of a day; 0 where a day is no whole number of steps, or there is no clock."""
    local: LocalClock = UNMOVED
    """The clock that day and week are told by: it is an hour ahead in summer."""

    @classmethod
    def of(cls, clock: Clock | None) -> Rhythm:
        if clock is None or not clock.step:
            return cls(0, 0)
        day = 0 if clock.a_day % clock.step else clock.a_day // clock.step
        return cls(clock.step, day, clock.local)

    def ticks(self, now: Whole | None, rows: int) -> Whole:
        """Times as whole numbers of steps, or the numbers of the rows."""
        return np.arange(rows) if now is None or not self.step else self.told(now)

    def told(self, now: Whole) -> Whole:
        """Times as whole numbers of steps, on the local clock."""
        return self.local.shown(now) // self.step if self.step else now

    def state(self) -> list[Any]:
        return [self.step, self.day, self.local.zone, self.local.unit]

    @classmethod
    def from_state(cls, state: Sequence[Any]) -> Rhythm:
        step, day, *local = state
        return cls(step, day, LocalClock(*local))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paths:
    """The columns of one series that move on. Arrays have a column for each of ``names``."""

    names: tuple[str, ...]
    scales: tuple[Scale, ...]
    usual: Usual
    recall: Recall
    levels: Floats
    """Shape ``(LEVELS - 1, columns)``: edges between classes of scores."""
    rhythm: Rhythm
    near: tuple[Level, ...]
    """Columns that stay close to one of them, each after those that it is seen from."""

    @classmethod
    def fit(cls, rows: pd.DataFrame, moving: Moving, now: Whole | None, rhythm: Rhythm) -> Paths:
        """Learn the columns of ``moving`` from typed ``rows``. ``now``: their times, in units of
        the clock of ``rhythm`` (where that is not regular, rows are counted)."""
        scales, day = moving.paths, rhythm.day
        scores = np.stack([scale.scored(rows[name]) for name, scale in scales.items()], axis=1)
        ticks = rhythm.ticks(now, len(rows))
        usual = Usual.fit(scores, ticks, tuple(p for p in (day, 7 * day) if p > 1))
        lags = _with_days(day) if day > 1 and len(rows) > 70 * day else _LAGS
        return cls(
            names=tuple(scales),
            scales=tuple(scales.values()),
            usual=usual,
            recall=Recall.fit(scores - usual.at(ticks), lags),
            levels=np.quantile(scores, np.arange(1, LEVELS) / LEVELS, axis=0),
            rhythm=rhythm,
            near=moving.levels,
        )

    def learned(self, rows: pd.DataFrame, now: Whole | None) -> dict[str, Floats]:
        """What is learned of real rows in place of each column: surprises, and distances."""
        scores = self._scores(rows)
        unusual = scores - self.usual.at(self.rhythm.ticks(now, len(rows)))
        known = dict(zip(self.names, scores.T, strict=True))
        known |= {level.name: level.scale.scored(rows[level.name]) for level in self.near}
        surprises = dict(zip(self.names, self.recall.surprises(unusual).T, strict=True))
        return surprises | {level.name: level.learned(known) for level in self.near}

    def corrected(self, drawn: Mapping[str, Floats], first: Whole) -> Paths:
        """Without what ``drawn`` surprises recall. Scores are of shape ``(events, series)``;
        ``first``: the times of the first events."""
        scores = np.stack([drawn[name] for name in self.names], axis=2)
        steps = np.arange(len(scores)) * max(self.rhythm.step, 1)
        series = [
            _burnt_in(scores[:, place] - self.usual.at(self.rhythm.told(began + steps)))
            for place, began in enumerate(first)
        ]
        return replace(self, recall=self.recall.corrected(series))

    def settled(self, drawn: Mapping[str, Floats]) -> Paths:
        """With scales under which ``drawn`` scores become values as common as the real ones."""
        scales = zip(self.names, self.scales, strict=True)
        found = [scale.settled(_burnt_in(drawn[name]).reshape(-1)) for name, scale in scales]
        return replace(self, scales=tuple(found))

    def told(self, rows: pd.DataFrame, now: Whole | None) -> State:
        """What a state holds of real rows: the score before each event, of the first its own."""
        scores = self._scores(rows)
        before = np.concatenate([scores[:1], scores[:-1]])
        told = {f"{TRAIL} {name}": own for name, own in zip(self.names, before.T, strict=True)}
        return {**told, TICKS: self.rhythm.ticks(now, len(rows))}

    def _scores(self, rows: pd.DataFrame) -> Floats:
        scored = [s.scored(rows[n]) for n, s in zip(self.names, self.scales, strict=True)]
        return np.stack(scored, axis=1)

    def sentences(self) -> list[str]:
        """What was found, in words."""
        said = [f"Move on from where they are, and are learned as surprises: {_list(self.names)}."]
        if self.near:
            names = _list([level.name for level in self.near])
            said.append(f"Stay close to them, and are learned as distances: {names}.")
        return said

    def cells(self) -> list[Cell]:
        """Front cells: the stretch of the course, and the class of each column's last score."""
        levels = [self._level(place, name) for place, name in enumerate(self.names)]
        return [self._stretch(), *levels]

    def _stretch(self) -> Cell:
        times = self.usual.times
        middles = (times[1:] + times[:-1]) / 2
        return Cell(
            name="stretch of the course",
            size=len(times),
            front=True,
            told=lambda s: np.asarray(np.searchsorted(middles, s[TICKS]), np.int64),
            ordered=True,
        )

    def _level(self, place: int, name: str) -> Cell:
        edges = self.levels[:, place]
        return Cell(
            name=f"{name}, level before",
            size=LEVELS,
            front=True,
            told=lambda s: np.asarray(np.searchsorted(edges, s[f"{TRAIL} {name}"]), np.int64),
            ordered=True,
        )

    def settle(self, state: State, codes: Codes, rng: np.random.Generator, name: str) -> None:
        """Take drawn surprises of a column into the trail of a state."""
        state[TRAIL].move(self.names.index(name), codes, rng)

    def columns(
        self, scores: Mapping[str, Floats], drawn: Mapping[str, pd.Series]
    ) -> dict[str, pd.Series]:
        """Typed columns of drawn scores, and from them of the ``drawn`` distances of those near."""
        known = dict(scores)
        found = {n: s.column(known[n]) for n, s in zip(self.names, self.scales, strict=True)}
        for level in self.near:
            known[level.name] = level.drawn(drawn[level.name].to_numpy(np.float64), known)
            found[level.name] = level.scale.column(known[level.name])
        return found

    def state(self) -> Mapping[str, Any]:
        return {
            "names": list(self.names),
            "scales": [scale.state() for scale in self.scales],
            "usual": self.usual.state(),
            "recall": self.recall.state(),
            "levels": self.levels,
            "rhythm": self.rhythm.state(),
            "near": [level.state() for level in self.near],
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Paths:
        return cls(
            names=tuple(state["names"]),
            scales=tuple(Scale(**scale) for scale in state["scales"]),
            usual=Usual(**state["usual"]),
            recall=Recall.from_state(state["recall"]),
            levels=state["levels"],
            rhythm=Rhythm.from_state(state["rhythm"]),
            near=tuple(Level.from_state(level) for level in state["near"]),
        )


def _with_days(day: int) -> tuple[int, ...]:
    """Steps back within the day, and around a day, two days and a week ago."""
    around = {at + k for at in (day, 7 * day) for k in (-1, 0, 1)}
    return tuple(sorted({1, 2, 3, 4, 6, 12, 2 * day, *around} - {0}))


def paths_of(
    rows: pd.DataFrame,
    specs: Sequence[ColumnSpec],
    clock: Clock | None,
    now: Whole | None,
    rare_threshold: int,
) -> Paths | None:
    """The paths among number columns of one series, ``None`` where there are none."""
    rhythm = Rhythm.of(clock)
    day = None
    if clock is None or clock.step:
        day = rhythm.ticks(now, len(rows)) % max(rhythm.day, 1)
    found = moving(rows, specs, day=day, rare_threshold=rare_threshold)
    return Paths.fit(rows, found, now, rhythm) if found.paths else None


@dataclass(slots=True, eq=False)
class Trail:
    """The scores of several series while they are drawn side by side."""

    paths: Paths
    first: Whole
    """The time of each one's first event."""
    codecs: Sequence[Codec]
    many: int = 0
    step: int = -1
    past: Floats = field(init=False)
    """Unusual parts, of each step at its number modulo the longest lag: shape ``(series, longest
    lag, columns)``."""
    lags: Whole = field(init=False)
    ticks: Whole = field(init=False)
    """Of many steps from now on, as ``ahead``: shape ``(steps, series)``."""
    now: Floats = field(init=False)
    """Unusual parts of this event as far as they are drawn: shape ``(series, columns)``."""
    usual: Floats = field(init=False)
    ahead: Floats = field(init=False)
    expected: Floats = field(init=False)
    before: Floats = field(init=False)
    """Scores of the event before."""
    moved: int = 0
    tables: list[Floats] = field(init=False)

    def __post_init__(self) -> None:
        columns, self.many = len(self.paths.names), len(self.first)
        self.lags = np.array(self.paths.recall.lags)
        self.past = np.zeros((self.many, max(self.paths.recall.lags), columns))
        self.tables = [_quantiles(c) for c in self.codecs if isinstance(c, NumberCodec)]
        self.before = self._usual(0).copy()

    def _usual(self, step: int) -> Floats:
        """What is usual at a step: reckoned for many steps at once."""
        place, rhythm = step % _AHEAD, self.paths.rhythm
        if not place:
            steps = (step + np.arange(_AHEAD))[:, np.newaxis] * max(rhythm.step, 1)
            self.ticks = rhythm.told(self.first + steps)
            usual = self.paths.usual.at(self.ticks.reshape(-1))
            self.ahead = usual.reshape(_AHEAD, self.many, -1)
        return self.ahead[place]

    def begin(self, state: State, many: int) -> None:
        """Begin the next event of the first ``many`` series."""
        self.step, self.moved = self.step + 1, 0
        self.usual = self._usual(self.step)[:many]
        past = self.past[:many, (self.step - self.lags) % self.past.shape[1]].reshape(many, -1)
        self.expected = past @ self.paths.recall.before.T
        self.now = np.zeros_like(self.expected)
        state[TRAIL], state[TICKS] = self, self.ticks[self.step % _AHEAD, :many]
        for place, name in enumerate(self.paths.names):
            state[f"{TRAIL} {name}"] = self.before[:many, place]

    def move(self, place: int, codes: Codes, rng: np.random.Generator) -> None:
        """The next column, and those before it that have but one code."""
        while self.moved < place:
            self._move(self.moved, np.zeros(len(codes), dtype=np.int64), rng)
        self._move(place, codes, rng)

    def _move(self, place: int, codes: Codes, rng: np.random.Generator) -> None:
        beside = self.now @ self.paths.recall.beside[place]
        surprise = _placed(self.tables[place], codes, rng.random(len(codes)))
        scale, usual = self.paths.scales[place], self.usual[:, place]
        score = usual + self.expected[:, place] + beside + surprise
        self.now[:, place] = np.clip(score, scale.scores[0], scale.scores[-1]) - usual
        self.moved = place + 1

    def end(self, rng: np.random.Generator) -> Floats:
        """End the event: its scores, of shape ``(series, columns)``."""
        many = len(self.now)
        while self.moved < len(self.paths.names):
            self._move(self.moved, np.zeros(many, dtype=np.int64), rng)
        scores = self.usual + self.now
        self.before[:many] = scores
        self.past[:many, self.step % self.past.shape[1]] = self.now
        return scores

    def hold(self, held: Whole, place: int, scores: Floats) -> None:
        """The event that ended had other scores in a column of the series ``held``."""
        self.before[held, place] = scores
        unusual = scores - self.usual[held, place]
        self.past[held, self.step % self.past.shape[1], place] = unusual


def _burnt_in(drawn: Floats) -> Floats:
    """Without the first events, before which nothing came."""
    return drawn[len(drawn) // _BURNT :]


def _list(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _quantiles(codec: NumberCodec) -> Floats:
    """The quantile function of every bin at ``_FINE`` even shares: ``(bins, _FINE)``."""
    codes = np.repeat(np.arange(codec.bins), _FINE)
    shares = np.tile(np.linspace(0.0, 1.0, _FINE), codec.bins)
    positions = codec.quantiles(codes, shares)
    values = codec.grid.values(positions, np.zeros(len(positions), dtype=np.bool_))
    return values.to_numpy(np.float64).reshape(codec.bins, _FINE)


def _placed(table: Floats, codes: Codes, shares: Floats) -> Floats:
    """Values at ``shares`` of the bins."""
    at = shares * (_FINE - 1)
    below = at.astype(np.int64)
    left = table[codes, below]
    placed: Floats = left + (at - below) * (table[codes, below + 1] - left)
    return placed
