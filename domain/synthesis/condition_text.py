"""Conditions as a person writes them: ``sex=Female``, ``age>=65``, ``state in CA, "New, York"``.

Reading is by syntax alone: values stay as they were typed, and nothing is known of any table (see
:mod:`domain.synthesis.condition_checks` for that). A refusal names the place, never the values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from domain.synthesis.bad_condition import BadCondition as BadCondition
from domain.synthesis.conditions import (
    Amplification,
    Condition,
    Operator,
    SampleSpec,
    Stratification,
)
from domain.synthesis.length_text import parse_lengths

ALL_COLUMNS = "*"
"""What ``impute`` holds until the columns are known, for “all”."""

_SYMBOLS = {
    "==": Operator.IS,
    "=": Operator.IS,
    "!=": Operator.NOT,
    "<>": Operator.NOT,
    ">=": Operator.AT_LEAST,
    "<=": Operator.AT_MOST,
    ">": Operator.ABOVE,
    "<": Operator.BELOW,
}
_QUOTED = r'"(?:[^"]|"")*"'
# Blanks are matched from their first one only: a long run of them would take a square of steps.
_SYMBOL = re.compile(r"(?<!\s)\s*(==|=|!=|<>|>=|<=|>|<)\s*")
_LIST = re.compile(r"(?<!\s)\s+(not\s+in|in)\s+", re.IGNORECASE)
_STATE = re.compile(r"(?<!\s)\s+is\s+(not\s+missing|missing|present)\s*$", re.IGNORECASE)
_RANGE = re.compile(r"(.*?\S)\s*\.\.\s*(\S.*)", re.DOTALL)
_EXAMPLES = "write it like sex=Female, age>=65, age=20..30, state in CA,NY or income is missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecWords:
    """What a person typed for a sample, line by line."""

    where: Sequence[str] = ()
    amplify: Sequence[str] = ()
    stratify: Sequence[str] = ()
    impute: Sequence[str] = ()
    events: Sequence[str] = ()
    """Of an event log: how many events a history has (see ``length_text``), one line at most."""
    since: Sequence[str] = ()
    until: Sequence[str] = ()

    @property
    def lines(self) -> int:
        """How many lines say something."""
        return sum(len(_lines(part)) for part in self.parts.values())

    @property
    def parts(self) -> dict[str, Sequence[str]]:
        """The lines by the name of their field."""
        return {
            "where": self.where,
            "amplify": self.amplify,
            "stratify": self.stratify,
            "impute": self.impute,
            "events": self.events,
            "since": self.since,
            "until": self.until,
        }


NO_WORDS = SpecWords()


def parse_spec(words: SpecWords) -> SampleSpec:
    """The spec in the words' own values; raises :class:`BadCondition` with the place."""
    return SampleSpec(
        where=tuple(c for line in _numbered("where", words.where) for c in line.conditions()),
        amplify=tuple(line.amplification() for line in _numbered("amplify", words.amplify)),
        stratify=_stratification(_numbered("stratify", words.stratify)),
        impute=tuple(
            dict.fromkeys(c for line in _numbered("impute", words.impute) for c in line.columns())
        ),
        lengths=parse_lengths(words.events, words.since, words.until),
    )


def _lines(lines: Sequence[str]) -> list[str]:
    return [line.strip() for line in lines if line.strip()]


