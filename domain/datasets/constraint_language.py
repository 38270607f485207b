"""The small language in which people write constraints.

::

    0 <= age <= 120        start < end        total = net + tax        vat = round(0.19 * net, 2)
    combination(city, country)        unique(a, b)        never(pregnant=true, sex=Male)

A name that is no plain word stands in double quotes or backticks; a quote inside is doubled.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.datasets.constraints import (
    Combination,
    Constraint,
    Formula,
    Never,
    Order,
    Range,
    Term,
    Unique,
    number_text,
)
from domain.kernel import BadInput

MAX_LENGTH = 2_000
MAX_TERMS = 200
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<moment>\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?)(?![\w-])
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)(?!\w)
    | (?P<name>[^\W\d]\w*)
    | "(?P<double>(?:[^"]|"")*)"
    | `(?P<back>(?:[^`]|``)*)`
    | (?P<sign><=|>=|==|<|>|=|\+|-|\*|/|\(|\)|,|≤|≥)
    )""",
    re.VERBOSE,
)
_VALUE = re.compile(r"""\s*(?:"((?:[^"]|"")*)"|`((?:[^`]|``)*)`|([^,()"`]+?))\s*(?=[,)])""")
_SAME_SIGN = {"≤": "<=", "≥": ">=", "==": "="}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_EXAMPLES = (
    "write it like 0 <= age <= 120, start < end, total = net + tax, "
    "combination(city, country), unique(a, b) or never(pregnant=true, sex=Male)"
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    end: int
    """Where the text goes on behind the token."""


_END = _Token("end", "the end", -1)
_Polynomial = dict[tuple[str, ...], float]
"""Factors by the columns they multiply, sorted."""


def parse_constraint(text: str) -> Constraint:
    """Read one rule; raises :class:`BadInput` saying what is wrong with it."""
    if len(text) > MAX_LENGTH:
        raise BadInput(f"A constraint takes at most {MAX_LENGTH} characters; shorten it.")
    try:
        return _Reader(text).constraint()
    except RecursionError:
        raise BadInput("A constraint is nested too deep; write it with fewer brackets.") from None


def parse_constraints(text: str) -> tuple[Constraint, ...]:
    """Read one rule a line; empty lines do not count."""
    return tuple(parse_constraint(line) for line in text.splitlines() if line.strip())


class _Reader:
    """Goes through one text from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text.strip(), 0

    def constraint(self) -> Constraint:
        found = self.call(self.take().text) if self.sees_call() else self.relation()
        if self.peek() is not _END:
            raise self.unreadable(f"does not end where it could, before “{self.peek().text}”")
        return found

    def peek(self) -> _Token:
        if self.at >= len(self.text.rstrip()):
            return _END
        match = _TOKEN.match(self.text, self.at)
        if match is None or match.lastgroup is None:
            raise self.unreadable("has a character or an open quote that cannot be read")
        kind, text = match.lastgroup, match[match.lastgroup]
        if kind in ("double", "back"):
            mark = '"' if kind == "double" else "`"
            kind, text = "quoted", text.replace(mark * 2, mark)
        return _Token(kind, _SAME_SIGN.get(text, text) if kind == "sign" else text, match.end())

    def take(self) -> _Token:
        token = self.peek()
        self.at = token.end if token is not _END else self.at
        return token

    def take_sign(self, *signs: str) -> str:
        token = self.take()
        if token.kind != "sign" or token.text not in signs:
            wanted = " or ".join(f"“{sign}”" for sign in signs)
            raise self.unreadable(f"needs {wanted} instead of “{token.text}”")
        return token.text

    def sees(self, *signs: str) -> bool:
        token = self.peek()
        return token.kind == "sign" and token.text in signs

    def sees_call(self) -> bool:
        """Whether a word with an opening bracket comes next."""
        token = self.peek()
        return token.kind == "name" and self.text[token.end :].lstrip().startswith("(")

    def refusal(self, what: str) -> BadInput:
        """``what`` says the reason and what to do."""
        return BadInput(f"The constraint “{self.text}” {what}.")

    def unreadable(self, what: str) -> BadInput:
        """Of text that is no rule at all: how rules are written helps."""
        return self.refusal(f"{what}; {_EXAMPLES}")

    def call(self, word: str) -> Constraint:
        """``combination(…)``, ``unique(…)`` or ``never(…)``."""
        kinds: Mapping[str, Callable[[], Constraint]] = {
            "combination": lambda: Combination(columns=self.names(at_least=2)),
            "unique": lambda: Unique(columns=self.names(at_least=1)),
            "never": self.never,
        }
        if word.lower() not in kinds:
            raise self.unreadable(f"begins with the unknown word “{word}”")
        self.take_sign("(")
        return kinds[word.lower()]()

    def names(self, at_least: int) -> tuple[str, ...]:
        found = [self.name()]
        while self.take_sign(",", ")") == ",":
            found.append(self.name())
        self.refuse_few(found, at_least)
        return tuple(found)

    def name(self) -> str:
        token = self.take()
        if token.kind not in ("name", "quoted"):
            raise self.unreadable(f"needs a column instead of “{token.text}”")
        return token.text

    def refuse_few(self, names: list[str], at_least: int) -> None:
        if len(names) < at_least:
            raise self.refusal(f"needs at least {at_least} columns; add one")
        repeated = [name for name, count in Counter(names).items() if count > 1]
        if repeated:
            raise self.refusal(f"names the column “{repeated[0]}” twice; remove one")

    def never(self) -> Never:
        cells = [self.cell()]
        while self.take_sign(",", ")") == ",":
            cells.append(self.cell())
        self.refuse_few([column for column, _ in cells], 2)
        return Never(cells=tuple(cells))

    def cell(self) -> tuple[str, str]:
        column = self.name()
        self.take_sign("=")
        match = _VALUE.match(self.text, self.at)
        if match is None:
            raise self.unreadable(f"needs a value behind “{column}=”")
        self.at = match.end()
        double, back, plain = match.groups()
        if plain is not None:
            return column, plain
        return column, double.replace('""', '"') if double is not None else back.replace("``", "`")

    def relation(self) -> Constraint:
        """A range, an order or a formula: what stands on both sides decides."""
        left = self.side()
        if self.sees("="):
            return self.formula(left)
        signs, sides = [], [left]
        while self.sees("<", "<=", ">", ">="):
            signs.append(self.take().text)
            sides.append(self.side())
        if not signs:
            raise self.unreadable("compares nothing")
        return self.comparison(signs, sides)

    def comparison(self, signs: list[str], sides: list[str | _Polynomial]) -> Constraint:
        if len(signs) == 1:
            return self.single(signs[0], self.operand(sides[0]), self.operand(sides[1]))
        if len(signs) > 2:
            raise self.refusal("compares more than three things; split it")
        if signs[0][0] != signs[1][0]:
            raise self.unreadable("turns its signs against each other")
        if signs[0].startswith(">"):
            sides, signs = sides[::-1], signs[::-1]
        low, middle, high = map(self.operand, sides)
        first, second = signs
        if low.is_column or high.is_column or not middle.is_column:
            raise self.refusal("needs a column between two bounds, or two columns; split it")
        return Range(
            column=middle.text,
            minimum=low.text,
            maximum=high.text,
            above=not first.endswith("="),
            below=not second.endswith("="),
        )

    def single(self, sign: str, left: _Operand, right: _Operand) -> Constraint:
        if sign.startswith(">"):
            sign, left, right = _TURNED[sign], right, left
        strict = sign == "<"
        if left.is_column and right.is_column:
            if left.text == right.text:
                raise self.refusal(f"compares the column “{left.text}” with itself; name another")
            return Order(low=left.text, high=right.text, strict=strict)
        if left.is_column:
            return Range(column=left.text, maximum=right.text, below=strict)
        if right.is_column:
            return Range(column=right.text, minimum=left.text, above=strict)
        raise self.unreadable("names no column")

    def operand(self, side: str | _Polynomial) -> _Operand:
        if isinstance(side, str):
            return _Operand(side, is_column=False)
        if len(side) == 1:
            ((columns, factor),) = side.items()
            if not columns:
                return _Operand(number_text(factor), is_column=False)
            if len(columns) == 1 and factor == 1:
                return _Operand(columns[0], is_column=True)
        raise self.refusal("compares a calculation; give it a column of its own")

    def formula(self, left: str | _Polynomial) -> Formula:
        target = self.operand(left)
        self.take_sign("=")
        right, decimals = self.rounded() if self.sees_call() else (self.side(), None)
        if not target.is_column:
            raise self.refusal(
                "needs a single column on the left of “=”; turn it round or split it"
            )
        if isinstance(right, str) or not any(columns for columns, f in right.items() if f):
            raise self.refusal(
                "needs a column on the right of “=”; name the columns to compute from"
            )
        if not all(map(math.isfinite, right.values())):
            raise self.refusal("has a number too large to calculate with; write a smaller one")
        terms = tuple(Term(factor=f, columns=c) for c, f in right.items() if f)
        found = Formula(column=target.text, terms=terms, decimals=decimals)
        if target.text in found.parts:
            raise self.refusal(
                f"computes the column “{target.text}” from itself; leave it out on the right"
            )
        return found

    def rounded(self) -> tuple[_Polynomial, int]:
        """``round(…, decimals)``."""
        word = self.take().text
        if word.lower() != "round":
            raise self.refusal(
                f"calculates with the unknown word “{word}”; only round(…, decimals) is known"
            )
        self.take_sign("(")
        inside = self.sum()
        self.take_sign(",")
        places = self.take()
        if not re.fullmatch(r"\d|1[0-5]", places.text):
            raise self.refusal("needs a whole number of decimals from 0 to 15 behind the comma")
        self.take_sign(")")
        return inside, int(places.text)

    def side(self) -> str | _Polynomial:
        """A moment, or sums and products of numbers and columns."""
        if self.peek().kind == "moment":
            return self.take().text.replace(" ", "T")
        return self.sum()

    def sum(self) -> _Polynomial:
        total = self.product()
        while self.sees("+", "-"):
            sign = -1.0 if self.take().text == "-" else 1.0
            for columns, factor in self.product().items():
                total[columns] = total.get(columns, 0.0) + sign * factor
        return total

    def product(self) -> _Polynomial:
        found = self.factor()
        while self.sees("*", "/"):
            if self.take().text == "/":
                raise self.refusal("divides; write it as a product instead, such as a = b * c")
            found = self.multiplied(found, self.factor())
        return found

    def multiplied(self, left: _Polynomial, right: _Polynomial) -> _Polynomial:
        found: _Polynomial = {}
        if len(left) * len(right) > MAX_TERMS:
            raise self.refusal("is too long a calculation; split it")
        for a, x in left.items():
            for b, y in right.items():
                columns = tuple(sorted((*a, *b)))
                found[columns] = found.get(columns, 0.0) + x * y
        return found

    def factor(self) -> _Polynomial:
        if self.sees("-", "+"):
            sign = -1.0 if self.take().text == "-" else 1.0
            return {columns: sign * factor for columns, factor in self.factor().items()}
        if self.sees("("):
            self.take()
            inside = self.sum()
            self.take_sign(")")
            return inside
        token = self.take()
        if token.kind == "number":
            return {(): self.number(token.text)}
        if token.kind in ("name", "quoted"):
            return {(token.text,): 1.0}
        raise self.unreadable(f"needs a column or a number instead of “{token.text}”")

    def number(self, text: str) -> float:
        number = float(text)
        if not math.isfinite(number):
            raise self.refusal("has a number too large to calculate with; write a smaller one")
        return number


@dataclass(frozen=True, slots=True)
class _Operand:
    text: str
    is_column: bool
