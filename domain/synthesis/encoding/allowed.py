"""The part of a column that conditions leave, in codes and inside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from domain.kernel import BadInput
from domain.synthesis.conditions import Condition, Operator
from domain.synthesis.encoding.grid import Grid

Floats = NDArray[np.float64]
_INFINITE = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Allowed:
    """How much of each code's mass may be drawn, and which part of it."""

    weights: Floats
    """Shape ``(codes,)``, 0 to 1."""
    tail: NDArray[np.bool_] | None = None
    """Which of the values that share a code (categories)."""
    numbers: Spans | None = None
    """Which positions (numbers and datetimes)."""

    @property
    def partly(self) -> bool:
        """Whether decoding has to know of it: some code is allowed in part only."""
        return bool(((self.weights > 0) & (self.weights < 1)).any())


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """Closed spans of grid positions, ascending and apart, and whether a cell may be missing."""

    spans: tuple[tuple[float, float], ...]
    missing: bool
    whole: bool
    """Whether positions are whole numbers."""

    @classmethod
    def of(cls, grid: Grid, all_of: Sequence[Condition], none_of: Sequence[Condition]) -> Spans:
        """What every one of ``all_of`` and none of ``none_of`` leaves."""
        whole = bool(grid.step)
        left = cls(spans=((-_INFINITE, _INFINITE),), missing=True, whole=whole)
        for condition in all_of:
            left = left.meet(cls._of_one(grid, condition, whole))
        for condition in none_of:
            left = left.meet(cls._of_one(grid, condition, whole).rest())
        return left

    @classmethod
    def _of_one(cls, grid: Grid, condition: Condition, whole: bool) -> Spans:
        at = [grid.position_of(text) for text in condition.values]
        match condition.test:
            case Operator.MISSING:
                return cls(spans=(), missing=True, whole=whole)
            case Operator.PRESENT:
                return cls(spans=((-_INFINITE, _INFINITE),), missing=False, whole=whole)
            case Operator.IS | Operator.NOT:
                points = cls(spans=_points(at, whole), missing=False, whole=whole)
                if condition.test is Operator.IS:
                    return points
                return cls(spans=points.rest().spans, missing=False, whole=whole)
        return cls(spans=(_side(condition.test, at[0], whole),), missing=False, whole=whole)

    def meet(self, other: Spans) -> Spans:
        """The positions of both."""
        pairs = [
            (max(a, c), min(b, d))
            for a, b in self.spans
            for c, d in other.spans
            if max(a, c) <= min(b, d)
        ]
        missing = self.missing and other.missing
        return Spans(spans=tuple(sorted(pairs)), missing=missing, whole=self.whole)

    def rest(self) -> Spans:
        """All other positions, and missing cells if they were not in it."""
        spans, start = [], -_INFINITE
        for low, high in self.spans:
            if low > start:
                spans.append((start, self._before(low)))
            start = self._after(high)
        if start < _INFINITE:
            spans.append((start, _INFINITE))
        return Spans(spans=tuple(spans), missing=not self.missing, whole=self.whole)

    def _before(self, position: float) -> float:
        return position - 1 if self.whole else float(np.nextafter(position, -_INFINITE))

    def _after(self, position: float) -> float:
        return position + 1 if self.whole else float(np.nextafter(position, _INFINITE))

    @property
    def reach(self) -> Floats:
        """The spans as shape ``(spans, 2)``, half a step wider on a grid: what rounds into them."""
        margin = 0.5 if self.whole else 0.0
        spans = np.array(self.spans, dtype=np.float64).reshape(-1, 2)
        return spans + np.array([-margin, margin])

    def held(self, positions: Floats) -> Floats:
        """``positions`` rounded onto the grid and into the nearest span."""
        lows, highs = np.array(self.spans, dtype=np.float64).reshape(-1, 2).T
        rounded = np.round(positions) if self.whole else positions
        at = np.searchsorted(lows, positions, side="right").clip(1, len(lows)) - 1
        after = np.minimum(at + 1, len(lows) - 1)
        nearer = lows[after] - positions < positions - highs[at]
        at = np.where(nearer, after, at)
        return np.clip(rounded, lows[at], highs[at])


def _points(at: Sequence[Fraction], whole: bool) -> tuple[tuple[float, float], ...]:
    """Each position as a span of its own; those off the grid are nowhere."""
    kept = sorted(p for p in set(at) if not whole or p.denominator == 1)
    return tuple((float(p), float(p)) for p in kept)


def _side(test: Operator, at: Fraction, whole: bool) -> tuple[float, float]:
    bound = _whole_bound(test, at) if whole else _float_bound(test, float(at))
    up = test in (Operator.ABOVE, Operator.AT_LEAST)
    return (bound, _INFINITE) if up else (-_INFINITE, bound)


