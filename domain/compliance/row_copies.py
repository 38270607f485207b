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

_ACCUSED = 0.05
"""Copies by chance that may be taken for real ones, expected in a whole harmless twin."""

_RARELY = 1e-3
"""A copy that chance makes more often than in one twin of a thousand is never one."""

_JUDGED = 500
"""Of more copies so many are judged; the rest is taken to be like them."""

_TRIED = 200
"""Rows from which the limit is learned."""

_OTHERS = 50_000
"""Real rows that a copy is compared with at most."""

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
        if not len(judged):
            return 0
        copies = (self._expected(judged, drawn) <= self._limit(drawn)).sum()
        return round(int(copies) * len(repeated) / len(judged))

    def _limit(self, drawn: int) -> float:
        """The expectation below which a copy is none by chance, so that all rows together are
        copied by chance and yet accused :data:`_ACCUSED` times at most."""
        tried = self.alone[:: max(len(self.alone) // _TRIED, 1)]
        expected = np.sort(self._expected(tried, drawn))
        all_rows = np.cumsum(expected) * len(self.alone) / len(tried)
        allowed = expected[all_rows <= _ACCUSED]
        return min(float(allowed[-1]), _RARELY) if len(allowed) else 0.0

    def _expected(self, keys: Keys, drawn: int) -> NDArray[np.float64]:
        """How often a twin of ``drawn`` rows repeats each of these real rows by chance.

        Every other real row could have become this one: by as many cells as differ, each with the
        chance that the column holds this person's value. That is a kernel density estimate with
        the row itself left out (Aitchison & Aitken 1976), so that what hangs together in the
        table, such as many zeros in one row, is not taken for a coincidence of coincidences.
        """
        rows = self.cells.shape[1]
        others = self.cells[:, :: max(rows // _OTHERS, 1)]
        found = np.zeros(len(keys))
        for number, key in enumerate(keys):
            person = self.cells[:, [int(np.flatnonzero(self.keys == key)[0])]]
            same = others == person
            itself = same.all(axis=0)
            share = (same.sum(axis=1) - itself.sum()) / same.shape[1]
            becoming = np.exp(np.log(np.maximum(share, self.sparse)) @ ~same)
            found[number] = drawn * becoming[~itself].sum() / len(becoming)
        return found


def _mixed(keys: Keys, column: int) -> Keys:
    """Hashes that differ from column to column for the same text."""
    return (keys ^ np.uint64(_ODD * (column + 1) & _ALL_BITS)) * np.uint64(_ODD)
