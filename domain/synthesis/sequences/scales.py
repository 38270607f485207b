"""The scale on which a number of one series moves: normal scores, or logarithms of what wanders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType
from domain.synthesis.encoding.grid import Grid

Floats = NDArray[np.float64]

_FARTHEST, _KNOTS = 3.5, 141
"""Quantiles that are kept: evenly spaced so far to either side of the middle, in normal scores."""
_FINE = 6
"""Decimals of a column that has no smallest step."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scale:
    """A map between the values of a column and scores, through ``values`` at ``scores`` (both
    rising); where ``shares`` the map is between values and their logarithms."""

    values: Floats
    scores: Floats
    shares: bool
    wanders: bool
    """Whether scores are the values (or logarithms) themselves, with the two ends alone kept."""
    decimals: int
    whole: bool
    drawn: Floats | None = None
    """What a series that was drawn has at the shares of ``scores``; ``None``: those themselves."""

    @classmethod
    def of_scores(cls, column: pd.Series, spec: ColumnSpec, rare_threshold: int) -> Scale:
        """Normal scores: quantiles of the column at quantiles of the normal distribution, its ends
        blurred over ``rare_threshold`` rows (van der Waerden 1952)."""
        present = np.sort(column.to_numpy(np.float64))
        scores = np.linspace(-_FARTHEST, _FARTHEST, _KNOTS)
        shares = np.array([NormalDist().cdf(score) for score in scores])
        found = np.clip(np.quantile(present, shares), *_ends(present, rare_threshold))
        values, place = np.unique(found, return_inverse=True)
        middles = np.bincount(place, scores) / np.bincount(place)
        return cls(
            values=values, scores=middles, shares=False, wanders=False, **_written(column, spec)
        )

    @classmethod
    def of_levels(
        cls, column: pd.Series, spec: ColumnSpec, rare_threshold: int, *, shares: bool
    ) -> Scale:
        """The values themselves, or where ``shares`` their logarithms."""
        present = np.sort(column.to_numpy(np.float64))
        ends = np.array(_ends(present, rare_threshold))
        scores = np.log(ends) if shares else ends
        return cls(
            values=ends, scores=scores, shares=shares, wanders=True, **_written(column, spec)
        )

    def scored(self, column: pd.Series) -> Floats:
        """Scores of values."""
        values: Floats = column.to_numpy(np.float64)
        if self.wanders:
            return np.log(values) if self.shares else values
        return np.interp(values, self.values, self.scores)

    def column(self, scores: Floats) -> pd.Series:
        """The typed column of scores, rounded as it was."""
        if self.wanders:
            found = np.exp(scores) if self.shares else scores
        else:
            places = self.scores if self.drawn is None else self.drawn
            found = np.interp(scores, places, self.values)
        values = pd.Series(found).round(self.decimals)
        return values.round().astype("Int64") if self.whole else values

    def settled(self, drawn: Floats) -> Scale:
        """The scale by which ``drawn`` scores spread over the values as those of the column did."""
        if self.wanders:
            return self
        shares = np.array([NormalDist().cdf(score) for score in self.scores])
        return replace(self, drawn=np.maximum.accumulate(np.quantile(drawn, shares)))

    def state(self) -> Mapping[str, Any]:
        return asdict(self)


def _ends(present: Floats, rare_threshold: int) -> tuple[float, float]:
    """Means of the most extreme rows, fewer in short series: no single extreme shows."""
    tail = max(1, min(rare_threshold, len(present) // 20))
    return float(present[:tail].mean()), float(present[-tail:].mean())


def _written(column: pd.Series, spec: ColumnSpec) -> dict[str, Any]:
    grid = Grid.fit(column, spec)
    decimals = _FINE if grid.decimals is None else grid.decimals
    return {"decimals": decimals, "whole": spec.sdtype is SdType.INTEGER}
