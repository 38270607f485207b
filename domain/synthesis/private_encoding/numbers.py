"""Numbers and moments of a private run: where they lie is asked twice, first by size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType
from domain.privacy.private_table import NoisyCounts, PrivateTable
from domain.synthesis.private_encoding.column import (
    SIGNIFICANT,
    Beside,
    Codes,
    Floats,
    drawn_within,
    summed,
)
from domain.synthesis.private_encoding.scale import Scale

_FIRST = 0.25
"""Share of a column's budget for the first question, which says where to ask closer."""
_FEW = 200
"""Whole numbers between public bounds that are counted one by one at once."""
_MOST_PARTS = 400
_NOISE_A_PART = 1.5
"""A coarse cell is cut into parts that hold about so many standard deviations of noise."""
_MISTAKEN, _LIKELY = 0.01, 2.0
"""How often an empty cell far out may be taken for a full one; and what a cell beside a full one
has to hold, in standard deviations."""
_HEAVY = 10.0
"""A coarse cell of so many standard deviations is kept apart from those before it."""
_STANDS_OUT, _LOOKS = 2.5, 3
_POINT = 0.2
"""Cells of such a share of the rows are points, and say nothing of how wide the other bins are."""
_A_CELL = 0.3
"""What a cell at either end has to hold on average to be kept, in standard deviations."""
_SHORTLY = 10
"""Whole numbers that seem to start below this are taken to start at 1."""
_BEFORE, _AFTER = 4, 6
"""Cells around one that hold a ten and a five whichever it is."""
_SELDOM = 0.01
_MOSTLY = 0.5
_DIGITS = 3
"""Significant digits of a cell's width that invented numbers without fixed decimals have."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NumberColumn:
    """Numbers as codes: bins of fine cells; the last cell is "missing".

    A value so common that its cell fills a bin alone, such as a zero, keeps one of its own.
    """

    scale: Scale
    edges: Floats
    """Of the fine cells, ascending, in positions: one more than cells."""
    cells: Floats
    """Their noisy counts, and that of the missing cell."""
    sigma: float
    groups: Codes
    """The code of each cell."""
    counts: Floats
    spreads: Floats
    parted: Floats | None = None
    """The noisy counts of the cells by the codes of another column, shape (cells, its codes);
    ``cells`` are their sums."""

    @classmethod
    def fit(
        cls,
        table: PrivateTable,
        spec: ColumnSpec,
        bounds: tuple[float, float] | None,
        rho: float,
        bins: int,
        beside: Beside | None = None,
        within: tuple[float, float] | None = None,
    ) -> NumberColumn:
        """Count in cells, about ``bins`` of them in the end. Costs ``rho``.

        ``within`` is what the numbers cannot leave by what they mean, of which they may fill a
        part; ``bounds`` are taken to be filled.

        Amounts, of which most are one and the same, are counted by the codes of ``beside``: who
        has which of the others often depends on it, down to the very amount.
        """
        scale = Scale.of(spec)
        coarse = scale.coarse(bounds or within)
        if counted_at_once(scale, bounds):
            edges, left = np.arange(coarse[0], coarse[-1] + 1), rho
            beside = None
        else:
            told = _asked(table, spec, scale, coarse, rho * _FIRST, "sizes")
            left = rho * (1 - _FIRST)
            edges = _closer(coarse, told, scale, bounded=bounds is not None)
            beside = beside if _mostly_one(told) else None
        places = _Places(spec=spec, scale=scale, edges=edges, beside=beside).asked(table, left)
        if bounds is None:
            places = places.trimmed()
        return cls._binned(places, bins)

    @classmethod
    def _binned(cls, places: _Places, bins: int) -> NumberColumn:
        cells, sigma = places.parted.sum(axis=1), places.sigma
        groups = _bins(cells, sigma, bins)
        counts, spreads = summed(groups, cells, sigma)
        return cls(
            scale=places.scale,
            edges=places.edges,
            cells=cells,
            sigma=sigma,
            groups=groups,
            counts=counts,
            spreads=spreads,
            parted=places.parted if places.beside else None,
        )

    @property
    def size(self) -> int:
        return len(self.counts)

    def encode(self, column: pd.Series) -> Codes:
        return np.asarray(self.groups[_cells(column, self.scale, self.edges)])

    def decode(
        self, codes: Codes, rng: np.random.Generator, beside: Codes | None = None
    ) -> pd.Series:
        cells = self._drawn(codes, rng, beside)
        missing = cells == len(self.cells) - 1
        cells[missing] = 0
        lows, widths = self.edges[cells], np.diff(self.edges)[cells]
        positions = lows + rng.random(len(cells)) * widths
        if self.scale.whole:
            return self.scale.values(np.floor(positions), missing)
        return self.scale.values(_rounded(positions, widths), missing)

    def joint(self) -> tuple[Floats, Floats] | None:
        """Noisy counts of codes by those of the other column, and their standard deviations, both
        of shape (codes, its codes); none where they were not asked for together."""
        if self.parted is None:
            return None
        columns = [summed(self.groups, part, self._part_sigma) for part in self.parted.T]
        counts, spreads = (np.stack(some, axis=1) for some in zip(*columns, strict=True))
        return counts, spreads

    @property
    def _part_sigma(self) -> float:
        """The noise in each of ``parted``."""
        return self.sigma / np.sqrt(1 if self.parted is None else self.parted.shape[1])

    def _drawn(self, codes: Codes, rng: np.random.Generator, beside: Codes | None) -> Codes:
        """A cell for each code; by the code of the other column where that is known."""
        pooled = self._weights()
        if self.parted is None or beside is None:
            return drawn_within(codes, self.groups, pooled, rng)
        cells = np.zeros(len(codes), dtype=np.int64)
        for part in range(self.parted.shape[1]):
            own = beside == part
            weights = self._weights_of(self.parted[:, part], pooled)
            cells[own] = drawn_within(codes[own], self.groups, weights, rng)
        return cells

    def _weights_of(self, told: Floats, pooled: Floats) -> Floats:
        """The cells of each bin in one part: as in all parts together, but where they differ by
        more than noise."""
        weights = pooled.copy()
        for code in range(self.size):
            own = np.flatnonzero((self.groups == code) & (pooled > 0))
            weights[own] = softened(told[own], pooled[own], self._part_sigma)
        return weights

    def _weights(self) -> Floats:
        """How likely each cell of a bin is: see :func:`softened`."""
        last = len(self.cells) - 1
        weights = np.zeros(len(self.cells))
        even = np.diff(self.edges)
        if self.scale.whole and self.scale.kind is not SdType.DATETIME:
            even = even * rounding(self.cells[:last], self.edges, self.sigma)
        for code in range(self.size):
            own = np.flatnonzero(self.groups[:last] == code)
            weights[own] = softened(self.cells[own], even[own], self.sigma)
        if (self.groups == self.groups[last]).sum() == 1:
            weights[last] = 1.0
        return weights

    def state(self) -> Mapping[str, Any]:
        arrays = ("edges", "cells", "groups", "counts", "spreads")
        return {
            "kind": "number",
            "scale": {**asdict(self.scale), "kind": self.scale.kind.value},
            "sigma": self.sigma,
            **{name: getattr(self, name) for name in arrays},
            **({} if self.parted is None else {"parted": self.parted}),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> NumberColumn:
        scale = Scale(**{**state["scale"], "kind": SdType(state["scale"]["kind"])})
        rest = {k: v for k, v in state.items() if k != "kind"}
        return cls(**{**rest, "scale": scale})


def counted_at_once(scale: Scale, bounds: tuple[float, float] | None) -> bool:
    """Whether public bounds hold so few whole numbers that each is counted for itself."""
    if bounds is None or not scale.whole:
        return False
    edges = scale.coarse(bounds)
    return bool(edges[-1] - edges[0] <= _FEW)


def softened(told: Floats, widths: Floats, sigma: float) -> Floats:
    """Noisy counts of neighbouring cells without what is likely noise; all above 0.

    Cells that stand out stay as they are; the others are drawn to an even density, the more of
    their scatter noise explains (James & Stein 1961).
    """
    if len(told) == 1:
        return np.ones(1)
    plain = np.ones(len(told), dtype=bool)
    for _ in range(_LOOKS):
        even = _even(told, widths, plain)
        plain = told - even <= _STANDS_OUT * sigma
    even = _even(told, widths, plain)
    scatter = float(np.mean((told - even)[plain] ** 2)) if plain.any() else 0.0
    signal = max(scatter - sigma**2, 0.0) / max(scatter, 1e-12)
    weights = np.where(plain, even + signal * (told - even), told)
    return np.asarray(np.maximum(weights, 0.0) + 1e-6)


def rounding(told: Floats, edges: Floats, sigma: float) -> Floats:
    """How much more often whole numbers that end in 0 or 5 occur than those around them.

    People round, in every column to another degree: a factor for tens, one for fives and one for
    the others are taken from all noisy counts together, as far as noise does not explain them.
    """
    places, sums = np.arange(len(told)), np.r_[0.0, np.cumsum(told)]
    low, high = np.maximum(places - _BEFORE, 0), np.minimum(places + _AFTER, len(told))
    around = (sums[high] - sums[low]) / (high - low)
    ends = np.select([edges[:-1] % 10 == 0, edges[:-1] % 5 == 0], [0, 1], 2)
    factors = np.ones(len(told))
    for end in range(3):
        own = (ends == end) & (np.diff(edges) == 1)
        expected = around[own].sum()
        if expected <= 0:
            continue
        more = told[own].sum() / expected - 1
        noise = sigma * np.sqrt(own.sum()) / expected
        factors[own] = max(1 + more * max(1 - (noise / (more or noise)) ** 2, 0.0), _SELDOM)
    return factors


def _even(told: Floats, widths: Floats, plain: NDArray[np.bool_]) -> Floats:
    """What each cell would hold if the ``plain`` ones were equally dense."""
    density = max(told[plain].sum(), 0.0) / max(widths[plain].sum(), 1e-300)
    return np.asarray(density * widths)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """Fine cells of a column, and how many rows each holds."""

    spec: ColumnSpec
    scale: Scale
    edges: Floats
    beside: Beside | None
    parted: Floats = field(default_factory=lambda: np.zeros((0, 1)))
    """Noisy counts by the codes of ``beside``, shape (cells and the missing one, codes)."""
    sigma: float = 0.0
    """The noise in the sum of a cell's counts."""

    def asked(self, table: PrivateTable, rho: float) -> _Places:
        """Count them. Costs ``rho``: a row lies in one cell and one part of it."""
        parts = self.beside.size if self.beside else 1

        def cells(frame: pd.DataFrame) -> Codes:
            found = _cells(frame[self.spec.name], self.scale, self.edges) * parts
            return found + self.beside.codes(frame) if self.beside else found

        words = f" by “{self.beside.name}”" if self.beside else ""
        what = f"places of “{self.spec.name}”{words}"
        told = table.counts(what, cells, len(self.edges) * parts, rho)
        parted = told.counts.reshape(len(self.edges), parts).astype(np.float64)
        return replace(self, parted=parted, sigma=told.sigma * float(np.sqrt(parts)))

    def trimmed(self) -> _Places:
        """Without the cells at either end that together hold no more than noise: rows in them are
        read as in the nearest cell left."""
        counts = self.parted[:-1].sum(axis=1)
        low, high = _empty(counts, self.sigma), len(counts) - _empty(counts[::-1], self.sigma)
        if low >= high:
            return self
        low = _from_one(self.edges, low, self.scale)
        parted = np.concatenate([self.parted[low:high], self.parted[-1:]])
        return replace(self, edges=self.edges[low : high + 1], parted=parted)


