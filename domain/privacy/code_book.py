"""What is known about columns without the data, and who says so. Knows no table."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.kernel import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBook:
    """Public categories and bounds, by column, as typed or uploaded from outside the data."""

    source: str
    """Where it comes from: a published code book, a schema, a standard."""
    person: str
    """Who declares it public."""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Every category that a column may hold; others are read as one of them."""
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Lowest and highest number that a column may hold; others are read as the nearest."""

    @classmethod
    def of_text(cls, text: bytes) -> CodeBook:
        """Read ``{"source", "person", "columns": {name: {"values": […]} or {"low", "high"}}}``.

        Raises :class:`BadInput` for anything else, naming the line or the column.
        """
        try:
            document = json.loads(text)
        except json.JSONDecodeError as error:
            raise BadInput(
                f"The code book is no JSON: line {error.lineno} cannot be read; mend it there."
            ) from None
        except ValueError:
            raise BadInput("The code book is no text in UTF-8; save it so.") from None
        return _read(document)

    def to_document(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "source": self.source,
            "person": self.person,
            "columns": {
                **{name: {"values": list(values)} for name, values in self.values.items()},
                **{name: {"low": low, "high": high} for name, (low, high) in self.bounds.items()},
            },
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> CodeBook:
        """Read :meth:`to_document`'s form back."""
        return _read(document)


def _read(document: Any) -> CodeBook:
    if not isinstance(document, Mapping) or not isinstance(document.get("columns"), Mapping):
        raise BadInput(
            "The code book takes JSON: “source” and “person” in words, and under “columns” "
            "for each column either “values”, a list of words, or “low” and “high”."
        )
    values, bounds = {}, {}
    for name, said in document["columns"].items():
        if not isinstance(said, Mapping) or ("values" in said) == ("low" in said or "high" in said):
            raise _refused(name, "takes either “values”, or both “low” and “high”")
        if "values" in said:
            values[name] = _values(name, said["values"])
        else:
            bounds[name] = _bounds(name, said)
    source, person = (_words(document, key) for key in ("source", "person"))
    return CodeBook(source=source, person=person, values=values, bounds=bounds)


def _words(document: Mapping[str, Any], key: str) -> str:
    said = document.get(key)
    if not isinstance(said, str) or not said.strip():
        raise BadInput(
            f"The code book takes “{key}” in words: where it is published (source), and who "
            "declares it public (person)."
        )
    return said


def _values(name: str, said: Any) -> tuple[str, ...]:
    """Every category once; a text is no list of its letters."""
    if not isinstance(said, list | tuple):
        raise _refused(name, 'takes a list under “values”, as in ["yes", "no"]')
    if not said:
        raise _refused(name, "has an empty list under “values”")
    if not all(isinstance(value, str | int | float) for value in said):
        raise _refused(name, "takes words and numbers under “values”, nothing nested or empty")
    return tuple(dict.fromkeys(str(value) for value in said))


def _bounds(name: str, said: Mapping[str, Any]) -> tuple[float, float]:
    low, high = (_number(name, said, key) for key in ("low", "high"))
    if low > high:
        raise _refused(name, f"has low {low:g} above high {high:g}")
    return low, high


def _number(name: str, said: Mapping[str, Any], key: str) -> float:
    try:
        number = float(said[key])
    except (KeyError, TypeError, ValueError):
        raise _refused(name, f"takes a number under “{key}”") from None
    if not math.isfinite(number):
        raise _refused(name, f"takes a finite number under “{key}”")
    return number


def _refused(name: str, why: str) -> BadInput:
    return BadInput(f"In the code book, “{name}” {why}; mend that column.")
