"""What every column codec promises: a column as small whole numbers, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.synthesis.conditions import Condition
from domain.synthesis.encoding.allowed import Allowed

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

    @property
    def missing(self) -> int | None:
        """The code of a missing cell, where there is one."""
        ...

    def encode(self, column: pd.Series) -> Codes:
        """The codes of a typed column."""
        ...

    def decode(
        self, codes: Codes, rng: np.random.Generator, allowed: Allowed | None = None
    ) -> pd.Series:
        """Typed values for ``codes``; what a code (or ``allowed``) leaves open is drawn."""
        ...

    def allowed(self, all_of: Sequence[Condition], none_of: Sequence[Condition]) -> Allowed:
        """The part of the column that fulfils every one of ``all_of`` and none of ``none_of``.

        Raises :class:`BadInput` for a test that the column does not know.
        """
        ...

    def knows(self, column: pd.Series) -> NDArray[np.bool_]:
        """Which cells of a typed column say something to the network."""
        ...

    def state(self) -> Mapping[str, Any]:
        """Everything needed to build the codec again (JSON values and arrays)."""
        ...


def stratified(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """``count`` uniforms in [0, 1), one from each of ``count`` equal strata, in random order."""
    return (rng.permutation(count) + rng.random(count)) / max(count, 1)


def nested_strata(count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """``count`` uniforms, stratified as a whole and among every ``_NEIGHBOURS`` side by side."""
    groups = -(-count // _NEIGHBOURS)
    # Sorting random numbers shuffles many rows at once, twice as fast as shuffling does.
    inner = rng.random((_NEIGHBOURS, groups), dtype=np.float32).argsort(axis=1).astype(np.float32)
    inner += rng.random(inner.shape, dtype=np.float32)
    inner += groups * np.arange(_NEIGHBOURS, dtype=np.float32)[:, np.newaxis]
    inner /= max(groups * _NEIGHBOURS, 1)
    order = rng.random((groups, _NEIGHBOURS), dtype=np.float32).argsort(axis=1)
    uniforms: NDArray[np.float32] = np.take_along_axis(inner.T, order, axis=1)
    return uniforms.ravel()[:count]


def stratified_within(codes: Codes, rng: np.random.Generator) -> NDArray[np.float64]:
    """Uniforms in [0, 1) that are stratified among the rows of each code."""
    counts = np.bincount(codes)
    starts = np.cumsum(counts) - counts
    shuffled = rng.permutation(len(codes))
    # 16 bits are sorted by digits, several times faster than longer numbers.
    order = shuffled[np.argsort(codes[shuffled].astype(np.int16), kind="stable")]
    ordered = codes[order]
    places = np.arange(len(codes)) - starts[ordered] + rng.random(len(codes))
    uniforms = np.empty(len(codes))
    uniforms[order] = places / counts[ordered]
    return uniforms
