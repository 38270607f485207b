"""Which numbers of one series move on from where they are, and which stay close to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType
from domain.synthesis.sequences.levels import Level, Side, after
from domain.synthesis.sequences.scales import Scale

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

FEWEST = 100
_REMEMBERED, _MOVED = 0.99, 0.8
"""Correlation with the value before, and standard deviations between the means of both halves,
from which on a column wanders: it is scaled by its values, not by their ranks."""
_WIDE = 4.0
"""Highest over lowest value, from which on steps of what wanders are shares of it."""
_MOVES_ON = 0.7
"""Correlation of the ranks of a value and the one before, from which on a column has a path."""
_STILL = 0.3
"""Share of the steps without any change, from which on a column holds its values instead."""
_NEAR = 2.0
"""Distance from another column, in mean steps, up to which a column stays close."""
_DISTINCT = 20
_QUIET, _FLAT = 0.1, 0.1
"""Share of the phases of a day whose spread is so small a part of the whole: a column that rests
at times (the sun at night) has no path."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moving:
    """The columns that move on, by name, and those close to one of them in the order in which
    they are drawn."""

    paths: Mapping[str, Scale]
    levels: tuple[Level, ...]


def moving(
    rows: pd.DataFrame,
    specs: Sequence[ColumnSpec],
    *,
    day: Whole | None,
    rare_threshold: int,
) -> Moving:
    """Sort out the number columns of one series. ``day``: the phase of the day of every row of a
    regular clock (all 0 without a clock), ``None`` for irregular times."""
    numbers = [s for s in specs if _is_full_number(rows[s.name], s)]
    wandering = [s for s in numbers if _wanders(rows[s.name])]
    paths, levels = _wanderers(rows, wandering, rare_threshold)
    for spec in numbers:
        if day is not None and spec not in wandering and _moves_on(rows[spec.name], day):
            paths[spec.name] = Scale.of_scores(rows[spec.name], spec, rare_threshold)
    ordered = {spec.name: paths[spec.name] for spec in specs if spec.name in paths}
    return Moving(paths=ordered, levels=tuple(levels))


def _is_full_number(column: pd.Series, spec: ColumnSpec) -> bool:
    known = spec.sdtype in (SdType.INTEGER, SdType.FLOAT) and not spec.unique
    if not known or len(column) < FEWEST or column.isna().any():
        return False
    return column.nunique() > _DISTINCT


def _wanders(column: pd.Series) -> bool:
    values, middle = column.to_numpy(np.float64), len(column) // 2
    moved = abs(values[:middle].mean() - values[middle:].mean()) / values.std()
    return _remembered(values) >= _REMEMBERED and moved >= _MOVED


def _moves_on(column: pd.Series, day: Whole) -> bool:
    values = column.to_numpy(np.float64)
    if (np.diff(values) == 0).mean() > _STILL or _rests(values, day):
        return False
    return _remembered(np.asarray(column.rank())) >= _MOVES_ON


def _rests(values: Floats, day: Whole) -> bool:
    spreads = pd.Series(values).groupby(day).std().fillna(0.0)
    return bool((spreads < _FLAT * values.std()).mean() > _QUIET)


def _remembered(values: Floats) -> float:
    return float(np.corrcoef(values[1:], values[:-1])[0, 1])


def _wanderers(
    rows: pd.DataFrame, specs: Sequence[ColumnSpec], rare_threshold: int
) -> tuple[dict[str, Scale], list[Level]]:
    """Of columns that stay together one has a path, and the others a distance from it."""
    lows = [float(rows[s.name].min()) for s in specs]
    wide = any(float(rows[s.name].max()) > _WIDE * low for s, low in zip(specs, lows, strict=True))
    shares = wide and min(lows, default=0.0) > 0
    scales = {
        s.name: Scale.of_levels(rows[s.name], s, rare_threshold, shares=shares) for s in specs
    }
    scores = {name: scale.scored(rows[name]) for name, scale in scales.items()}
    paths: dict[str, Scale] = {}
    levels: list[Level] = []
    while scores:
        root = min(scores, key=lambda name: sum(_apart(scores, o, name)[0] for o in scores))
        most = _NEAR * float(np.abs(np.diff(scores[root])).mean())
        near = [o for o in scores if o != root and _apart(scores, o, root)[0] <= most]
        paths[root] = scales[root]
        levels += _together(root, near, scores, scales)
        scores = {name: own for name, own in scores.items() if name not in (root, *near)}
    return paths, levels


def _together(
    root: str, near: Sequence[str], scores: Mapping[str, Floats], scales: Mapping[str, Scale]
) -> list[Level]:
    """Columns close to ``root``: first those between, then those that bound all of them."""
    group = np.stack([scores[name] for name in (root, *near)])
    highest, lowest = group.max(0), group.min(0)
    sides = {name: _bound(scores[name], highest, lowest, len(near)) for name in near}
    found = [
        Level(name=n, others=(root,), side=_apart(scores, n, root)[1], scale=scales[n])
        for n in near
        if sides[n] is None
    ]
    between = (root, *(level.name for level in found))
    for name, side in sides.items():
        if side is not None:
            found.append(Level(name=name, others=between, side=side, scale=scales[name]))
    return found


def _bound(own: Floats, highest: Floats, lowest: Floats, others: int) -> Side | None:
    if others < 2:
        return None
    if bool((own == highest).all()):
        return Side.OVER
    return Side.UNDER if bool((own == lowest).all()) else None


def _apart(scores: Mapping[str, Floats], own: str, other: str) -> tuple[float, Side]:
    """How far a column is from another, and whether it is nearer to its value before."""
    beside = float(np.abs(scores[own] - scores[other]).mean())
    behind = float(np.abs(scores[own] - after(scores[other])).mean())
    if own == other:
        return 0.0, Side.BESIDE
    return (behind, Side.AFTER) if behind < beside else (beside, Side.BESIDE)