def _numbered(field: str, lines: Sequence[str]) -> list[_Line]:
    found = _lines(lines)
    return [_Line(field, i if len(found) > 1 else 0, text) for i, text in enumerate(found, 1)]


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of one field, cut up by its readers."""

    field: str
    number: int
    """Counts from 1; 0 when it is the only one."""
    text: str

    def refuse(self, what: str) -> BadCondition:
        which = f"{self.field} {self.number}" if self.number else self.field
        return BadCondition(self.field, f"In “{which}”, {what}.")

    def conditions(self) -> tuple[Condition, ...]:
        """One condition, or two for a range."""
        column, rest = self._column()
        if state := _STATE.fullmatch(rest):
            word = " ".join(state[1].lower().split())
            test = Operator.MISSING if word == "missing" else Operator.PRESENT
            return (Condition(column=column, test=test),)
        if listed := _LIST.match(rest):
            values = self._values(rest[listed.end() :], column)
            test = Operator.IS if listed[1].lower() == "in" else Operator.NOT
            return (Condition(column=column, test=test, values=values),)
        symbol = _SYMBOL.match(rest)
        if symbol is None:
            raise self.refuse(f"no test follows the column “{column}”; {_EXAMPLES}")
        return self._compared(column, symbol[1], rest[symbol.end() :])

    def _compared(self, column: str, symbol: str, value: str) -> tuple[Condition, ...]:
        test = _SYMBOLS[symbol]
        if value[:1] in ("=", "<", ">", "!"):
            raise self.refuse(
                f"the test behind “{column}” is wrong; write one of =, !=, <, <=, > and >=, "
                "and put a value that starts with such a sign in quotes"
            )
        if symbol == "=" and (span := _RANGE.fullmatch(value)) and not value.startswith('"'):
            return (
                Condition(
                    column=column, test=Operator.AT_LEAST, values=(self._value(span[1], column),)
                ),
                Condition(
                    column=column, test=Operator.AT_MOST, values=(self._value(span[2], column),)
                ),
            )
        return (Condition(column=column, test=test, values=(self._value(value, column),)),)

    def _column(self) -> tuple[str, str]:
        """The column's name, and what stands behind it."""
        if self.text.startswith('"'):
            quoted = re.match(_QUOTED, self.text)
            if quoted is None:
                raise self.refuse("the quote at character 1 is not closed; close it")
            return self._named(_unquoted(quoted[0])), self.text[quoted.end() :]
        ends = [
            found.start()
            for pattern in (_SYMBOL, _LIST, _STATE)
            if (found := pattern.search(_blanked(self.text)))
        ]
        end = min(ends, default=len(self.text))
        return self._named(self.text[:end].strip()), self.text[end:]

    def _named(self, name: str) -> str:
        if not name:
            raise self.refuse(f"a column's name is missing at character 1; {_EXAMPLES}")
        return name

    def _value(self, text: str, column: str) -> str:
        text = text.strip()
        if not text:
            raise self.refuse(
                f"a value is missing behind “{column}”; for empty cells write {column} is missing"
            )
        if not text.startswith('"'):
            return text
        if not re.fullmatch(_QUOTED, text):
            raise self.refuse(
                f"the quotes around the value of “{column}” do not fit; open and close them once, "
                'and write "" for a quote inside'
            )
        return _unquoted(text)

    def _values(self, text: str, column: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._value(part, column) for part in _split(text, ",")))

    def amplification(self) -> Amplification:
        """A condition and a factor behind the last colon."""
        said, factor = self._behind_colon("a factor", "is_fraud=true:10")
        found = _Line(self.field, self.number, said).conditions()
        if len(found) > 1:
            raise self.refuse("a range cannot be amplified; write one test such as age>=65:3")
        return Amplification(condition=found[0], factor=factor)

    def _behind_colon(self, what: str, example: str) -> tuple[str, float]:
        parts = _split(self.text, ":")
        if len(parts) < 2:
            raise self.refuse(f"{what} is missing; write it behind a colon, as in {example}")
        return ":".join(parts[:-1]).strip(), self._number(parts[-1], what)

    def _number(self, text: str, what: str) -> float:
        text = text.strip()
        percent = text.endswith("%")
        try:
            number = float(text.removesuffix("%")) / (100 if percent else 1)
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and number >= 0):
            raise self.refuse(f"{what} is a number, but none stands behind the last colon")
        return number

    def shares(self) -> tuple[str, dict[str, float]]:
        """The column, and the share of each named value; none for a bare column."""
        if not _SYMBOL.search(_blanked(self.text)):
            return self._bare(), {}
        column, rest = self._column()
        symbol = _SYMBOL.match(rest)
        if symbol is None or _SYMBOLS[symbol[1]] is not Operator.IS:
            raise self.refuse("shares are set for single values; write it like sex=Female:0.5")
        found: dict[str, float] = {}
        for part in _split(rest[symbol.end() :], ","):
            line = _Line(self.field, self.number, part)
            value, share = line._behind_colon("a share", "sex=Female:0.5")
            _share(found, self._value(value, column), share, column)
        return column, found

    def columns(self) -> tuple[str, ...]:
        """Names between commas, or “all”."""
        if self.text.lower() == "all":
            return (ALL_COLUMNS,)
        return tuple(
            _Line(self.field, self.number, part)._bare() for part in _split(self.text, ",")
        )

    def _bare(self) -> str:
        text = self.text.strip()
        return self._named(_unquoted(text) if re.fullmatch(_QUOTED, text) else text)


def _stratification(lines: list[_Line]) -> Stratification | None:
    """All lines together: they speak of one column."""
    column: str | None = None
    shares: dict[str, float] = {}
    for line in lines:
        name, found = line.shares()
        if column is not None and name != column:
            raise line.refuse("a second column is named; one column at a time can be stratified")
        column = name
        for value, share in found.items():
            _share(shares, value, share, column)
    return None if column is None else Stratification(column=column, shares=shares)


def _share(shares: dict[str, float], value: str, share: float, column: str) -> None:
    if value in shares:
        raise BadCondition("stratify", f"One value of “{column}” has two shares; set one.")
    shares[value] = share


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"')


def _blanked(text: str) -> str:
    """The text with everything in quotes replaced, character by character."""
    return re.sub(_QUOTED, lambda m: "_" * len(m[0]), text)


def _split(text: str, separator: str) -> list[str]:
    """The parts between separators outside quotes."""
    shape, parts, start = _blanked(text), [], 0
    for end in [i for i, c in enumerate(shape) if c == separator]:
        parts.append(text[start:end])
        start = end + 1
    return [*parts, text[start:]]


_BOUNDS = (Operator.ABOVE, Operator.AT_LEAST, Operator.BELOW, Operator.AT_MOST)
_SIGNS = {Operator.IS: "=", Operator.NOT: "!="}


def written(condition: Condition) -> str:
    """The condition as a person would type it."""
    column = _column_shown(condition.column)
    if condition.test in (Operator.MISSING, Operator.PRESENT):
        return f"{column} {condition.test}"
    values = [_value_shown(value) for value in condition.values]
    if condition.test in _BOUNDS:  # only numbers and moments have any: 60.0 is 60
        values = [value.removesuffix(".0") for value in values]
    if len(values) == 1:
        return f"{column} {_SIGNS.get(condition.test, condition.test)} {values[0]}"
    return f"{column} {'in' if condition.test is Operator.IS else 'not in'} {', '.join(values)}"


def _column_shown(name: str) -> str:
    """In quotes where a part of the name would be taken for a test, as in “a > b”."""
    odd = any(pattern.search(f" {name} ") for pattern in (_SYMBOL, _LIST, _STATE))
    return _quoted(name) if odd or '"' in name or name != name.strip() else name


def _value_shown(text: str) -> str:
    plain = re.fullmatch(r"[^\s\".,=<>!][^\",]*(?<!\s)", text) and not _RANGE.fullmatch(text)
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
