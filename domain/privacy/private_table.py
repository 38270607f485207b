"""The only way to the rows of a private run: each question is paid for before it is answered."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.privacy.accounting import Exponential, Gaussian
from domain.privacy.poisson_batches import PoissonBatches
from domain.privacy.randomness import SealedSeed, SecretStream, quantile_above
from domain.privacy.touches import Touches
from domain.privacy.witness import Witness
from domain.privacy.zcdp import exponential_for, sigma_for

Cells = Callable[[pd.DataFrame], NDArray[np.int64]]
"""Which cell of a histogram each row falls into; decided row by row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoisyCounts:
    """Counts with whole Gaussian noise of standard deviation ``sigma`` in every cell."""

    counts: NDArray[np.int64]
    sigma: float


class PrivateTable:
    """Rows that answer in noise only.

    A unit of privacy (a person) holds at most ``rows_a_unit`` rows; adding or removing one moves
    a histogram by that much in L2 at most.
    """

    adds_up = True
    """Whether the cells of every histogram hold all rows between them, each counted as one."""

    def __init__(
        self,
        frame: pd.DataFrame,
        touches: Touches,
        seed: SealedSeed,
        *,
        rows_a_unit: int = 1,
        units: NDArray[np.int64] | None = None,
        witness: Witness | None = None,
    ) -> None:
        """``units``: a number for each row's unit of privacy; without it every row is one."""
        self._frame, self._seed = frame, seed
        self.touches, self.rows_a_unit = touches, rows_a_unit
        self._units = np.arange(len(frame)) if units is None else units
        self._witness = witness
        self._asked = 0

    def rewritten(self, row_by_row: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        """Read every row as something else from now on. Tells nothing, so it costs nothing; each
        row must become what it becomes whatever the others are."""
        self._frame = row_by_row(self._frame)
        if self._witness is not None:
            self._witness.rewritten(row_by_row)

    def total_as_public(self) -> int:
        """How many rows there are, noted as taken for public."""
        self.touches.assume("how many rows the table has")
        return len(self._frame)

    def total(self, rho: float) -> int:
        """About how many rows there are. Costs ``rho``."""
        found = self.counts("all rows", lambda frame: np.zeros(len(frame), np.int64), 1, rho)
        return max(int(found.counts[0]), 1)

    def units(self, rho: float) -> int:
        """About how many units of privacy there are. Costs ``rho``."""
        sigma = sigma_for(rho)
        self.touches.charge(
            "number of privacy units", Gaussian(noise_multiplier=sigma), sensitivity=1.0
        )
        noise = int(self._stream("units").whole_gaussians(1, sigma)[0])
        return max(len(np.unique(self._units)) + noise, 1)

    def batches(self, what: str, bound: float) -> PoissonBatches:
        """Poisson samples of units, for the steps of DP-SGD that were fixed; pays for them all.

        The rows have to be codes by then (see :meth:`rewritten`). Whoever asks sums what no unit
        moves by more than ``bound`` in L2, and adds the noise that was paid for.
        """
        return PoissonBatches(
            self._frame.to_numpy(np.int64),
            self._units,
            self.touches.charge_training(what, bound),
            sampling=self._stream("sampling"),
            noise=self._stream("gradients"),
            witness=self._witness,
        )

    def counts(self, what: str, cells: Cells, size: int, rho: float) -> NoisyCounts:
        """How many rows fall into each of ``size`` cells. Costs ``rho``."""
        sigma = sigma_for(rho, self.rows_a_unit)
        self.touches.charge(
            f"counts of {what}",
            Gaussian(noise_multiplier=sigma / self.rows_a_unit),
            sensitivity=self.rows_a_unit,
        )
        true = np.bincount(np.clip(cells(self._frame), 0, size - 1), minlength=size)
        noise = self._stream("counts").whole_gaussians(size, sigma)
        told = NoisyCounts(counts=true + noise, sigma=sigma)
        if self._witness is not None:
            self._witness.counted(cells, told.counts, sigma)
        return told

    def found(
        self, what: str, column: Callable[[pd.DataFrame], pd.Series], rho: float, delta: float
    ) -> tuple[Mapping[Hashable, int], float]:
        """The values of a column that are common enough to be told, with noisy counts and σ.

        Which values occur is itself private (stability histogram; Korolova et al. 2009). One
        unit brings at most k = ``rows_a_unit`` values that nobody else has, each of them at most
        k times. Each comes out only if its noise exceeds ``threshold − k``, so with probability
        ``delta / k`` at most, and any of them with ``delta`` at most. If none does, the answer
        is one of counts of values that are there without her too, noise being drawn for each
        value alone: ``delta``-approximate ρ-zCDP (Bun & Steinke 2016, definition 8.1), where both
        parts add up over questions. Missing cells are no value. Costs ``rho`` and ``delta``.
        """
        sigma = sigma_for(rho, self.rows_a_unit)
        threshold = self.rows_a_unit + quantile_above(sigma, delta / self.rows_a_unit)
        self.touches.charge(
            f"common values of {what}",
            Gaussian(noise_multiplier=sigma / self.rows_a_unit),
            delta,
            sensitivity=self.rows_a_unit,
        )
        true = column(self._frame).value_counts()
        noise = self._stream("found").whole_gaussians(len(true), sigma)
        noisy = true.to_numpy() + noise
        values = list(true.index)
        kept = {values[i]: int(noisy[i]) for i in np.flatnonzero(noisy > threshold)}
        # Values come in the order of their true counts: sorted anew, they tell nothing by it.
        told_values = dict(sorted(kept.items(), key=lambda item: (-item[1], str(item[0]))))
        if self._witness is not None:
            self._witness.found(column, told_values, sigma)
        return told_values, sigma

    def select(
        self,
        what: str,
        scores: Callable[[pd.DataFrame], NDArray[np.float64]],
        sensitivity: float,
        rho: float,
    ) -> int:
        """The place of a large score, by the exponential mechanism. Costs ``rho``: ε of pure
        privacy is ε of bounded range too, so ε²/8 (Cesar & Rogers 2021).

        One unit moves every score by ``sensitivity`` at most.
        """
        epsilon = exponential_for(rho)
        self.touches.charge(
            f"choice of {what}", Exponential(epsilon=epsilon), sensitivity=sensitivity
        )
        found = scores(self._frame)
        return self._stream("select").choice(
            np.exp(epsilon * (found - found.max()) / (2 * sensitivity))
        )

    def sum(
        self, what: str, asked: Callable[[pd.DataFrame], int], sensitivity: int, rho: float
    ) -> int:
        """A whole number with noise; a row moves it by ``sensitivity`` at most. Costs ``rho``."""
        most = sensitivity * self.rows_a_unit
        sigma = sigma_for(rho, most)
        self.touches.charge(what, Gaussian(noise_multiplier=sigma / most), sensitivity=most)
        return asked(self._frame) + int(self._stream("sum").whole_gaussians(1, sigma)[0])

    def _stream(self, kind: str) -> SecretStream:
        self._asked += 1
        return self._seed.stream(f"{kind} {self._asked}")
