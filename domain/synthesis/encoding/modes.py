"""Codec of numbers by modes: which bell curve a value lies on, and where on it.

Mode-specific normalisation after Xu et al. 2019, "Modeling Tabular Data using Conditional GAN",
section 4.2. Beyond the paper, a value that many rows hold is a mode without width, so that it
comes back exactly.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from domain.datasets.entities import ColumnSpec
from domain.synthesis.encoding.codec import Codes
from domain.synthesis.encoding.grid import Grid

if TYPE_CHECKING:
    from sklearn.mixture import BayesianGaussianMixture

MAX_BELLS = 10
SAMPLE_ROWS = 2_000
"""Values that the bell curves are fitted to: more hardly move them."""
ROWS_PER_BELL = 20
STANDS_ALONE = 0.05
"""Share of the rows from which on a value is a mode of its own."""
_LIGHTEST = 0.005
"""Share of the values below which a bell curve is left out."""
_LITTLE = 1.0
"""Nats, over all values together, that a round of fitting has to bring for another to follow."""
REACH = 4.0
"""A place of 1 lies this many standard deviations from its bell's middle."""

Floats = NDArray[np.float64]
Places = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModeCodec:
    """Codes are modes; the last code is "missing" where there is one.

    A value is its mode and its place on it, from -1 to 1. ``middles`` and ``widths`` (standard
    deviations, 0 for a value that stands alone) are grid positions; ``shares`` sum to 1.
    """

    grid: Grid
    middles: Floats
    widths: Floats
    shares: Floats
    low: float
    high: float
    """What may be drawn: means of the most extreme rows, so that no single person's shows."""
    has_missing: bool

    @classmethod
    def fit(
        cls, column: pd.Series, spec: ColumnSpec, rare_threshold: int, rng: np.random.Generator
    ) -> ModeCodec:
        """Learn the modes of a column that has at least one value."""
        grid = Grid.fit(column, spec)
        present = np.sort(grid.positions(column.dropna()))
        values, counts = np.unique(present, return_counts=True)
        alone = counts >= max(rare_threshold, STANDS_ALONE * len(present))
        rest = np.repeat(values[~alone], counts[~alone])
        middles, widths, shares = _bells(rest, rare_threshold, rng)
        tail = max(2, min(rare_threshold, len(present) // 20))
        return cls(
            grid=grid,
            middles=np.concatenate([values[alone], middles]),
            widths=np.concatenate([np.zeros(alone.sum()), widths]),
            shares=np.concatenate([counts[alone], shares * len(rest)]) / len(present),
            low=float(present[:tail].mean()),
            high=float(present[-tail:].mean()),
            has_missing=bool(column.isna().any()),
        )

    @property
    def size(self) -> int:
        return len(self.middles) + self.has_missing

    @property
    def drawable(self) -> NDArray[np.bool_]:
        return np.ones(self.size, dtype=np.bool_)

    def encode(self, column: pd.Series, rng: np.random.Generator) -> tuple[Codes, Places]:
        """Modes and places. A value that several bells could hold is given to one by lot."""
        missing = column.isna().to_numpy(np.bool_)
        codes = np.full(len(column), len(self.middles), dtype=np.int64)
        places = np.zeros(len(column), dtype=np.float32)
        positions = self.grid.positions(column[~missing])
        codes[~missing] = modes = self._modes_of(positions, rng)
        reach = REACH * np.where(self.widths > 0, self.widths, np.inf)[modes]
        places[~missing] = ((positions - self.middles[modes]) / reach).clip(-1, 1)
        return codes, places

    def _modes_of(self, positions: Floats, rng: np.random.Generator) -> Codes:
        bells = np.flatnonzero(self.widths > 0)
        modes = np.zeros(len(positions), dtype=np.int64)
        if len(bells):
            with np.errstate(over="ignore"):  # a bell may be infinitely far away
                apart = (positions[:, np.newaxis] - self.middles[bells]) / self.widths[bells]
                weight = np.log(self.shares[bells]) - np.log(self.widths[bells]) - apart**2 / 2
            lots = rng.gumbel(size=weight.shape)
            modes = bells[np.argmax(weight + lots, axis=1)]
        for mode in np.flatnonzero(self.widths == 0):
            modes[positions == self.middles[mode]] = mode
        return modes

    def decode(self, codes: Codes, places: Places) -> pd.Series:
        """Typed values at ``places`` of the modes ``codes``."""
        missing = codes >= len(self.middles)
        modes = np.where(missing, 0, codes)
        positions = self.middles[modes] + REACH * self.widths[modes] * places.astype(np.float64)
        return self.grid.values(positions.clip(self.low, self.high), missing)

    def state(self) -> Mapping[str, Any]:
        return {
            "kind": "modes",
            "grid": self.grid.state(),
            "middles": self.middles,
            "widths": self.widths,
            "shares": self.shares,
            "low": self.low,
            "high": self.high,
            "has_missing": self.has_missing,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> ModeCodec:
        rest = {k: v for k, v in state.items() if k not in ("kind", "grid")}
        return cls(grid=Grid.from_state(state["grid"]), **rest)


def _bells(
    values: Floats, rare_threshold: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Middles, standard deviations and shares of the bell curves under sorted ``values``.

    A bell that fewer than ``rare_threshold`` values lie on is left out.
    """
    if not len(values):
        return np.zeros(0), np.zeros(0), np.zeros(0)
    sample = rng.choice(values, min(SAMPLE_ROWS, len(values)), replace=False)
    middle, spread = _middle_and_spread(sample)
    mixture = _mixture((sample - middle) / spread, rng)
    on = np.bincount(mixture.predict(((sample - middle) / spread).reshape(-1, 1)))
    kept = np.flatnonzero(on >= max(rare_threshold, _LIGHTEST * len(sample)))
    kept = kept if len(kept) else np.array([on.argmax()])
    deviations = np.sqrt(mixture.covariances_.ravel()[kept])
    return (
        middle + spread * mixture.means_.ravel()[kept],
        spread * deviations,
        on[kept] / on[kept].sum(),
    )


def _middle_and_spread(values: Floats) -> tuple[float, float]:
    """Mean and standard deviation, also of values whose squares are too large for a float."""
    unit = max(float(np.abs(values).max()), 1e-300)
    scaled = values / unit
    return unit * float(scaled.mean()), unit * max(float(scaled.std()), 1e-9)


def _mixture(values: Floats, rng: np.random.Generator) -> BayesianGaussianMixture:
    """At most ``MAX_BELLS`` bells under standardised values, fewer where fewer do.

    On one thread: sums over a number of threads would differ in their last bits.
    """
    # scikit-learn takes a second to load, and most runs need no bells.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import BayesianGaussianMixture

    mixture = BayesianGaussianMixture(
        n_components=max(min(MAX_BELLS, len(values) // ROWS_PER_BELL), 1),
        weight_concentration_prior=0.001,
        max_iter=60,
        tol=_LITTLE,
        init_params="k-means++",
        random_state=int(rng.integers(2**31)),
    )
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return mixture.fit(_at_least_two(values).reshape(-1, 1))


def _at_least_two(values: Floats) -> Floats:
    return np.repeat(values, 2) if len(values) == 1 else values
