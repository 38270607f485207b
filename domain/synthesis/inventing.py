"""Columns that never repeat, as identifiers: the engine invents values of the same look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from domain.datasets.constraints import Unique
from domain.datasets.entities import ColumnSpec, PiiAction, SdType, TableMetadata

_DENSE = 10
"""Whole numbers of which so many times the rows are possible or fewer are a numbering."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invented:
    """A category or a numbering of which every row has its own value.

    Such values cannot be learned: each is held by one row, and none may come out.
    """

    column: str
    kind: SdType

    @classmethod
    def fit(cls, rule: Unique, frame: pd.DataFrame, table: TableMetadata) -> Invented | None:
        """``None`` where values can be learned and drawn again when they repeat."""
        named = [name for other in table.constraints for name in other.columns]
        if len(rule.columns) > 1 or named.count(rule.columns[0]) > 1:
            return None
        spec, present = table.column(rule.columns[0]), frame[rule.columns[0]].dropna()
        numbering = spec.sdtype is SdType.INTEGER and _is_dense(present)
        if spec.pii_action is PiiAction.KEEP and (spec.sdtype is SdType.CATEGORICAL or numbering):
            return cls(column=spec.name, kind=spec.sdtype)
        return None

    @property
    def makes(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def needs(self) -> tuple[str, ...]:
        return ()

    def specs(self, specs: Sequence[ColumnSpec]) -> list[ColumnSpec]:
        return [self._invented(s) if s.name == self.column else s for s in specs]

    def _invented(self, spec: ColumnSpec) -> ColumnSpec:
        if self.kind is SdType.CATEGORICAL:
            return replace(spec, sdtype=SdType.ID, unique=True)
        return replace(spec, pii_action=PiiAction.SURROGATE, unique=True)

    def shaped(self, frame: pd.DataFrame, original: pd.DataFrame) -> pd.DataFrame:
        if self.kind is not SdType.CATEGORICAL:
            return frame
        texts = original[self.column].astype(object)
        return frame.assign(**{self.column: texts.astype("string[pyarrow]")})

    def restored(self, frame: pd.DataFrame) -> pd.DataFrame:
        if self.kind is not SdType.CATEGORICAL:
            return frame
        texts = frame[self.column].astype(object)
        values = texts.where(texts.notna(), None)
        return frame.assign(**{self.column: pd.Categorical(values)})

    def state(self) -> Mapping[str, Any]:
        return {"kind": "invented", "column": self.column, "type": self.kind.value}

    @classmethod
    def from_state(cls, state: Mapping[str, Any], table: TableMetadata) -> Invented:
        return cls(column=state["column"], kind=SdType(state["type"]))


def _is_dense(present: pd.Series) -> bool:
    return bool(present.is_unique and len(present)) and bool(
        int(present.max()) - int(present.min()) < _DENSE * len(present)
    )
