"""What every single row of a table must keep, and which rows do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.constraint_rows import as_written, breaks, row_keys
from domain.datasets.constraints import Combination, Constraint, Unique
from domain.datasets.entities import TableMetadata
from domain.synthesis.condition_rows import matching
from domain.synthesis.conditions import Condition

CONDITIONS = "the conditions of this sample"

Mask = NDArray[np.bool_]
Blame = Counter[str]
"""How many rows each rule has turned away, by its name in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowRules:
    """Rules that can be judged of one row without the others."""

    table: TableMetadata
    conditions: Sequence[Condition]
    """Those that the engine could not see to."""
    blame: Blame

    def written(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame as it reads back from its text, in the columns that rules are about."""
        about = {name for rule in self.table.constraints for name in rule.columns}
        about |= {condition.column for condition in self.conditions}
        return frame.assign(**as_written(frame, self.table, sorted(about))) if about else frame

    def broken(self, frame: pd.DataFrame) -> Mask:
        """Which rows of a written frame break a rule."""
        wrong = np.zeros(len(frame), dtype=np.bool_)
        for rule in self._breakable:
            wrong |= self._blamed(_named(rule), breaks(rule, frame, self.table))
        if self.conditions:
            wrong |= self._blamed(CONDITIONS, ~matching(frame, self.conditions))
        return wrong

    @property
    def _breakable(self) -> tuple[Constraint, ...]:
        return tuple(c for c in self.table.constraints if not isinstance(c, Unique | Combination))

    def _blamed(self, rule: str, broken: Mask) -> Mask:
        self.blame[rule] += int(broken.sum())
        return broken


@dataclass(slots=True, kw_only=True, eq=False)
class Unrepeated:
    """What no two rows may share, over all that was drawn before."""

    uniques: Sequence[Unique]
    blame: Blame
    _seen: dict[Unique, NDArray[np.uint64]] = field(default_factory=dict)
    """The sorted keys of every row that was kept."""

    def repeats(self, frame: pd.DataFrame, among: Mask) -> Mask:
        """Of the rows ``among`` those that repeat an earlier one where they must not."""
        repeated = np.zeros(len(frame), dtype=np.bool_)
        for rule in self.uniques:
            keys, filled = row_keys(frame, rule.columns)
            rows = np.flatnonzero(among & filled & ~repeated)
            again = pd.Series(keys[rows]).duplicated().to_numpy()
            again |= _found(keys[rows], self._seen.get(rule))
            self.blame[_named(rule)] += int(again.sum())
            repeated[rows[again]] = True
        return repeated

    def remember(self, frame: pd.DataFrame) -> None:
        """Rows that are kept: none may repeat them from now on."""
        for rule in self.uniques:
            keys, filled = row_keys(frame, rule.columns)
            old = self._seen.get(rule, np.zeros(0, dtype=np.uint64))
            self._seen[rule] = np.sort(np.concatenate([old, keys[filled]]), kind="stable")


def _named(rule: Constraint) -> str:
    return f"the constraint “{rule}”"


def _found(keys: NDArray[np.uint64], ordered: NDArray[np.uint64] | None) -> Mask:
    if ordered is None or not len(ordered):
        return np.zeros(len(keys), dtype=np.bool_)
    places = np.searchsorted(ordered, keys).clip(0, len(ordered) - 1)
    return np.asarray(ordered[places] == keys)
