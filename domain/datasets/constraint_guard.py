"""The last look at a synthetic table before it is kept: its text, row by row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from domain.datasets.constraint_rows import breaks, row_keys
from domain.datasets.constraints import Combination, Constraint, Unique
from domain.datasets.entities import TableMetadata
from domain.datasets.preparing import typed
from domain.kernel import Conflict

_Cells = frozenset[tuple[object, ...]]


class ConstraintGuard:
    """Reads written rows back, chunk by chunk, and lets none through that breaks a constraint.

    Which fixed combinations occur only the model knows: ``learned`` has a frame for each that it
    learned, of the typed cells that may stand together. A refusal names the rule, never a cell.
    """

    table: TableMetadata
    """What is looked at: the columns that constraints name."""

    def __init__(self, table: TableMetadata, learned: Sequence[pd.DataFrame] = ()) -> None:
        about = {name for rule in table.constraints for name in rule.columns}
        columns = tuple(spec for spec in table.columns if spec.name in about)
        self.table = TableMetadata(columns=columns, constraints=table.constraints)
        self._seen: dict[int, NDArray[np.uint64]] = {}
        self._learned = {frozenset(f.columns): _combinations(f, sorted(f.columns)) for f in learned}

    def check(self, text: pa.Table) -> None:
        """Raise :class:`Conflict` naming the first constraint that a row of ``text`` breaks.

        ``text`` needs to hold the columns of ``table`` alone.
        """
        if not self.table.constraints:
            return
        frame = typed(text, self.table)
        for place, rule in enumerate(self.table.constraints):
            if self._is_broken(place, rule, frame):
                raise Conflict(
                    f"The rows drawn break the constraint “{rule}”, which this model does not "
                    "know; train a new one, which keeps it."
                )

    def _is_broken(self, place: int, rule: Constraint, frame: pd.DataFrame) -> bool:
        if isinstance(rule, Combination):
            known = self._learned.get(frozenset(rule.columns), frozenset())
            return not _combinations(frame, sorted(rule.columns)) <= known
        if breaks(rule, frame, self.table).any():
            return True
        return isinstance(rule, Unique) and self._repeats(place, rule, frame)

    def _repeats(self, place: int, rule: Unique, frame: pd.DataFrame) -> bool:
        """Whether a row repeats one of an earlier chunk."""
        keys, filled = row_keys(frame, rule.columns)
        seen = self._seen.get(place, np.zeros(0, dtype=np.uint64))
        found = bool(np.isin(keys[filled], seen).any())
        self._seen[place] = np.sort(np.concatenate([seen, keys[filled]]), kind="stable")
        return found


def _combinations(frame: pd.DataFrame, columns: Sequence[str]) -> _Cells:
    """The different rows of ``columns``, ``None`` where a cell is missing."""
    different = frame[list(columns)].drop_duplicates().astype(object)
    cells = different.where(different.notna(), None)
    return frozenset(cells.itertuples(index=False, name=None))
