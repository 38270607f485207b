"""Sums and products among numeric columns, sought on a few rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.datasets.constraints import Formula, Term
from domain.datasets.entities import ColumnSpec, SdType
from domain.datasets.values import unheard

MAX_COLUMNS = 150
"""Columns of which every pair is tried."""
MAX_LONG_COLUMNS = 100
MIN_STEPS = 20
"""A target must spread over so many times what rounding allows: else anything would fit."""
MAX_PARTS = 12
_MAX_DECIMALS = 6
_NEAR = 1e-9
_WHOLE = 1e-5
"""How near to -1, 0 or 1 a coefficient of a long sum must come."""
_MORE_ROWS = 64
_INDEPENDENT = 1e-9
"""Singular values below this share of the largest count as nothing."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Numeric columns that vary, with sampled values of shape ``(rows, columns)``."""

    specs: tuple[ColumnSpec, ...]
    values: Floats
    """NaN where missing."""
    computable: tuple[bool, ...]
    """Which may be the result of a formula; the others only take part in it."""

    def first(self, count: int) -> Candidates:
        """The first ``count`` columns."""
        return Candidates(
            specs=self.specs[:count],
            values=self.values[:, :count],
            computable=self.computable[:count],
        )


def formula_candidates(
    columns: Candidates, listen: Callable[[], None] = unheard
) -> Iterator[tuple[Formula, ...]]:
    """Relations that hold on the sampled rows: for each the ways to read it, best first.

    Copies come first, then products, sums of two and longer sums. They still have to be proved.
    ``listen`` is called for every column, so that a cancel is heard.
    """
    if columns.values.size == 0:
        return
    columns = columns.first(MAX_COLUMNS)
    tolerance, places = _tolerances(columns)
    copies = _copies(columns, tolerance, listen)
    for target, source in copies.items():
        yield (_formula(columns, places, target, [(1, (source,))]),)
    usable = [i for i in range(len(columns.specs)) if i not in copies]
    for times in (True, False):
        triples = _triples(columns.values, tolerance, usable, listen, times=times)
        for target, left, right in triples:
            yield _readings(columns, places, target, left, right, times=times)
    listen()
    yield from _long_sums(columns, places, usable[:MAX_LONG_COLUMNS])


def _tolerances(columns: Candidates) -> tuple[Floats, list[int | None]]:
    """What rounding may take from each column as a target, and its decimals; a column that is no
    target, or spreads too little for its rounding, gets none (``-1``)."""
    found, places = [], []
    for spec, values, computable in zip(
        columns.specs, columns.values.T, columns.computable, strict=True
    ):
        present = values[~np.isnan(values)]
        decimals = _decimals(spec, present)
        size = float(np.abs(present).max(initial=1.0))
        allowed = (0.5 * 10.0**-decimals if decimals is not None else 0.0) + _NEAR * size
        low, high = np.quantile(present, [0.1, 0.9])
        spread = high - low >= MIN_STEPS * allowed
        found.append(allowed if computable and spread else -1.0)
        places.append(decimals)
    return np.array(found), places


def _decimals(spec: ColumnSpec, present: Floats) -> int | None:
    if spec.sdtype is SdType.INTEGER:
        return 0
    if spec.decimals is not None:
        return spec.decimals
    for places in range(_MAX_DECIMALS + 1):
        if np.array_equal(np.round(present, places), present):
            return places
    return None


def _copies(columns: Candidates, tolerance: Floats, listen: Callable[[], None]) -> dict[int, int]:
    """Columns that repeat an earlier one, with that one."""
    found: dict[int, int] = {}
    values = columns.values
    for target in range(1, values.shape[1]):
        listen()
        others = [i for i in range(target) if i not in found]
        same = _agree(values[:, [target]], values[:, others])
        if tolerance[target] >= 0 and same.any():
            found[target] = others[int(np.argmax(same))]
    return found


def _agree(one: Floats, others: Floats) -> NDArray[np.bool_]:
    """Which columns equal ``one`` wherever both are filled (and some are)."""
    differ = np.abs(one - others) > _NEAR * np.maximum(1.0, np.abs(one))
    compared = (~np.isnan(one - others)).sum(axis=0)
    return np.asarray(~differ.any(axis=0) & (compared > 1))


