"""The rows that a step of DP-SGD sees: a secret Poisson sample of whole units of privacy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.privacy.accounting import SampledGaussian
from domain.privacy.randomness import SecretStream
from domain.privacy.touches import Uncharged
from domain.privacy.witness import Witness


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnitRows:
    """Real rows of some units. A unit of fewer rows than ``most`` is filled up with nothing."""

    codes: NDArray[np.int64]
    """Shape ``(units × most, columns)``, the rows of a unit side by side."""
    there: NDArray[np.bool_]
    """Which of them are rows, shape ``(units × most,)``."""
    most: int

    def __len__(self) -> int:
        return len(self.codes) // self.most

    def parts(self, rows: int) -> Iterator[UnitRows]:
        """Whole units of about ``rows`` rows together, at least one part: it may be empty."""
        size = max(rows // self.most, 1) * self.most
        for start in range(0, max(len(self.codes), 1), size):
            some = slice(start, start + size)
            yield UnitRows(codes=self.codes[some], there=self.there[some], most=self.most)


class PoissonBatches:
    """As many samples as were paid for, each unit in each with the same probability, by secret
    lots; and the noise that hides what is made of them."""

    def __init__(
        self,
        rows: NDArray[np.int64],
        units: NDArray[np.int64],
        mechanism: SampledGaussian,
        *,
        sampling: SecretStream,
        noise: SecretStream,
        witness: Witness | None = None,
    ) -> None:
        """``rows``: (rows, columns); ``units``: a number for each row's unit."""
        self.witness = witness
        order = np.argsort(units, kind="stable")
        self._rows = rows[order]
        _, self._starts, self._counts = np.unique(
            units[order], return_index=True, return_counts=True
        )
        self._most = int(self._counts.max(initial=1))
        self._sampling, self._noise = sampling, noise
        self.mechanism, self.taken = mechanism, 0

    def next(self) -> UnitRows:
        """The rows of the next sample, which may be empty. Raises :class:`Uncharged` beyond the
        last."""
        if self.taken >= self.mechanism.steps:
            raise Uncharged("All steps of training that were paid for are taken; nothing was read.")
        self.taken += 1
        chosen = self._sampling.sample(len(self._starts), self.mechanism.sample_rate)
        places = np.arange(self._most)
        there = (places < self._counts[chosen, np.newaxis]).ravel()
        rows = (self._starts[chosen, np.newaxis] + places).ravel()
        return UnitRows(
            codes=self._rows[np.where(there, rows, 0)] * there[:, np.newaxis],
            there=there,
            most=self._most,
        )

    def noise(self, count: int, sigma: float) -> NDArray[np.float64]:
        """``count`` secret normal numbers (see :meth:`SecretStream.gaussians`)."""
        return self._noise.gaussians(count, sigma)

    def lots(self, count: int) -> NDArray[np.float64]:
        """``count`` secret numbers between 0 and 1, for whatever else is chosen about rows: what
        the published seed says of a row's place in a sample would tell who else is in it."""
        return self._noise.uniforms(count)
