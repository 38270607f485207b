"""A text column as its different values with their counts: quick to look at, however long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_FIRST_LOOK = 1000
_SLICE = 50_000
"""Values that are matched before somebody is listened to again: well under a second's work."""


def unheard() -> None:
    """Listen to nobody (for callers whose work cannot be cancelled)."""


@dataclass(frozen=True, slots=True)
class ColumnValues:
    """The different non-missing texts of a column, each with how often it occurs."""

    name: str
    rows: int
    texts: pa.Array
    counts: NDArray[np.int64]
    listen: Callable[[], None] = field(default=unheard, compare=False)
    """Called between slices of a long look; may raise ``Cancelled``."""

    @classmethod
    def of(cls, name: str, column: pa.ChunkedArray, listen: Callable[[], None] = unheard) -> Self:
        """Count the values of a text column; empty cells are missing."""
        counted = pc.value_counts(column.drop_null())
        texts, counts = counted.field("values"), counted.field("counts")
        return cls(name, len(column), texts, counts.to_numpy().astype(np.int64), listen)

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
        return replace(self, texts=self.texts.filter(wanted), counts=self.counts[mask])

    def all_match(self, pattern: str) -> bool:
        """Whether there are values and all match the regular expression."""
        return len(self.texts) > 0 and all(
            pc.all(matches).as_py() for _, matches in self._matches(pattern)
        )

    def share_matching(self, pattern: str) -> float:
        """Share of filled cells that match the regular expression."""
        hits = sum(
            int(self.counts[part][matches.to_numpy(zero_copy_only=False)].sum())
            for part, matches in self._matches(pattern)
        )
        return hits / self.filled if self.filled else 0.0

    def _matches(self, pattern: str) -> Iterator[tuple[slice, pa.BooleanArray]]:
        for part in self.parts():
            yield part, pc.match_substring_regex(self.texts[part], pattern)

    def parts(self) -> Iterator[slice]:
        """The values a slice at a time, a short one first: most guesses fail on it."""
        start, size = 0, _FIRST_LOOK
        while start < len(self.texts):
            self.listen()
            yield slice(start, start + size)
            start, size = start + size, _SLICE
