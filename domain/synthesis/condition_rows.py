"""Which typed rows fulfil conditions. Values in, values out; knows no synthesizer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import Metadata
from domain.synthesis.conditions import Condition, Operator

_COMPARED = {
    Operator.ABOVE: np.greater,
    Operator.AT_LEAST: np.greater_equal,
    Operator.BELOW: np.less,
    Operator.AT_MOST: np.less_equal,
}


def table_of(column: str, metadata: Metadata) -> str:
    """The table of a column as :func:`domain.synthesis.condition_checks.checked_spec` names it."""
    for name, table in metadata.tables.items():
        if any(column in (spec.name, f"{name}.{spec.name}") for spec in table.columns):
            return name
    return metadata.table_with(column)  # refuses


def by_table(
    conditions: Iterable[Condition], metadata: Metadata
) -> dict[str, tuple[Condition, ...]]:
    """Conditions by the table they are about, with the column names of that table."""
    found: dict[str, tuple[Condition, ...]] = {}
    for condition in conditions:
        name = table_of(condition.column, metadata)
        own = {spec.name for spec in metadata.tables[name].columns}
        column = condition.column
        local = column if column in own else column.removeprefix(f"{name}.")
        found[name] = (*found.get(name, ()), replace(condition, column=local))
    return found


def matching(frame: pd.DataFrame, conditions: Iterable[Condition]) -> NDArray[np.bool_]:
    """For each row of a typed frame, whether it fulfils every condition.

    A missing cell fulfils no condition but ``MISSING``. Column names are the frame's own.
    """
    fulfilled = np.ones(len(frame), dtype=bool)
    for condition in conditions:
        fulfilled &= _fulfils(frame[condition.column], condition)
    return fulfilled


def _fulfils(column: pd.Series, condition: Condition) -> NDArray[np.bool_]:
    missing = column.isna().to_numpy()
    if condition.test is Operator.MISSING:
        return missing
    if condition.test is Operator.PRESENT:
        return ~missing
    found = np.zeros(len(column), dtype=bool)
    found[~missing] = _compared(column[~missing], condition)
    return found


def _compared(present: pd.Series, condition: Condition) -> NDArray[np.bool_]:
    if condition.test in (Operator.IS, Operator.NOT):
        values = [_typed(v, present) for v in condition.values]
        among = present.isin(values).to_numpy(dtype=bool)
        return among if condition.test is Operator.IS else ~among
    bound: Any = _typed(condition.values[0], present)
    return np.asarray(_COMPARED[condition.test](present.to_numpy(), bound), dtype=np.bool_)


def _typed(value: str, column: pd.Series) -> object:
    """A canonical text as the column's own kind of value."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return value == "true"
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return np.datetime64(value, "ns")
    if pd.api.types.is_integer_dtype(column.dtype):
        return int(value)
    return float(value) if pd.api.types.is_float_dtype(column.dtype) else value
