"""Which marginals of a private table are worth measuring: asked of the rows, and paid for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import prod, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.privacy.private_table import PrivateTable
from domain.privacy.zcdp import sigma_for
from domain.synthesis.junction_tree import Columns, Floats, cells_of
from domain.synthesis.marginal_model import MarginalModel, Measurement, flat
from domain.synthesis.private_encoding.table import FEW_CODES

MOST_CELLS = 2**20
"""Numbers in all tables of the model: bounds memory and time."""
_MOST_MEASURED = 2**17
"""Cells of one measured marginal."""
_DRAWN = 100_000
"""Rows drawn from the model to see what it says of columns it holds no table of."""


@dataclass(slots=True, kw_only=True)
class Measuring:
    """Questions to rows of codes (columns in the order of ``names``)."""

    table: PrivateTable
    names: Sequence[str]
    sizes: tuple[int, ...]
    total: int
    target: int | None
    measurements: list[Measurement] = field(default_factory=list)

    def measure(self, columns: Columns, rho: float) -> None:
        """Counts of some columns together. Costs ``rho``."""
        cells = self._cells(columns)
        told = self.table.counts(
            self._words(columns), lambda f: flat(f.to_numpy(), columns, self.sizes), cells, rho
        )
        self.measurements.append(
            Measurement(
                columns=columns,
                counts=told.counts.astype(np.float64),
                spread=np.array([told.sigma]),
            )
        )

    def tree(self, rho: float, expected: Sequence[Floats], sigma: float) -> list[Columns]:
        """The pairs of a spanning tree whose columns depend on each other most.

        ``expected`` are the noisy counts of each column; ``sigma`` is the noise that pairs will
        be measured with, of which a pair has the more the more cells it has. The target is no
        part of it. Costs ``rho``.
        """
        columns = [c for c in range(len(self.sizes)) if c != self.target]
        pairs: list[Columns] = [p for p in combinations(columns, 2) if self._measurable(p)]
        shares = [np.maximum(e, 0) / max(np.maximum(e, 0).sum(), 1.0) for e in expected]

        def independent(pair: Columns) -> Floats:
            return self.total * np.outer(shares[pair[0]], shares[pair[1]]).ravel()

        grown = _Forest(columns)
        chosen: list[Columns] = []
        guesses = {pair: independent(pair) for pair in pairs}
        scores = self._scores(guesses, sigma)
        for _ in range(len(columns) - 1):
            open_pairs = [p for p in pairs if grown.apart(p[0], p[1])]
            if not open_pairs:
                break
            share = rho / (len(columns) - 1)
            pair = self._selected(open_pairs, scores, share, "pair of the tree")
            grown.join(pair[0], pair[1])
            chosen.append(pair)
        return chosen

    def with_target(self, tree: Sequence[Columns]) -> list[Columns]:
        """What to measure for a tree: its pairs, and every column with the target."""
        if self.target is None:
            return list(tree)
        found = list(tree)
        if self._small_target:
            found = [tuple(sorted((*pair, self.target))) for pair in tree]
        held = {c for group in found if self.target in group for c in group}
        rest = [c for c in range(len(self.sizes)) if c not in held and c != self.target]
        return found + [tuple(sorted((c, self.target))) for c in rest]

    def worst(self, model: MarginalModel, number: int, rho: float, sigma: float) -> list[Columns]:
        """Pairs (with the target, where it is small) that the model misses most. Costs ``rho``."""
        drawn = model.draw(_DRAWN, np.random.default_rng(0))
        candidates = [c for c in self._candidates() if self._affordable([c])]
        scale = self.total / _DRAWN
        guesses: dict[Columns, Floats] = {
            c: np.bincount(flat(drawn, c, self.sizes), minlength=self._cells(c)).astype(float)
            * scale
            for c in candidates
        }
        scores = self._scores(guesses, sigma)
        chosen: list[Columns] = []
        for _ in range(number):
            left = [c for c in candidates if c not in chosen and self._affordable([*chosen, c])]
            if not left:
                break
            chosen.append(self._selected(left, scores, rho / number, "marginal to correct"))
        return chosen

    def _candidates(self) -> list[Columns]:
        known = {m.columns for m in self.measurements}
        columns = [c for c in range(len(self.sizes)) if c != self.target]
        joined = (self.target,) if self.target is not None and self._small_target else ()
        found = [tuple(sorted((*pair, *joined))) for pair in combinations(columns, 2)]
        return [c for c in found if c not in known and self._measurable(c)]

    @property
    def _small_target(self) -> bool:
        return self.target is not None and self.sizes[self.target] <= FEW_CODES

    def _affordable(self, more: Sequence[Columns]) -> bool:
        groups = [m.columns for m in self.measurements] + list(more)
        return cells_of(self.sizes, groups) <= MOST_CELLS

    def _measurable(self, columns: Columns) -> bool:
        return self._cells(columns) <= _MOST_MEASURED

    def _cells(self, columns: Columns) -> int:
        return prod(self.sizes[c] for c in columns)

    def _scores(
        self, guesses: dict[Columns, Floats], sigma: float
    ) -> Callable[[pd.DataFrame], dict[Columns, float]]:
        """How far each guess is off, less what noise alone would make of it.

        A score is Σ |count − guess| over the cells of a marginal. Guesses are made of earlier
        noisy answers and of a total that is public or noisy itself, so they are the same with and
        without any one unit, as is the part for noise. A row more or less moves one count by one,
        so every score by one at most (Σ of one term, by the triangle inequality); a unit of k
        rows moves it by k. The rows are counted once for all choices, whose answers alone are
        told.
        """
        kept: dict[Columns, float] = {}

        def scores(frame: pd.DataFrame) -> dict[Columns, float]:
            if not kept:
                codes = frame.to_numpy()
                for columns, guess in guesses.items():
                    true = np.bincount(flat(codes, columns, self.sizes), minlength=len(guess))
                    noise = sqrt(2 / np.pi) * sigma * len(guess)
                    kept[columns] = float(np.abs(true - guess).sum() - noise)
            return kept

        return scores

    def _selected(
        self,
        among: Sequence[Columns],
        scores: Callable[[pd.DataFrame], dict[Columns, float]],
        rho: float,
        what: str,
    ) -> Columns:
        def listed(frame: pd.DataFrame) -> NDArray[np.float64]:
            found = scores(frame)
            return np.array([found[c] for c in among])

        moved = float(self.table.rows_a_unit)
        return among[self.table.select(what, listed, moved, rho)]

    def _words(self, columns: Columns) -> str:
        return " by ".join(f"“{self.names[c]}”" for c in columns)


def noise_of(rho: float, questions: int, rows_a_unit: int) -> float:
    """The standard deviation where ``rho`` is shared by so many marginals."""
    return sigma_for(rho / max(questions, 1), rows_a_unit)


class _Forest:
    """Columns that are joined already."""

    def __init__(self, columns: Sequence[int]) -> None:
        self.roots = {c: c for c in columns}

    def apart(self, one: int, other: int) -> bool:
        return self.roots[one] != self.roots[other]

    def join(self, one: int, other: int) -> None:
        gone, kept = self.roots[one], self.roots[other]
        self.roots = {c: kept if root == gone else root for c, root in self.roots.items()}
