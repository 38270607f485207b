"""What the charts of an evaluation are drawn from: counts and strengths, no rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

OTHERS = "(all others)"
"""The word of the bin of categories that have none of their own."""


LENGTHS = "Events a history"
"""The title of the chart that counts histories; all others of a log count events."""


def counted_in(spread: str) -> str:
    """What the shares of one of a log's charts are shares of."""
    return "histories" if spread == LENGTHS else "events"


class Axis(StrEnum):
    """What a column's bins are."""

    NUMBER = "number"
    DATE = "date"
    """Edges are seconds since 1970."""
    CATEGORY = "category"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnOverlay:
    """How many rows of each side fall into each bin of one column.

    Numbers and dates have ``len(real) + 1`` ``edges`` and no ``words``; categories have one word
    a bin. The three sides have equally many bins. Counts, not shares, so that small cells can be
    suppressed.
    """

    table: str
    """Empty in datasets of one table."""
    column: str
    axis: Axis
    edges: tuple[float, ...] = ()
    words: tuple[str, ...] = ()
    real: tuple[int, ...]
    """Training rows."""
    held_out: tuple[int, ...]
    """Held-out rows; zeros without a holdout."""
    synthetic: tuple[int, ...]
    missing: tuple[int, int, int]
    """Missing cells of the training, held-out and synthetic rows."""
    open_ended: bool = False
    """Whether the outermost edges stand for “and below” and “and above”, not for a value."""

    def to_document(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read :meth:`to_document`'s form back."""
        lists = {k: tuple(v) for k, v in document.items() if isinstance(v, list | tuple)}
        return cls(**{**document, **lists, "axis": Axis(document["axis"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationMatrix:
    """How strongly columns hang together, in the real and in the synthetic rows.

    Square and symmetric, in the order of ``columns``; −1 to 1, 1 on the diagonal. Of wide tables
    only the columns of the strongest or most different pairs.
    """

    table: str
    columns: tuple[str, ...]
    real: tuple[tuple[float, ...], ...]
    synthetic: tuple[tuple[float, ...], ...]

    def to_document(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read :meth:`to_document`'s form back."""
        return cls(
            table=document["table"],
            columns=tuple(document["columns"]),
            real=tuple(tuple(row) for row in document["real"]),
            synthetic=tuple(tuple(row) for row in document["synthetic"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LagLines:
    """How a number goes together with itself one, two … events later, side by side.

    Correlations of −1 to 1, less the mean of each history; ``None`` where too few events tell.
    """

    column: str
    real: tuple[float | None, ...]
    held_out: tuple[float | None, ...]
    """Empty without a holdout."""
    synthetic: tuple[float | None, ...]

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read the JSON form back."""
        lists = {k: tuple(v) for k, v in document.items() if isinstance(v, list | tuple)}
        return cls(**{**document, **lists})


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a number goes on from event to event: real histories as a band, some synthetic ones as
    they are. No real history is drawn.
    """

    column: str
    low: tuple[float, ...]
    """A tenth of real histories lie below it at their first, second … event, rounded."""
    middle: tuple[float, ...]
    high: tuple[float, ...]
    """A tenth lie above it."""
    synthetic: tuple[tuple[float | None, ...], ...]

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read the JSON form back."""
        lists = {k: tuple(document[k]) for k in ("low", "middle", "high")}
        drawn = tuple(tuple(history) for history in document["synthetic"])
        return cls(**{**document, **lists, "synthetic": drawn})


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPictures:
    """What the charts of a log are drawn from."""

    table: str
    """Empty in datasets of one table."""
    spreads: tuple[ColumnOverlay, ...] = ()
    """Gaps, events a history, weekdays, hours: their ``column`` is the chart's title."""
    memories: tuple[LagLines, ...] = ()
    courses: tuple[Course, ...] = ()
    windows: bool = False
    """Whether “histories” are windows of one long series."""
    sampled: str = ""
    """What was drawn of a side that is too long to be measured whole, in a sentence; else empty."""
    few: bool = False
    """Whether real lines and counts rest on one to ten people."""

    def to_document(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read :meth:`to_document`'s form back."""
        return cls(
            table=document["table"],
            spreads=tuple(ColumnOverlay.from_document(o) for o in document["spreads"]),
            memories=tuple(LagLines.from_document(m) for m in document["memories"]),
            courses=tuple(Course.from_document(c) for c in document["courses"]),
            windows=document["windows"],
            sampled=document.get("sampled", ""),
            few=document.get("few", False),
        )
