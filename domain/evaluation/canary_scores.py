"""How likely each canary was learned, to somebody who knows all other rows.

Every question that counts rows is a linear equation: what was told, less the rows known to be
there, is how many canaries of that cell were learned, and noise. The equations of all questions
together have one best linear estimate of every coin.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from math import prod

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.evaluation.canary_rows import Canaries
from domain.privacy.witness import NoisyStep
from domain.synthesis.marginal_model import flat

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

_PRIOR = 4.0
"""One over the variance of a fair coin."""
_LEAST_NOISE = 0.05
_SHORTEST = 1e-9
_ENOUGH = 30
"""Cells that no canary can be in, from which the noise there really is can be told."""
_SURE = 10.0
"""Added where a canary was seen without doubt: above every estimate of a coin."""
_WITHOUT_DOUBT, _COINS = 4.0, 0.5
"""Standard deviations of noise, and what the coins' own number may add."""
_BINS = 20
"""Of a column of numbers, for whoever sees rows alone."""
_MOST_PAIRS = 300


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Equations:
    """What one question told about some canaries."""

    who: Places
    """Places of the canaries."""
    cells: Places
    """The cell of each of them."""
    excess: Floats
    """What each *cell* was told to hold beyond the known rows, in canaries."""
    noise: Floats
    """The standard deviation of that, for each of ``who``."""


def estimated(count: int, equations: list[Equations]) -> Floats:
    """The best linear estimate of ``count`` fair coins."""
    weights, pull = np.eye(count) * _PRIOR, np.full(count, _PRIOR / 2)
    for told in equations:
        precision = 1 / np.maximum(told.noise, _LEAST_NOISE) ** 2
        together = told.cells[:, np.newaxis] == told.cells
        weights[np.ix_(told.who, told.who)] += together * precision[:, np.newaxis]
        pull[told.who] += told.excess[told.cells] * precision
    return np.asarray(np.linalg.solve(weights, pull))


