"""Rows that break a rule are replaced by others that keep all of them, or refused.

:class:`RowRules` and :class:`Unrepeated` say which rows are wrong, :class:`Spares` has others, and
:class:`Keeper` puts those in their place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.constraints import Unique
from domain.datasets.entities import TableMetadata
from domain.synthesis.conditions import Condition
from domain.synthesis.row_rules import Blame, Mask, RowRules, Unrepeated
from domain.synthesis.spares import DrawMore, Spares

Kinds = Callable[[pd.DataFrame], NDArray[Any]]
"""What kind each row is of: a row is replaced by one of its kind, so that shares stay."""
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Keeper:
    """Sees that every row of one table keeps its rules, as the rows are written.

    A row that does not gets its cells from a spare one, but for the columns in ``identity``
    (keys, which belong to the row and to the tables that refer to it).
    """

    identity: frozenset[str]
    kinds: Kinds | None
    rules: RowRules
    unrepeated: Unrepeated
    spares: Spares
    time: str | None = None
    """When an event happened, which stays; the other dates of a spare move along with it."""

    @classmethod
    def of(
        cls,
        table: TableMetadata,
        *,
        identity: frozenset[str],
        conditions: Sequence[Condition],
        kinds: Kinds | None,
        draw_more: DrawMore,
        time: str | None = None,
    ) -> Self:
        """The keeper of a table's rules and of ``conditions`` that the engine could not see to."""
        blame = Blame()
        rules = RowRules(table=table, conditions=conditions, blame=blame)
        uniques = [
            rule
            for rule in table.constraints
            if isinstance(rule, Unique) and not identity & set(rule.columns)  # seen to already
        ]
        return cls(
            identity=identity,
            kinds=kinds,
            rules=rules,
            unrepeated=Unrepeated(uniques=uniques, blame=blame),
            spares=Spares(rules=rules, draw_more=draw_more),
            time=time,
        )

    def kept(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with every row keeping every rule; raises :class:`BadInput` where that
        cannot be had within the budget."""
        frame = self.rules.written(frame)
        if not len(frame):
            return frame
        broken = self.rules.broken(frame)
        wrong = broken | self.unrepeated.repeats(frame, ~broken)
        self.unrepeated.remember(frame[~wrong])
        self.spares.expect(wanted=int(wrong.sum()), share=1 - float(broken.mean()))
        while wrong.any():
            frame, wrong = self._replaced(frame, wrong)
        return frame

    def _replaced(self, frame: pd.DataFrame, wrong: Mask) -> tuple[pd.DataFrame, Mask]:
        """The frame with wrong rows overwritten by spares as far as those go, and what is wrong
        still."""
        spares = self.spares.some(int(wrong.sum()))
        spares = spares[~self.unrepeated.repeats(spares, np.ones(len(spares), dtype=np.bool_))]
        places, chosen = self._paired(frame, np.flatnonzero(wrong), spares)
        frame = self._overwritten(frame, places, spares.iloc[chosen])
        self.unrepeated.remember(frame.iloc[places])
        wrong = wrong.copy()
        wrong[places] = False
        if not wrong.any():  # else those left over are of no use to the rows left over
            self.spares.take_back(spares.drop(index=spares.index[chosen]))
        return frame, wrong

    def _paired(
        self, frame: pd.DataFrame, places: Places, spares: pd.DataFrame
    ) -> tuple[Places, Places]:
        """Rows to replace, and the spare for each: one of its kind."""
        if self.kinds is None:
            count = min(len(places), len(spares))
            return places[:count], np.arange(count)
        wanted, there = self.kinds(frame.iloc[places]), self.kinds(spares)
        pairs = [(np.zeros(0, np.intp), np.zeros(0, np.intp))]
        for kind in np.unique(wanted):
            at, free = places[wanted == kind], np.flatnonzero(there == kind)
            count = min(len(at), len(free))
            pairs.append((at[:count], free[:count]))
        return np.concatenate([p for p, _ in pairs]), np.concatenate([f for _, f in pairs])

    def _overwritten(self, frame: pd.DataFrame, places: Places, rows: pd.DataFrame) -> pd.DataFrame:
        """The frame with ``rows`` at ``places``, in all columns but those of the identity."""
        if self.time is not None:
            rows = _moved(rows, frame[self.time].iloc[places], self.time)
        columns = (name for name in frame if name not in self.identity)
        return frame.assign(**{str(n): _put(frame[n], places, rows[n]) for n in columns})


def _moved(rows: pd.DataFrame, to: pd.Series, time: str) -> pd.DataFrame:
    """Events at other times, with all their dates as far from them as before; days stay days."""
    by = (to.reset_index(drop=True) - rows[time].reset_index(drop=True)).fillna(pd.Timedelta(0))
    by.index = rows.index
    moved = {str(n): rows[n] + by for n in rows if n != time and rows[n].dtype.kind == "M"}
    days = [n for n in moved if (rows[n].dropna() == rows[n].dropna().dt.normalize()).all()]
    return rows.assign(**(moved | {n: moved[n].dt.normalize() for n in days}))


def _put(column: pd.Series, places: Places, values: pd.Series) -> pd.Series:
    """The column with ``values`` at ``places``, whatever categories either knows."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        cells = column.astype(object).to_numpy(object, copy=True)
        cells[places] = values.astype(object).to_numpy(object)
        return pd.Series(pd.Categorical(cells), index=column.index)
    changed = column.copy()
    changed.iloc[places] = values.to_numpy() if column.dtype.kind in "fM" else values.array
    return changed
