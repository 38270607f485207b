"""Histories written step by step, from noisy answers alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.synthesis.private_encoding.column import Codes, PrivateColumn
from domain.synthesis.private_sequences.entity_wise import MONTH_PART, WEEKDAY, before
from domain.synthesis.private_sequences.families import Family
from domain.synthesis.private_sequences.steps import Steps, missing_code
from domain.synthesis.private_sequences.timeline import Timeline

Whole = NDArray[np.int64]
OnStep = Callable[[int, int], None]

_POOL = 2_048
"""Numbers that are drawn beforehand for each code of a wait."""
_LAST = np.datetime64("2250-01-01")
"""No history goes on beyond: later moments do not fit a typed column."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnSteps:
    """Events of several histories, one history after the other."""

    owners: Whole
    """Which history each event belongs to."""
    ticks: Whole | None
    codes: Codes
    """Shape (events, nodes)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StepDrawer:
    """Draws every node of a step from its family, the nodes in order."""

    steps: Steps
    families: Mapping[int, Family]
    timeline: Timeline | None
    pools: Mapping[str, NDArray[np.float64]]
    """Numbers by the code of a wait, shape (codes, many)."""

    @classmethod
    def of(
        cls,
        steps: Steps,
        families: Mapping[int, Family],
        timeline: Timeline | None,
        rng: np.random.Generator,
    ) -> StepDrawer:
        called = steps.called
        waits = [n for n in (called.wait, called.since, called.clock) if n in steps.place]
        pools = {name: _pool(steps.encoder.columns[name], rng) for name in waits}
        return cls(steps=steps, families=families, timeline=timeline, pools=pools)

    def draw(
        self,
        lengths: Whole,
        first: Whole,
        people: Mapping[str, Codes],
        rng: np.random.Generator,
        on_step: OnStep,
    ) -> DrawnSteps:
        """Histories of so many events each. ``first``: the first day of each; ``people``: codes of
        what never changes. All histories go on at once, the longest first."""
        order = np.argsort(-lengths, kind="stable")
        state = self._opened(first[order], {name: c[order] for name, c in people.items()})
        codes, ticks, owners = [], [], []
        shorter, longest = -lengths[order], int(lengths.max(initial=0))
        for done in range(longest):
            on_step(done, longest)
            going = int(np.searchsorted(shorter, -done, side="left"))
            state.shorten(going)
            self._step(state, done == 0, rng)
            codes.append(state.codes.copy())
            ticks.append(state.ticks.copy())
            owners.append(order[:going])
        return self._joined(owners, ticks, codes)

    def _joined(self, owners: list[Whole], ticks: list[Whole], codes: list[Codes]) -> DrawnSteps:
        none = np.zeros(0, dtype=np.int64)
        whose = np.concatenate([none, *owners])
        order = np.argsort(whose, kind="stable")
        empty = np.zeros((0, len(self.steps.nodes)), dtype=np.int64)
        return DrawnSteps(
            owners=whose[order],
            ticks=np.concatenate([none, *ticks])[order] if self.timeline else None,
            codes=np.concatenate([empty, *codes])[order],
        )

    def _opened(self, first: Whole, people: Mapping[str, Codes]) -> _State:
        """Before the first event: what came before is that nothing did."""
        codes = np.zeros((len(first), len(self.steps.nodes)), dtype=np.int64)
        for at, node in enumerate(self.steps.nodes):
            if node.column in people:
                codes[:, at] = people[node.column]
            elif not node.drawn:
                codes[:, at] = node.size - 1
        a_day = self.timeline.a_day if self.timeline else 1
        return _State(codes=codes, ticks=first * a_day)

    def _step(self, state: _State, opens: bool, rng: np.random.Generator) -> None:
        if not opens:
            self._remember(state)
        for at, node in enumerate(self.steps.nodes):
            if node.column in (WEEKDAY, MONTH_PART) or not node.drawn:
                continue
            if node.column in self.pools:
                self._timed(state, at, opens, rng)
            else:
                state.codes[:, at] = self.families[at].drawn(state.codes, rng)

    def _remember(self, state: _State) -> None:
        """What was the event is the one before."""
        place = self.steps.place
        for name, at in place.items():
            earlier = place.get(before(name))
            if earlier is not None:
                state.codes[:, earlier] = state.codes[:, at]

    def _timed(self, state: _State, at: int, opens: bool, rng: np.random.Generator) -> None:
        """How long after the event before, on which day, at which time: never earlier."""
        name, called = self.steps.nodes[at].column, self.steps.called
        column = self.steps.encoder.columns[name]
        assert self.timeline is not None
        codes = self.families[at].drawn(state.codes, rng, missing_code(column))
        values = self._number(name, codes, rng)
        if name == called.wait:
            state.later = np.zeros_like(values) if opens else np.maximum(values, 0)
            state.codes[:, at] = _code_of_none(column) if opens else codes
            self._date(state)
        elif name == called.since:
            same = (state.later == 0) & (not opens)
            state.codes[:, at] = np.where(same, codes, _code_of_none(column))
            state.ticks += np.where(same, np.clip(values, 0, self.timeline.a_day), 0)
        else:
            other = (state.later > 0) | opens
            state.codes[:, at] = np.where(other, codes, _code_of_none(column))
            of_day = np.clip(values, 0, self.timeline.a_day - 1)
            state.ticks += np.where(other, of_day, 0)

    def _date(self, state: _State) -> None:
        """The day that is reached; the time of an event on another day is still to come."""
        timeline = self.timeline
        assert timeline is not None
        days = state.ticks // timeline.a_day + state.later
        if timeline.dated:
            days = np.minimum(days, _LAST.astype("datetime64[D]").astype(np.int64))
        moved = (state.later > 0) & (timeline.a_day > 1)
        state.ticks = np.where(moved | (timeline.a_day == 1), days * timeline.a_day, state.ticks)
        place = self.steps.place
        for name, codes in (
            (WEEKDAY, timeline.weekday),
            (MONTH_PART, timeline.month_part),
        ):
            if name in place:
                state.codes[:, place[name]] = codes(state.ticks)

    def _number(self, name: str, codes: Codes, rng: np.random.Generator) -> Whole:
        pool = self.pools[name]
        drawn = pool[codes, rng.integers(0, pool.shape[1], len(codes))]
        return np.asarray(np.nan_to_num(drawn), dtype=np.int64)


@dataclass(slots=True, kw_only=True)
class _State:
    """Where the histories are that still go on."""

    codes: Codes
    ticks: Whole
    later: Whole = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Days, or ticks where there is no time of day, since the event before."""

    def shorten(self, going: int) -> None:
        self.codes, self.ticks = self.codes[:going], self.ticks[:going]


def _pool(column: PrivateColumn, rng: np.random.Generator) -> NDArray[np.float64]:
    codes = np.repeat(np.arange(column.size), _POOL)
    values = column.decode(codes, rng).to_numpy(np.float64, na_value=np.nan)
    return np.asarray(values.reshape(column.size, _POOL))


def _code_of_none(column: PrivateColumn) -> int:
    """The code of a missing number."""
    return int(column.encode(pd.Series(pd.array([None], dtype="Int64")))[0])
