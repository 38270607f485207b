"""Everything about an entity before its events: constant columns, how many events, from when to
when, and where its running totals begin; one row an entity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType
from domain.synthesis.sequences.histories import Histories

EVENTS, FIRST, LAST = "number of events", "first time", "last time"


def names(
    columns: Iterable[str], totals: Sequence[str], traits: Iterable[str] = ()
) -> dict[str, str]:
    """What the additional columns of an entity are called, apart from its ``columns``."""
    taken, found = set(columns), {}
    for word in (EVENTS, FIRST, LAST, *(f"opening {total}" for total in totals), *traits):
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
) -> pd.DataFrame:
    """A typed row of each entity."""
    firsts = histories.firsts
    rows = firsts[[*([entity] if entity else []), *constant]].copy()
    rows[called[EVENTS]] = pd.array(histories.lengths, dtype="Int64")
    if histories.time is not None:
        lasts = histories.rows[histories.time].iloc[histories.starts + histories.lengths - 1]
        rows[called[FIRST]] = firsts[histories.time].array
        rows[called[LAST]] = lasts.array
    for total, values in openings.items():
        rows[called[f"opening {total}"]] = values
    for trait, values in traits.items():
        rows[called[trait]] = values
    return rows


def entity_specs(
    specs: Sequence[ColumnSpec],
    called: Mapping[str, str],
    time: ColumnSpec | None,
    totals: Mapping[str, ColumnSpec],
    traits: Iterable[str],
) -> list[ColumnSpec]:
    """The specs of :func:`entity_rows`; ``specs``: of the entity and constant columns."""
    more = [ColumnSpec(name=called[EVENTS], sdtype=SdType.INTEGER)]
    if time is not None:
        more += [
            ColumnSpec(name=called[w], sdtype=SdType.DATETIME, date_only=time.date_only)
            for w in (FIRST, LAST)
        ]
    more += [
        ColumnSpec(name=called[f"opening {n}"], sdtype=SdType.FLOAT, decimals=spec.decimals)
        for n, spec in totals.items()
    ]
    more += [ColumnSpec(name=called[t], sdtype=SdType.FLOAT, decimals=2) for t in traits]
    return [*specs, *more]
