"""Rows of a private network: codes as typed rows, identifiers invented."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from domain.datasets.entities import ColumnSpec
from domain.kernel import BadInput, OnProgress
from domain.synthesis.condition_rows import matching
from domain.synthesis.conditions import Condition
from domain.synthesis.private_encoding.invented import InventedColumn
from domain.synthesis.private_encoding.table import PrivateEncoder
from domain.synthesis.private_networks.task import Codes

_CHUNK_ROWS = 65_536
_ROUNDS_WITHOUT = 15
"""Chunks that are drawn in vain before a condition is refused."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnRows:
    """Typed rows, in frames of bounded size."""

    specs: tuple[ColumnSpec, ...]
    encoder: PrivateEncoder
    draw: Callable[[int, np.random.Generator], Codes]
    seed: int
    on_progress: OnProgress

    def chunks(self, rows: int) -> Iterator[pd.DataFrame]:
        """So many rows (one empty frame for none)."""
        rng, invented = np.random.default_rng(self.seed), self._invented()
        for start in range(0, max(rows, 1), _CHUNK_ROWS):
            self.on_progress(start, max(rows, 1), "drawing rows")
            codes = self.draw(min(_CHUNK_ROWS, rows - start), rng)
            yield self.encoder.decode(codes, invented, rng)

    def under(self, where: tuple[Condition, ...], rows: int) -> Iterator[pd.DataFrame]:
        """So many rows that fulfil the conditions: others are thrown away."""
        rng, invented = np.random.default_rng(self.seed), self._invented()
        left, in_vain = rows, 0
        while left > 0:
            self.on_progress(rows - left, rows, "drawing rows that fulfil the conditions")
            frame = self.encoder.decode(self.draw(_CHUNK_ROWS, rng), invented, rng)
            kept = frame[matching(frame, where)].iloc[:left].reset_index(drop=True)
            in_vain = 0 if len(kept) else in_vain + 1
            if in_vain > _ROUNDS_WITHOUT:
                raise BadInput(
                    "Hardly any row of this model fulfils the conditions together; ask for less."
                )
            left -= len(kept)
            if len(kept):
                yield kept

    def _invented(self) -> dict[str, InventedColumn]:
        """What makes up the columns that were not looked at."""
        others = [s for s in self.specs if s.name not in self.encoder.columns]
        return {s.name: InventedColumn(spec=s, salt=f"{self.seed}/{s.name}") for s in others}
