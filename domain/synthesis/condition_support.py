"""Conditions against the rows to learn from: what they do not support is refused before a fit.

The synthesizer judges what it learned once more when rows are drawn. Counting real rows spends
no privacy budget, so nobody may call this for a private run.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, Metadata, SdType, TableMetadata, Tables
from domain.kernel import BadInput
from domain.synthesis.condition_rows import matching, table_of
from domain.synthesis.conditions import Amplification, Condition, Operator, SampleSpec
from domain.synthesis.floor import FEWEST_ROWS_BEHIND, too_few_behind
from domain.synthesis.share_refusals import of_events, overlapping, too_much

_LISTED = (SdType.CATEGORICAL, SdType.BOOLEAN)
_ROUNDING = 1e-9

Marks = NDArray[np.bool_]


def refuse_unsupported(spec: SampleSpec, metadata: Metadata, tables: Tables) -> None:
    """Raise :class:`BadInput` where too few of the typed rows stand behind ``spec``, a spec as
    :func:`domain.synthesis.condition_checks.checked_spec` gives it, or shares exceed them."""
    tables_of = {column: table_of(column, metadata) for column in spec.columns}
    for name in dict.fromkeys(tables_of.values()):
        specs = {s.name: s for s in metadata.tables[name].columns}
        names = {
            column: column if column in specs else column.removeprefix(f"{name}.")
            for column, table in tables_of.items()
            if table == name
        }
        own = spec.within(names)
        _Rows(_counted(tables[name], metadata.tables[name], own), specs).refuse(own)


def _counted(frame: pd.DataFrame, table: TableMetadata, spec: SampleSpec) -> pd.DataFrame:
    """The rows among which shares are counted: of a log of events one of each entity, where the
    columns that the spec names stay the same in all of its events."""
    entity = table.sequence.entity if table.sequence is not None else None
    if entity is None or not (spec.amplify or spec.stratify):
        return frame
    named = list(spec.columns)
    alike = (frame.groupby(entity, observed=True)[named].nunique(dropna=False) <= 1).all()
    if spec.stratify is not None and not alike[spec.stratify.column]:
        raise of_events(spec.stratify.column)
    return frame.drop_duplicates(entity) if alike.all() else frame


class _Rows:
    """The rows of one table that may stand behind a spec."""

    def __init__(self, frame: pd.DataFrame, specs: dict[str, ColumnSpec]) -> None:
        self._frame, self._specs = frame, specs

    def refuse(self, spec: SampleSpec) -> None:
        """Raise :class:`BadInput` for the first thing asked that the rows do not support."""
        if spec.where:
            self._supported(spec.where)
        if spec.amplify:
            self._refuse_amplified(spec.where, spec.amplify)
        if spec.stratify:
            for value in spec.stratify.shares:
                named = Condition(column=spec.stratify.column, test=Operator.IS, values=(value,))
                self._supported((*spec.where, named))

    def _refuse_amplified(
        self, where: Sequence[Condition], amplify: Sequence[Amplification]
    ) -> None:
        among = matching(self._frame, where)
        marks = [self._supported((*where, a.condition)) for a in amplify]
        if (np.sum(marks, axis=0) > 1).any():
            raise overlapping()
        factors = [a.factor for a in amplify]
        shares = [m.sum() / among.sum() for m in marks]
        named = float(np.dot(factors, shares))
        if named > 1 + _ROUNDING:
            raise too_much(named, factors)

    def _supported(self, conditions: Sequence[Condition]) -> Marks:
        """The rows that fulfil all; :class:`BadInput` where they are too few."""
        marks = matching(self._frame, conditions)
        if marks.sum() < FEWEST_ROWS_BEHIND:
            raise self._too_few(conditions)
        return marks

    def _too_few(self, conditions: Sequence[Condition]) -> BadInput:
        """The refusal, of the condition that no wider other one could mend if there is one."""
        rows = len(self._frame)
        alone = [c for c in conditions if self._held(c) < FEWEST_ROWS_BEHIND]
        for condition in alone:
            if condition.test is Operator.IS and self._listed(condition.column):
                return _no_such_value(condition.column, rows)
        return too_few_behind(rows, [c.column for c in alone or conditions])

    def _held(self, condition: Condition) -> int:
        return int(matching(self._frame, [condition]).sum())

    def _listed(self, column: str) -> bool:
        return self._specs[column].sdtype in _LISTED


def _no_such_value(column: str, rows: int) -> BadInput:
    """Whether no row or a few hold the value is not told, nor is it quoted: it may be a cell."""
    return BadInput(
        f"The value asked for does not occur in “{column}”, or in fewer than "
        f"{FEWEST_ROWS_BEHIND} of the {rows:,} rows to learn from; check its spelling or name "
        "another."
    )
