"""Formula columns, computed from the parts as they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from domain.datasets.constraint_language import parse_constraint
from domain.datasets.constraint_rows import as_written, calculated, floats
from domain.datasets.constraints import Formula
from domain.datasets.entities import ColumnSpec, SdType, TableMetadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """A column that its formula gives, wherever every part is there."""

    formula: Formula
    table: TableMetadata
    drawn: bool
    """The engine draws it too: for rows without a part, and for gaps of its own."""

    @classmethod
    def fit(cls, formula: Formula, frame: pd.DataFrame, table: TableMetadata) -> Computed:
        """See whether the column is missing exactly where a part is."""
        without = frame[list(formula.parts)].isna().any(axis=1)
        drawn = bool((frame[formula.column].isna() != without).any())
        return cls(formula=formula, table=table, drawn=drawn)

    @property
    def makes(self) -> tuple[str, ...]:
        return (self.formula.column,)

    @property
    def needs(self) -> tuple[str, ...]:
        return self.formula.parts

    def specs(self, specs: Sequence[ColumnSpec]) -> list[ColumnSpec]:
        return [s for s in specs if self.drawn or s.name != self.formula.column]

    def shaped(self, frame: pd.DataFrame, original: pd.DataFrame) -> pd.DataFrame:
        return frame if self.drawn else frame.drop(columns=self.formula.column)

    def restored(self, frame: pd.DataFrame) -> pd.DataFrame:
        name, spec = self.formula.column, self.table.column(self.formula.column)
        parts = pd.DataFrame(as_written(frame, self.table, self.formula.parts))
        values = calculated(self.formula, parts, spec)
        if self.drawn:
            there = frame[name].notna() & values.notna()
            values = frame[name].where(~there, values)
        return frame.assign(**{name: values})

    def solved(self, frame: pd.DataFrame, missing: pd.DataFrame) -> pd.DataFrame:
        """With parts that the others and the column give, where they were ``missing`` before.

        One part a row, the first that stands in a single term by itself.
        """
        open_rows = frame[self.formula.column].notna().to_numpy() & ~(
            missing[self.formula.column].to_numpy(np.bool_)
        )
        for part, factor in self._alone():
            rows = open_rows & missing[part].to_numpy(np.bool_)
            if rows.any():
                frame = frame.assign(**{part: self._part(frame, part, factor, rows)})
                open_rows &= ~rows
        return frame

    def _alone(self) -> list[tuple[str, float]]:
        terms = self.formula.terms
        times = [name for term in terms for name in term.columns]
        return [
            (term.columns[0], term.factor)
            for term in terms
            if len(term.columns) == 1 and times.count(term.columns[0]) == 1
        ]

    def _part(self, frame: pd.DataFrame, part: str, factor: float, rows: Any) -> pd.Series:
        spec = self.table.column(part)
        rest = tuple(t for t in self.formula.terms if t.columns != (part,))
        whole = calculated(
            Formula(column=part, terms=rest, decimals=15),
            frame,
            ColumnSpec(name=part, sdtype=SdType.FLOAT),
        )
        value = (floats(frame[self.formula.column]) - floats(whole)) / factor
        places = 0 if spec.sdtype is SdType.INTEGER else spec.decimals
        value = np.round(value, 9 if places is None else places) + 0.0
        solved = pd.Series(value, index=frame.index)
        return frame[part].where(~rows, solved.astype(frame[part].dtype))

    def state(self) -> Mapping[str, Any]:
        return {"kind": "computed", "formula": str(self.formula), "drawn": self.drawn}

    @classmethod
    def from_state(cls, state: Mapping[str, Any], table: TableMetadata) -> Computed:
        formula = parse_constraint(state["formula"])
        assert isinstance(formula, Formula)
        return cls(formula=formula, table=table, drawn=state["drawn"])
