"""How far a twin's counts are from those of private rows: a score that noise can be added to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import TableMetadata
from domain.evaluation.comparison import MISSING, comparable
from domain.evaluation.distances import bin_edges
from domain.evaluation.two_way import BINS, CATEGORIES

MOST_PAIRS = 60
"""Beside those of the target; of more, some are drawn."""

Pair = tuple[str, str]


class PairErrors:
    """Counts of pairs of columns in a twin, and how far rows are from them.

    Cells are cut by the twin alone, so that each private row falls into its cell whatever the
    others are: adding or removing one moves the sum by :attr:`sensitivity` at most.
    """

    def __init__(
        self, twin: pd.DataFrame, table: TableMetadata, target: str | None, seed: int
    ) -> None:
        self._table = table
        rows = comparable(twin, table)
        self._names = [str(name) for name in rows.columns]
        self._pairs = pairs_of(self._names, target, seed)
        self._edges: Mapping[str, NDArray[np.float64]] = {
            name: _edges(rows[name]) for name in self._names if rows[name].dtype.kind == "f"
        }
        self._codes: Mapping[str, Mapping[str, int]] = {
            name: _codes(rows[name]) for name in self._names if name not in self._edges
        }
        self._counts = self._counted(rows)

    @property
    def sensitivity(self) -> int:
        """By how much a row moves the sum: it is in one cell of each pair."""
        return len(self._pairs)

    def of(self, rows: pd.DataFrame) -> int:
        """The sum over all pairs and cells of how many rows there are too many or too few."""
        counts = self._counted(comparable(rows, self._table))
        differences = (a - b for a, b in zip(counts, self._counts, strict=True))
        return int(sum(int(np.abs(difference).sum()) for difference in differences))

    def _counted(self, rows: pd.DataFrame) -> list[NDArray[np.int64]]:
        cells = {name: self._cells(name, rows[name]) for name in self._names}
        counts = []
        for a, b in self._pairs:
            width = self._size(b)
            together = cells[a] * width + cells[b]
            counts.append(np.bincount(together, minlength=self._size(a) * width).astype(np.int64))
        return counts

    def _cells(self, name: str, column: pd.Series) -> NDArray[np.int64]:
        if name in self._edges:
            values = column.to_numpy(float)
            bins = np.searchsorted(self._edges[name], values, side="right") + 1
            return np.where(np.isnan(values), 0, bins).astype(np.int64)
        codes = self._codes[name]
        return np.asarray(column.map(codes).fillna(len(codes)), dtype=np.int64)

    def _size(self, name: str) -> int:
        if name in self._edges:
            return len(self._edges[name]) + 2
        return len(self._codes[name]) + 1


def pairs_of(columns: Sequence[str], target: str | None, seed: int) -> list[Pair]:
    """Every column with the target, and :data:`MOST_PAIRS` others at most, drawn by ``seed``."""
    aimed = [(name, target) for name in columns if name != target] if target in columns else []
    others = [pair for pair in combinations(columns, 2) if target not in pair]
    if len(others) > MOST_PAIRS:
        drawn = np.random.default_rng(seed).choice(len(others), MOST_PAIRS, replace=False)
        others = [others[place] for place in sorted(drawn)]
    return [*((name, str(other)) for name, other in aimed), *others]


def _edges(column: pd.Series) -> NDArray[np.float64]:
    values = column.to_numpy(float)
    return bin_edges(values[~np.isnan(values)], BINS)


def _codes(column: pd.Series) -> dict[str, int]:
    words = column[column != MISSING].value_counts().index[:CATEGORIES]
    return {MISSING: 0} | {str(word): code for code, word in enumerate(words, start=1)}
