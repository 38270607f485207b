"""What tells one entity's events from another's as a whole: levels of numbers, shares of words.

A network that reads events one by one learns slowly that some entities spend more, all along.
Traits say so beforehand: they are learned as columns of the entity, drawn with them, and told to
the network with every event.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.synthesis.encoding.numbers import NumberCodec
from domain.synthesis.encoding.references import ReferenceCodec
from domain.synthesis.encoding.surrogates import SurrogateCodec
from domain.synthesis.sequences.columns import EventColumn, having
from domain.synthesis.sequences.histories import Histories

FEWEST_ENTITIES = 100
"""With fewer, traits would be learned by heart."""
MOST_TRAITS = 16
COARSE = 8
"""Classes of a trait that the network is told."""
_RELIABLE = 0.3
"""Share of the variance between entities' means that is not chance, from which on it is a trait."""
_WORDS = 6
_DECIMALS = 2

Floats = NDArray[np.float64]


def traits(
    histories: Histories,
    columns: Sequence[EventColumn],
    totals: dict[str, Floats],
    frame: pd.DataFrame,
    moments: NDArray[np.int64],
) -> dict[str, Floats]:
    """The most telling traits of every entity, by name: means over its events, 0 to 1 (NaN where
    it has no event that counts). Empty for few entities."""
    if histories.entities < FEWEST_ENTITIES:
        return {}
    found: list[tuple[float, str, Floats]] = []
    for name, values in _marks(histories, columns, totals, frame, moments):
        means, reliability = _means(values, histories)
        if reliability > _RELIABLE:
            found.append((reliability, name, means.round(_DECIMALS)))
    found.sort(key=lambda trait: -trait[0])
    return {name: means for _, name, means in found[:MOST_TRAITS]}


def coarse(codes: NDArray[np.int16], size: int) -> NDArray[np.int16]:
    """Codes of a trait in at most ``COARSE`` classes."""
    classes: NDArray[np.int16] = (codes.astype(np.int64) * min(size, COARSE) // size).astype(
        np.int16
    )
    return classes


def _marks(
    histories: Histories,
    columns: Sequence[EventColumn],
    totals: dict[str, Floats],
    frame: pd.DataFrame,
    moments: NDArray[np.int64],
) -> Iterator[tuple[str, Floats]]:
    """A number from 0 to 1 for every event, and what it marks."""
    numbers = {c.name: _floats(frame[c.name]) for c in columns if isinstance(c.codec, NumberCodec)}
    for name, values in (totals | numbers).items():
        ranks = np.asarray(pd.Series(values).rank(pct=True))
        yield f"level of {name}", ranks
        yield f"spread of {name}", np.abs(ranks - 0.5) * 2
    for column in columns:
        has = having(column, columns, frame)
        if not isinstance(column.codec, NumberCodec | ReferenceCodec | SurrogateCodec):
            words = frame[column.name].astype(object)
            for number, word in enumerate(words.value_counts().index[:_WORDS]):
                yield f"share {number} of {column.name}", _marked(words == word, has)
        if frame[column.name][has].isna().any():
            yield f"gaps of {column.name}", _marked(frame[column.name].isna(), has)
    same = np.zeros(len(moments))
    same[1:] = (moments[1:] == moments[:-1]) & (histories.place[1:] > 0)
    yield "events at once", same


def _means(values: Floats, histories: Histories) -> tuple[Floats, float]:
    """Each entity's mean, and how much of the variance of the means is not chance."""
    known = ~np.isnan(values)
    owner, many = histories.owner[known], histories.entities
    counts = np.bincount(owner, minlength=many)
    sums = np.bincount(owner, values[known], minlength=many)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    enough = counts > 1
    if not enough.any():
        return means, 0.0
    within = (values[known] - means[owner]) ** 2
    spread = np.bincount(owner, within, minlength=many)[enough] / (counts[enough] - 1)
    between = float(np.var(means[enough]))
    chance = float((spread / counts[enough]).mean())
    return means, 1 - chance / between if between > 0 else 0.0


def _marked(column: pd.Series, has: NDArray[np.bool_]) -> Floats:
    """1 or 0 for the events that have the column, NaN for the others."""
    return np.where(has, column.to_numpy(np.bool_).astype(np.float64), np.nan)


def _floats(column: pd.Series) -> Floats:
    if column.dtype == "datetime64[ns]":
        column = column.astype("int64").where(column.notna())
    return np.asarray(column.astype("Float64").to_numpy(np.float64, na_value=np.nan))
