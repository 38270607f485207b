"""Is a whole row of the twin a real person's, beyond what chance explains?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from domain.compliance.fingerprints import Hasher, Keys, among

FEWEST_COLUMNS = 5
"""Narrower rows repeat among real people too often to say anything."""

_CHANCE = 1e-3
"""A copy that is expected less often than this in the whole twin was not made by chance."""

_JUDGED = 500
"""Of more copies so many are judged; the rest is taken to be like them."""

_ODD = 0xD1342543DE82EF95
_ALL_BITS = 2**64 - 1


@dataclass(frozen=True, slots=True)
class RealRows:
    """Every real row of one table as hashes of its modelled cells.

    ``cells`` has one row of hashes a column. ``sparse`` is, for each column, the chance that two
    values which stand alone are equal: one over the number of values a column of numbers has room
    for, else the share of one row.
    """

    columns: tuple[str, ...]
    cells: Keys
    keys: Keys
    alone: Keys
    """Sorted keys of rows that no other real row equals."""
    sparse: NDArray[np.float64]

    @classmethod
    def of(cls, table: pa.Table, rooms: Mapping[str, float], hasher: Hasher) -> RealRows | None:
        """The rows of the modelled columns, which are those in ``rooms``; ``None`` for tables of
        fewer than :data:`FEWEST_COLUMNS` of them."""
        if len(rooms) < FEWEST_COLUMNS or not len(table):
            return None
        cells = np.stack([_mixed(hasher.cells(table[name]), at) for at, name in enumerate(rooms)])
        keys = cells.sum(axis=0, dtype=np.uint64)
        seen, counts = np.unique(keys, return_counts=True)
        return cls(
            columns=tuple(rooms),
            cells=cells,
            keys=keys,
            alone=seen[counts == 1],
            sparse=np.array([1 / max(room, len(table)) for room in rooms.values()]),
        )

    def repeated(self, rows: pa.Table, hasher: Hasher) -> Keys:
        """The keys of those rows of the twin that equal a real row which stands alone."""
        if any(name not in rows.column_names for name in self.columns):
            return np.zeros(0, np.uint64)
        keys = sum(
            (_mixed(hasher.cells(rows[name]), at) for at, name in enumerate(self.columns)),
            start=np.zeros(len(rows), np.uint64),
        )
        return keys[among(keys, self.alone)]

    def beyond_chance(self, repeated: Keys, drawn: int) -> int:
        """How many of the ``repeated`` rows, of ``drawn`` rows in all, are no chance."""
        judged = repeated[:_JUDGED]
        copies = sum(self._expected(key, drawn) < _CHANCE for key in judged)
        return round(copies * len(repeated) / len(judged)) if len(judged) else 0

    def _expected(self, key: np.uint64, drawn: int) -> float:
        """How often a twin of ``drawn`` rows repeats this real row by chance.

        Every other real row could have become this one: by as many cells as differ, each with the
        chance that the column holds this person's value. That is a kernel density estimate with
        the row itself left out (Aitchison & Aitken 1976), so that what hangs together in the
        table, such as many zeros in one row, is not taken for a coincidence of coincidences.
        """
        at = int(np.flatnonzero(self.keys == key)[0])
        same = self.cells == self.cells[:, [at]]
        share = np.maximum((same.sum(axis=1) - 1) / same.shape[1], self.sparse)
        becoming = np.exp(np.log(share) @ ~same)
        return float(drawn * (becoming.sum() - becoming[at]) / len(becoming))


def _mixed(keys: Keys, column: int) -> Keys:
    """Hashes that differ from column to column for the same text."""
    return (keys ^ np.uint64(_ODD * (column + 1) & _ALL_BITS)) * np.uint64(_ODD)
