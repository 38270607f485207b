"""Which rows of a typed table break a constraint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.constraints import (
    Combination,
    Constraint,
    Formula,
    Never,
    Order,
    Range,
    Term,
    Unique,
)
from domain.datasets.entities import ColumnSpec, SdType, TableMetadata
from domain.datasets.preparing import typed, untyped
from domain.kernel import BadInput

Rows = NDArray[np.bool_]
NUMBERS = frozenset({SdType.INTEGER, SdType.FLOAT})
_NOISE = 1e-12
"""Of the largest number in a sum: what floating-point arithmetic may add."""
_UNROUNDED = 1e-9
"""The same where the column has no fixed number of decimals."""
_SIGNIFICANT_DIGITS = 15


def breaks(constraint: Constraint, frame: pd.DataFrame, table: TableMetadata) -> Rows:
    """Rows that break ``constraint``; of equal rows under a uniqueness, all but the first.

    Never any for a combination: which ones occur is known to what was fitted.
    """
    match constraint:
        case Range():
            return _outside(constraint, frame[constraint.column], table)
        case Order(low=low, high=high):
            wrong = frame[low] >= frame[high] if constraint.strict else frame[low] > frame[high]
            return _sure(wrong)
        case Formula():
            return _miscalculated(constraint, frame, table)
        case Never():
            cells = [holds(frame[c], v, table.column(c)) for c, v in constraint.cells]
            return np.logical_and.reduce(cells)
        case Unique():
            return _repeated(*row_keys(frame, constraint.columns))
        case Combination():
            return np.zeros(len(frame), dtype=np.bool_)


def as_written(
    frame: pd.DataFrame, table: TableMetadata, columns: Sequence[str]
) -> dict[str, pd.Series]:
    """``columns`` as they read back from the text in which they are written."""
    specs = tuple(spec for spec in table.columns if spec.name in set(columns))
    some = TableMetadata(columns=specs)
    back = typed(untyped(frame[[s.name for s in specs]], some), some)
    return {name: back[name].set_axis(frame.index) for name in back.columns}


def bound(text: str, spec: ColumnSpec) -> float | pd.Timestamp:
    """A bound of a range in the type of its column; :class:`BadInput` when it has another."""
    try:
        if spec.sdtype is SdType.DATETIME:
            if text.replace(".", "", 1).lstrip("-").isdigit():
                raise ValueError
            return pd.Timestamp(text)
        return float(text)
    except ValueError:
        kind = "a date such as 2024-01-31" if spec.sdtype is SdType.DATETIME else "a number"
        raise BadInput(
            f"A range of the column “{spec.name}” takes {kind} as its bound; correct the bound."
        ) from None


def holds(column: pd.Series, value: str, spec: ColumnSpec) -> Rows:
    """Rows whose cell is ``value``, as the person wrote it."""
    if spec.sdtype is SdType.BOOLEAN:
        return _sure(column == truth(value, spec))
    if spec.sdtype in NUMBERS:
        return _sure(column == number(value, spec))
    return _sure(column.astype(object) == value)


def truth(value: str, spec: ColumnSpec) -> bool:
    """A yes or no as the file or a programmer writes it."""
    for word, meaning in ((spec.true_word, True), (spec.false_word, False)):
        if value == word:
            return meaning
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise BadInput(f"The yes-or-no column “{spec.name}” takes true or false as its value.")


def number(value: str, spec: ColumnSpec) -> float:
    """A number as the person wrote it."""
    try:
        return float(value)
    except ValueError:
        raise BadInput(f"The column “{spec.name}” takes a number as its value.") from None


def calculated(formula: Formula, frame: pd.DataFrame, spec: ColumnSpec) -> pd.Series:
    """The formula's column: missing where a part is missing, in the dtype of ``spec``."""
    exact, _ = _sum(formula.terms, frame)
    places = _places(formula, spec)
    if places is not None:
        rounded = np.round(exact, places) + 0.0
    else:
        rounded = np.array([float(f"{x:.{_SIGNIFICANT_DIGITS}g}") for x in exact.tolist()])
    if spec.sdtype is not SdType.INTEGER:
        return pd.Series(rounded, index=frame.index)
    missing = ~np.isfinite(rounded) | (np.abs(rounded) >= 2.0**62)
    whole = np.where(missing, 0, rounded).astype(np.int64)
    return pd.Series(pd.arrays.IntegerArray(whole, missing), index=frame.index)