def _asked(
    table: PrivateTable, spec: ColumnSpec, scale: Scale, edges: Floats, rho: float, what: str
) -> NoisyCounts:
    def cells(frame: pd.DataFrame) -> Codes:
        return _cells(frame[spec.name], scale, edges)

    return table.counts(f"{what} of “{spec.name}”", cells, len(edges), rho)


def _mostly_one(told: NoisyCounts) -> bool:
    """Whether one size holds most of the rows, as zero does of amounts that few have."""
    return bool(told.counts.max() > _MOSTLY * np.maximum(told.counts, 0).sum())


def _cells(column: pd.Series, scale: Scale, edges: Floats) -> Codes:
    """The cell of each row; beyond the edges the nearest, and the last one where missing."""
    positions, missing = scale.positions(column)
    cells = np.searchsorted(edges, positions, side="right") - 1
    return np.where(missing, len(edges) - 1, np.clip(cells, 0, len(edges) - 2))


def _closer(coarse: Floats, told: NoisyCounts, scale: Scale, *, bounded: bool) -> Floats:
    """Finer edges where many rows are, and coarser ones where there are hardly any."""
    cells = len(coarse) - 1
    counts = told.counts[:cells].astype(np.float64)
    first, last = (0, cells - 1) if bounded else _span(counts, told.sigma)
    first = _from_one(coarse, first, scale)
    edges, start = [coarse[first]], first
    for place in range(first, last + 1):
        held = counts[start : place + 1].sum()
        heavy = place < last and counts[place + 1] > _HEAVY * told.sigma
        noise = SIGNIFICANT * told.sigma * np.sqrt(place + 1 - start)
        if held >= noise or heavy or place == last:
            low, high = coarse[start], coarse[place + 1]
            most = min(_MOST_PARTS, high - low) if scale.whole else _MOST_PARTS
            parts = int(np.clip(held / (told.sigma * _NOISE_A_PART), 1, max(most, 1)))
            inner = np.linspace(low, high, parts + 1)[1:]
            edges += list(np.round(inner) if scale.whole else inner)
            start = place + 1
    return np.unique(np.array(edges))


