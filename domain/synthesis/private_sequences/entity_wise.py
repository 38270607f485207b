"""Tables that are made of a log entity by entity: each row follows from one entity's events alone.

Logs that differ by one entity give tables that differ by that entity's rows, so whatever is proved
of the tables for it holds of the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType
from domain.synthesis.private_sequences.timeline import MONTH_PARTS, WEEKDAYS, Timeline
from domain.synthesis.sequences.histories import Histories

Whole = NDArray[np.int64]

OPENS = "\0opens"
"""Whether an event is the first of its history."""
WEEKDAY, MONTH_PART = "\0weekday", "\0part of the month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What columns that no file has are called, apart from those that one has."""

    first: str
    """The day of an entity's first event, or its number where times are numbers."""
    events: str
    wait: str
    """Since the event before: days, or ticks where there is no time of day."""
    since: str
    """Seconds since the event before, where that was on the same day."""
    clock: str
    """The second of the day, where the event before was on another."""

    @classmethod
    def apart_from(cls, columns: Iterable[str], timeline: Timeline | None) -> Called:
        """Names that none of ``columns`` has."""
        taken = set(columns)
        unit = "days" if timeline is not None and timeline.dated else "time"
        return cls(
            first=_free("first event", taken),
            events=_free("number of events", taken),
            wait=_free(f"{unit} since the event before", taken),
            since=_free("seconds since the event before, on the same day", taken),
            clock=_free("time of day", taken),
        )


def before(column: str) -> str:
    """What holds a column's value in the event before."""
    return f"\0before {column}"


def changes(column: str) -> str:
    """What says whether a column changes within a history."""
    return f"\0changes {column}"


def people_rows(
    histories: Histories,
    columns: Sequence[str],
    timeline: Timeline | None,
    called: Called,
    longest: int,
) -> pd.DataFrame:
    """One row an entity: how many events it has (``longest`` where there are more), when the first
    was, what that holds in ``columns``, and whether those ever change."""
    rows = histories.firsts[list(columns)].copy()
    rows[called.events] = pd.array(np.minimum(histories.lengths, longest), dtype="Int64")
    if timeline is not None:
        ticks = timeline.ticks(histories.firsts[str(histories.time)])
        rows[called.first] = first_days(timeline).column(ticks // timeline.a_day).to_numpy()
    later = histories.place > 0
    for name in columns:
        changed = _differs(histories.rows[name]) & later
        count = np.bincount(histories.owner, weights=changed, minlength=histories.entities)
        rows[changes(name)] = count > 0
    return rows


def people_specs(
    constants: Sequence[ColumnSpec], timeline: Timeline | None, called: Called
) -> tuple[ColumnSpec, ...]:
    """The specs of what is learned of :func:`people_rows`."""
    events = ColumnSpec(name=called.events, sdtype=SdType.INTEGER)
    if timeline is None:
        return (events, *constants)
    kind = SdType.DATETIME if timeline.dated else SdType.INTEGER
    return (ColumnSpec(name=called.first, sdtype=kind, date_only=True), events, *constants)


def first_days(timeline: Timeline) -> Timeline:
    """How first events are written: without a time of day, numbers in whole ticks."""
    sdtype = SdType.DATETIME if timeline.dated else SdType.INTEGER
    return Timeline(sdtype=sdtype, a_day=1, decimals=0)


def step_rows(
    histories: Histories, columns: Sequence[str], timeline: Timeline | None, called: Called
) -> pd.DataFrame:
    """One row an event: ``columns``, how long after the event before it came, and what that held;
    missing in the first one of a history."""
    opens = histories.place == 0
    rows = histories.rows[list(columns)].copy()
    if timeline is not None:
        rows = rows.assign(**_waits(histories, timeline, called))
    earlier = {before(str(name)): rows[name].shift().mask(pd.Series(opens)) for name in rows}
    rows = rows.assign(**earlier, **{OPENS: opens})
    if timeline is not None and timeline.dated:
        rows = rows.assign(**_calendar(histories, timeline))
    return rows


def wait_specs(timeline: Timeline | None, called: Called) -> tuple[ColumnSpec, ...]:
    """The specs of what :func:`step_rows` adds of time."""
    if timeline is None:
        return ()
    names = (called.wait, *((called.since, called.clock) if timeline.clocked else ()))
    return tuple(ColumnSpec(name=name, sdtype=SdType.INTEGER) for name in names)


def _waits(histories: Histories, timeline: Timeline, called: Called) -> dict[str, pd.Series]:
    ticks = timeline.ticks(histories.rows[str(histories.time)])
    opens, earlier = histories.place == 0, np.r_[ticks[:1], ticks[:-1]]
    days = ticks // timeline.a_day - earlier // timeline.a_day
    found = {called.wait: _where(~opens, days)}
    if timeline.clocked:
        same = ~opens & (days == 0)
        found[called.since] = _where(same, ticks - earlier)
        found[called.clock] = _where(~same, ticks % timeline.a_day)
    return found


def _calendar(histories: Histories, timeline: Timeline) -> dict[str, Whole]:
    ticks, opens = timeline.ticks(histories.rows[str(histories.time)]), histories.place == 0
    found = {}
    for name, size, codes in (
        (WEEKDAY, WEEKDAYS, timeline.weekday(ticks)),
        (MONTH_PART, MONTH_PARTS, timeline.month_part(ticks)),
    ):
        found[name] = codes
        found[before(name)] = np.where(opens, size, np.r_[codes[:1], codes[:-1]])
    return found


def _where(there: NDArray[np.bool_], values: Whole) -> pd.Series:
    return pd.Series(pd.arrays.IntegerArray(np.where(there, values, 0), ~there))


def _differs(values: pd.Series) -> NDArray[np.bool_]:
    earlier = values.shift()
    same = (values == earlier).fillna(False).to_numpy(np.bool_)
    both = (values.isna() & earlier.isna()).to_numpy(np.bool_)
    return np.asarray(~(same | both))


def _free(word: str, taken: set[str]) -> str:
    while word in taken:
        word += "_"
    taken.add(word)
    return word
