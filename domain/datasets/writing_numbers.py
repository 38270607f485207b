"""Floats as text: a quick way for nearly all of them, and an exact one for the rest."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec

_QUICK_DECIMALS = 6
"""With more, Arrow writes small decimals in powers of ten."""
_QUICK_DIGITS = 2.0**40
"""Below this a float times a power of ten is off by less than a thousandth."""
_TIE = 0.49
"""Further than this from a whole number, only exact arithmetic knows which way to round."""
_PLAIN = (1e-4, 1e10)
"""Where Arrow and Python both write the shortest digits without a power of ten."""


def write_floats(numbers: NDArray[np.float64], spec: ColumnSpec) -> pa.Array:
    """The text of finite floats, the same as Python's own formatting gives."""
    quick, exact = (
        _shortest_quickly(numbers, spec.point_zero)
        if spec.decimals is None
        else _fixed_quickly(numbers, spec.decimals)
    )
    slow = np.flatnonzero(~exact)
    if len(slow):
        texts = pa.array([_exactly(x, spec) for x in numbers[slow].tolist()], pa.string())
        quick = pc.replace_with_mask(quick, pa.array(~exact), texts)
    return pc.replace_substring(quick, ".", ",") if spec.decimal_comma else quick


def _fixed_quickly(
    numbers: NDArray[np.float64], decimals: int
) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Texts with so many decimals, and for which of them they are right."""
    if decimals > _QUICK_DECIMALS:
        return pa.nulls(len(numbers), pa.string()), np.zeros(len(numbers), dtype=bool)
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = numbers * 10.0**decimals
        whole = np.rint(scaled)
        right = (np.abs(scaled) < _QUICK_DIGITS) & (np.abs(scaled - whole) < _TIE)
    right &= (numbers != 0) | ~np.signbit(numbers)
    return _decimals(np.where(right, whole, 0).astype(np.int64), decimals), right


def _decimals(whole: NDArray[np.int64], decimals: int) -> pa.Array:
    """Whole numbers of the last decimal as text, such as 1234 as 12.34."""
    halves = np.empty((len(whole), 2), np.int64)  # little-endian 128-bit integers
    halves[:, 0], halves[:, 1] = whole, whole >> 63
    kind = pa.decimal128(19, decimals)
    fixed = pa.Array.from_buffers(kind, len(whole), [None, pa.py_buffer(halves)])
    return pc.cast(fixed, pa.string())


def _shortest_quickly(
    numbers: NDArray[np.float64], point_zero: bool
) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Texts in the fewest digits that read back the same, and for which of them they are right."""
    size = np.abs(numbers)
    right = (size >= _PLAIN[0]) & (size < _PLAIN[1])
    texts = pc.cast(pa.array(numbers), pa.string())
    if point_zero:
        bare = pa.array(numbers == np.rint(numbers))
        texts = pc.if_else(bare, pc.binary_join_element_wise(texts, ".0", ""), texts)
    return texts, right


def _exactly(number: float, spec: ColumnSpec) -> str:
    if spec.decimals is not None:
        return _fixed(number, spec.decimals)
    text = repr(number)
    return text if spec.point_zero else text.removesuffix(".0")


def _fixed(number: float, decimals: int) -> str:
    text = f"{number:.{decimals}f}"
    if number and text.startswith("-") and not text.strip("-0."):
        return text[1:]  # no “-0.00” for a small negative number
    return text
