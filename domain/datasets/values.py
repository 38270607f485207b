"""A text column as its different values with their counts: quick to look at, however long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ColumnValues:
    """The different non-missing texts of a column, each with how often it occurs."""

    name: str
    rows: int
    texts: pa.Array
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, name: str, column: pa.ChunkedArray) -> Self:
        """Count the values of a text column; empty cells are missing."""
        counted = pc.value_counts(column.drop_null())
        texts, counts = counted.field("values"), counted.field("counts")
        return cls(name, len(column), texts, counts.to_numpy().astype(np.int64))

    @property
    def filled(self) -> int:
        """Cells that are not missing."""
        return int(self.counts.sum())

    @property
    def distinct(self) -> int:
        """Different values."""
        return len(self.texts)

    @property
    def unique(self) -> bool:
        """Whether every cell is filled and no value occurs twice."""
        return self.rows > 0 and self.distinct == self.rows

    @property
    def distinct_share(self) -> float:
        """Different values per filled cell, 0 when there is none."""
        return self.distinct / self.filled if self.filled else 0.0

    def only(self, wanted: pa.BooleanArray) -> Self:
        """The values for which ``wanted`` holds."""
        mask = wanted.to_numpy(zero_copy_only=False).astype(bool)
        return type(self)(self.name, self.rows, self.texts.filter(wanted), self.counts[mask])

    def all_match(self, pattern: str) -> bool:
        """Whether there are values and all match the regular expression."""
        matches = pc.match_substring_regex(self.texts, pattern)
        return len(self.texts) > 0 and bool(pc.all(matches).as_py())

    def share_matching(self, pattern: str) -> float:
        """Share of filled cells that match the regular expression."""
        matches = pc.match_substring_regex(self.texts, pattern)
        hits = self.counts[matches.to_numpy(zero_copy_only=False).astype(bool)].sum()
        return float(hits) / self.filled if self.filled else 0.0