@dataclass(slots=True, kw_only=True)
class Overheard:
    """White box: every noisy answer of a fit (see :class:`domain.privacy.witness.Witness`)."""

    others: pd.DataFrame
    """The rows that are learned from in any case."""
    canaries: pd.DataFrame
    kept: int
    """Rows of each canary that are kept, if the promise is."""
    equations: list[Equations] = field(default_factory=list)
    sure: set[int] = field(default_factory=set)
    """Canaries whose own word was told."""
    _free: list[Floats] = field(default_factory=list)
    _steps: list[tuple[Floats, Floats, float]] = field(default_factory=list)

    @classmethod
    def about(cls, canaries: Canaries, kept: int) -> Overheard:
        """Ready to listen to one fit."""
        return cls(others=canaries.others, canaries=canaries.rows, kept=kept)

    def rewritten(self, row_by_row: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        self.others, self.canaries = row_by_row(self.others), row_by_row(self.canaries)

    def counted(
        self,
        cells: Callable[[pd.DataFrame], Places],
        counts: NDArray[np.int64],
        sigma: float,
    ) -> None:
        last = len(counts) - 1
        known = np.bincount(np.clip(cells(self.others), 0, last), minlength=len(counts))
        mine = np.asarray(np.clip(cells(self.canaries), 0, last), dtype=np.int64)
        self._told(
            np.arange(len(mine), dtype=np.int64), mine, (counts - known).astype(np.float64), sigma
        )
        free = np.ones(len(counts), dtype=bool)
        free[mine] = False
        self._free.append((counts - known)[free] / sigma)

    def found(
        self,
        column: Callable[[pd.DataFrame], pd.Series],
        counts: Mapping[Hashable, int],
        sigma: float,
    ) -> None:
        known, mine = column(self.others).value_counts(), column(self.canaries)
        place = {value: cell for cell, value in enumerate(counts)}
        excess = np.array([counts[v] - known.get(v, 0) for v in place], dtype=np.float64)
        cells = np.asarray(mine.map(place).fillna(-1), dtype=np.int64)
        who = np.flatnonzero(cells >= 0).astype(np.int64)
        self._told(who, cells[who], excess, sigma)
        alone = ~mine.duplicated(keep=False).to_numpy() & ~mine.isin(known.index).to_numpy()
        self.sure |= set(who[alone[who]].tolist())

    def stepped(self, step: NoisyStep) -> None:
        mine, known = (f.to_numpy(np.int64) for f in (self.canaries, self.others))
        self._steps.append(step.leanings(mine, known))

    def scores(self) -> Floats:
        """High for canaries that were likely learned.

        How much noise there really was is told by the cells that no canary can be in, and how
        much a canary really brings by what all cells together hold beyond the known rows.
        """
        free = np.concatenate([*self._free, np.zeros(0)])
        noise = float(np.sqrt(np.mean(free**2))) if len(free) >= _ENOUGH else 1.0
        brought = self._brought(noise)
        counted = [
            replace(told, excess=told.excess / brought, noise=told.noise * noise / brought)
            for told in self.equations
        ]
        found = estimated(len(self.canaries), [*counted, *self._trained()])
        found[sorted(self.sure)] += _SURE
        return found

    def _brought(self, noise: float) -> float:
        """Times what a canary may bring; 1 unless it is more without doubt."""
        sums = np.array([told.excess.sum() for told in self.equations])
        expected = np.array([len(told.who) / 2 for told in self.equations])
        spreads = np.array([told.noise[0] * np.sqrt(len(told.excess)) for told in self.equations])
        weights = expected / np.maximum(spreads * noise, _LEAST_NOISE) ** 2
        certainty = float((weights * expected).sum())
        if not certainty:
            return 1.0
        times = float((weights * sums).sum()) / certainty
        return times if times > 1 + _WITHOUT_DOUBT / np.sqrt(certainty) + _COINS else 1.0

    def _trained(self) -> list[Equations]:
        """What all noisy gradients together lean towards, for each canary on its own. Of the
        noise, what they lean by in steps without it is part: so it is taken from themselves."""
        if not self._steps:
            return []
        products = np.array([step[0] for step in self._steps])
        lengths = np.maximum([step[1] for step in self._steps], _SHORTEST)
        squares = (lengths**2).sum(axis=0)
        expected = self._steps[0][2] * squares
        spread = float(np.sqrt(np.mean((products / lengths) ** 2)))
        leaning = products.sum(axis=0) / expected
        everyone = np.arange(len(squares), dtype=np.int64)
        return [
            Equations(
                who=everyone,
                cells=everyone,
                excess=leaning - leaning.mean() + 0.5,
                noise=spread * np.sqrt(squares) / expected,
            )
        ]

    def _told(self, who: Places, cells: Places, excess: Floats, sigma: float) -> None:
        if len(who):
            self.equations.append(
                Equations(
                    who=who,
                    cells=cells,
                    excess=excess / self.kept,
                    noise=np.full(len(who), sigma / self.kept),
                )
            )


def scores_from_rows(
    drawn: pd.DataFrame, canaries: Canaries, columns: Sequence[str], kept: int
) -> Floats:
    """Black box: the learned ``columns`` one by one and in pairs, counted in synthetic rows.

    How far such counts are off for other reasons than canaries is told by all cells together.
    """
    parts = [part[list(columns)] for part in (canaries.others, canaries.rows, drawn)]
    ends = np.cumsum([len(part) for part in parts])[:-1]
    codes, sizes = _codes(parts)
    share = (ends[0] + kept * len(canaries.rows) / 2) / max(len(drawn), 1)
    equations = []
    for group in _groups(len(sizes)):
        size = prod(sizes[c] for c in group)
        known, mine, seen = np.split(flat(codes, group, sizes), ends)
        there = np.bincount(known, minlength=size)
        excess = np.bincount(seen, minlength=size) * share - there
        spread = np.sqrt(np.mean(excess**2 / (there + 1)) * (there + 1))
        equations.append(
            Equations(
                who=np.arange(len(mine)),
                cells=mine,
                excess=excess / kept,
                noise=spread[mine] / kept,
            )
        )
    return estimated(len(canaries.rows), equations)


def _groups(columns: int) -> list[tuple[int, ...]]:
    """Every column, and every pair; of very many pairs a few hundred."""
    pairs = list(combinations(range(columns), 2))
    chosen = np.random.default_rng(0).permutation(len(pairs))[:_MOST_PAIRS]
    return [*((c,) for c in range(columns)), *(pairs[c] for c in sorted(chosen))]


def _codes(parts: Sequence[pd.DataFrame]) -> tuple[NDArray[np.int64], list[int]]:
    """All rows of all parts as codes, shape ``(rows, columns)``, and how many codes there are."""
    coded = [_coded([part[name] for part in parts]) for name in parts[0].columns]
    return np.column_stack(coded), [int(column.max()) + 1 for column in coded]


def _coded(parts: Sequence[pd.Series]) -> NDArray[np.int64]:
    """Words as they are, numbers by the bin they fall into; missing cells are 0."""
    if pd.api.types.is_bool_dtype(parts[0]) or not _is_number(parts[0]):
        values = pd.concat([part.astype(object) for part in parts])
        return np.asarray(pd.factorize(values)[0] + 1, dtype=np.int64)
    numbers = [pd.to_numeric(part).astype("float64") for part in parts]
    known = np.sort(pd.concat(numbers[:2]).dropna().unique())
    edges = known[np.linspace(0, len(known), _BINS, endpoint=False).astype(np.int64)[1:]]
    values = pd.concat(numbers).to_numpy()
    bins = np.searchsorted(np.unique(edges), values, side="right") + 1
    return np.where(np.isnan(values), 0, bins).astype(np.int64)


def _is_number(column: pd.Series) -> bool:
    kinds = (pd.api.types.is_numeric_dtype, pd.api.types.is_datetime64_any_dtype)
    return any(kind(column.dtype) for kind in kinds)