def _whole_bound(test: Operator, at: Fraction) -> float:
    """The first (or last) whole position that fulfils the test."""
    if test in (Operator.AT_LEAST, Operator.BELOW):
        return float(math.ceil(at) - (test is Operator.BELOW))
    return float(math.floor(at) + (test is Operator.ABOVE))


def _float_bound(test: Operator, at: float) -> float:
    apart = {Operator.ABOVE: _INFINITE, Operator.BELOW: -_INFINITE}
    return float(np.nextafter(at, apart[test])) if test in apart else at


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pieces:
    """For every code, the pieces of its quantile function that lie in some spans."""

    codes: NDArray[np.int64]
    lows: Floats
    highs: Floats
    """Levels, 0 to 1."""

    @classmethod
    def of(cls, spans: Spans, starts: NDArray[np.int64], levels: Floats, knots: Floats) -> Pieces:
        """``starts``, ``levels`` and ``knots`` as in the number codec."""
        found: list[tuple[int, float, float]] = []
        for code, (start, end) in enumerate(pairwise(starts)):
            at, heights = knots[start:end], levels[start:end]
            found += [(code, *_piece(low, high, at, heights)) for low, high in spans.reach]
        kept = [piece for piece in found if piece[2] > piece[1]]
        codes, lows, highs = zip(*kept, strict=True) if kept else ((), (), ())
        return cls(
            codes=np.array(codes, dtype=np.int64),
            lows=np.array(lows, dtype=np.float64),
            highs=np.array(highs, dtype=np.float64),
        )

    def weights(self, size: int) -> Floats:
        """The share of each of ``size`` codes that lies in the spans."""
        lengths = self.highs - self.lows
        return np.bincount(self.codes, lengths, minlength=size)[:size].astype(np.float64)

    def placed(self, codes: NDArray[np.int64], uniforms: Floats) -> Floats:
        """``uniforms`` of each row's code squeezed into its pieces."""
        if not len(self.codes):
            return uniforms
        lengths = self.highs - self.lows
        totals = np.bincount(self.codes, lengths)
        ends = np.cumsum(lengths) - np.repeat(
            np.concatenate([[0.0], np.cumsum(totals)[:-1]]), np.bincount(self.codes)
        )
        share = totals[self.codes]
        places = np.column_stack([(ends - lengths) / share, ends / share])
        places = np.clip(places, 0.0, 1.0) + 2.0 * self.codes[:, np.newaxis]
        levels = np.column_stack([self.lows, self.highs])
        placed: Floats = np.interp(2.0 * codes + uniforms, places.ravel(), levels.ravel())
        return placed


def _piece(low: float, high: float, knots: Floats, levels: Floats) -> tuple[float, float]:
    """From which to which level the quantile function lies in ``[low, high]``."""
    if knots[0] == knots[-1]:
        return (0.0, 1.0) if low <= knots[0] <= high else (0.0, 0.0)
    if high < knots[0] or low > knots[-1]:
        return 0.0, 0.0
    first = int(np.searchsorted(knots, low, side="left"))
    last = int(np.searchsorted(knots, high, side="right"))
    return _level(low, first, knots, levels), _level(high, last, knots, levels)


def _level(position: float, after: int, knots: Floats, levels: Floats) -> float:
    """The level at which the function passes ``position``, just before knot ``after``."""
    if after == 0:
        return 0.0
    if after == len(knots):
        return 1.0
    if knots[after] == position:
        return float(levels[after])
    left, right = knots[after - 1], knots[after]
    share = (position - left) / (right - left)
    return float(levels[after - 1] + share * (levels[after] - levels[after - 1]))


def unlike_categories(condition: Condition) -> BadInput:
    """The refusal of an order where there is none."""
    return BadInput(
        f"The column “{condition.column}” is a category without an order; "
        "ask for its values with = or != instead."
    )


def is_in(values: Sequence[str], conditions: Sequence[Condition]) -> NDArray[np.bool_]:
    """Which category ``values`` fulfil all ``conditions``; the last entry is a missing cell."""
    allowed = np.ones(len(values) + 1, dtype=np.bool_)
    for condition in conditions:
        wanted = set(condition.values)
        inside = np.array([*(value in wanted for value in values), False])
        match condition.test:
            case Operator.IS:
                allowed &= inside
            case Operator.NOT:
                allowed &= ~inside
                allowed[-1] = False
            case Operator.MISSING:
                allowed[:-1] = False
            case Operator.PRESENT:
                allowed[-1] = False
            case _:
                raise unlike_categories(condition)
    return allowed
