"""What every column codec promises: a column as small whole numbers, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_NEIGHBOURS = 32

Codes = NDArray[np.int64]
"""Codes of one column, shape ``(rows,)``, each from 0 to ``size - 1``."""


class Codec(Protocol):
    """One column's discrete form. Missing values have a code of their own, always the last."""

    @property
    def size(self) -> int:
        """How many codes there are (at least 1)."""
        ...

    @property
    def ordered(self) -> bool:
        """Whether neighbouring codes mean neighbouring values."""
        ...

    @property
    def drawable(self) -> NDArray[np.bool_]:
        """Which codes may be drawn; those that stand for protected rare values may not."""
        ...

    def encode(self, column: pd.Series) -> Codes:
        """The codes of a typed column."""
        ...

    def decode(self, codes: Codes, rng: np.random.Generator) -> pd.Series:
        """Typed values for ``codes``; what a code leaves open is drawn from ``rng``."""
        ...

    def state(self) -> Mapping[str, Any]:
        """Everything needed to build the codec again (JSON values and arrays)."""
        ...


def stratified(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """``count`` uniforms in [0, 1), one from each of ``count`` equal strata, in random order."""
    return (rng.permutation(count) + rng.random(count)) / max(count, 1)


def nested_strata(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """``count`` uniforms, stratified as a whole and among every ``_NEIGHBOURS`` side by side."""
    groups = -(-count // _NEIGHBOURS)
    outer = np.tile(np.arange(_NEIGHBOURS), (groups, 1))
    inner = np.tile(np.arange(groups)[:, np.newaxis], (1, _NEIGHBOURS))
    fine = (rng.permuted(inner, axis=0) + rng.random(inner.shape)) / max(groups, 1)
    ordered: NDArray[np.float64] = rng.permuted((outer + fine) / _NEIGHBOURS, axis=1)
    return ordered.ravel()[:count]


def stratified_within(codes: Codes, rng: np.random.Generator) -> NDArray[np.float64]:
    """Uniforms in [0, 1) that are stratified among the rows of each code."""
    order = np.lexsort((rng.random(len(codes)), codes))
    ordered = codes[order]
    starts = np.searchsorted(ordered, ordered, side="left")
    counts = np.searchsorted(ordered, ordered, side="right") - starts
    uniforms = np.empty(len(codes))
    uniforms[order] = (np.arange(len(codes)) - starts + rng.random(len(codes))) / counts
    return uniforms