def row_keys(
    frame: pd.DataFrame, columns: Sequence[str]
) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """A 64-bit key of every row's cells in ``columns``, and whether all of them are filled.

    The same cells give the same key in every frame.
    """
    keys = np.zeros(len(frame), dtype=np.uint64)
    filled = np.ones(len(frame), dtype=np.bool_)
    for name in columns:
        cells = frame[name]
        filled &= cells.notna().to_numpy(np.bool_)
        keys = keys * np.uint64(0x9E3779B97F4A7C15) + _hashed(cells)
    return keys, filled


def _hashed(cells: pd.Series) -> NDArray[np.uint64]:
    plain: NDArray[Any]
    if pd.api.types.is_datetime64_any_dtype(cells):
        plain = cells.to_numpy("datetime64[ns]").astype(np.int64)
    elif pd.api.types.is_float_dtype(cells):
        plain = cells.to_numpy(np.float64) + 0.0
    elif pd.api.types.is_bool_dtype(cells) or pd.api.types.is_integer_dtype(cells):
        plain = cells.astype("Int64").fillna(0).to_numpy(np.int64)
    else:
        plain = cells.astype(object).where(cells.notna(), "").astype(str).to_numpy(object)
    return np.asarray(pd.util.hash_array(plain, categorize=True), dtype=np.uint64)


def _repeated(keys: NDArray[np.uint64], filled: Rows) -> Rows:
    found = np.zeros(len(keys), dtype=np.bool_)
    found[filled] = pd.Series(keys[filled]).duplicated().to_numpy()
    return found


def _outside(rule: Range, column: pd.Series, table: TableMetadata) -> Rows:
    spec = table.column(rule.column)
    wrong = np.zeros(len(column), dtype=np.bool_)
    if rule.minimum is not None:
        low = bound(rule.minimum, spec)
        wrong |= _sure(column <= low if rule.above else column < low)
    if rule.maximum is not None:
        high = bound(rule.maximum, spec)
        wrong |= _sure(column >= high if rule.below else column > high)
    return wrong


def _miscalculated(formula: Formula, frame: pd.DataFrame, table: TableMetadata) -> Rows:
    spec = table.column(formula.column)
    exact, scale = _sum(formula.terms, frame)
    there = floats(frame[formula.column])
    places = _places(formula, spec)
    with np.errstate(invalid="ignore"):
        if places is None:
            allowed = _UNROUNDED * scale
        else:
            allowed = 0.5 * 10.0**-places * (1 + 1e-6) + _NOISE * scale
        return np.asarray(np.abs(there - exact) > allowed)


def _places(formula: Formula, spec: ColumnSpec) -> int | None:
    """Decimals that the formula is rounded to."""
    if formula.decimals is not None:
        return formula.decimals
    return 0 if spec.sdtype is SdType.INTEGER else spec.decimals


def _sum(
    terms: Sequence[Term], frame: pd.DataFrame
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The exact sum by row (NaN where a cell is missing), and its largest part."""
    total, scale = np.zeros(len(frame)), np.ones(len(frame))
    with np.errstate(over="ignore", invalid="ignore"):
        for term in terms:
            product = np.full(len(frame), term.factor)
            for name in term.columns:
                product = product * floats(frame[name])
            total = total + product
            scale = np.fmax(scale, np.abs(product))
    return total, scale


def floats(column: pd.Series) -> NDArray[np.float64]:
    """A numeric column as floats, NaN where missing."""
    return column.to_numpy(np.float64, na_value=np.nan)


def _sure(wrong: pd.Series) -> Rows:
    """A comparison in which “unknown” counts as no."""
    return wrong.fillna(False).to_numpy(np.bool_)
