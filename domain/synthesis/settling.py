"""Making up for what an unusual order of the columns gets wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from domain.synthesis.drawing import Codes, Drawer, Drawn

CANDIDATES = 5


def settled(natural: Drawer, propose: Callable[[], Drawn], rng: np.random.Generator) -> Codes:
    """For each row one of a few proposals, by how much likelier ``natural`` finds it than its own
    order did: sampling-importance-resampling (Rubin 1987) inside every row.

    The natural order is what the network knows best. Where a proposal fits badly together, it
    is hardly ever chosen.
    """
    best, score = propose_scored(natural, propose, rng)
    for _ in range(CANDIDATES - 1):
        codes, other = propose_scored(natural, propose, rng)
        better = other > score
        best[better], score[better] = codes[better], other[better]
    return best


def settled_at_once(
    natural: Drawer, propose: Callable[[int], Drawn], rng: np.random.Generator
) -> Codes:
    """The same with all proposals in one batch, ``propose(times)``: faster where rows are few."""
    codes, score = propose_scored(natural, lambda: propose(CANDIDATES), rng)
    best = score.reshape(CANDIDATES, -1).argmax(axis=0)
    proposals = codes.reshape(CANDIDATES, len(best), codes.shape[1])
    chosen: Codes = proposals[best, np.arange(len(best))]
    return chosen


def propose_scored(
    natural: Drawer, propose: Callable[[], Drawn], rng: np.random.Generator
) -> tuple[Codes, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Proposals with their log-weights plus Gumbel noise: the highest is a draw by weight."""
    drawn = propose()
    weight = natural.density(drawn.codes) - drawn.density
    return drawn.codes, weight + rng.gumbel(size=len(weight))