def _triples(
    values: Floats,
    tolerance: Floats,
    usable: list[int],
    listen: Callable[[], None],
    *,
    times: bool,
) -> Iterator[tuple[int, int, int]]:
    """``(target, left, right)`` where target = left + right, or left * right, on every row.

    Rows are tried one after another on the pairs that are left, which are few after two rows.
    """
    if len(usable) < 3:
        return
    lefts, rights = (np.array(usable)[i] for i in np.triu_indices(len(usable), 1))
    for target in (i for i in usable if tolerance[i] >= 0):
        listen()
        other = (lefts != target) & (rights != target)
        left, right = lefts[other], rights[other]
        seen = np.zeros(len(left), dtype=np.int64)
        for row in values[~np.isnan(values[:, target])]:
            result = row[left] * row[right] if times else row[left] + row[right]
            with np.errstate(invalid="ignore"):
                kept = ~(np.abs(row[target] - result) > tolerance[target])
            seen = (seen + ~np.isnan(result))[kept]
            left, right = left[kept], right[kept]
            if not len(left):
                break
        enough = seen >= MIN_STEPS
        for a, b in zip(left[enough].tolist(), right[enough].tolist(), strict=True):
            yield target, a, b


def _readings(
    columns: Candidates,
    places: list[int | None],
    target: int,
    left: int,
    right: int,
    *,
    times: bool,
) -> tuple[Formula, ...]:
    """A product one way; a sum as a sum, or as one of the two differences."""
    if times:
        return (_formula(columns, places, target, [(1, (left, right))]),)
    return (
        _formula(columns, places, target, [(1, (left,)), (1, (right,))]),
        _formula(columns, places, left, [(1, (target,)), (-1, (right,))]),
        _formula(columns, places, right, [(1, (target,)), (-1, (left,))]),
    )


def _formula(
    columns: Candidates,
    places: list[int | None],
    target: int,
    terms: list[tuple[int, tuple[int, ...]]],
) -> Formula:
    """The formula, with its rounding where the column's own says nothing and it matters."""
    spec = columns.specs[target]
    rounds = spec.sdtype is SdType.FLOAT and spec.decimals is None and len(terms[0][1]) > 1
    return Formula(
        column=spec.name,
        terms=tuple(
            Term(factor=float(f), columns=tuple(columns.specs[i].name for i in names))
            for f, names in terms
        ),
        decimals=places[target] if rounds else None,
    )


def _long_sums(
    columns: Candidates, places: list[int | None], usable: list[int]
) -> Iterator[tuple[Formula, ...]]:
    """Sums of three and more columns, read off the linear dependences among all of them."""
    values = columns.values[:, usable]
    values = values[~np.isnan(values).any(axis=1)][: 2 * len(usable) + _MORE_ROWS]
    if len(usable) < 4 or len(values) < len(usable) + MIN_STEPS:
        return
    scale = np.abs(values).max(axis=0)
    for relation in _relations(values / np.where(scale > 0, scale, 1.0)):
        weights = relation / np.where(scale > 0, scale, 1.0)
        weights = weights / np.abs(weights).max()
        weights[np.abs(weights) < _WHOLE] = 0
        signs = np.round(weights)
        parts = np.flatnonzero(signs)
        if np.abs(weights - signs).max() < _WHOLE and 3 < len(parts) <= MAX_PARTS + 1:
            yield _sum_readings(columns, places, signs, [usable[i] for i in parts], parts)


def _relations(values: Floats) -> Iterator[Floats]:
    """A basis of the vectors that multiply every row to nothing, each with few entries."""
    _, sizes, vectors = np.linalg.svd(values, full_matrices=False)
    null = vectors[sizes <= _INDEPENDENT * sizes[0]]
    if not len(null):
        return
    for row in range(len(null)):
        pivot = int(np.argmax(np.abs(null[row])))
        null[row] /= null[row, pivot]
        others = np.arange(len(null)) != row
        null[others] -= np.outer(null[others, pivot], null[row])
    yield from null


def _sum_readings(
    columns: Candidates,
    places: list[int | None],
    signs: Floats,
    names: list[int],
    parts: NDArray[np.intp],
) -> tuple[Formula, ...]:
    """Every column of the relation as the target; one that is a plain sum of the rest first."""
    readings = []
    for at, target in zip(parts.tolist(), names, strict=True):
        rest = [(i, n) for i, n in zip(parts.tolist(), names, strict=True) if n != target]
        terms = [(int(-signs[i] * signs[at]), (n,)) for i, n in rest]
        readings.append(_formula(columns, places, target, sorted(terms, key=lambda t: -t[0])))
    return tuple(sorted(readings, key=lambda f: sum(t.factor < 0 for t in f.terms)))
