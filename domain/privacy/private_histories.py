"""Rows of people who have many of them: everybody's part of an answer is shortened to a length."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from math import isqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.privacy.accounting import Gaussian
from domain.privacy.contributions import bounded, unit_codes
from domain.privacy.private_table import Cells, NoisyCounts, PrivateTable
from domain.privacy.randomness import SealedSeed, SecretStream, quantile_above
from domain.privacy.touches import Touches
from domain.privacy.witness import Witness
from domain.privacy.zcdp import sigma_for

GRAINS = 64
"""A row is counted in so many parts, since a person's rows may count for less than one each. Whole
numbers of them keep the promise of rounded noise (see :meth:`SecretStream.whole_gaussians`)."""
_IN_GRAINS = f"in {GRAINS}ths of a row"

Whole = NDArray[np.int64]


class PrivateHistories(PrivateTable):
    """Rows that answer in noise only, of units of privacy that hold up to ``most`` rows each.

    A unit's histogram is scaled down to a length L in L2 where it is longer, and the scaled ones
    are summed: adding or removing a unit moves the sum by at most L, however many rows it has. L
    is that of ``most`` rows spread evenly over the cells, ``most / √cells``, where ``most`` rows
    in one cell would be √cells times as long: so noise is as much smaller, and whoever does
    mostly the same counts for less (norm clipping of whole contributions; Amin et al. 2019 weigh
    what it costs). What the scale of one unit is follows from its own rows alone.
    """

    adds_up = False

    def __init__(
        self,
        frame: pd.DataFrame,
        whose: pd.Series,
        touches: Touches,
        seed: SealedSeed,
        *,
        most: int,
        witness: Witness | None = None,
    ) -> None:
        """``whose``: each row's unit of privacy, of which ``most`` rows are kept by secret lots."""
        whole = frame.assign(**{_WHOSE: whose.to_numpy()})
        kept = bounded(whole, whole[_WHOSE], most, seed)
        units = unit_codes(kept[_WHOSE])
        super().__init__(
            kept.drop(columns=_WHOSE),
            touches,
            seed,
            rows_a_unit=most,
            units=units,
            witness=witness,
        )

    def counts(self, what: str, cells: Cells, size: int, rho: float) -> NoisyCounts:
        """About how many rows fall into each of ``size`` cells, those of whoever is shortened
        counting for less. Costs ``rho``."""
        longest = self.longest(size)
        sigma = self._charged(f"counts of {what}", longest, rho)
        places = np.clip(cells(self._frame), 0, size - 1)
        true = shortened(self._units, places, size, longest)
        noisy = true + self._stream("counts").whole_gaussians(size, sigma)
        told = NoisyCounts(counts=_in_rows(noisy), sigma=sigma / GRAINS)
        if self._witness is not None:
            self._witness.counted(cells, told.counts, told.sigma)
        return told

    def found(
        self, what: str, column: Callable[[pd.DataFrame], pd.Series], rho: float, delta: float
    ) -> tuple[Mapping[Hashable, int], float]:
        """The values of a column that are common enough to be told, with noisy counts and σ.

        As in :meth:`PrivateTable.found`: one unit brings at most ``most`` values that nobody else
        has, each of a shortened count of L at most. A value is told above L + q, where noise
        exceeds q with probability ``delta / most``: any of hers comes out with ``delta`` at most.
        """
        longest = self.longest(self.rows_a_unit)
        sigma = self._charged(f"common values of {what}", longest, rho, delta)
        threshold = longest + quantile_above(sigma, delta / self.rows_a_unit)
        codes, values = pd.factorize(column(self._frame).astype(object))
        there = codes >= 0
        true = shortened(self._units[there], codes[there].astype(np.int64), len(values), longest)
        noisy = true + self._stream("found").whole_gaussians(len(values), sigma)
        told = _in_rows(noisy)
        kept = {values[int(i)]: int(told[i]) for i in np.flatnonzero(noisy > threshold)}
        # In the order of what is told, for the true one would tell more.
        told_values = dict(sorted(kept.items(), key=lambda item: (-item[1], str(item[0]))))
        if self._witness is not None:
            self._witness.found(column, told_values, sigma / GRAINS)
        return told_values, sigma / GRAINS

    def longest(self, size: int) -> int:
        """How long a unit's histogram of ``size`` cells may be, in grains."""
        return _most_even(self.rows_a_unit, size)

    def noise(self, size: int, rho: float) -> float:
        """The standard deviation of noise in counts of ``size`` cells for ``rho``, in rows."""
        return sigma_for(rho, self.longest(size)) / GRAINS

    def _charged(self, what: str, longest: int, rho: float, delta: float = 0.0) -> float:
        """Pay; returns the standard deviation of the noise in grains."""
        sigma = sigma_for(rho, longest)
        self.touches.charge(
            f"{what}, {_IN_GRAINS}",
            Gaussian(noise_multiplier=sigma / longest),
            delta,
            sensitivity=longest,
        )
        return sigma

    def _stream(self, kind: str) -> SecretStream:
        # Apart from those of another table of the same run: two answers never share their noise.
        return super()._stream(f"histories {kind}")


def shortened(units: Whole, places: Whole, size: int, longest: int) -> Whole:
    """Counts of ``size`` cells in grains: each unit's histogram first scaled down, where it is
    longer, to ``longest`` grains in L2 at most."""
    pairs, counts = np.unique(units * size + places, return_counts=True)
    owners = pairs // size
    squares = np.bincount(owners, weights=counts.astype(np.float64) ** 2)
    scale = np.minimum(np.sqrt(longest**2 / np.maximum(squares, 1)), GRAINS).astype(np.int64)
    scale -= scale.astype(np.float64) ** 2 * squares > longest**2  # where the root was rounded up
    weights = (scale[owners] * counts).astype(np.float64)
    return np.bincount(pairs % size, weights=weights, minlength=size).astype(np.int64)


def _most_even(most: int, size: int) -> int:
    """The length in grains of ``most`` rows spread evenly over ``size`` cells."""
    return max(isqrt(GRAINS**2 * most**2 // min(size, most)), GRAINS)


def _in_rows(grains: Whole) -> Whole:
    return np.asarray(np.rint(grains / GRAINS), dtype=np.int64)


_WHOSE = "\0whose"
