"""One column between its text in the file and its typed values, by its :class:`ColumnSpec`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from domain.datasets import dates
from domain.datasets.entities import ColumnSpec, SdType
from domain.datasets.time_settings import UnreadableTimes
from domain.datasets.time_zones import MIXED, offsets_at
from domain.datasets.writing_numbers import write_floats
from domain.kernel import BadInput

MISSING_WORDS = (
    *("", "?", "-", "--", ".", "*"),
    *("NA", "N/A", "n/a", "na", "#N/A", "#NA", "NaN", "nan", "NAN", "-nan", "NaT"),
    *("NULL", "null", "Null", "None", "none", "NONE", "nil"),
    *("unknown", "Unknown", "UNKNOWN", "missing", "Missing", "(null)", "<NA>", "\\N"),
)
"""Spellings of “no value”, taken for missing where the rest of a column is no text."""

INTEGER_PATTERN = r"^(0|-?[1-9][0-9]{0,17})$"
"""Whole numbers that are written back as they were and fit 64 bits."""
_LOOSE_INTEGER = r"^[+-]?[0-9]{1,18}(\.0*)?$"
NUMBER_PATTERN = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
COMMA_NUMBER_PATTERN = r"^[+-]?[0-9]+(,[0-9]+)?$"
_WORDED = frozenset({SdType.INTEGER, SdType.FLOAT, SdType.BOOLEAN, SdType.DATETIME})


@dataclass(frozen=True, slots=True)
class _Uniques:
    """A text column as its different values and, for each cell, which of them it holds."""

    texts: pa.Array
    codes: NDArray[np.int64]
    """Position in ``texts``; -1 for an empty cell."""

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> _Uniques:
        encoded = pc.dictionary_encode(column).combine_chunks()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.chunk(0)
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return cls(encoded.dictionary, codes.astype(np.int64))

    def without(self, missing: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The codes, with -1 also where the value counts as missing."""
        if not len(missing):
            return self.codes
        return np.where(missing[self.codes] & (self.codes >= 0), -1, self.codes)


def missing_words_of(spec: ColumnSpec) -> tuple[str, ...]:
    """The spellings that count as missing in this column, besides the empty cell."""
    own = (spec.missing_word,) if spec.missing_word else ()
    return own + MISSING_WORDS if spec.sdtype in _WORDED else own


class Misfit(BadInput):
    """Cells that do not fit the type of their column."""

    def __init__(self, spec: ColumnSpec, *, cells: int, row: int) -> None:
        """``row`` is the first one with such a cell, counted from 1 below the header."""
        super().__init__(
            f"Column “{spec.name}” has {cells} cell(s) that are no {spec.sdtype.value} value; "
            "choose another type for it, such as categorical."
        )
        self.spec, self.row = spec, row


def parse_column(column: pa.ChunkedArray, spec: ColumnSpec) -> pd.Series:
    """Typed values; raises :class:`Misfit` when some cells do not fit the type."""
    if spec.sdtype in (SdType.ID, SdType.TEXT):
        return _strings(column, spec)
    uniques = _Uniques.of(column)
    words = pa.array(missing_words_of(spec), pa.string())
    missing = pc.is_in(uniques.texts, value_set=words).to_numpy(zero_copy_only=False)
    codes = uniques.without(missing)
    if spec.sdtype is SdType.CATEGORICAL:
        return _categories(uniques.texts, codes)
    values, fits = _PARSERS[spec.sdtype](uniques.texts, spec)
    if spec.unreadable_times is UnreadableTimes.REFUSE:
        _refuse_misfits(codes, fits, spec)
    else:
        codes = uniques.without(missing | ~fits)
    return _spread(values, codes, spec.sdtype)


def _strings(column: pa.ChunkedArray, spec: ColumnSpec) -> pd.Series:
    if spec.missing_word:
        missing = pc.equal(column, spec.missing_word)
        column = pc.if_else(missing, pa.scalar(None, pa.string()), column)
    return pd.Series(pd.array(column, dtype="string[pyarrow]"))


def _categories(texts: pa.Array, codes: NDArray[np.int64]) -> pd.Series:
    used = np.unique(codes[codes >= 0])
    words = np.array(texts.take(pa.array(used)).to_pylist(), dtype=object)
    order = np.argsort(words)
    place = np.full(len(texts) + 1, -1, dtype=np.int64)  # the last entry serves code -1
    place[used[order]] = np.arange(len(used))
    return pd.Series(pd.Categorical.from_codes(place[codes], categories=pd.Index(words[order])))


def _refuse_misfits(codes: NDArray[np.int64], fits: NDArray[np.bool_], spec: ColumnSpec) -> None:
    filled = np.flatnonzero(codes >= 0)
    misfits = filled[~fits[codes[filled]]]
    if len(misfits):
        raise Misfit(spec, cells=len(misfits), row=int(misfits[0]) + 1)


_Parsed = tuple[NDArray[np.generic], NDArray[np.bool_]]


