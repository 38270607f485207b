"""Histories in which every code is as frequent as it was counted: noise makes chains drift.

Nothing here asks the rows: what was told is compared with what is drawn from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from domain.synthesis.private_encoding.column import Codes, Floats
from domain.synthesis.private_sequences.families import Family
from domain.synthesis.private_sequences.steps import Steps, missing_code

ROUNDS = 4
_MOST = 2.0
"""By how much a code is made more or less frequent in a round, at most."""
_HELD = 1e-3

Families = Mapping[int, Family]


def settled(steps: Steps, families: Families, draw: Callable[[Families], Codes]) -> Families:
    """Families whose histories hold each code about as often as it was counted.

    ``draw`` writes histories, as codes of shape (events, nodes). Each round weighs a node's codes
    by how much more often they were counted than drawn (iterative proportional fitting; Deming &
    Stephan 1940); how they depend on others stays.
    """
    for _ in range(ROUNDS):
        codes = draw(families)
        families = {at: _weighed(steps, family, codes) for at, family in families.items()}
    return families


def _weighed(steps: Steps, family: Family, codes: Codes) -> Family:
    told = _told(steps, family.child)
    drawn = np.bincount(codes[:, family.child], minlength=len(told)).astype(np.float64)
    drawn[told == 0] = 0.0
    if not drawn.sum():
        return family
    factors = (told / told.sum() + _HELD) / (drawn / drawn.sum() + _HELD)
    factors = np.where(told > 0, np.clip(factors, 1 / _MOST, _MOST), 1.0)
    shares = family.shares * factors
    return replace(family, shares=shares / shares.sum(axis=1, keepdims=True))


def _told(steps: Steps, at: int) -> Floats:
    """Noisy counts of a node's codes. Where there is none is known, so it is left out."""
    name = steps.nodes[at].column
    column = steps.encoder.columns[name]
    counts = np.maximum(column.counts, 0.0)
    called = steps.called
    missing = missing_code(column)
    if name in (called.wait, called.since, called.clock) and missing >= 0:
        counts[missing] = 0.0
    return counts
