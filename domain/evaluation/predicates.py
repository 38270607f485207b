"""Conditions that pick rows out of a table: made from synthetic rows, tried on real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from domain.evaluation.comparison import Comparison

COLUMNS = 4
"""Columns that a multivariate predicate speaks of."""

MAX_PREDICATES = 1_000

_TRIES = 20
"""Synthetic rows tried for each multivariate predicate wanted."""

Columns = Mapping[str, np.ndarray]
"""A table without repeated rows, as numbers: categories are coded, NaN is missing."""

_OPERATORS: Mapping[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "is": np.equal,
    "is not": np.not_equal,
    "at least": np.greater_equal,
    "at most": np.less_equal,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One column's part of a predicate."""

    column: str
    operator: str
    value: float | None
    """``None``: the cell is missing."""

    def rows(self, table: Columns) -> np.ndarray:
        """For each row whether it fulfils the term."""
        values = table[self.column]
        if self.value is None:
            return np.isnan(values)
        return np.asarray(_OPERATORS[self.operator](values, self.value), bool)


Predicate = tuple[Term, ...]


def matches(predicate: Predicate, table: Columns) -> tuple[int, int]:
    """How many rows fulfil the predicate, and the place of the first that does (else 0)."""
    fulfilled = predicate[0].rows(table)
    for term in predicate[1:]:
        fulfilled = fulfilled & term.rows(table)
    return int(np.count_nonzero(fulfilled)), int(fulfilled.argmax())


def coded(comparison: Comparison, frames: Sequence[pd.DataFrame]) -> list[Columns]:
    """The frames as numbers, with the same codes in all of them. Repeated rows stay."""
    tables: list[dict[str, np.ndarray]] = [
        {c: frame[c].to_numpy(float) for c in comparison.numeric} for frame in frames
    ]
    for c in comparison.categorical:
        codes, _ = pd.factorize(np.concatenate([frame[c].to_numpy(object) for frame in frames]))
        ends = np.cumsum([len(frame) for frame in frames])[:-1]
        for table, part in zip(tables, np.split(codes.astype(float), ends), strict=True):
            table[c] = part
    return [dict(table) for table in tables]


def univariate(
    comparison: Comparison, twin: Columns, random: np.random.Generator
) -> list[Predicate]:
    """Predicates of one column that a single synthetic row fulfils: what it alone has."""
    found = [(t,) for c in comparison.columns for t in _lone(c, twin[c], c in comparison.numeric)]
    order = random.permutation(len(found))[:MAX_PREDICATES]
    return [found[i] for i in order]


def _lone(column: str, values: np.ndarray, is_number: bool) -> Iterator[Term]:
    missing = np.isnan(values)
    if np.count_nonzero(missing) == 1:
        yield Term(column=column, operator="is", value=None)
    different, counts = np.unique(values[~missing], return_counts=True)
    for value in different[counts == 1]:
        yield Term(column=column, operator="is", value=float(value))
    if is_number and len(different):
        if counts[0] == 1:
            yield Term(column=column, operator="at most", value=float(different[0]))
        if counts[-1] == 1:
            yield Term(column=column, operator="at least", value=float(different[-1]))


def multivariate(
    comparison: Comparison, twin: Columns, random: np.random.Generator
) -> list[Predicate]:
    """Predicates of several columns that a single synthetic row fulfils, no more than it has rows.

    Each is made from a random row: as extreme as its numbers, and of its categories.
    """
    rows = len(twin[comparison.columns[0]])
    medians = {c: _median(twin[c]) for c in comparison.numeric}
    found: dict[Predicate, None] = {}
    wanted = min(rows, MAX_PREDICATES)
    for _ in range(_TRIES * wanted):
        predicate = _of_row(comparison, twin, int(random.integers(rows)), medians, random)
        if predicate not in found and matches(predicate, twin)[0] == 1:
            found[predicate] = None
        if len(found) == wanted:
            break
    return list(found)


def _of_row(
    comparison: Comparison,
    twin: Columns,
    row: int,
    medians: Mapping[str, float],
    random: np.random.Generator,
) -> Predicate:
    chosen = random.permutation(len(comparison.columns))[:COLUMNS]
    return tuple(
        _extreme(c, float(twin[c][row]), medians.get(c))
        for c in (comparison.columns[i] for i in sorted(chosen))
    )


def _extreme(column: str, value: float, median: float | None) -> Term:
    if np.isnan(value):
        return Term(column=column, operator="is", value=None)
    if median is None:
        return Term(column=column, operator="is", value=value)
    return Term(column=column, operator="at least" if value > median else "at most", value=value)


def _median(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")


def guessed(
    comparison: Comparison, twin: Columns, count: int, width: int, random: np.random.Generator
) -> list[Predicate]:
    """As many random predicates of ``width`` columns: the twin's values, but no row of it."""
    different = {c: np.unique(twin[c]) for c in comparison.columns}
    return [
        tuple(
            _random_term(comparison, c, different[c], random)
            for c in (
                comparison.columns[i] for i in random.permutation(len(comparison.columns))[:width]
            )
        )
        for _ in range(count)
    ]


def _random_term(
    comparison: Comparison, column: str, values: np.ndarray, random: np.random.Generator
) -> Term:
    allowed = list(_OPERATORS) if column in comparison.numeric else ["is", "is not"]
    value = float(values[int(random.integers(len(values)))])
    return Term(
        column=column,
        operator=allowed[int(random.integers(len(allowed)))],
        value=None if np.isnan(value) else value,
    )
