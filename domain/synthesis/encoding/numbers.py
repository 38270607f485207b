"""Codec of numbers and datetimes: own codes for frequent values, quantile bins for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec
from domain.synthesis.conditions import Condition
from domain.synthesis.encoding.allowed import Allowed, Pieces, Spans
from domain.synthesis.encoding.codec import Codes, stratified_within
from domain.synthesis.encoding.grid import Grid
from domain.synthesis.encoding.owners import distinct, extremes, shared

FEW_VALUES = 150
"""A column with at most this many distinct values gets a code for each that is frequent enough."""
MAX_BINS = 100
MIN_BINS = 16
ROWS_PER_BIN = 15
"""Quantile bins of a column with more values: by its rows, so that each can be learned. A value
that holds more of the rows than a bin does stands alone."""
KNOTS_PER_BIN = 64
"""Points of the quantile function that are kept inside a bin."""

Floats = NDArray[np.float64]
Owners = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NumberCodec:
    """Codes are bins in ascending order of value; the last code is "missing" where there is one.

    Bin ``b`` decodes to the quantile function through ``levels[starts[b]:starts[b + 1]]`` (0 to
    1) and ``knots`` at the same places (grid positions).
    """

    grid: Grid
    singles: Floats
    """Positions with a code of their own, ascending."""
    single_codes: Codes
    edges: Floats
    """Upper ends of the bins of the remaining positions, ascending."""
    edge_codes: Codes
    starts: NDArray[np.int64]
    """Shape ``(bins + 1,)``."""
    levels: Floats
    knots: Floats
    bins: int
    has_missing: bool

    @classmethod
    def fit(
        cls,
        column: pd.Series,
        spec: ColumnSpec,
        rare_threshold: int,
        owners: Owners | None = None,
    ) -> NumberCodec:
        """Learn the bins. Values held by fewer than ``rare_threshold`` rows are never alone.

        ``owners``: whose each row is, where people have many; then as many people have to hold
        what stands alone, makes a bin, a step inside it or an end. What fewer hold among values
        that stand alone is learned as the next of those; without any, as missing.
        """
        grid = Grid.fit(column, spec)
        present = grid.positions(column.dropna())
        rising = np.argsort(present, kind="stable")
        present = present[rising]
        whose = None if owners is None else owners[column.notna().to_numpy(np.bool_)][rising]
        positions, place, counts = np.unique(present, return_inverse=True, return_counts=True)
        alone = _stand_alone(counts, rare_threshold)
        if whose is not None:
            alone &= distinct(place, whose, len(counts)) >= rare_threshold
        cut = _runs(positions, counts, alone, rare_threshold)
        runs = _of_several(cut, None if whose is None else whose[~alone[place]], rare_threshold)
        bins = [(np.full(2, value), np.array([0.0, 1.0])) for value in positions[alone]]
        low, high = _ends(present, rare_threshold, whose)
        bins += [_quantiles(values, low, high, rare_threshold, own) for values, own in runs]
        order = np.argsort([knots[0] / 2 + knots[-1] / 2 for knots, _ in bins], kind="stable")
        code_of = np.empty(len(bins), dtype=np.int64)
        code_of[order] = np.arange(len(bins))
        singles = int(alone.sum())
        lengths = [len(bins[i][0]) for i in order]
        return cls(
            grid=grid,
            singles=positions[alone],
            single_codes=code_of[:singles],
            edges=np.array([values[-1] for values, _ in runs], dtype=np.float64),
            edge_codes=code_of[singles:],
            starts=np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64),
            levels=_joined([bins[i][1] for i in order]),
            knots=_joined([bins[i][0] for i in order]),
            bins=len(bins),
            has_missing=bool(column.isna().any()) or not bins,
        )

    @property
    def size(self) -> int:
        return self.bins + self.has_missing

    @property
    def ordered(self) -> bool:
        return True

    @property
    def drawable(self) -> NDArray[np.bool_]:
        return np.ones(self.size, dtype=np.bool_)

    def encode(self, column: pd.Series) -> Codes:
        missing = column.isna().to_numpy(np.bool_)
        codes = np.full(len(column), self.bins, dtype=np.int64)
        codes[~missing] = self._bins_of(self.grid.positions(column[~missing]))
        return codes

    def _bins_of(self, positions: Floats) -> Codes:
        codes = np.zeros(len(positions), dtype=np.int64)
        if len(self.edges):
            at = np.searchsorted(self.edges, positions).clip(0, len(self.edges) - 1)
            codes = self.edge_codes[at]
        if len(self.singles):
            at = np.searchsorted(self.singles, positions).clip(0, len(self.singles) - 1)
            alone = (self.singles[at] == positions) | (len(self.edges) == 0)
            codes = np.where(alone, self.single_codes[at], codes)
        return codes

    @property
    def missing(self) -> int | None:
        return self.bins if self.has_missing else None

    def knows(self, column: pd.Series) -> NDArray[np.bool_]:
        return (column.notna() | self.has_missing).to_numpy(np.bool_)

    def allowed(self, all_of: Sequence[Condition], none_of: Sequence[Condition]) -> Allowed:
        spans = Spans.of(self.grid, all_of, none_of)
        weights = self._pieces(spans).weights(self.size)
        if self.has_missing:
            weights[self.bins] = spans.missing
        return Allowed(weights=weights, numbers=spans)

    def _pieces(self, spans: Spans) -> Pieces:
        return Pieces.of(spans, self.starts, self.levels, self.knots)

    def decode(
        self, codes: Codes, rng: np.random.Generator, allowed: Allowed | None = None
    ) -> pd.Series:
        missing = codes >= self.bins
        present = codes[~missing]
        spans = allowed.numbers if allowed is not None else None
        found = self._placed(present, rng, spans)
        positions = np.zeros(len(codes))
        positions[~missing] = spans.held(found) if spans is not None and spans.spans else found
        return self.grid.values(positions, missing)

    def quantiles(self, codes: Codes, shares: Floats) -> Floats:
        """Positions at ``shares`` (0 to 1) of the bins; of a bin of one value that value."""
        first, last = self.knots[self.starts[:-1]], self.knots[self.starts[1:] - 1]
        positions: Floats = first[codes]
        wide = (first != last)[codes]
        positions[wide] = self._interpolated(codes[wide], shares[wide])
        return positions

    def _placed(self, codes: Codes, rng: np.random.Generator, spans: Spans | None) -> Floats:
        """Positions: of a bin of one value that value, else drawn (in the ``spans``)."""
        first, last = self.knots[self.starts[:-1]], self.knots[self.starts[1:] - 1]
        positions: Floats = first[codes]
        wide = (first != last)[codes]
        some = codes[wide]
        uniforms = stratified_within(some, rng)
        if spans is not None:
            uniforms = self._pieces(spans).placed(some, uniforms)
        positions[wide] = self._interpolated(some, uniforms)
        return positions

    def _interpolated(self, codes: Codes, uniforms: Floats) -> Floats:
        """Quantiles of each row's bin: all bins in one interpolation, bin ``b`` on [2b, 2b + 1]."""
        if not len(codes):
            return np.zeros(0)
        bin_of_knot = np.repeat(np.arange(self.bins), np.diff(self.starts))
        return np.interp(2.0 * codes + uniforms, 2.0 * bin_of_knot + self.levels, self.knots)

    def state(self) -> Mapping[str, Any]:
        names = ("singles", "single_codes", "edges", "edge_codes", "starts", "levels", "knots")
        return {
            "kind": "number",
            "grid": self.grid.state(),
            "bins": self.bins,
            "has_missing": self.has_missing,
            **{name: getattr(self, name) for name in names},
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> NumberCodec:
        rest = {k: v for k, v in state.items() if k not in ("kind", "grid")}
        return cls(grid=Grid.from_state(state["grid"]), **rest)


def _stand_alone(counts: NDArray[np.int64], rare_threshold: int) -> NDArray[np.bool_]:
    """Which distinct values get a code of their own."""
    rows = int(counts.sum())
    enough = rare_threshold if len(counts) <= FEW_VALUES else rows / _bins(rows)
    return counts >= max(enough, min(rare_threshold, rows))


def _bins(rows: int) -> int:
    return min(max(rows // ROWS_PER_BIN, MIN_BINS), MAX_BINS)


def _runs(
    positions: Floats, counts: NDArray[np.int64], alone: NDArray[np.bool_], rare_threshold: int
) -> list[Floats]:
    """The values that do not stand alone, sorted and cut into bins of about equal mass.

    Equal values stay together; no bin holds fewer than ``rare_threshold`` rows, unless there
    are not that many in all.
    """
    rest, repeats = positions[~alone], counts[~alone]
    if not len(rest):
        return []
    rows = int(counts.sum())
    mass = max(rows / _bins(rows) if len(counts) > FEW_VALUES else 0, rare_threshold)
    pieces = max(int(repeats.sum() // mass), 1)
    before = np.cumsum(repeats) - repeats
    bin_of = np.minimum((before * pieces) // repeats.sum(), pieces - 1)
    cuts = np.flatnonzero(np.diff(bin_of)) + 1
    parts = zip(np.split(rest, cuts), np.split(repeats, cuts), strict=True)
    return [np.repeat(values, times) for values, times in parts]


def _tail_size(rows: int, rare_threshold: int) -> int:
    """How many extreme rows are blurred at each end: the threshold, fewer in tiny tables."""
    return max(1, min(rare_threshold, rows // 20))


def _of_several(
    runs: list[Floats], whose: Owners | None, rare_threshold: int
) -> list[tuple[Floats, Owners | None]]:
    """The bins and whose their rows are; those of too few people joined with their neighbours."""
    if whose is None or not runs:
        return [(values, None) for values in runs]
    if len(np.unique(whose)) < rare_threshold:
        return []
    cuts = shared(np.cumsum([len(values) for values in runs])[:-1], whose, rare_threshold)
    return list(zip(np.split(np.concatenate(runs), cuts), np.split(whose, cuts), strict=True))


def _ends(present: Floats, rare_threshold: int, whose: Owners | None) -> tuple[float, float]:
    """The lowest and highest position that may be drawn: means of the most extreme rows, or of
    as many people's most extreme ones.

    So neither the lowest nor the highest value of a single person shows.
    """
    if not len(present):
        return 0.0, 0.0
    if whose is not None:
        return extremes(present, whose, rare_threshold)
    tail = _tail_size(len(present), rare_threshold)
    return float(present[:tail].mean()), float(present[-tail:].mean())


def _quantiles(
    values: Floats, low: float, high: float, rare_threshold: int, whose: Owners | None
) -> tuple[Floats, Floats]:
    """Knots and levels of the quantile function of sorted ``values``, kept in [low, high].

    It climbs from the first value to the last without resting on either, and between them
    follows only what ``rare_threshold`` rows (or people) have in common: a step where as many
    hold the same value, else a knot after as many. So no single row's value shows.
    """
    if len(values) == 1:
        return np.clip(np.repeat(values, 2), low, high), np.array([0.0, 1.0])
    levels = np.linspace(0.0, 1.0, len(values))
    ends = _knots(values, rare_threshold, whose)
    if len(ends) > KNOTS_PER_BIN:
        last = len(values) - 1 if whose is None else len(ends) - 1
        some = np.unique(np.linspace(0, last, KNOTS_PER_BIN).round().astype(int))
        ends = some if whose is None else ends[some]
    return np.clip(values[ends], low, high), levels[ends]


def _knots(values: Floats, rare_threshold: int, whose: Owners | None) -> NDArray[np.int64]:
    """Places among sorted ``values``: both ends of every long run of equal ones, and between
    such runs every so many rows, or people."""
    last = len(values) - 1
    changes = np.flatnonzero(np.diff(values))
    starts, ends = np.append(0, changes + 1), np.append(changes, last)
    run_of = np.repeat(np.arange(len(starts)), ends - starts + 1)
    held = ends - starts + 1 if whose is None else distinct(run_of, whose, len(starts))
    long = held >= rare_threshold
    fixed = np.unique(np.concatenate([[0], starts[long], ends[long], [last]]))
    steps = np.arange(0, last, rare_threshold)
    if whose is not None:
        steps = _between(fixed, shared(steps[1:], whose, rare_threshold), last)
    room = np.abs(steps[:, np.newaxis] - fixed).min(axis=1) >= rare_threshold
    return np.union1d(fixed, steps[room & ~long[run_of[steps]]])


def _between(fixed: NDArray[np.int64], steps: NDArray[np.int64], last: int) -> NDArray[np.int64]:
    """The ``steps`` with nothing ``fixed`` between them and the steps next to them."""
    around = np.concatenate([[0], steps, [last]])
    inside = np.searchsorted(fixed, around[1:]) - np.searchsorted(fixed, around[:-1], "right")
    return steps[(inside[:-1] == 0) & (inside[1:] == 0)]


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)
