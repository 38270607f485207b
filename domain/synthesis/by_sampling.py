"""Training by sampling: a category to condition on, and real rows that hold it.

Xu et al. 2019, section 4.3: a column is chosen evenly and one of its codes by the logarithm of
its frequency, so that rare ones are learned too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wish:
    """For each row to be made, a place in the condition vector: one column, one code."""

    entries: Indices
    """Shape ``(rows,)``; empty where there is nothing to condition on."""
    width: int

    def vector(self, device: torch.device) -> Tensor:
        """The condition vector, (rows, width): 1 at the entry, 0 elsewhere."""
        vector = torch.zeros(len(self.entries), self.width, device=device)
        if self.width:
            entries = torch.from_numpy(self.entries).to(device)
            vector.scatter_(1, entries.unsqueeze(1), 1.0)
        return vector


class Frequencies:
    """How often each code of the columns to condition on occurs: all that drawing needs."""

    def __init__(self, counts: list[Indices]) -> None:
        """``counts``: rows of each code, column by column."""
        self.sizes = [len(c) for c in counts]
        self.starts = np.cumsum([0, *self.sizes])
        self.width = int(self.starts[-1])
        self.as_learned = [_levels(c.astype(np.float64)) for c in counts]
        self.for_training = [_levels(np.log1p(c)) for c in counts]

    def wish(self, rows: int, rng: np.random.Generator, *, training: bool) -> Wish:
        """A condition for each of ``rows`` rows."""
        entries = np.zeros(rows, dtype=np.int64)
        columns = rng.integers(0, max(len(self.sizes), 1), rows)
        lots = rng.random(rows)
        for column, levels in enumerate(self.for_training if training else self.as_learned):
            on = columns == column
            code = np.searchsorted(levels, lots[on], side="right")
            entries[on] = self.starts[column] + code
        return Wish(entries=entries, width=self.width)


def _levels(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The distribution function of ``weights``: exactly 1 from the last that is not 0 on."""
    levels = np.cumsum(weights)
    return levels / levels[-1]


class RowsByCode:
    """The real rows, found by a code that they hold."""

    def __init__(
        self, codes: NDArray[np.int16], columns: tuple[int, ...], sizes: list[int]
    ) -> None:
        """``columns`` of ``codes`` are those to condition on, with ``sizes`` codes each."""
        self.rows = len(codes)
        self.ordered = [np.argsort(codes[:, c], kind="stable").astype(np.int32) for c in columns]
        counted = zip(columns, sizes, strict=True)
        counts = [np.bincount(codes[:, c], minlength=size) for c, size in counted]
        self.counts = np.concatenate([np.zeros(0, dtype=np.int64), *counts])
        within = [np.cumsum(c) - c for c in counts]
        self.first = np.concatenate([np.zeros(0, dtype=np.int64), *within])
        self.column_of = np.repeat(np.arange(len(columns)), sizes)

    def matching(self, wish: Wish, rng: np.random.Generator) -> Indices:
        """A random real row for each wish; any row where there is nothing to condition on."""
        if not wish.width:
            return rng.integers(0, self.rows, len(wish.entries))
        entries = wish.entries
        places = self.first[entries] + (rng.random(len(entries)) * self.counts[entries]).astype(int)
        found = np.empty(len(entries), dtype=np.int64)
        columns = self.column_of[entries]
        for column, ordered in enumerate(self.ordered):
            on = columns == column
            found[on] = ordered[places[on]]
        return found
