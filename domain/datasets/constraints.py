"""Rules that every row of a twin keeps, as values; their text is the form in which they are kept.

A rule says nothing about a row in which one of its cells is missing; only a combination counts
“missing” as a value like any other. :mod:`domain.datasets.constraint_language` reads the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BARE_NAME = re.compile(r"[^\W\d]\w*")
"""Column names that stand in a rule without quotes."""
BARE_VALUE = re.compile(r"[\w.+-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Numbers or moments between bounds, of which one may be open (``None``)."""

    column: str
    minimum: str | None = None
    """A number, or a moment as ISO 8601."""
    maximum: str | None = None
    above: bool = False
    """The minimum itself is outside."""
    below: bool = False
    """The maximum itself is outside."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def __str__(self) -> str:
        name = quoted(self.column)
        if self.minimum is None:
            return f"{name} {_less(self.below)} {self.maximum}"
        if self.maximum is None:
            return f"{name} {'>' if self.above else '>='} {self.minimum}"
        return f"{self.minimum} {_less(self.above)} {name} {_less(self.below)} {self.maximum}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One column never above (``strict``: always below) another: numbers, or moments."""

    low: str
    high: str
    strict: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.low, self.high)

    def __str__(self) -> str:
        return f"{quoted(self.low)} {_less(self.strict)} {quoted(self.high)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """Columns of which only combinations come out that went in."""

    columns: tuple[str, ...]

    def __str__(self) -> str:
        return f"combination({', '.join(map(quoted, self.columns))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique:
    """No two rows agree in all of these columns (rows with a missing cell aside)."""

    columns: tuple[str, ...]

    def __str__(self) -> str:
        return f"unique({', '.join(map(quoted, self.columns))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A number times columns; without columns, a constant."""

    factor: float
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A column that is the sum of ``terms``, rounded to ``decimals``, or to the column's own."""

    column: str
    terms: tuple[Term, ...]
    decimals: int | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column, *self.parts)

    @property
    def parts(self) -> tuple[str, ...]:
        """The columns that the formula reads, each once."""
        return tuple(dict.fromkeys(name for term in self.terms for name in term.columns))

    def __str__(self) -> str:
        first, *rest = self.terms
        words = ("-" if first.factor < 0 else "") + _product(first)
        for term in rest:
            words += f" {'-' if term.factor < 0 else '+'} {_product(term)}"
        if self.decimals is not None:
            words = f"round({words}, {self.decimals})"
        return f"{quoted(self.column)} = {words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """Values that do not stand together in one row."""

    cells: tuple[tuple[str, str], ...]
    """Columns with a value each: as in the file, or ``true`` and ``false`` for yes-or-no."""

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column for column, _ in self.cells)

    def __str__(self) -> str:
        cells = (f"{quoted(column)}={_value(value)}" for column, value in self.cells)
        return f"never({', '.join(cells)})"


Constraint = Range | Order | Combination | Unique | Formula | Never


def quoted(name: str) -> str:
    """A column's name as it stands in a rule: in double quotes unless it is a plain word."""
    return name if BARE_NAME.fullmatch(name) else _in_quotes(name)


def number_text(number: float) -> str:
    """The shortest text that reads back as the same number."""
    return repr(float(number)).removesuffix(".0")


def _less(strict: bool) -> str:
    return "<" if strict else "<="


def _value(value: str) -> str:
    return value if BARE_VALUE.fullmatch(value) else _in_quotes(value)


def _in_quotes(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _product(term: Term) -> str:
    size = abs(term.factor)
    number = [number_text(size)] if size != 1 or not term.columns else []
    return " * ".join([*number, *map(quoted, term.columns)])
