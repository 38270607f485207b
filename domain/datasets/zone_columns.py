"""Which column of a table says on whose clock its times were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from domain.datasets import dates
from domain.datasets.counted_times import COUNTED
from domain.datasets.detecting import Detected
from domain.datasets.entities import ColumnSpec, SdType
from domain.datasets.headers import names_a_zone, words_of
from domain.datasets.values import ColumnValues
from domain.datasets.zone_words import is_zone_word

MOST_WORDS = 100
"""A column of more different words names places, not zones."""
KNOWN_SHARE = 0.9
"""Of the filled cells: from here on a column is one of time zones."""


def with_zone_columns(
    found: Mapping[str, Detected], values: Mapping[str, ColumnValues]
) -> dict[str, Detected]:
    """The detected columns, in which times of day without an offset know their zone column.

    Where a table has several, each time takes the one whose header it shares most words with.
    """
    zones = [n for n in found if names_a_zone(n) and _are_zones(found[n].spec, values[n])]
    if not zones:
        return dict(found)
    return {
        name: _on_clock(column, zones, values) if _is_local(column.spec) else column
        for name, column in found.items()
    }


def _are_zones(spec: ColumnSpec, values: ColumnValues) -> bool:
    if spec.sdtype is not SdType.CATEGORICAL or not 0 < values.distinct <= MOST_WORDS:
        return False
    return values.filled - _unknown(values) >= KNOWN_SHARE * values.filled


def _unknown(values: ColumnValues) -> int:
    """Filled cells whose word is no zone that is known."""
    known = pa.array([is_zone_word(word) for word in values.texts.to_pylist()], pa.bool_())
    return values.filled - values.only(known).filled


def _is_local(spec: ColumnSpec) -> bool:
    """Whether the text has a time of day, and nothing of where."""
    form = spec.datetime_format
    if spec.sdtype is not SdType.DATETIME or form is None or form in COUNTED:
        return False
    return dates.has_time(form) and not dates.says_offset(form)


def _on_clock(column: Detected, zones: list[str], values: Mapping[str, ColumnValues]) -> Detected:
    own = set(words_of(column.spec.name))
    shared = [len(own & set(words_of(zone))) for zone in zones]
    zone = zones[int(np.argmax(shared))]
    said = f"Its times are on the clock that “{zone}” names; they are modelled in UTC."
    if unknown := _unknown(values[zone]):
        said += (
            f" In {unknown} of {values[zone].filled} rows that word is no zone that is known; "
            "their times stay as they are."
        )
    return Detected(replace(column.spec, zone_column=zone), (*column.warnings, said))
