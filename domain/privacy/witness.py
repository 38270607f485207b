"""Who may look over the shoulder of a private fit: an audit sees what it tells, never the rows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray


class NoisyStep(Protocol):
    """One step of training, as noisily as it was told, for somebody who knows the network."""

    def leanings(
        self, rows: NDArray[np.int64], known: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        """How far the noisy gradient leans towards each of ``rows`` (codes), beyond what rows that
        are ``known`` to be there give on average: products, the lengths of the rows' clipped
        gradients, and how often a row is in a step."""
        ...


class Witness(Protocol):
    """Is told every noisy answer as it is given, and which question it answers.

    The promise covers all of these answers, so whoever sees them knows no more than ε allows.
    """

    def rewritten(self, row_by_row: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        """From now on questions are about rows that this makes of the old ones."""
        ...

    def counted(
        self,
        cells: Callable[[pd.DataFrame], NDArray[np.int64]],
        counts: NDArray[np.int64],
        sigma: float,
    ) -> None:
        """Noisy ``counts`` of rows by the cell they fall into were told."""
        ...

    def found(
        self,
        column: Callable[[pd.DataFrame], pd.Series],
        counts: Mapping[Hashable, int],
        sigma: float,
    ) -> None:
        """The common values of a column were told, with noisy ``counts``."""
        ...

    def stepped(self, step: NoisyStep) -> None:
        """A noisy gradient was told; the network is still the one before the step."""
        ...
