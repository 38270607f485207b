"""Typed-in values as canonical texts (see :class:`domain.synthesis.conditions.Condition`)."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa

from domain.datasets import dates
from domain.datasets.entities import ColumnSpec, SdType
from domain.datasets.spelling import (
    COMMA_NUMBER_PATTERN,
    NUMBER_PATTERN,
    format_of,
    missing_words_of,
)
from domain.datasets.time_zones import MIXED, to_utc
from domain.synthesis.condition_text import BadCondition

_BOOLEANS = {
    "true": "true",
    "false": "false",
    "yes": "true",
    "no": "false",
    "1": "true",
    "0": "false",
}
_ISO = re.compile(
    r"\d{4}(-\d{2}(-\d{2}([T ]\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?)?)?)?(Z|[+-]\d{2}:?\d{2})?"
)
_ZONE = re.compile(r"[T ].*(Z|[+-]\d{2}:?\d{2})$")
_LARGEST = 2**63 - 1


def canonical(field: str, text: str, spec: ColumnSpec) -> str:
    """The canonical text of a value typed for the column; :class:`BadCondition` when it is none."""
    if spec.sdtype is not SdType.BOOLEAN and text in missing_words_of(spec):
        raise BadCondition(
            field,
            f"That value means “missing” in “{spec.name}”; write “{spec.name} is missing”.",
        )
    match spec.sdtype:
        case SdType.INTEGER:
            found = _integer(text)
        case SdType.FLOAT:
            found = _number(text, spec)
        case SdType.BOOLEAN:
            found = _boolean(text, spec)
        case SdType.DATETIME:
            found = _moment(field, text, spec)
        case _:
            found = text
    if found is None:
        raise BadCondition(field, f"A value for “{spec.name}” is not {_expected(spec)}.")
    return found


def _expected(spec: ColumnSpec) -> str:
    match spec.sdtype:
        case SdType.INTEGER:
            return "a whole number; write it like 65"
        case SdType.FLOAT:
            return "a number; write it like 12.5"
        case SdType.BOOLEAN:
            return f"yes or no; write {spec.true_word} or {spec.false_word}"
        case _:
            return f"a date; write it like 2024-05-31, or as the column does ({format_of(spec)})"


def _integer(text: str) -> str | None:
    if not re.fullmatch(NUMBER_PATTERN, text):
        return None
    if re.fullmatch(r"[+-]?\d+", text):
        number = int(text)
    else:
        value = float(text)
        if not np.isfinite(value) or value != int(value):
            return None
        number = int(value)
    return str(number) if abs(number) <= _LARGEST else None


def _number(text: str, spec: ColumnSpec) -> str | None:
    if spec.decimal_comma and re.fullmatch(COMMA_NUMBER_PATTERN, text):
        text = text.replace(",", ".")
    if not re.fullmatch(NUMBER_PATTERN, text):
        return None
    number = float(text)
    return repr(number) if np.isfinite(number) else None


def _boolean(text: str, spec: ColumnSpec) -> str | None:
    if text in (spec.true_word, spec.false_word):
        return "true" if text == spec.true_word else "false"
    return _BOOLEANS.get(text.lower())


def _moment(field: str, text: str, spec: ColumnSpec) -> str | None:
    own = dates.parse(pa.array([text]), format_of(spec))[0]
    if np.isnat(own):
        if not _ISO.fullmatch(text):
            return None
        zoned = _ZONE.search(text) is not None
        if zoned and not (dates.has_offset(format_of(spec)) or spec.zone_column):
            raise BadCondition(
                field, f"The column “{spec.name}” has no time zone; write the time without one."
            )
        own = dates.parse(pa.array([text]), None)[0]
        if not zoned and spec.time_zone not in (None, MIXED):
            own = to_utc(np.array([own]), str(spec.time_zone))[0]
    return None if np.isnat(own) else _iso(own)


def _iso(moment: np.datetime64) -> str:
    """Seconds, or as many digits behind them as there are."""
    for unit in ("s", "ms", "us", "ns"):
        if moment.astype(f"datetime64[{unit}]") == moment:
            return str(np.datetime_as_string(moment, unit=unit))
    raise AssertionError(moment)  # nanoseconds always fit


def order_of(value: str, spec: ColumnSpec) -> float | int:
    """Where a canonical number or moment stands among others (moments in nanoseconds)."""
    if spec.sdtype is SdType.DATETIME:
        return int(np.datetime64(value, "ns").astype(np.int64))
    return int(value) if spec.sdtype is SdType.INTEGER else float(value)