def _integers(texts: pa.Array, spec: ColumnSpec) -> _Parsed:
    fits = pc.match_substring_regex(texts, _LOOSE_INTEGER)
    digits = pc.replace_substring_regex(texts, r"^\+|\.0*$", "")
    return _cast(digits, fits, pa.int64())


def _floats(texts: pa.Array, spec: ColumnSpec) -> _Parsed:
    pattern = COMMA_NUMBER_PATTERN if spec.decimal_comma else NUMBER_PATTERN
    fits = pc.match_substring_regex(texts, pattern)
    plain = pc.replace_substring(texts, ",", ".") if spec.decimal_comma else texts
    plain = pc.replace_substring_regex(plain, r"^\+", "")
    values, fits = _cast(plain, fits, pa.float64())
    return values, fits & np.isfinite(values)


def _cast(texts: pa.Array, fits: pa.BooleanArray, kind: pa.DataType) -> _Parsed:
    values = pc.cast(pc.if_else(fits, texts, "0"), kind)
    return values.to_numpy(zero_copy_only=False), fits.to_numpy(zero_copy_only=False)


def _booleans(texts: pa.Array, spec: ColumnSpec) -> _Parsed:
    true = pc.equal(texts, spec.true_word).to_numpy(zero_copy_only=False).astype(bool)
    false = pc.equal(texts, spec.false_word).to_numpy(zero_copy_only=False).astype(bool)
    return true, true | false


def _moments(texts: pa.Array, spec: ColumnSpec) -> _Parsed:
    values = dates.parse(texts, spec.datetime_format)
    return values, ~np.isnat(values)


_PARSERS: dict[SdType, Callable[[pa.Array, ColumnSpec], _Parsed]] = {
    SdType.INTEGER: _integers,
    SdType.FLOAT: _floats,
    SdType.BOOLEAN: _booleans,
    SdType.DATETIME: _moments,
}


def _spread(values: NDArray[np.generic], codes: NDArray[np.int64], kind: SdType) -> pd.Series:
    """Values by cell, in the dtype of the type, missing where the code is -1."""
    missing = codes < 0
    cells = values[np.where(missing, 0, codes)] if len(values) else np.zeros(len(codes), np.int64)
    if kind is SdType.INTEGER:
        return pd.Series(pd.arrays.IntegerArray(cells.astype(np.int64), missing))
    if kind is SdType.BOOLEAN:
        return pd.Series(pd.arrays.BooleanArray(cells.astype(bool), missing))
    if kind is SdType.FLOAT:
        return pd.Series(np.where(missing, np.nan, cells.astype(np.float64)))
    moments = cells.astype("datetime64[ns]")
    moments[missing] = np.datetime64("NaT", "ns")
    return pd.Series(moments)


def write_column(
    values: pd.Series, spec: ColumnSpec, offsets: NDArray[np.int64] | None = None
) -> pa.Array:
    """The text of typed values in the file's spelling; the inverse of :func:`parse_column`.

    ``offsets``: of each moment from UTC in minutes, where no zone of the whole column says it.
    """
    missing = values.isna().to_numpy()
    if len(values) and not missing.any():
        return _write(values, spec, offsets)
    present = values[~missing]
    text = pa.nulls(len(values), pa.string())
    if len(present):
        written = _write(present, spec, None if offsets is None else offsets[~missing])
        text = pc.replace_with_mask(text, pa.array(~missing), written)
    return text.fill_null(spec.missing_word) if spec.missing_word else text


def _write(
    present: pd.Series, spec: ColumnSpec, offsets: NDArray[np.int64] | None = None
) -> pa.Array:
    match spec.sdtype:
        case SdType.INTEGER:
            digits = pc.cast(pa.array(present.to_numpy(np.int64)), pa.string())
            return pc.binary_join_element_wise(digits, ".0", "") if spec.point_zero else digits
        case SdType.BOOLEAN:
            true = pa.array(present.to_numpy(bool))
            return pc.if_else(true, spec.true_word, spec.false_word)
        case SdType.FLOAT:
            return write_floats(present.to_numpy(np.float64), spec)
        case SdType.DATETIME:
            moments = present.to_numpy("datetime64[ns]")
            if spec.time_zone not in (None, MIXED):
                offsets = offsets_at(moments, str(spec.time_zone))
            return dates.write(moments, format_of(spec), offsets)
        case _:
            return _strings_of(present)


def _strings_of(present: pd.Series) -> pa.Array:
    """The text of categories and strings, without a Python object for each cell."""
    if isinstance(present.dtype, pd.CategoricalDtype):
        words = pa.array(present.cat.categories.astype(object), pa.string())
        return words.take(pa.array(present.cat.codes.to_numpy()))
    if isinstance(present.dtype, pd.StringDtype):
        texts = pa.array(present, pa.string())
        return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    return pa.array(present.astype(object).to_numpy(), pa.string())


def format_of(spec: ColumnSpec) -> str:
    """The format that a datetime column is written in."""
    return spec.datetime_format or ("%Y-%m-%d" if spec.date_only else "%Y-%m-%d %H:%M:%S")