def _span(counts: Floats, sigma: float) -> tuple[int, int]:
    """The first and the last cell that holds rows, beyond what noise makes of so many cells; from
    there on outwards as long as the next one likely does too."""
    sure = np.flatnonzero(counts > sigma * np.sqrt(2 * np.log(len(counts) / _MISTAKEN)))
    if not len(sure):
        sure = np.array([int(np.argmax(counts))])
    first, last = int(sure[0]), int(sure[-1])
    while first > 0 and counts[first - 1] > _LIKELY * sigma:
        first -= 1
    while last < len(counts) - 1 and counts[last + 1] > _LIKELY * sigma:
        last += 1
    return first, last


def _from_one(edges: Floats, first: int, scale: Scale) -> int:
    """The first cell, or that of 1 where whole numbers seem to start shortly above: ranks and
    counts do, and the few at 1 may drown in noise."""
    one = int(np.searchsorted(edges, scale.factor))
    return one if scale.whole and one < first and edges[first] < _SHORTLY * scale.factor else first


def _empty(counts: Floats, sigma: float) -> int:
    """How many cells, from the first on, are better explained by noise than by rows: each that is
    left out saves a little, each row that is left out costs."""
    cost = np.r_[0.0, np.cumsum(counts - _A_CELL * sigma)]
    return int(np.argmin(cost))


