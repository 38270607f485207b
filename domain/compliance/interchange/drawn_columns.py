"""What the columns of synthetic rows hold: counts, ends and categories, read from Parquet.

Nothing here is about real rows. It is told of rows that leave in the same pack, in which it could
be counted by anybody, so in a private run it is covered by their ε.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from domain.datasets.entities import ColumnSpec, PiiAction, SdType, TableMetadata
from domain.datasets.spelling import write_column
from domain.privacy.published import rounded_down, rounded_up

MOST_VALUES = 40
"""Categories that are named; of more only their number is told."""

DIGITS = 3
"""Significant digits of the ends of a range."""

_LONGEST = 60
"""Characters of a category that are shown."""
_ROWS = 65_536
_ENDED = (SdType.INTEGER, SdType.FLOAT, SdType.DATETIME)
_COUNTED = (SdType.CATEGORICAL, SdType.BOOLEAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnColumn:
    """One column of synthetic rows."""

    rows: int
    missing: int
    minimum: str | None = None
    """As the file writes such values (numbers and times that were modelled); numbers are rounded
    outwards to :data:`DIGITS` digits, so that no single row's amount is told."""
    maximum: str | None = None
    distinct: int | None = None
    """Different values (categories and yes-or-no)."""
    values: tuple[str, ...] = ()
    """All of them in order, where they are :data:`MOST_VALUES` at most."""


def drawn_columns(parquet: BinaryIO, table: TableMetadata) -> dict[str, DrawnColumn]:
    """Facts by column name. Invented values (surrogates, identifiers, texts) are counted alone:
    which ones were invented means nothing."""
    gathered = {spec.name: _Gathered(spec) for spec in table.columns}
    for batch in _batches(parquet, list(gathered)):
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            gathered[name].add(column)
    return {name: found.result() for name, found in gathered.items()}


def _batches(parquet: BinaryIO, names: list[str]) -> Iterator[pa.RecordBatch]:
    file = pq.ParquetFile(pa.PythonFile(parquet, mode="r"))
    there = [name for name in names if name in file.schema_arrow.names]
    yield from file.iter_batches(_ROWS, columns=there)


@dataclass(slots=True)
class _Gathered:
    """One column on its way through the rows."""

    spec: ColumnSpec
    rows: int = 0
    missing: int = 0
    ends: list[Any] = field(default_factory=list)
    """The smallest and the largest value so far."""
    counts: Counter[Any] = field(default_factory=Counter)

    def add(self, column: pa.Array) -> None:
        self.rows += len(column)
        self.missing += column.null_count
        if self.spec.pii_action is not PiiAction.KEEP or column.null_count == len(column):
            return
        if self.spec.sdtype in _ENDED:
            found = pc.min_max(_exact(column))
            known = [*self.ends, found["min"], found["max"]]
            self.ends = [min(known, key=_value), max(known, key=_value)]
        elif self.spec.sdtype in _COUNTED:
            self.counts.update({v["values"]: v["counts"] for v in _counted(column)})

    def result(self) -> DrawnColumn:
        minimum, maximum = self._ends()
        return DrawnColumn(
            rows=self.rows,
            missing=self.missing,
            minimum=minimum,
            maximum=maximum,
            distinct=len(self.counts) if self.counts else None,
            values=self._values(),
        )

    def _ends(self) -> tuple[str | None, str | None]:
        if not self.ends:
            return None, None
        low, high = (_value(end) for end in self.ends)
        if self.spec.sdtype is not SdType.DATETIME:
            low, high = rounded_down(low, DIGITS), rounded_up(high, DIGITS)
        if self.spec.sdtype is SdType.INTEGER:
            ending = ".0" if self.spec.point_zero else ""
            return f"{int(low)}{ending}", f"{int(high)}{ending}"
        first, last = self._spelled([low, high])
        return first, last

    def _values(self) -> tuple[str, ...]:
        if len(self.counts) > MOST_VALUES:
            return ()
        kept = sorted(self.counts)
        words = self._spelled(kept) if self.spec.sdtype is SdType.BOOLEAN else kept
        return tuple(shortened(word) for word in words)

    def _spelled(self, values: list[Any]) -> list[str]:
        """The values as they stand in the file."""
        if not values:
            return []
        dtype = "datetime64[ns]" if self.spec.sdtype is SdType.DATETIME else None
        words: list[str] = write_column(pd.Series(values, dtype=dtype), self.spec).to_pylist()
        return words


def _exact(column: pa.Array) -> pa.Array:
    """Moments in nanoseconds; other values as they are."""
    return column.cast(pa.timestamp("ns")) if pa.types.is_timestamp(column.type) else column


def _value(end: pa.Scalar) -> Any:
    """A scalar to compare: moments as nanoseconds, which Python's own cannot hold."""
    return end.value if isinstance(end, pa.TimestampScalar) else end.as_py()


def _counted(column: pa.Array) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = pc.value_counts(column.drop_null()).to_pylist()
    return found


def shortened(text: str, most: int = _LONGEST) -> str:
    """``text`` cut to so many characters, the last of them an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
