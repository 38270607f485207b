"""Everything about an entity before its events: constant columns, how many events, from when to
when, and where its running totals begin; one row an entity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType
from domain.synthesis.encoding.codec import Codec
from domain.synthesis.encoding.numbers import NumberCodec
from domain.synthesis.sequences.clock import Clock
from domain.synthesis.sequences.histories import Histories

Whole = NDArray[np.int64]

EVENTS = "number of events"
PACE = "days between events"
_ENDS = ("first", "last")
_DAY, _CLOCK = "{} day", "time of the {} day"
_MOMENTS = tuple(part.format(end) for end in _ENDS for part in (_DAY, _CLOCK))


def names(
    columns: Iterable[str], totals: Sequence[str], traits: Iterable[str] = ()
) -> dict[str, str]:
    """What the additional columns of an entity are called, apart from its ``columns``."""
    taken, found = set(columns), {}
    for word in (EVENTS, PACE, *_MOMENTS, *(f"opening {total}" for total in totals), *traits):
        name = word
        while name in taken:
            name += "_"
        taken.add(name)
        found[word] = name
    return found


def entity_rows(
    histories: Histories,
    entity: str | None,
    constant: Sequence[str],
    openings: Mapping[str, NDArray[np.float64]],
    traits: Mapping[str, NDArray[np.float64]],
    called: Mapping[str, str],
    clock: Clock | None,
) -> pd.DataFrame:
    """A typed row of each entity. Of first and last events the day and the time of day are apart:
    no quantile of both together would keep the hours."""
    firsts = histories.firsts
    rows = firsts[[*([entity] if entity else []), *constant]].copy()
    rows[called[EVENTS]] = pd.array(histories.lengths, dtype="Int64")
    if histories.time is not None and clock is not None:
        lasts = histories.rows[histories.time].iloc[histories.starts + histories.lengths - 1]
        for end, times in zip(_ENDS, (firsts[histories.time], lasts), strict=True):
            now = clock.moments(times)
            rows[called[_DAY.format(end)]] = clock.column(now // clock.a_day * clock.a_day).array
            if clock.a_day > 1:
                of_day = pd.array(now % clock.a_day, dtype="Int64")
                rows[called[_CLOCK.format(end)]] = of_day
        rows[called[PACE]] = _pace(clock.moments(firsts[histories.time]), now, histories, clock)
    for total, values in openings.items():
        rows[called[f"opening {total}"]] = values
    for trait, values in traits.items():
        rows[called[trait]] = values
    return rows


def entity_specs(
    specs: Sequence[ColumnSpec],
    called: Mapping[str, str],
    clock: Clock | None,
    totals: Mapping[str, ColumnSpec],
    traits: Iterable[str],
) -> list[ColumnSpec]:
    """The specs of :func:`entity_rows`; ``specs``: of the entity and constant columns."""
    more = [ColumnSpec(name=called[EVENTS], sdtype=SdType.INTEGER)]
    for end in _ENDS if clock is not None else ():
        more.append(
            ColumnSpec(name=called[_DAY.format(end)], sdtype=SdType.DATETIME, date_only=True)
        )
        if clock is not None and clock.a_day > 1:
            more.append(ColumnSpec(name=called[_CLOCK.format(end)], sdtype=SdType.INTEGER))
    if clock is not None:
        more.append(ColumnSpec(name=called[PACE], sdtype=SdType.FLOAT))
    more += [
        ColumnSpec(name=called[f"opening {n}"], sdtype=SdType.FLOAT, decimals=spec.decimals)
        for n, spec in totals.items()
    ]
    more += [ColumnSpec(name=called[t], sdtype=SdType.FLOAT, decimals=2) for t in traits]
    return [*specs, *more]


def spans(
    rows: pd.DataFrame, called: Mapping[str, str], clock: Clock | None
) -> tuple[Whole, Whole]:
    """First and last time of every entity in the clock's units; 0 without a clock."""
    if clock is None:
        return np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
    first, last = (_moments(rows, called, clock, end) for end in _ENDS)
    return first, np.maximum(first, last)


def begun(called: Mapping[str, str], totals: Iterable[str]) -> tuple[str, ...]:
    """The additional columns that the beginning of a history tells."""
    words = (part.format(_ENDS[0]) for part in (_DAY, _CLOCK))
    return tuple(called[word] for word in (*words, *(f"opening {total}" for total in totals)))


def limits(codecs: Mapping[str, Codec], called: Mapping[str, str], clock: Clock) -> tuple[int, int]:
    """From when to when the log lasts that was learned, in the clock's units, to whole days;
    ``codecs``: those of the entities' columns."""
    days = [codecs[called[_DAY.format(end)]] for end in _ENDS]
    knots = [(c.grid, c.knots) for c in days if isinstance(c, NumberCodec) and len(c.knots)]
    there = np.zeros(1, dtype=np.bool_)
    first = [clock.moments(grid.values(at.min(keepdims=True), there)) for grid, at in knots]
    last = [clock.moments(grid.values(at.max(keepdims=True), there)) for grid, at in knots]
    return int(min(first)[0]), int(max(last)[0]) + clock.a_day - 1


def matched(rows: pd.DataFrame, called: Mapping[str, str], clock: Clock | None) -> pd.DataFrame:
    """Drawn rows whose numbers of events are dealt out anew, so that they fit time and pace.

    The three are drawn one after the other and agree only roughly: too few events for their time
    would be stretched far apart. The numbers stay what they are; the longest goes to the entity
    for whose time and pace most events are due. Where a pace of 0 says that all happens at once,
    the number stays, and the end is the beginning.
    """
    if clock is None or called[PACE] not in rows:
        return rows
    found = rows.copy()
    first, last = spans(rows, called, clock)
    pace = rows[called[PACE]].to_numpy(np.float64)
    apart = np.flatnonzero((pace > 0) | np.isnan(pace))
    days = (last - first)[apart] / clock.a_day
    due = np.where(np.isnan(pace[apart]), 0.0, days / np.where(pace > 0, pace, 1.0)[apart])
    events = rows[called[EVENTS]].to_numpy(np.int64).copy()
    events[apart[np.argsort(due, kind="stable")]] = np.sort(events[apart])
    found[called[EVENTS]] = pd.array(events, dtype="Int64")
    at_once = (pace == 0) | (events <= 1)
    for part in (_DAY, _CLOCK):
        start, end = (called[part.format(e)] for e in _ENDS)
        if end in found:
            found[end] = found[end].where(~at_once, found[start])
    return found


def _pace(first: Whole, last: Whole, histories: Histories, clock: Clock) -> NDArray[np.float64]:
    """Days from one event to the next on average; NaN of a single event."""
    steps = histories.lengths - 1
    days = (last - first) / clock.a_day
    pace: NDArray[np.float64] = np.where(steps > 0, days / np.maximum(steps, 1), np.nan)
    return pace


def _moments(rows: pd.DataFrame, called: Mapping[str, str], clock: Clock, end: str) -> Whole:
    now = clock.moments(rows[called[_DAY.format(end)]])
    if clock.a_day == 1:
        return now
    return now + rows[called[_CLOCK.format(end)]].to_numpy(np.int64).clip(0, clock.a_day - 1)