def _bins(cells: Floats, sigma: float, bins: int) -> Codes:
    """Neighbouring cells joined until a bin holds its share of the rows, and more than noise."""
    counts, missing = cells[:-1], cells[-1]
    spread = counts[counts < np.maximum(counts, 0).sum() * _POINT]
    share = np.maximum(spread, 0).sum() / bins if len(counts) > bins else 0.0
    wanted = max(share, SIGNIFICANT * sigma)
    starts = [0]
    for cell in range(1, len(counts)):
        start = starts[-1]
        sure = SIGNIFICANT * sigma * np.sqrt(cell - start)
        held = counts[start:cell].sum()
        alone = counts[cell] >= wanted and held >= sure
        if held >= max(wanted, sure) or alone:
            starts.append(cell)
    held, last = counts[starts[-1] :].sum(), len(counts) - starts[-1]
    if len(starts) > 1 and held < max(wanted / 2, SIGNIFICANT * sigma * np.sqrt(last)):
        starts.pop()
    groups = np.zeros(len(cells), dtype=np.int64)
    for code, (low, high) in enumerate(pairwise([*starts, len(counts)])):
        groups[low:high] = code
    totals = np.bincount(groups[:-1], weights=counts)
    groups[-1] = len(starts) if missing >= SIGNIFICANT * sigma else int(np.argmax(totals))
    return groups


def _rounded(positions: Floats, widths: Floats) -> Floats:
    """Numbers with as many digits as the width of their cell can tell."""
    steps = 10.0 ** np.floor(np.log10(np.maximum(widths, 1e-300)) - _DIGITS)
    return np.asarray(np.round(positions / steps) * steps)
