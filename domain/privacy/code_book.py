"""What is known about columns without the data, and who says so. Knows no table."""

from __future__ import annotations

import json
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

        Raises :class:`BadInput` for anything else.
        """
        try:
            return _read(json.loads(text))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise BadInput(
                "The code book takes JSON: “source” and “person” in words, and under “columns” "
                "for each column either “values”, a list of words, or “low” and “high”."
            ) from None

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


def _read(document: Mapping[str, Any]) -> CodeBook:
    source, person = document["source"], document["person"]
    if not (isinstance(source, str) and source and isinstance(person, str) and person):
        raise ValueError
    values, bounds = {}, {}
    for name, said in document["columns"].items():
        if "values" in said:
            values[name] = tuple(dict.fromkeys(str(v) for v in said["values"]))
            if not values[name]:
                raise ValueError
        else:
            low, high = float(said["low"]), float(said["high"])
            if not low <= high or abs(low) == float("inf") or abs(high) == float("inf"):
                raise ValueError
            bounds[name] = (low, high)
    return CodeBook(source=source, person=person, values=values, bounds=bounds)
