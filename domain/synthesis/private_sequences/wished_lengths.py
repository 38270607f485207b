"""Histories of a private log that are longer or shorter than was learned: asks no row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from domain.kernel import BadInput
from domain.synthesis.conditions import Lengths

Whole = NDArray[np.int64]


def wished(counts: Whole, lengths: Lengths | None, rng: np.random.Generator) -> Whole:
    """``counts`` as they are asked for: so many times as many, what is left of an event being one
    or none by chance; then within a range, in which longer histories stay longer."""
    if lengths is None:
        return counts
    if lengths.since or lengths.until:
        raise BadInput(
            "Histories that were learned under differential privacy begin and end as they were "
            "learned; leave out the dates (--from, --until), or say how many events (--events)."
        )
    if lengths.times != 1.0:
        counts = np.floor(counts * lengths.times + rng.random(len(counts))).astype(np.int64)
    return np.asarray(_within(counts.clip(1), lengths), dtype=np.int64)


def _within(counts: Whole, lengths: Lengths) -> Whole:
    fewest = 1 if lengths.fewest is None else lengths.fewest
    most = int(counts.max(initial=fewest)) if lengths.most is None else lengths.most
    if ((counts >= fewest) & (counts <= most)).all():
        return counts
    ranks = np.argsort(np.argsort(counts, kind="stable"), kind="stable")
    shares = (ranks + 0.5) / len(counts)
    return fewest + np.floor(shares * (most - fewest + 1)).astype(np.int64)
