"""Lengths of histories against the confirmed columns: what their dates mean."""

from __future__ import annotations

from dataclasses import replace

from domain.datasets.entities import ColumnSpec, Metadata, SdType
from domain.synthesis.bad_condition import BadCondition
from domain.synthesis.condition_values import canonical
from domain.synthesis.conditions import Lengths

_ANY_TIME = ColumnSpec(name="time", sdtype=SdType.DATETIME)


def checked_lengths(lengths: Lengths | None, metadata: Metadata) -> Lengths | None:
    """``lengths`` with canonical moments; raises :class:`BadCondition` for what is no date."""
    if lengths is None:
        return None
    spec = _time(metadata)
    since, until = (
        canonical(field, text, spec) if text else None
        for field, text in (("since", lengths.since), ("until", lengths.until))
    )
    if since is not None and until is not None and since > until:
        raise BadCondition("until", "The log would end before it begins; exchange the two dates.")
    return replace(lengths, since=since, until=until)


def _time(metadata: Metadata) -> ColumnSpec:
    """The time column, for the way in which it writes dates."""
    for table in metadata.tables.values():
        if table.sequence is not None and table.sequence.time is not None:
            return table.column(table.sequence.time)
    return _ANY_TIME
