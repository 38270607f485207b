"""Constraints that a table keeps without exception, found on a sample and proved on every row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from domain.datasets.constraint_rows import NUMBERS, breaks, floats
from domain.datasets.constraints import Constraint, Formula, Order, Range
from domain.datasets.entities import ColumnSpec, PiiAction, SdType, TableMetadata
from domain.datasets.formulas import Candidates, formula_candidates
from domain.datasets.spelling import parse_column
from domain.datasets.values import unheard

MIN_ROWS = 50
"""Rows with every cell of a rule filled: fewer prove nothing."""
SAMPLE_ROWS = 2_000
MAX_COLUMNS = 200
"""Columns that are compared with each other."""
MAX_SUGGESTIONS = 30
MIN_DISTINCT = 8
"""Flags and grades are not compared, nor computed."""
MIN_FACTORS = 3
"""A column of fewer values, such as a flag, takes no part in formulas."""
MIN_CHANCE = 0.02
"""Share of rows that would break an order if the columns had nothing to do with each other:
below it the order only says that one column holds smaller numbers."""
MIN_EXPECTED = 20
"""Rows that would break it by that chance; not one did."""
_CLOSE = 0.1
"""The smallest gaps of an order between numbers, as a share of the middle one."""
_PROBES = 48
_QUANTILES = 33

_PERCENT = re.compile(r"%|percent|\bpct\b|(^|_)perc(_|$)", re.IGNORECASE)
_WORD_RANGES: tuple[tuple[frozenset[str], str, str | None], ...] = (
    (frozenset({"age"}), "0", "120"),
    (frozenset({"lat", "latitude"}), "-90", "90"),
    (frozenset({"lon", "lng", "long", "longitude"}), "-180", "180"),
    (
        frozenset(
            (
                *("price", "cost", "costs", "amount", "salary", "income", "wage", "fee", "fare"),
                *("quantity", "qty", "count", "number", "num", "duration", "distance", "weight"),
                *("height", "length", "width", "area", "volume", "tenure", "dose", "visits"),
            )
        ),
        "0",
        None,
    ),
)
"""Quantities known by their names, with the bounds that nature sets."""
_WORDS = re.compile(r"[A-Za-z][a-z]*|[A-Z]+")

Floats = NDArray[np.float64]


@dataclass(slots=True, kw_only=True)
class _Column:
    spec: ColumnSpec
    values: Floats
    """Of the sampled rows, NaN where missing; moments as nanoseconds."""
    distinct: int

    @property
    def is_number(self) -> bool:
        return self.spec.sdtype in NUMBERS


def discover(
    text: pa.Table, table: TableMetadata, listen: Callable[[], None] = unheard
) -> tuple[Constraint, ...]:
    """Formulas, orders and natural ranges that every row of a text table keeps.

    Only columns that the twin takes its values from are looked at. The cost is bounded: pairs
    are tried on a few sampled rows, and only what survives is read in full. ``listen`` is called
    often, so that a cancel is heard.
    """
    if text.num_rows < MIN_ROWS:
        return ()
    varied = _columns(text, table, listen)
    columns = [c for c in varied if c.distinct >= MIN_DISTINCT]
    proof = _Proof(text, table, listen)
    formulas = proof.kept_formulas(formula_candidates(_candidates(varied), listen))
    orders = _orders(columns, formulas, proof)
    ranges = _ranges(columns, formulas, proof)
    found: tuple[Constraint, ...] = (*formulas, *orders, *ranges)
    return found[:MAX_SUGGESTIONS]


def _columns(text: pa.Table, table: TableMetadata, listen: Callable[[], None]) -> list[_Column]:
    """The numbers and moments of a sample of the rows; columns that hardly vary aside."""
    rows = np.arange(text.num_rows)
    if len(rows) > SAMPLE_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, SAMPLE_ROWS, replace=False))
    found = []
    for spec in table.columns:
        if spec.name == table.primary_key or spec.pii_action is not PiiAction.KEEP:
            continue
        listen()
        if spec.sdtype in NUMBERS or spec.sdtype is SdType.DATETIME:
            values = _plain(parse_column(text[spec.name].take(rows), spec))
            distinct = len(np.unique(values[~np.isnan(values)]))
            if distinct >= MIN_FACTORS:
                found.append(_Column(spec=spec, values=values, distinct=distinct))
    return sorted(found, key=lambda c: c.is_number)[:MAX_COLUMNS]


def _plain(column: pd.Series) -> Floats:
    if not pd.api.types.is_datetime64_any_dtype(column):
        return floats(column)
    moments = column.to_numpy("datetime64[ns]")
    return np.where(np.isnat(moments), np.nan, moments.astype(np.int64).astype(np.float64))


def _candidates(columns: Sequence[_Column]) -> Candidates:
    numbers = [c for c in columns if c.is_number]
    values = np.column_stack([c.values for c in numbers]) if numbers else np.zeros((0, 0))
    return Candidates(
        specs=tuple(c.spec for c in numbers),
        values=values,
        computable=tuple(c.distinct >= MIN_DISTINCT for c in numbers),
    )


class _Proof:
    """Whether rules hold on every row; parses only the columns that are asked for."""

    def __init__(self, text: pa.Table, table: TableMetadata, listen: Callable[[], None]) -> None:
        self.text, self.table, self.listen = text, table, listen
        self._parsed: dict[str, pd.Series] = {}

    def frame(self, names: Iterable[str]) -> pd.DataFrame:
        """The rows in which all of ``names`` are filled."""
        for name in names:
            self.listen()
            if name not in self._parsed:
                self._parsed[name] = parse_column(self.text[name], self.table.column(name))
        return pd.DataFrame({name: self._parsed[name] for name in names}).dropna()

    def holds(self, rule: Constraint) -> bool:
        """Without exception, and on enough rows."""
        frame = self.frame(rule.columns)
        return len(frame) >= MIN_ROWS and not breaks(rule, frame, self.table).any()

    def kept_formulas(self, candidates: Iterable[Sequence[Formula]]) -> tuple[Formula, ...]:
        """Of every relation the first reading that holds and fits what is kept already."""
        kept: list[Formula] = []
        for readings in candidates:
            fitting = (f for f in readings if _fits(f, kept) and self.proved(f))
            chosen = next(fitting, None)
            kept += [chosen] if chosen else []
        return tuple(kept)

    def proved(self, formula: Formula) -> bool:
        """Holds, and every part makes a difference on enough rows."""
        if not self.holds(formula):
            return False
        frame = self.frame(formula.columns)
        idle = 1.0 if any(len(t.columns) > 1 for t in formula.terms) else 0.0
        return all(
            int((floats(frame[part]) != idle).sum()) >= MIN_EXPECTED for part in formula.parts
        )


def _fits(formula: Formula, kept: Sequence[Formula]) -> bool:
    """Whether the target is not computed yet and the formulas stay without a circle."""
    targets = {f.column: f.parts for f in kept}
    if formula.column in targets:
        return False
    waiting, seen = list(formula.parts), set[str]()
    while waiting:
        part = waiting.pop()
        if part == formula.column:
            return False
        if part not in seen:
            seen.add(part)
            waiting += targets.get(part, ())
    return True


def _orders(
    columns: Sequence[_Column], formulas: Sequence[Formula], proof: _Proof
) -> tuple[Order, ...]:
    """Orders that do not follow from others or from a formula."""
    copies = {f.column for f in formulas if f.parts == f.columns[1:2]}
    columns = [c for c in columns if c.spec.name not in copies]
    implied = {(part, f.column) for f in formulas for part in f.parts}
    implied |= {(b, a) for a, b in implied}
    held: dict[tuple[str, str], bool] = {}
    for kind in (True, False):
        some = [c for c in columns if c.is_number is kind]
        for low, high in _ordered_pairs(some, proof.listen):
            names = (some[low].spec.name, some[high].spec.name)
            frame = proof.frame(names)
            if len(frame) >= MIN_ROWS and not (frame[names[0]] > frame[names[1]]).any():
                held[names] = bool((frame[names[0]] < frame[names[1]]).all())
    direct = [pair for pair in held if not _around(pair, {*held, *implied})]
    return tuple(
        Order(low=low, high=high, strict=held[low, high])
        for low, high in direct
        if (low, high) not in implied
    )


def _ordered_pairs(columns: Sequence[_Column], listen: Callable[[], None]) -> list[tuple[int, int]]:
    """Pairs of which one is never above the other in the sample, though it could be by chance."""
    if len(columns) < 2:
        return []
    values = np.column_stack([c.values for c in columns])
    probes = values[np.linspace(0, len(values) - 1, _PROBES).astype(int)]
    never = ~(probes[:, :, None] > probes[:, None, :]).any(axis=0)
    np.fill_diagonal(never, False)
    levels = np.linspace(0, 1, _QUANTILES)
    quantiles = np.nanquantile(values, levels, axis=0)
    found = []
    for low, high in zip(*map(np.ndarray.tolist, np.nonzero(never)), strict=True):
        listen()
        chance = float((quantiles[:, None, low] > quantiles[None, :, high]).mean())
        both = ~np.isnan(values[:, low] + values[:, high])
        if chance < MIN_CHANCE or chance * both.sum() < MIN_EXPECTED:
            continue
        gaps = values[both, high] - values[both, low]
        close = not columns[low].is_number or _reaches_zero(gaps)
        if not (gaps < 0).any() and (gaps > 0).mean() > MIN_CHANCE and close:
            found.append((low, high))
    return found


def _reaches_zero(gaps: Floats) -> bool:
    """Whether the smallest gaps are small: else the order holds because the columns are apart,
    not because something keeps them so. (The order of dates means something either way.)"""
    least, middle = np.quantile(gaps, [MIN_CHANCE, 0.5])
    return bool(least <= _CLOSE * middle)


def _around(pair: tuple[str, str], edges: set[tuple[str, str]]) -> bool:
    """Whether the pair's order follows from two others."""
    low, high = pair
    return any((low, m) in edges and (m, high) in edges for m in {b for a, b in edges if a == low})


def _ranges(
    columns: Sequence[_Column], formulas: Sequence[Formula], proof: _Proof
) -> tuple[Range, ...]:
    """Bounds that the name of a column promises and every row keeps."""
    computed = {f.column for f in formulas}
    numbers = [c for c in columns if c.is_number and c.spec.name not in computed]
    found = (_natural(c) for c in numbers)
    return tuple(rule for rule in found if rule is not None and proof.holds(rule))


def _natural(column: _Column) -> Range | None:
    name = column.spec.name
    if _PERCENT.search(name):
        most = "1" if np.nanmax(column.values) <= 1 else "100"
        return Range(column=name, minimum="0", maximum=most)
    words = {w.lower() for w in _WORDS.findall(name)}
    for known, low, high in _WORD_RANGES:
        if words & known:
            return Range(column=name, minimum=low, maximum=high)
    return None
