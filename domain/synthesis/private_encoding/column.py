"""What a column of a private run promises: codes that noisy counts were taken of, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]

SIGNIFICANT = 3.0
"""Noisy counts below so many standard deviations of their noise are taken for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Another column, of few codes, that cells are counted by."""

    name: str
    size: int
    encode: Callable[[pd.Series], Codes]

    def codes(self, frame: pd.DataFrame) -> Codes:
        """Its codes, row by row."""
        return self.encode(frame[self.name])


class PrivateColumn(Protocol):
    """One column in codes from 0 to ``size − 1``; holds nothing but noisy counts."""

    @property
    def size(self) -> int: ...

    @property
    def counts(self) -> Floats:
        """Noisy counts of the codes."""
        ...

    @property
    def spreads(self) -> Floats:
        """The standard deviation of the noise in each of ``counts``."""
        ...

    def encode(self, column: pd.Series) -> Codes:
        """The codes of a typed column, row by row."""
        ...

    def decode(
        self, codes: Codes, rng: np.random.Generator, beside: Codes | None = None
    ) -> pd.Series:
        """A typed column. ``beside`` are the codes of the column it was counted beside, if any."""
        ...

    def joint(self) -> tuple[Floats, Floats] | None:
        """Noisy counts of codes by those of the other column, and their standard deviations, both
        of shape (codes, its codes); none where they were not asked for together."""
        ...

    def state(self) -> Mapping[str, Any]:
        """Everything needed to build it again (JSON values and arrays)."""
        ...


def summed(groups: Codes, counts: Floats, sigma: float) -> tuple[Floats, Floats]:
    """Noisy counts of groups of cells, and the standard deviations of their noise."""
    cells = np.bincount(groups)
    sums = np.bincount(groups, weights=counts).astype(np.float64)
    return sums, np.asarray(sigma * np.sqrt(cells), dtype=np.float64)


def drawn_within(
    codes: Codes, groups: Codes, weights: Floats, rng: np.random.Generator
) -> NDArray[np.int64]:
    """A cell for each code, among those of its group in proportion to their ``weights``."""
    order = np.argsort(groups, kind="stable")
    totals = np.bincount(groups, weights=weights)
    levels = np.cumsum(weights[order] / totals[groups[order]])
    starts = np.concatenate([[0], np.cumsum(np.bincount(groups))])
    at = np.searchsorted(levels, codes + rng.random(len(codes)), side="right")
    return np.asarray(order[np.clip(at, starts[codes], starts[codes + 1] - 1)])
